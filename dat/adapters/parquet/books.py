"""Entries to Parquet: three tables, exact decimals, deterministic bytes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dat.adapters.files import replace_file
from dat.ledger.entry import Entry

__all__ = ["TABLES", "write_books"]

_EXACT = pa.decimal128(38, 18)
_TIME = pa.timestamp("us", "UTC")
_NUMBER = ("number", pa.int64())

TABLES = {
    "entries": pa.schema(
        [
            *(_NUMBER, ("at", _TIME), ("recorded_at", _TIME), ("kind", pa.string())),
            *(("source_id", pa.string()), ("event", pa.string()), ("hash", pa.string())),
        ]
    ),
    "postings": pa.schema(
        [
            _NUMBER,
            ("line", pa.int32()),
            ("account", pa.string()),
            ("commodity", pa.string()),
            ("amount", _EXACT),
        ]
    ),
    "lot_moves": pa.schema(
        [
            *(_NUMBER, ("line", pa.int32()), ("account", pa.string()), ("commodity", pa.string())),
            *(("units", _EXACT), ("cost", _EXACT), ("lot", pa.string()), ("acquired_at", _TIME)),
        ]
    ),
}
"""Name to schema; decimals are exact."""

_BATCH = 20_000  # entries


def write_books(folder: Path, entries: Iterable[Entry]) -> tuple[Path, ...]:
    """Write FOLDER/entries.parquet, postings.parquet and lot_moves.parquet, each whole or not at all.

    Raises
    ------
    StoreError
        When a file cannot be written; what was there under its name is untouched.
    """
    sinks = {name: _Sink(schema) for name, schema in TABLES.items()}
    waiting = iter(entries)
    while batch := tuple(islice(waiting, _BATCH)):
        for name, sink in sinks.items():
            sink.add(list(_ROWS[name](batch)))
    paths = tuple(folder / f"{name}.parquet" for name in sinks)
    for path, sink in zip(paths, sinks.values(), strict=True):
        replace_file(path, sink.bytes())
    return paths


class _Sink:
    def __init__(self, schema: pa.Schema) -> None:
        self._schema, self._buffer = schema, pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(self._buffer, schema, compression="zstd", compression_level=3)

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        columns = zip(*rows, strict=True) if rows else ([] for _ in self._schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def bytes(self) -> bytes:
        self._writer.close()
        data: bytes = self._buffer.getvalue().to_pybytes()
        return data


def _entries(batch: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    for entry in batch:
        event = entry.event
        told = (event.kind, event.source_id, entry.event_text, entry.hash)
        yield (entry.number, event.at, entry.recorded_at, *told)


def _postings(batch: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    for entry in batch:
        for line, posting in enumerate(entry.postings, start=1):
            yield (entry.number, line, *posting)


def _moves(batch: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    for entry in batch:
        for line, move in enumerate(entry.moves, start=1):
            yield (entry.number, line, *move)


_ROWS = {"entries": _entries, "postings": _postings, "lot_moves": _moves}
