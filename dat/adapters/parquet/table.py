"""Frames to Parquet and back: deterministic bytes, written in one step."""

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from dat.adapters.files import replace_file
from dat.errors import InputError, StoreError

__all__ = ["read_bars_file", "read_table", "table_bytes", "write_table"]

_FEATHER = (".feather", ".arrow")
_PARQUET = (".parquet", ".pq")


def table_bytes(frame: pd.DataFrame) -> bytes:
    """Give a frame as Parquet: the same frame gives the same bytes with the same pyarrow.

    Parameters
    ----------
    frame
        Any frame; its index is not kept.

    Examples
    --------
    >>> frame = pd.DataFrame({"close": [1.5, 2.5]})
    >>> table_bytes(frame) == table_bytes(frame.copy())
    True
    """
    # The pandas metadata name library versions; without it only the content decides.
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=3)
    return sink.getvalue()


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet in one step.

    Parameters
    ----------
    path
        Where to write; folders are made.
    frame
        Any frame; its index is not kept.

    Raises
    ------
    StoreError
        When the file cannot be written; the old content is untouched.
    """
    replace_file(path, table_bytes(frame))


def read_table(path: Path) -> pd.DataFrame:
    """Read a frame that `write_table` wrote, or any Parquet file.

    Raises
    ------
    StoreError
        When the file is absent or no Parquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            frame: pd.DataFrame = file.read().to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} cannot be read as Parquet: {error}") from error
    return frame


def read_bars_file(path: Path) -> pd.DataFrame:
    """Read any Parquet or Feather file as it is, its own column names kept.

    Parameters
    ----------
    path
        Ends in .parquet, .pq, .feather or .arrow.

    Returns
    -------
    DataFrame
        As stored; `dat.market.mapping` brings it into the schema.

    Raises
    ------
    InputError
        When the ending is another, or the file is absent or of another kind.
    """
    ending = path.suffix.lower()
    if ending not in (*_FEATHER, *_PARQUET):
        raise InputError(f"{path} ends in '{ending}'; known are {', '.join((*_PARQUET, *_FEATHER))}")
    try:
        frame: pd.DataFrame = feather.read_feather(path) if ending in _FEATHER else read_table(path)
    except (OSError, pa.ArrowException, StoreError) as error:
        raise InputError(f"{path} cannot be read as {ending[1:]}: {error}") from error
    return frame
