"""Bars in memory: a real store for tests and for runs that keep nothing."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from dat.core.time import parse_instant
from dat.errors import DataError
from dat.market.bars import BarKey, empty_bars
from dat.market.merge import merge_bars, refuse_changes

__all__ = ["MemoryBarStore"]


class MemoryBarStore:
    """Keep bars for as long as the process lives.

    Examples
    --------
    >>> MemoryBarStore().keys()
    ()
    """

    def __init__(self) -> None:
        self._bars: dict[BarKey, pd.DataFrame] = {}
        self._fills: dict[BarKey, dict[str, set[datetime]]] = {}

    def keys(self) -> tuple[BarKey, ...]:
        """Name every stored series, sorted."""
        return tuple(sorted(self._bars))

    def read(
        self, key: BarKey, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Give the bars that open at or after `start` and before `end`; none when it is not stored."""
        frame = self._bars.get(key, empty_bars())
        if start is not None:
            frame = frame[frame["open_time"] >= parse_instant(start)]
        if end is not None:
            frame = frame[frame["open_time"] < parse_instant(end)]
        return frame.reset_index(drop=True)

    def fills(self, key: BarKey) -> Mapping[str, tuple[datetime, ...]]:
        """Give the open times that were filled by choice, by method."""
        made = self._fills.get(key, {})
        return {method: tuple(sorted(times)) for method, times in made.items() if times}

    def append(self, key: BarKey, frame: pd.DataFrame, *, revise: bool = False) -> int:
        """Add bars and give how many are new.

        Raises
        ------
        DataError
            When a stored bar differs and `revise` was not asked for; nothing is written.
        """
        merge = merge_bars(self._bars.get(key, empty_bars()), frame, key)
        if not revise:
            refuse_changes(merge, key)
        for times in self._fills.get(key, {}).values():
            times.difference_update(change.open_time for change in merge.changes)
        self._keep(key, merge.frame)
        return len(merge.added)

    def fill(self, key: BarKey, frame: pd.DataFrame, method: str) -> int:
        """Add made-up bars where none is stored, record them under `method`, and give how many are new.

        Raises
        ------
        DataError
            When a bar is stored there; nothing is written.
        """
        merge = merge_bars(self._bars.get(key, empty_bars()), frame, key)
        if len(merge.added) < len(frame):
            raise DataError(f"{key}: '{method}' was to fill a bar that is stored")
        self._fills.setdefault(key, {}).setdefault(method, set()).update(merge.added)
        self._keep(key, merge.frame)
        return len(merge.added)

    def _keep(self, key: BarKey, frame: pd.DataFrame) -> None:
        if len(frame):
            self._bars[key] = frame
