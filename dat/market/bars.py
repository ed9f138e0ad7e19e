"""The one bar schema: UTC open time, OHLCV, and the key that names a series of bars."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from dat.core.time import BarSize
from dat.errors import DataError

__all__ = [
    "BAR_COLUMNS",
    "OPEN_TIME_DTYPE",
    "PRICE_COLUMNS",
    "BarFrame",
    "BarKey",
    "empty_bars",
    "normalise_bars",
]

PRICE_COLUMNS = ("open", "high", "low", "close")
BAR_COLUMNS = ("open_time", *PRICE_COLUMNS, "volume")
OPEN_TIME_DTYPE = "datetime64[us, UTC]"

BarFrame: TypeAlias = pd.DataFrame
"""Bars in the schema, for modules that only pass them on."""


@dataclass(frozen=True, slots=True, order=True)
class BarKey:
    """Name of one series of bars.

    Parameters
    ----------
    venue
        Where the trades happened, lower case, such as ``binance``.
    pair
        Base and quote, such as ``BTC/USDT``.
    bar
        Length of a bar.

    Examples
    --------
    >>> str(BarKey("binance", "BTC/USDT", BarSize("1d")))
    'binance BTC/USDT 1d'
    """

    venue: str
    pair: str
    bar: BarSize

    def __str__(self) -> str:
        return f"{self.venue} {self.pair} {self.bar}"


def empty_bars() -> pd.DataFrame:
    """Give a frame of no bars in the schema.

    Examples
    --------
    >>> list(empty_bars().columns)
    ['open_time', 'open', 'high', 'low', 'close', 'volume']
    """
    frame = pd.DataFrame({name: np.empty(0) for name in BAR_COLUMNS})
    return frame.astype({"open_time": OPEN_TIME_DTYPE})


def normalise_bars(frame: pd.DataFrame, key: BarKey) -> pd.DataFrame:
    """Bring a frame into the schema: six columns, UTC microseconds, float64, sorted by open time.

    Nothing is repaired: duplicates, gaps and wild values stay, `dat.market.quality` finds them.

    Parameters
    ----------
    frame
        At least the six columns of `BAR_COLUMNS`; `open_time` is aware, or naive in UTC.
    key
        Names the series in an error.

    Returns
    -------
    DataFrame
        Shape (bars, 6), sorted by open time, a fresh index.

    Raises
    ------
    DataError
        When a column is missing or does not hold numbers or instants.
    """
    missing = [name for name in BAR_COLUMNS if name not in frame.columns]
    if missing:
        raise DataError(
            f"{key}: bars lack the column(s) {', '.join(missing)}; found {', '.join(map(str, frame.columns))}"
        )
    try:
        clean = frame.loc[:, list(BAR_COLUMNS)].astype(dict.fromkeys(BAR_COLUMNS[1:], "float64"))
        clean["open_time"] = pd.to_datetime(frame["open_time"], utc=True).dt.as_unit("us")
    except (ValueError, TypeError) as error:
        raise DataError(f"{key}: bars hold a value that is no number or instant: {error}") from None
    return clean.sort_values("open_time", kind="stable", ignore_index=True)
