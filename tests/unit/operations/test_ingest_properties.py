"""A pull ends with every bar that the source has, whatever was stored before and wherever it was cut."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.adapters.memory import MemoryBarStore
from dat.adapters.sample import SampleBarStore
from dat.core.time import BarSize, parse_instant
from dat.errors import DataError, InputError, VenueError
from dat.market.bars import BarKey
from dat.operations.ingest import fill_missing, import_bars, missing_spans, pull

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
SINCE, NOW = parse_instant("2024-01-01"), parse_instant("2024-03-01T12:00:00Z")  # 60 bars have closed


class PagedBars:
    """A source that gives real bars in small pages and fails when it is told to."""

    def __init__(self, *, page_bars: int = 7, pages_before_failure: int = 1000) -> None:
        self.page_bars = page_bars
        self.pages_left = pages_before_failure

    def now(self) -> datetime:
        return NOW

    def fetch(self, key: BarKey, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        bars = SampleBarStore().read(
            KEY, start=since, end=min(until, NOW - key.bar.delta + timedelta(seconds=1))
        )
        for start in range(0, len(bars), self.page_bars):
            if not self.pages_left:
                raise VenueError("the line is cut")
            self.pages_left -= 1
            yield bars.iloc[start : start + self.page_bars]


def whole() -> pd.DataFrame:
    return SampleBarStore().read(KEY, start=SINCE, end=parse_instant("2024-03-01"))


@given(st.sets(st.integers(0, 59)), st.lists(st.integers(1, 4), max_size=3), st.integers(4, 30))
@settings(max_examples=25)
def test_a_pull_completes_any_store_after_any_cuts(stored: set[int], cuts: list[int], page_bars: int) -> None:
    store = MemoryBarStore()
    store.append(KEY, whole().loc[sorted(stored)])
    for pages in cuts:
        source = PagedBars(page_bars=page_bars, pages_before_failure=pages)
        try:
            pull(source, store, KEY, since=SINCE)
        except VenueError:
            continue
    before = len(store.read(KEY))
    pulled = pull(PagedBars(page_bars=page_bars), store, KEY, since=SINCE)
    pd.testing.assert_frame_equal(store.read(KEY), whole())
    assert (pulled.bars_new, pulled.bars_stored, pulled.missing) == (60 - before, 60, ())
    assert missing_spans(store, KEY, since=SINCE, until=NOW) == ()


@given(st.sets(st.integers(0, 59), max_size=30))
def test_the_spans_hold_as_many_bars_as_are_missing(stored: set[int]) -> None:
    store = MemoryBarStore()
    store.append(KEY, whole().loc[sorted(stored)])
    spans = missing_spans(store, KEY, since=SINCE, until=NOW)
    assert sum(span.bars for span in spans) == 60 - len(stored)
    assert all(earlier.until < later.since for earlier, later in pairwise(spans))


def test_progress_rises_to_what_was_expected() -> None:
    told: list[tuple[int, int]] = []
    store = MemoryBarStore()
    store.append(KEY, whole().loc[20:29])
    pull(PagedBars(), store, KEY, since=SINCE, progress=lambda done, expected: told.append((done, expected)))
    assert told[-1] == (50, 50)
    assert told == sorted(told)


def test_until_ends_a_pull() -> None:
    pulled = pull(PagedBars(), MemoryBarStore(), KEY, since=SINCE, until=parse_instant("2024-01-11"))
    assert (pulled.bars_stored, pulled.last) == (10, parse_instant("2024-01-10"))


def test_a_source_without_bars_leaves_the_store_empty() -> None:
    source = PagedBars()
    source.fetch = lambda key, since, until: iter(())  # type: ignore[method-assign]
    pulled = pull(source, MemoryBarStore(), KEY, since=SINCE)
    assert (pulled.bars_new, pulled.bars_stored, pulled.first, pulled.missing) == (0, 0, None, ())


def test_nothing_is_pulled_from_the_future() -> None:
    with pytest.raises(InputError, match=r"nothing can be pulled from 2024-03-02T00:00:00Z on"):
        pull(PagedBars(), MemoryBarStore(), KEY, since=parse_instant("2024-03-02"))


def test_an_import_refuses_what_has_not_closed() -> None:
    store = MemoryBarStore()
    with pytest.raises(
        DataError, match="at 2024-02-29T00:00:00Z: bar closes 2024-03-01T00:00:00Z, after the clock's"
    ):
        import_bars(whole(), store, KEY, as_of=parse_instant("2024-02-29T23:59:59Z"))
    assert store.keys() == ()
    assert import_bars(whole(), store, KEY, as_of=NOW) == 60


def test_filling_closes_every_hole_once() -> None:
    store = MemoryBarStore()
    store.append(KEY, whole().drop(index=[5, 6, 40]))
    filled = fill_missing(store, KEY, "previous_close")
    assert [f"{day:%m-%d}" for day in filled] == ["01-06", "01-07", "02-10"]
    assert fill_missing(store, KEY, "previous_close") == ()
    assert dict(store.fills(KEY)) == {"previous_close": filled}
    closes = store.read(KEY)["close"]
    assert (closes[5], closes[6], closes[40]) == (closes[4], closes[4], closes[39])
