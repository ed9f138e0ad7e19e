"""What every bar store promises: one battery, each store that dat has."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dat.adapters.memory import MemoryBarStore
from dat.adapters.parquet import ParquetBarStore
from dat.adapters.sample import SampleBarStore
from dat.core.time import BarSize, parse_instant
from dat.errors import DataError, StoreError
from dat.market.bars import BAR_COLUMNS, BarKey
from dat.ports import BarReader, BarStore

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
OTHER = BarKey("kraken", "ETH/EUR", BarSize("4h"))


def real_bars(start: str = "2024-01-20", end: str = "2024-03-10") -> pd.DataFrame:
    """Give 50 real days over three months."""
    return SampleBarStore().read(KEY, start=parse_instant(start), end=parse_instant(end))


@pytest.fixture(params=["memory", "parquet"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BarStore:
    made: dict[str, Callable[[], BarStore]] = {
        "memory": MemoryBarStore,
        "parquet": lambda: ParquetBarStore(tmp_path / "bars"),
    }
    return made[request.param]()


@pytest.fixture(params=["memory", "parquet", "sample"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BarReader]:
    if request.param == "sample":
        yield SampleBarStore()
        return
    filled: BarStore = MemoryBarStore() if request.param == "memory" else ParquetBarStore(tmp_path)
    filled.append(KEY, SampleBarStore().read(KEY))
    yield filled


class TestReading:
    def test_a_series_is_named(self, reader: BarReader) -> None:
        keys = reader.keys()
        assert KEY in keys
        assert list(keys) == sorted(keys)

    def test_bars_come_in_the_schema(self, reader: BarReader) -> None:
        bars = reader.read(KEY)
        assert tuple(bars.columns) == BAR_COLUMNS
        assert str(bars["open_time"].dtype) == "datetime64[us, UTC]"
        assert {str(bars[name].dtype) for name in BAR_COLUMNS[1:]} == {"float64"}
        assert bars["open_time"].is_monotonic_increasing
        assert bars.index.equals(pd.RangeIndex(len(bars)))

    def test_the_start_is_in_and_the_end_is_out(self, reader: BarReader) -> None:
        bars = reader.read(KEY, start=parse_instant("2024-01-31"), end=parse_instant("2024-03-01"))
        assert (len(bars), bars["open_time"].iloc[0].day, bars["open_time"].iloc[-1].day) == (30, 31, 29)

    def test_an_instant_of_another_zone_is_the_same_instant(self, reader: BarReader) -> None:
        start = datetime.fromisoformat("2024-03-01T07:00:00+08:00")  # 29 February, 23:00 UTC
        assert reader.read(KEY, start=start)["open_time"].iloc[0] == datetime(2024, 3, 1, tzinfo=UTC)

    def test_an_unknown_series_has_no_bars(self, reader: BarReader) -> None:
        bars = reader.read(OTHER)
        assert len(bars) == 0
        assert tuple(bars.columns) == BAR_COLUMNS

    def test_nothing_is_filled_unless_it_was(self, reader: BarReader) -> None:
        assert dict(reader.fills(KEY)) == {}

    def test_what_a_reader_does_to_a_frame_stays_with_it(self, reader: BarReader) -> None:
        first = reader.read(KEY)
        first["close"] = 0.0
        assert (reader.read(KEY)["close"] > 0).all()


class TestWriting:
    def test_an_empty_store_names_nothing(self, store: BarStore) -> None:
        assert store.keys() == ()

    def test_what_is_appended_is_read(self, store: BarStore) -> None:
        assert store.append(KEY, real_bars()) == 50
        pd.testing.assert_frame_equal(store.read(KEY), real_bars())

    def test_series_do_not_mix(self, store: BarStore) -> None:
        store.append(KEY, real_bars())
        store.append(OTHER, real_bars().head(3))
        assert store.keys() == (KEY, OTHER)
        assert (len(store.read(KEY)), len(store.read(OTHER))) == (50, 3)

    def test_the_same_bars_twice_are_no_change(self, store: BarStore) -> None:
        store.append(KEY, real_bars())
        assert store.append(KEY, real_bars()) == 0
        pd.testing.assert_frame_equal(store.read(KEY), real_bars())

    def test_overlap_and_disorder_do_not_matter(self, store: BarStore) -> None:
        bars = real_bars()
        assert store.append(KEY, bars.iloc[20:40]) == 20
        assert store.append(KEY, bars.iloc[::-1].head(25)) == 10
        assert store.append(KEY, bars.head(30)) == 20
        pd.testing.assert_frame_equal(store.read(KEY), bars)

    def test_no_bars_are_no_change(self, store: BarStore) -> None:
        assert store.append(KEY, real_bars().head(0)) == 0
        assert store.keys() == ()

    def test_a_bar_that_changed_is_refused_with_both_values(self, store: BarStore) -> None:
        stored, changed = real_bars(), real_bars()
        stored.loc[30, "close"], changed.loc[30, "close"] = 50000.25, 12345.5
        store.append(KEY, stored)
        message = r"1d at 2024-02-19T00:00:00Z: close is stored as 50000\.25 and now given as 12345\.5"
        with pytest.raises(DataError, match=f"binance BTC/USDT {message}"):
            store.append(KEY, changed)
        pd.testing.assert_frame_equal(store.read(KEY), stored)

    def test_a_refusal_writes_none_of_the_new_bars(self, store: BarStore) -> None:
        store.append(KEY, real_bars().head(20))
        changed = real_bars()
        changed.loc[5, "volume"] = 1.0
        with pytest.raises(DataError, match="volume is stored as"):
            store.append(KEY, changed)
        assert len(store.read(KEY)) == 20

    def test_a_revision_is_asked_for_by_name(self, store: BarStore) -> None:
        store.append(KEY, real_bars())
        changed = real_bars()
        changed.loc[30, "close"] = 51000.0
        assert store.append(KEY, changed, revise=True) == 0
        pd.testing.assert_frame_equal(store.read(KEY), changed)

    def test_one_instant_with_two_bars_is_refused(self, store: BarStore) -> None:
        twice = pd.concat([real_bars(), real_bars().head(1).assign(close=1.0)])
        with pytest.raises(DataError, match=r"at 2024-01-20T00:00:00Z: two different bars are given"):
            store.append(KEY, twice)
        assert store.keys() == ()


class TestFilling:
    HOLE = (datetime(2024, 2, 4, tzinfo=UTC), datetime(2024, 2, 5, tzinfo=UTC))

    @pytest.fixture
    def holed(self, store: BarStore) -> BarStore:
        store.append(KEY, real_bars().drop(index=[15, 16]))
        store.fill(KEY, self.made(), "previous_close")
        return store

    def made(self) -> pd.DataFrame:
        opens = pd.to_datetime(list(self.HOLE)).as_unit("us")
        bars = pd.DataFrame({"open_time": opens, "open": 43000.0, "high": 43000.0, "low": 43000.0})
        return bars.assign(close=43000.0, volume=0.0)

    def test_filled_bars_are_read_and_named(self, holed: BarStore) -> None:
        assert len(holed.read(KEY)) == 50
        assert dict(holed.fills(KEY)) == {"previous_close": self.HOLE}

    def test_a_stored_bar_is_not_filled(self, holed: BarStore) -> None:
        taken = self.made().assign(open_time=lambda bars: bars["open_time"] + timedelta(days=1))
        with pytest.raises(DataError, match="'previous_close' was to fill a bar that is stored"):
            holed.fill(KEY, taken, "previous_close")
        assert dict(holed.fills(KEY)) == {"previous_close": self.HOLE}

    def test_a_real_bar_takes_the_place_of_a_filled_one_by_revision(self, holed: BarStore) -> None:
        with pytest.raises(DataError, match="ask to revise"):
            holed.append(KEY, real_bars())
        holed.append(KEY, real_bars(), revise=True)
        pd.testing.assert_frame_equal(holed.read(KEY), real_bars())
        assert dict(holed.fills(KEY)) == {}


def test_the_sample_is_read_only() -> None:
    with pytest.raises(StoreError, match="the bundled sample is read only"):
        SampleBarStore().append(KEY, real_bars())
    with pytest.raises(StoreError, match="the bundled sample is read only"):
        SampleBarStore().fill(KEY, real_bars(), "previous_close")
