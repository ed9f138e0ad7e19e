"""Adding bars to bars: the same bar twice is no change, a different one is named."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from dat.core.time import iso
from dat.errors import DataError
from dat.market.bars import BAR_COLUMNS, BarKey, normalise_bars
from dat.market.finding import instant_of

__all__ = ["Change", "Merge", "merge_bars", "refuse_changes"]

_VALUES = list(BAR_COLUMNS[1:])


@dataclass(frozen=True, slots=True)
class Change:
    """A bar that is stored with other values than those given now.

    Parameters
    ----------
    open_time
        Open of the bar, aware UTC.
    before, after
        Open, high, low, close, volume as stored and as given.
    """

    open_time: datetime
    before: tuple[float, ...]
    after: tuple[float, ...]

    def __str__(self) -> str:
        pairs = zip(_VALUES, self.before, self.after, strict=True)
        differing = [
            f"{name} is stored as {a!r} and now given as {b!r}"
            for name, a, b in pairs
            if a != b and not (np.isnan(a) and np.isnan(b))
        ]
        return f"at {iso(self.open_time)}: {', '.join(differing)}"


@dataclass(frozen=True, slots=True)
class Merge:
    """What adding bars to stored bars comes to.

    Parameters
    ----------
    frame
        All bars, sorted; where values differ the given ones stand.
    added
        Open times that were not stored.
    changes
        Bars whose values differ.
    """

    frame: pd.DataFrame
    added: tuple[datetime, ...]
    changes: tuple[Change, ...]


def merge_bars(stored: pd.DataFrame, given: pd.DataFrame, key: BarKey) -> Merge:
    """Add given bars to stored ones.

    Parameters
    ----------
    stored, given
        Bars in the schema of `dat.market.bars`. The same bar may be given twice, with the same values.
    key
        Names the series in an error.

    Returns
    -------
    Merge
        The result depends on the set of bars only, never on the order in which they came.

    Raises
    ------
    DataError
        When one open time has two different bars on the same side.
    """
    old = _one_each(stored, key, "stored")
    new = _one_each(given, key, "given")
    place = pd.Index(old["open_time"]).get_indexer(pd.Index(new["open_time"]))
    known = place >= 0
    before, after = old[_VALUES].to_numpy()[place[known]], new.loc[known, _VALUES].to_numpy()
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=1)
    opens = new["open_time"].to_numpy(dtype="datetime64[us]")
    replaced = np.flatnonzero(known)[differs]
    kept, fresh = old.drop(index=place[replaced]), new[~known]
    parts = [part for part in (kept, fresh, new.iloc[replaced]) if len(part)]
    return Merge(
        frame=pd.concat(parts).sort_values("open_time", ignore_index=True) if parts else old,
        added=tuple(instant_of(time) for time in opens[~known]),
        changes=tuple(
            Change(instant_of(opens[row]), tuple(was.tolist()), tuple(now.tolist()))
            for row, was, now in zip(replaced, before[differs], after[differs], strict=True)
        ),
    )


def refuse_changes(merge: Merge, key: BarKey) -> None:
    """Refuse a merge that would change a stored bar.

    Raises
    ------
    DataError
        Names the first such bar with both values.
    """
    if merge.changes:
        more = f" (and {len(merge.changes) - 1} more)" if len(merge.changes) > 1 else ""
        raise DataError(f"{key} {merge.changes[0]}{more}; to replace stored bars, ask to revise (--revise)")


def _one_each(frame: pd.DataFrame, key: BarKey, side: str) -> pd.DataFrame:
    bars = normalise_bars(frame, key).drop_duplicates(ignore_index=True)
    twice = bars[bars["open_time"].duplicated(keep=False)]
    if len(twice):
        first, second = twice.iloc[0], twice.iloc[1]
        raise DataError(
            f"{key} at {iso(first['open_time'])}: two different bars are {side}, "
            f"closes {first['close']} and {second['close']}"
        )
    return bars
