"""A file of bars from elsewhere: read, its columns mapped, its pair and bar size guessed where not said."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dat.adapters.csv import read_bars_csv
from dat.adapters.parquet import read_bars_file
from dat.core.time import BarSize
from dat.errors import DataError, InputError
from dat.market.bars import BarKey, normalise_bars
from dat.market.mapping import apply_mapping, guess_bar, guess_mapping, guess_pair

__all__ = ["ForeignBars", "read_foreign_bars"]

_CSV = (".csv", ".txt")


@dataclass(frozen=True, slots=True, eq=False)
class ForeignBars:
    """Bars from elsewhere, in the schema.

    Parameters
    ----------
    path
        The file.
    key
        Venue, pair and bar size.
    guessed
        What of the key was guessed: ``pair``, ``bars``.
    mapping
        Schema column to column of the file.
    frame
        Bars in the schema of `dat.market.bars`, not judged yet.
    """

    path: Path
    key: BarKey
    guessed: tuple[str, ...]
    mapping: Mapping[str, str]
    frame: pd.DataFrame


def read_foreign_bars(
    path: Path,
    *,
    venue: str,
    pair: str | None = None,
    bar: BarSize | None = None,
    named: Mapping[str, str] | None = None,
) -> ForeignBars:
    """Read a CSV, Parquet or Feather file of bars.

    Parameters
    ----------
    path
        Ends in .csv, .txt, .parquet, .pq, .feather or .arrow.
    venue
        Where the trades happened.
    pair
        Base and quote; guessed from the file's name when absent.
    bar
        Bar size; guessed from the distance between bars when absent.
    named
        Schema column to column of the file, for columns that cannot be guessed.

    Raises
    ------
    InputError
        When the file cannot be read, or something can be neither guessed nor was said.
    DataError
        When the file has no rows, or holds something that is no number.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist or is no file")
    raw = read_bars_csv(path) if path.suffix.lower() in _CSV else read_bars_file(path)
    mapping = guess_mapping(raw.columns, named)
    if raw.empty:
        raise DataError(f"{path} has no rows")
    mapped = apply_mapping(raw, mapping)
    key = BarKey(venue, pair or guess_pair(path.stem), bar or guess_bar(mapped["open_time"]))
    guessed = tuple(name for name, said in (("pair", pair), ("bars", bar)) if said is None)
    return ForeignBars(path, key, guessed, mapping, normalise_bars(mapped, key))
