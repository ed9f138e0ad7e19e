"""Bars of several assets on one regular grid of time, missing bars as nan."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dat.core.time import BarSize
from dat.errors import DataError
from dat.market.bars import PRICE_COLUMNS
from dat.market.series import Floats, Instants

__all__ = ["Panel", "align_bars"]

_FIELDS = (*PRICE_COLUMNS, "volume")


@dataclass(frozen=True, eq=False)
class Panel:
    """Aligned bars: every array has shape (bars, assets), nan where an asset has no bar.

    Parameters
    ----------
    assets
        Names in column order.
    bar
        Length of a bar; rows are exactly this far apart.
    open_time
        Shape (bars,), datetime64[us] in UTC.
    open, high, low, close, volume
        Shape (bars, assets), float64, read-only; volume in units of the asset.
    """

    assets: tuple[str, ...]
    bar: BarSize
    open_time: Instants
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __post_init__(self) -> None:
        for name in ("open_time", *_FIELDS):
            object.__setattr__(self, name, _sealed(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.open_time)

    @cached_property
    def as_of(self) -> Instants:
        """Close instant of each bar, when it becomes visible; shape (bars,)."""
        return self.open_time + np.timedelta64(self.bar.delta)

    @cached_property
    def marks(self) -> Floats:
        """Last known close of each asset at each close; nan before its first bar; shape (bars, assets)."""
        return pd.DataFrame(self.close).ffill().to_numpy()

    @cached_property
    def marked_at(self) -> Instants:
        """Close of the bar that each mark comes from; NaT before the first bar; shape (bars, assets)."""
        seen = np.where(np.isnan(self.close), np.datetime64("NaT", "us"), self.as_of[:, None])
        return pd.DataFrame(seen).ffill().to_numpy()

    @cached_property
    def chain(self) -> tuple[bytes, ...]:
        """Hash of all bars up to and including each row; row t depends on rows 0 to t only."""
        rows = np.hstack([getattr(self, name) for name in _FIELDS])
        times = self.open_time.astype("int64")
        link, links = hashlib.sha256(repr((self.assets, self.bar.text)).encode()).digest(), []
        for row, time in zip(rows, times, strict=True):
            link = hashlib.sha256(link + time.tobytes() + row.tobytes()).digest()
            links.append(link)
        return tuple(links)

    def head(self, rows: int) -> "Panel":
        """Give the first `rows` bars, as a truncated history."""
        cut = {name: np.array(getattr(self, name)[:rows]) for name in ("open_time", *_FIELDS)}
        return Panel(self.assets, self.bar, **cut)


def align_bars(frames: Mapping[str, pd.DataFrame], bar: BarSize) -> Panel:
    """Lay the bars of several assets on one regular grid from the first open to the last.

    Parameters
    ----------
    frames
        Asset name to bars in the schema of `dat.market.bars`, sorted, without duplicates.
    bar
        Length of a bar.

    Returns
    -------
    Panel
        Late listings and missing bars are nan; nothing is filled.

    Raises
    ------
    DataError
        When there is no asset or no bar, a bar is duplicated, or an open time is off the grid.
    """
    empty = [asset for asset, frame in frames.items() if frame.empty]
    if not frames or empty:
        raise DataError(f"no bars for {', '.join(empty) or 'any asset'}")
    step = np.timedelta64(bar.delta).astype("timedelta64[us]")
    times = {asset: frame["open_time"].to_numpy(dtype="datetime64[us]") for asset, frame in frames.items()}
    first, last = min(t[0] for t in times.values()), max(t[-1] for t in times.values())
    grid = np.arange(first, last + step, step)
    places = {asset: _places(asset, opens, first=first, step=step) for asset, opens in times.items()}
    columns = {name: np.full((len(grid), len(frames)), np.nan) for name in _FIELDS}
    for number, (asset, frame) in enumerate(frames.items()):
        for name in _FIELDS:
            columns[name][places[asset], number] = frame[name].to_numpy()
    return Panel(tuple(frames), bar, grid, **columns)


def _sealed(values: Any) -> Any:
    # Backed by bytes, so that no strategy can make a view writable again and change the prices of others.
    return np.frombuffer(values.tobytes(), dtype=values.dtype).reshape(values.shape)


def _places(asset: str, opens: Instants, *, first: np.datetime64, step: np.timedelta64) -> np.ndarray:
    offset = opens - first
    off_grid = np.flatnonzero(offset % step != np.timedelta64(0))
    if len(off_grid):
        raise DataError(
            f"{asset}: the bar that opens at {opens[off_grid[0]]}Z is not on the grid of {step} from {first}Z"
        )
    repeats = np.flatnonzero(np.diff(opens) <= np.timedelta64(0))
    if len(repeats):
        raise DataError(
            f"{asset}: duplicate or unsorted bar at {opens[repeats[0] + 1]}Z; run 'dat data check'"
        )
    return (offset // step).astype("int64")
