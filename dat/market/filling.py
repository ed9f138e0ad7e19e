"""Filling of missing bars: an explicit choice by name. Nothing else ever makes up a price."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd

from dat.errors import InputError
from dat.market.bars import PRICE_COLUMNS, BarKey
from dat.market.finding import instant_of
from dat.market.quality import require_clean
from dat.market.series import Instants

__all__ = ["FILL_METHODS", "fill_gaps"]


def fill_gaps(frame: pd.DataFrame, key: BarKey, method: str) -> tuple[pd.DataFrame, tuple[datetime, ...]]:
    """Fill the bars that are missing between the first and the last.

    Parameters
    ----------
    frame
        Clean bars in the schema of `dat.market.bars`.
    key
        Names the series and its bar size.
    method
        One of `FILL_METHODS`. ``previous_close``: open, high, low and close are the close before the gap
        and volume is 0.

    Returns
    -------
    tuple
        The frame without gaps, and the open times that were filled.

    Raises
    ------
    InputError
        When the method is not known.
    DataError
        When the bars are not clean.

    Examples
    --------
    >>> from dat.core.time import BarSize
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-03"], utc=True)
    >>> bars = pd.DataFrame({"open_time": days, "open": 9.0, "high": 9.5, "low": 8.0, "close": [9.1, 9.2]})
    >>> whole, filled = fill_gaps(bars.assign(volume=1.0), BarKey("binance", "BTC/USDT", BarSize("1d")),
    ...                           "previous_close")
    >>> [day.isoformat() for day in filled], whole["open"].tolist()
    (['2024-01-02T00:00:00+00:00'], [9.0, 9.1, 9.0])
    """
    if method not in FILL_METHODS:
        raise InputError(f"'{method}' is no way to fill bars; choose {', '.join(FILL_METHODS)}")
    clean = require_clean(frame, key)
    opens = clean["open_time"].to_numpy(dtype="datetime64[us]")
    step = np.timedelta64(key.bar.delta).astype("timedelta64[us]")
    missing = np.setdiff1d(np.arange(opens[0], opens[-1], step), opens)
    made = FILL_METHODS[method](clean, np.searchsorted(opens, missing) - 1, missing)
    whole = pd.concat([clean, made]).sort_values("open_time", ignore_index=True) if len(made) else clean
    return whole, tuple(instant_of(time) for time in missing)


def _previous_close(clean: pd.DataFrame, before: np.ndarray, missing: Instants) -> pd.DataFrame:
    made = clean.iloc[before].copy()
    for name in PRICE_COLUMNS:
        made[name] = clean["close"].to_numpy()[before]
    made["open_time"] = pd.to_datetime(missing, utc=True).as_unit("us")
    return made.assign(volume=0.0)


FILL_METHODS: dict[str, Callable[[pd.DataFrame, np.ndarray, Instants], pd.DataFrame]] = {
    "previous_close": _previous_close,
}
"""Ways to fill, by the name that is recorded with the bars."""
