"""The raw rows of books as text, for whoever checks them: what was tampered with is read, not refused."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import DBAPIError

from dat.adapters.chain import line_hash
from dat.adapters.sql.address import Address
from dat.adapters.sql.batch import Row, fetch, stream
from dat.adapters.sql.exact import as_text
from dat.adapters.sql.schema_check import schema_findings
from dat.adapters.sql.tables import (
    CHECKPOINT_BALANCES,
    CHECKPOINTS,
    ENTRIES,
    JOURNAL,
    LOT_MOVES,
    OPEN_LOTS,
    POSTINGS,
)
from dat.adapters.sql.unit_of_work import connected
from dat.ledger.checks import Finding, Projections, RawEntry, StoredEntry
from dat.ledger.entry import GENESIS

__all__ = ["StoredRows", "rows_to_check"]

_NO_UTF8 = "Could not decode to UTF-8"
_ENTRIES = select(ENTRIES).order_by(ENTRIES.c.number)
_POSTINGS = select(*POSTINGS.c[:4], as_text(POSTINGS.c.amount)).order_by(POSTINGS.c.entry, POSTINGS.c.line)
_MOVES = select(
    *LOT_MOVES.c[:4], as_text(LOT_MOVES.c.units), as_text(LOT_MOVES.c.cost), *LOT_MOVES.c[6:]
).order_by(LOT_MOVES.c.entry, LOT_MOVES.c.line)
_LOTS = select(
    *OPEN_LOTS.c[:5], *(as_text(column) for column in OPEN_LOTS.c[5:8]), OPEN_LOTS.c.since_us
).order_by(*OPEN_LOTS.c[:3])
_MARKS = select(CHECKPOINTS.c.at_us, CHECKPOINTS.c.number, CHECKPOINTS.c.count).order_by(
    CHECKPOINTS.c.at_us, CHECKPOINTS.c.number
)
_MARKED = select(*CHECKPOINT_BALANCES.c[:3], as_text(CHECKPOINT_BALANCES.c.amount))


class StoredRows:
    """The rows of books on a connection, in one state however long they are read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opened: list[Generator[Row]] = []

    def close(self) -> None:
        """End what is still being read; before the connection is closed."""
        for rows in self._opened:
            rows.close()

    def damage(self) -> Iterator[Finding]:
        """Give what SQLite finds wrong with its own pages and indexes, and a schema that is not ours."""
        yield from schema_findings(self._connection)
        if self._connection.dialect.name == "sqlite":
            for (line,) in self._connection.exec_driver_sql("PRAGMA integrity_check(100)").fetchall():
                if line != "ok":
                    yield Finding("file", "integrity", " ".join(str(line).split()))

    def entries(self) -> Iterator[StoredEntry | Finding]:
        """Give each entry with its lines; lines that belong to no entry are found."""
        posted, moved = _Lines("postings", self._stream(_POSTINGS)), _Lines("lot_moves", self._stream(_MOVES))
        for row in self._stream(_ENTRIES):
            number = row[0]
            yield from posted.before(number)
            yield from moved.before(number)
            yield StoredEntry(RawEntry(*row), posted.of(number), moved.of(number))
        yield from posted.before(None)
        yield from moved.before(None)

    def texts(self) -> Iterator[str]:
        """Give the events of all entries, as text, in order."""
        return (row[0] for row in self._stream(select(ENTRIES.c.event).order_by(ENTRIES.c.number)))

    def projections(self) -> Projections:
        """Give what is kept beside the chain for speed."""
        marks = fetch(self._connection, _MARKS)
        balances: dict[int, dict[tuple[str, str], str]] = {}
        for number, account, commodity, amount in fetch(self._connection, _MARKED):
            balances.setdefault(number, {})[account, commodity] = amount
        lots = {row[:3]: row[3:] for row in fetch(self._connection, _LOTS)}
        return Projections([row[:2] for row in marks], [row[2] for row in marks], balances, lots)

    def journal(self) -> Iterator[Finding]:
        """Give the lines of the order journal whose hash or number is not what it must be."""
        previous, expected = GENESIS, 1
        for seq, intent, state, at_us, body, digest in self._stream(select(JOURNAL).order_by(JOURNAL.c.seq)):
            meant = line_hash(previous, seq, (intent, state, at_us, body))
            if seq != expected:
                yield Finding("order_journal", f"seq {seq}", f"{expected} is missing or out of place")
            if digest != meant:
                yield Finding(
                    "order_journal", f"seq {seq}", f"hash {digest} is not that of the line, {meant}"
                )
            previous, expected = digest, seq + 1

    def _stream(self, query: Select[Any]) -> Iterator[Row]:
        rows = self._readable(query)
        self._opened.append(rows)
        return rows

    def _readable(self, query: Select[Any]) -> Generator[Row]:
        given = 0
        try:
            for row in stream(self._connection, query):
                given += 1
                yield row
            return
        except (DBAPIError, sqlite3.OperationalError) as error:
            if _NO_UTF8 not in str(error):
                raise
        self._connection.connection.driver_connection.text_factory = _any_text  # type: ignore[union-attr]
        yield from islice(stream(self._connection, query), given, None)


def _any_text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") + " (no UTF-8)"


class _Lines:
    """The lines of one table, handed out entry by entry."""

    def __init__(self, table: str, rows: Iterable[Row]) -> None:
        self._table, self._rows = table, iter(rows)
        self._next = next(self._rows, None)

    def before(self, number: int | None) -> Iterator[Finding]:
        """Pass over lines of entries that are not there."""
        while self._next is not None and (number is None or self._next[0] < number):
            row = self._next
            yield Finding(self._table, f"entry {row[0]} line {row[1]}", "belongs to no entry")
            self._next = next(self._rows, None)

    def of(self, number: int) -> list[Any]:
        """Take the lines of an entry."""
        lines = list[Row]()
        row = self._next
        while row is not None and row[0] == number:
            lines.append(row)
            row = next(self._rows, None)
        self._next = row
        return lines


@contextmanager
def rows_to_check(address: Address) -> Iterator[StoredRows]:
    """Give the rows of books for a check.

    Raises
    ------
    StoreError
        When the books cannot be opened or are of another revision.
    """
    with connected(address, "read") as connection, closing(StoredRows(connection)) as rows:
        yield rows
