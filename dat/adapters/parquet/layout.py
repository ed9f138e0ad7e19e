"""Where the bars of a series lie: ROOT/VENUE/PAIR/BAR/YYYY-MM.parquet."""

import re
from datetime import datetime
from pathlib import Path

import numpy as np

from dat.core.time import BarSize
from dat.errors import InputError
from dat.market.bars import BarKey
from dat.market.series import Instants

__all__ = ["folder_of", "keys_under", "month_files", "months_of"]

_VENUE = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")
_PAIR = re.compile(r"^[A-Za-z0-9.:_]+/[A-Za-z0-9.:_]+$")
_MONTH = re.compile(r"^[0-9]{4}-[0-9]{2}$")


def folder_of(root: Path, key: BarKey) -> Path:
    """Give the folder of a series.

    Raises
    ------
    InputError
        When venue or pair hold what a folder name cannot.

    Examples
    --------
    >>> folder_of(Path("data"), BarKey("binance", "BTC/USDT", BarSize("1d"))).as_posix()
    'data/binance/BTC-USDT/1d'
    """
    if not _VENUE.match(key.venue):
        raise InputError(f"'{key.venue}' is no venue name; use lower-case letters, digits, '_', '.' and '-'")
    if not _PAIR.match(key.pair):
        raise InputError(f"'{key.pair}' is no pair; write base and quote, such as BTC/USDT")
    return root / key.venue / key.pair.replace("/", "-") / key.bar.text


def keys_under(root: Path) -> tuple[BarKey, ...]:
    """Name the series that have at least one month, sorted."""
    folders = {path.parent for path in root.glob("*/*/*/*.parquet") if _MONTH.match(path.stem)}
    return tuple(sorted(key for folder in folders if (key := _key_of(root, folder)) is not None))


def month_files(folder: Path, start: datetime | None = None, end: datetime | None = None) -> tuple[Path, ...]:
    """Give the month files that can hold bars from `start` to before `end`, oldest first."""
    months = sorted(path for path in folder.glob("*.parquet") if _MONTH.match(path.stem))
    low, high = (f"{instant:%Y-%m}" if instant else None for instant in (start, end))
    return tuple(p for p in months if (low is None or p.stem >= low) and (high is None or p.stem <= high))


def months_of(opens: Instants) -> np.ndarray:
    """Give the month of each open time as text, shape (bars,).

    Examples
    --------
    >>> months_of(np.array(["2024-02-29T23:00"], dtype="datetime64[us]")).tolist()
    ['2024-02']
    """
    return opens.astype("datetime64[M]").astype(str)


def _key_of(root: Path, folder: Path) -> BarKey | None:
    venue, pair, bar = folder.relative_to(root).parts
    try:
        key = BarKey(venue, pair.replace("-", "/"), BarSize(bar))
        return key if folder_of(root, key) == folder else None
    except InputError:
        return None
