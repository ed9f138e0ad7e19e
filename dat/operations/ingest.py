"""Bringing bars in: from a venue, from a file, or made up by choice."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from dat.core.time import iso
from dat.errors import InputError
from dat.market.bars import BarKey
from dat.market.filling import fill_gaps
from dat.market.finding import instant_of
from dat.market.quality import require_clean
from dat.ports import BarReader, BarSource, BarStore, Progress

__all__ = ["Pulled", "Span", "fill_missing", "import_bars", "missing_spans", "pull"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time without bars.

    Parameters
    ----------
    since, until
        Aware UTC; the first missing bar opens at or after `since`, the last one before `until`.
    bars
        How many bars fit in.
    """

    since: datetime
    until: datetime
    bars: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to.

    Parameters
    ----------
    key
        The series.
    bars_new
        Bars that were not stored before.
    bars_stored
        Bars that are stored now.
    first, last
        Open of the first and last stored bar; None when there is none.
    missing
        Stretches inside the series for which the venue has no bars.
    """

    key: BarKey
    bars_new: int
    bars_stored: int
    first: datetime | None
    last: datetime | None
    missing: tuple[Span, ...]


def pull(
    source: BarSource,
    store: BarStore,
    key: BarKey,
    *,
    since: datetime,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Bring in the closed bars that a store lacks: before its first, in its holes and after its last.

    Each page is judged and stored before the next is asked for: a pull that is killed leaves whole pages,
    and the next pull goes on from there.

    Parameters
    ----------
    source, store
        Where bars come from and where they go.
    key
        The series.
    since
        Open of the earliest bar wanted, aware UTC.
    until
        Bars that open before this are wanted, aware UTC; the source's present when absent.
    progress
        Is told bars of time covered and bars expected.

    Raises
    ------
    InputError
        When `since` is not before `until` and the source's present.
    DataError
        When the source gives a bar that a run can never accept; its page is not stored.
    VenueError
        When the source fails.
    """
    end = min(until or source.now(), source.now())
    if since >= end:
        raise InputError(f"{key}: nothing can be pulled from {iso(since)} on; it is {iso(end)}")
    spans = missing_spans(store, key, since=since, until=end)
    expected, done, new = sum(span.bars for span in spans), 0, 0
    _tell(progress, done, expected)
    for span in spans:
        for page in source.fetch(key, span.since, span.until):
            new += store.append(key, require_clean(page, key, as_of=source.now()))
            _tell(progress, done + _bars_between(span.since, _last_open(page), key) + 1, expected)
        done += span.bars
        _tell(progress, done, expected)
    return _summary(store, key, new)


def import_bars(
    frame: pd.DataFrame, store: BarStore, key: BarKey, *, as_of: datetime, revise: bool = False
) -> int:
    """Store bars from a file and give how many are new.

    Parameters
    ----------
    frame
        Bars in the schema of `dat.market.bars`.
    store
        Where they go.
    key
        The series.
    as_of
        The present, aware UTC: a bar that closes later is refused.
    revise
        Replace stored bars that differ, on record.

    Raises
    ------
    DataError
        When a bar can never be accepted by a run, or differs from a stored one; nothing is written.
    """
    return store.append(key, require_clean(frame, key, as_of=as_of), revise=revise)


def fill_missing(store: BarStore, key: BarKey, method: str) -> tuple[datetime, ...]:
    """Fill the holes of a stored series by a named method, on record, and give the open times filled.

    Raises
    ------
    InputError
        When the method is not known.
    DataError
        When the series has no bars or is not clean.
    """
    whole, filled = fill_gaps(store.read(key), key, method)
    if filled:
        store.fill(key, whole[whole["open_time"].isin(list(filled))], method)
    return filled


def missing_spans(store: BarReader, key: BarKey, *, since: datetime, until: datetime) -> tuple[Span, ...]:
    """Find the stretches from `since` to before `until` of which no bar is stored.

    Returns
    -------
    tuple of Span
        In order of time; a stretch shorter than one bar is none.
    """
    opens = store.read(key, start=since, end=until)["open_time"].to_numpy(dtype="datetime64[us]")
    if not len(opens):
        return tuple(_span(since, until, key))
    far = np.flatnonzero(np.diff(opens) > np.timedelta64(key.bar.delta))
    inner = [(instant_of(opens[row]) + key.bar.delta, instant_of(opens[row + 1])) for row in far]
    head = (since, instant_of(opens[0]))
    tail = (instant_of(opens[-1]) + key.bar.delta, until)
    return tuple(span for low, high in (head, *inner, tail) for span in _span(low, high, key))


def _span(since: datetime, until: datetime, key: BarKey) -> list[Span]:
    bars = _bars_between(since, until, key)
    return [Span(since, until, bars)] if bars > 0 else []


def _bars_between(since: datetime, until: datetime, key: BarKey) -> int:
    return (until - since) // key.bar.delta


def _last_open(page: pd.DataFrame) -> datetime:
    return instant_of(page["open_time"].to_numpy(dtype="datetime64[us]")[-1])


def _tell(progress: Progress | None, done: int, expected: int) -> None:
    if progress is not None:
        progress(min(done, expected), expected)


def _summary(store: BarReader, key: BarKey, new: int) -> Pulled:
    opens = store.read(key)["open_time"].to_numpy(dtype="datetime64[us]")
    if not len(opens):
        return Pulled(key, new, 0, None, None, ())
    first, last = instant_of(opens[0]), instant_of(opens[-1])
    holes = missing_spans(store, key, since=first, until=last + key.bar.delta)
    return Pulled(key, new, len(opens), first, last, holes)
