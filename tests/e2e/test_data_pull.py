"""Bars from a venue that answers as Binance does, through unmodified ccxt, into files."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dat.adapters.ccxt_connect import connect
from dat.adapters.ccxt_data import CcxtBars
from dat.adapters.ccxt_retry import Patience
from dat.adapters.memory import MemoryBarStore
from dat.adapters.parquet import ParquetBarStore
from dat.adapters.sample import SampleBarStore
from dat.core.time import BarSize, parse_instant
from dat.errors import DataError, InputError, VenueError
from dat.market.bars import BarKey
from dat.operations.ingest import pull
from tests.klines_server import RECORDED, Fault, KlinesVenue, kline_rows, serving, too_many

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
SINCE = parse_instant("2023-11-20")
NOON = parse_instant("2024-03-14T12:00:00Z")  # the bar of 14 March is open
HTML = Fault(200, "<html>maintenance</html>")


def real_bars() -> pd.DataFrame:
    return SampleBarStore().read(KEY)


def closed_bars() -> pd.DataFrame:
    """Give what a pull must end up with: 2023-11-20 to 2024-03-13, 115 bars."""
    return SampleBarStore().read(KEY, start=SINCE, end=parse_instant("2024-03-14"))


@pytest.fixture
def venue() -> KlinesVenue:
    return KlinesVenue({("BTCUSDT", "1d"): real_bars()}, NOON, rows_max=25)


@pytest.fixture
def endpoint(venue: KlinesVenue) -> Iterator[str]:
    with serving(venue) as address:
        yield address


class Waits(list[float]):
    """Waits that take no time and are noted."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def source(endpoint: str, waits: Waits) -> Iterator[CcxtBars]:
    with CcxtBars("binance", endpoint=endpoint, patience=Patience(waits, attempts=3)) as bars:
        yield bars


def files_under(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_server_gives_rows_of_the_recorded_shape() -> None:
    recorded = RECORDED["GET /api/v3/klines"][0]["response"][0]
    ours = kline_rows(real_bars().head(1), 86_400_000)[0]
    assert [type(place) for place in ours] == [type(place) for place in recorded]


def test_a_pull_brings_the_closed_bars_and_not_the_open_one(source: CcxtBars) -> None:
    store, told = MemoryBarStore(), []
    pulled = pull(source, store, KEY, since=SINCE, progress=lambda *bars: told.append(bars))
    pd.testing.assert_frame_equal(store.read(KEY), closed_bars())
    assert (pulled.bars_new, pulled.bars_stored, pulled.missing) == (115, 115, ())
    assert pulled.last == parse_instant("2024-03-13")
    assert told[-1] == (115, 115)
    assert told == sorted(told)


def test_pages_follow_each_other_by_open_time(source: CcxtBars, venue: KlinesVenue) -> None:
    pull(source, MemoryBarStore(), KEY, since=SINCE)
    starts = [datetime.fromtimestamp(int(query["startTime"]) / 1000, UTC) for query in venue.klines_asked]
    assert starts == [SINCE + timedelta(days=25 * page) for page in range(5)]
    assert {query["symbol"] for query in venue.klines_asked} == {"BTCUSDT"}


def test_a_public_pull_asks_for_nothing_but_time_markets_and_bars(
    source: CcxtBars, venue: KlinesVenue
) -> None:
    pull(source, MemoryBarStore(), KEY, since=SINCE)
    assert {path for path, _ in venue.asked} == {"/api/v3/time", "/api/v3/exchangeInfo", "/api/v3/klines"}


def test_the_second_pull_changes_no_byte_and_asks_for_no_bar(
    source: CcxtBars, venue: KlinesVenue, tmp_path: Path
) -> None:
    store = ParquetBarStore(tmp_path)
    pull(source, store, KEY, since=SINCE)
    before, asked = files_under(tmp_path), len(venue.klines_asked)
    assert pull(source, store, KEY, since=SINCE).bars_new == 0
    assert files_under(tmp_path) == before
    assert len(venue.klines_asked) == asked


def test_a_pull_goes_on_when_bars_have_closed_since(source: CcxtBars, venue: KlinesVenue) -> None:
    store = MemoryBarStore()
    pull(source, store, KEY, since=SINCE, until=parse_instant("2024-02-01"))
    asked = len(venue.klines_asked)
    assert pull(source, store, KEY, since=SINCE).bars_new == 42
    first = venue.klines_asked[asked]["startTime"]
    assert int(first) == int(parse_instant("2024-02-01").timestamp() * 1000)
    pd.testing.assert_frame_equal(store.read(KEY), closed_bars())


def test_a_pull_fills_the_holes_of_the_store_and_what_lies_before_it(source: CcxtBars) -> None:
    store, whole = MemoryBarStore(), closed_bars()
    store.append(KEY, whole.iloc[[40, 41, 60]])
    assert pull(source, store, KEY, since=SINCE).bars_new == 112
    pd.testing.assert_frame_equal(store.read(KEY), whole)


def test_a_hole_of_the_venue_is_named_and_not_made_up(source: CcxtBars, venue: KlinesVenue) -> None:
    bars = real_bars()
    venue.bars["BTCUSDT", "1d"] = bars.loc[bars["open_time"] != parse_instant("2024-01-10")]
    pulled = pull(source, MemoryBarStore(), KEY, since=SINCE)
    assert pulled.bars_stored == 114
    assert [(span.since, span.bars) for span in pulled.missing] == [(parse_instant("2024-01-10"), 1)]


def test_a_pull_from_before_the_listing_starts_at_the_listing(source: CcxtBars, venue: KlinesVenue) -> None:
    venue.rows_max = 1000
    pulled = pull(source, MemoryBarStore(), KEY, since=parse_instant("2020-01-01"))
    assert pulled.first == parse_instant("2020-09-20")
    assert pulled.missing == ()


@pytest.mark.parametrize("status", [429, 418])
def test_a_venue_that_asks_to_wait_is_waited_for(
    status: int, source: CcxtBars, venue: KlinesVenue, waits: Waits
) -> None:
    venue.faults = [too_many(7, status)]
    assert pull(source, MemoryBarStore(), KEY, since=SINCE).bars_new == 115
    assert waits == [7.0]


def test_a_wait_that_is_too_long_is_an_error_and_what_came_is_kept(
    source: CcxtBars, venue: KlinesVenue, waits: Waits
) -> None:
    store = MemoryBarStore()
    venue.on_klines = lambda count: venue.faults.append(too_many(3600, 418)) if count == 3 else None
    with pytest.raises(
        VenueError, match=r"binance asks to wait 3600 s before BTC/USDT 1d bars from 2024-01-09"
    ):
        pull(source, store, KEY, since=SINCE)
    assert waits == []
    assert len(store.read(KEY)) == 50
    assert pull(source, store, KEY, since=SINCE).bars_new == 65


@pytest.mark.parametrize(
    "fault",
    [
        HTML,
        Fault(200, ""),
        Fault(200, '[[1705276800000,"1.0'),
        Fault(200, "[[1705276800000", is_cut=True),
        Fault(502, "<html>bad gateway</html>"),
        Fault(503, '{"code":-1001,"msg":"Internal error"}'),
    ],
    ids=["html", "empty", "half-json", "cut", "502", "503"],
)
def test_an_answer_that_is_none_is_asked_for_again(
    fault: Fault, source: CcxtBars, venue: KlinesVenue, waits: Waits
) -> None:
    venue.faults = [fault, fault]
    store = MemoryBarStore()
    assert pull(source, store, KEY, since=SINCE).bars_new == 115
    assert waits == [0.5, 1.0]
    pd.testing.assert_frame_equal(store.read(KEY), closed_bars())


def test_patience_ends(source: CcxtBars, venue: KlinesVenue) -> None:
    venue.faults = [HTML] * 3
    with pytest.raises(
        VenueError, match=r"binance did not give BTC/USDT 1d bars from 2023-11-20.* in 3 tries"
    ):
        pull(source, MemoryBarStore(), KEY, since=SINCE)


def test_a_refusal_is_not_repeated(source: CcxtBars, venue: KlinesVenue, waits: Waits) -> None:
    venue.faults = [Fault(400, '{"code":-1121,"msg":"Invalid symbol."}')]
    with pytest.raises(VenueError, match="binance refused BTC/USDT 1d bars"):
        pull(source, MemoryBarStore(), KEY, since=SINCE)
    assert waits == []


def test_a_place_from_which_the_venue_is_forbidden_is_not_tried_again(
    source: CcxtBars, venue: KlinesVenue, waits: Waits
) -> None:
    venue.faults = [Fault(451, "<html>restricted location</html>")]
    with pytest.raises(VenueError, match="in 1 tries"):
        pull(source, MemoryBarStore(), KEY, since=SINCE)
    assert waits == []


def test_bars_of_another_form_are_refused(source: CcxtBars, venue: KlinesVenue) -> None:
    venue.faults = [Fault(200, '[[1700438400000,"1.0",null,"1.0","1.0","1.0"]]')]
    with pytest.raises(VenueError, match="in another form"):
        pull(source, MemoryBarStore(), KEY, since=SINCE)


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        (4, "NaN", "close is nan, not a finite number"),
        (3, "-1.0", "low is -1.0; it must be above 0"),
        (2, "1.0", "high 1.0 is below another price of the bar"),
    ],
)
def test_a_page_that_no_run_accepts_is_not_stored(
    place: int, text: str, message: str, source: CcxtBars, venue: KlinesVenue
) -> None:
    rows = kline_rows(closed_bars().head(3), 86_400_000)
    rows[1][place] = text
    venue.faults = [Fault(200, json.dumps(rows))]
    store = MemoryBarStore()
    with pytest.raises(DataError, match=f"binance BTC/USDT 1d at 2023-11-21T00:00:00Z: {message}"):
        pull(source, store, KEY, since=SINCE)
    assert store.keys() == ()


def test_the_future_cannot_be_pulled(source: CcxtBars) -> None:
    with pytest.raises(
        InputError, match=r"nothing can be pulled from 2024-03-15T00:00:00Z on; it is 2024-03-14T1"
    ):
        pull(source, MemoryBarStore(), KEY, since=parse_instant("2024-03-15"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            BarKey("binance", "BTC/USTD", BarSize("1d")),
            r"binance has no pair 'BTC/USTD'; did you mean .*BTC/USDT",
        ),
        (BarKey("binance", "BTC/USDT", BarSize("7m")), r"binance has no bars of 7m; it offers .*1m, 3m"),
    ],
)
def test_what_the_venue_does_not_offer_is_named(key: BarKey, message: str, source: CcxtBars) -> None:
    with pytest.raises(InputError, match=message):
        pull(source, MemoryBarStore(), key, since=SINCE)


def test_an_unknown_venue_is_named() -> None:
    with pytest.raises(InputError, match=r"no venue 'binanse' is known to ccxt; did you mean binance"):
        CcxtBars("binanse").now()


@pytest.mark.parametrize(
    "endpoint", ["https://api.binance.com", "http://192.0.2.1:80", "http://127.0.0.1.evil.test"]
)
def test_an_endpoint_elsewhere_is_refused(endpoint: str) -> None:
    with pytest.raises(InputError, match="is not on this machine"):
        CcxtBars("binance", endpoint=endpoint).now()


@pytest.mark.parametrize("name", ["binance", "kraken", "okx", "coinbase"])
def test_no_address_of_a_redirected_client_leads_elsewhere(name: str) -> None:
    exchange = connect(name, endpoint="http://127.0.0.1:9")
    addresses = json.dumps(exchange.urls["api"])
    assert "127.0.0.1:9" in addresses
    assert addresses.count("://") == addresses.count("://127.0.0.1:9")


def test_the_pace_that_a_venue_allows_is_kept() -> None:
    exchange = connect("binance")
    assert exchange.enableRateLimit
    assert exchange.rateLimit >= 50  # ms for a request of weight one


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "dat", "data", *words]


def pull_command(endpoint: str, root: Path) -> list[str]:
    place = ("--store", str(root), "--endpoint", endpoint)
    return command(
        "pull", "BTC/USDT", "--venue", "binance", "--bars", "1d", "--since", "2023-11-20", *place, "--json"
    )


def run(words: list[str]) -> dict[str, Any]:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_pull_that_is_killed_again_and_again_ends_as_one_that_was_not(
    venue: KlinesVenue, endpoint: str, source: CcxtBars, tmp_path: Path
) -> None:
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    for pages in (2, 3):
        kill_after_pages(pages, venue, pull_command(endpoint, cut))
    assert 0 < len(ParquetBarStore(cut).read(KEY)) < 115
    last = run(pull_command(endpoint, cut))
    assert (last["bars_stored"], last["missing"], last["last"]) == (115, [], "2024-03-13T00:00:00Z")
    pull(source, ParquetBarStore(whole), KEY, since=SINCE)
    assert files_under(cut) == files_under(whole)


def kill_after_pages(pages: int, venue: KlinesVenue, words: list[str]) -> None:
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    already = len(venue.klines_asked)

    def kill(count: int) -> None:
        if count - already == pages:
            os.kill(child.pid, signal.SIGKILL)

    venue.on_klines = kill
    assert child.wait(timeout=60) == -signal.SIGKILL
    venue.on_klines = lambda count: None
