"""The bundled data against facts that anyone can look up, and its own manifest."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dat.adapters.sample.store as sample_store
from dat.adapters.csv import read_bars_csv
from dat.adapters.sample import SampleBarStore, sample_file, sample_manifest, sample_series
from dat.core.time import BarSize, parse_instant
from dat.errors import InputError, StoreError
from dat.market.bars import BarKey
from dat.market.quality import check_bars

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "dat" / "adapters" / "sample"


def close_on(venue: str, pair: str, day: str) -> float:
    start = parse_instant(day)
    bars = SampleBarStore().read(
        BarKey(venue, pair, BarSize("1d")), start=start, end=start + timedelta(days=1)
    )
    return float(bars["close"].item())


@pytest.mark.parametrize(
    ("venue", "pair", "day", "close"),
    [
        ("binance-long", "BTC/USDT", "2020-03-12", 4_800),
        ("binance-long", "BTC/USDT", "2021-11-10", 64_882),
        ("binance", "BTC/USDT", "2021-11-10", 64_882),
        ("binance", "BTC/USDT", "2022-11-09", 15_923),
        ("binance", "BTC/USDT", "2024-03-14", 71_389),
        ("binance", "ETH/USDT", "2022-06-18", 995),
        ("binance", "BNB/USDT", "2021-05-10", 631),
        ("binance", "SOL/USDT", "2021-11-06", 258.4),
        ("binance", "SOL/USDT", "2022-12-29", 9.64),
    ],
)
def test_known_closes(venue: str, pair: str, day: str, close: float) -> None:
    # The published figures are rounded to what is written here.
    digits = 0 if float(close).is_integer() else len(str(close).partition(".")[2])
    assert round(close_on(venue, pair, day), digits) == close


def test_the_high_of_the_2021_top() -> None:
    day = parse_instant("2021-11-10")
    bars = SampleBarStore().read(BarKey("binance", "BTC/USDT", BarSize("1d")), start=day)
    assert bars["high"].iloc[0] == 69_000.0


@pytest.mark.parametrize(
    ("venue", "pair", "rows", "first", "last"),
    [
        *(
            ("binance", f"{coin}/USDT", 1825, "2020-09-20", "2025-09-18")
            for coin in ("BTC", "ETH", "BNB", "SOL", "XRP")
        ),
        ("binance-long", "BTC/USDT", 2440, "2017-08-17", "2024-04-21"),
        ("unstated", "BTC/USD", 2417, "2020-01-01", "2026-08-13"),
    ],
)
def test_every_series_is_whole_and_clean(venue: str, pair: str, rows: int, first: str, last: str) -> None:
    key = BarKey(venue, pair, BarSize("1d"))
    quality = check_bars(SampleBarStore().read(key), key, as_of=parse_instant(last) + timedelta(days=1))
    assert (quality.bars, quality.first, quality.last) == (rows, parse_instant(first), parse_instant(last))
    assert quality.errors == ()
    assert {finding.kind for finding in quality.findings} <= {"outlier"}


def test_two_independent_sources_agree_on_the_close() -> None:
    store, days = SampleBarStore(), {"start": parse_instant("2020-09-20"), "end": parse_instant("2024-04-21")}
    one, two = (store.read(BarKey(v, "BTC/USDT", BarSize("1d")), **days) for v in ("binance", "binance-long"))
    pd.testing.assert_series_equal(one["open_time"], two["open_time"])
    pd.testing.assert_series_equal(one["close"], two["close"])


def test_the_staking_yield_is_known_a_day_after_its_date() -> None:
    series = sample_series("eth_staking_apr")
    assert (len(series.values), series.values[0]) == (1909, 0.1740251707100836)
    assert series.known_at[0] == np.datetime64("2020-12-02")
    assert series.known_at[-1] == np.datetime64("2026-02-22")
    assert set(np.diff(series.known_at).tolist()) == {timedelta(days=1)}


def test_the_purchases_sum_to_the_published_total() -> None:
    purchases = read_bars_csv(sample_file("mstr_btc_purchases_clean.csv"))
    assert purchases["units_btc"].sum() == 713_502
    assert purchases["cost_usd"].sum() == pytest.approx(54.233e9, abs=0.5e6)


def test_every_file_is_listed_licensed_and_small() -> None:
    files = {path.name: path for path in (SAMPLE / "files").iterdir()}
    notice, manifest = (ROOT / "NOTICE").read_text(), sample_manifest()
    assert set(files) == set(manifest)
    assert sum(path.stat().st_size for path in files.values()) < 5_000_000
    for name, entry in manifest.items():
        assert entry["bytes"] == files[name].stat().st_size
        assert name in notice
        assert entry["licence_file"] is None or (SAMPLE / "licences" / entry["licence_file"]).is_file()


def test_a_file_that_was_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "MANIFEST.json").write_bytes((SAMPLE / "MANIFEST.json").read_bytes())
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "eth_apr_daily.csv").write_text("date,apr\n2020-12-01,9.9\n")
    monkeypatch.setattr(sample_store, "_FOLDER", tmp_path)
    with pytest.raises(StoreError, match=r"eth_apr_daily\.csv has SHA-256 .* it is not the bundled file"):
        sample_file.__wrapped__("eth_apr_daily.csv")
    with pytest.raises(StoreError, match=r"BTC_USD-1d_2020_2026\.csv cannot be read"):
        sample_file.__wrapped__("BTC_USD-1d_2020_2026.csv")


def test_what_is_not_bundled_is_named() -> None:
    with pytest.raises(InputError, match="no sample series 'tvl'; there are eth_staking_apr"):
        sample_series("tvl")
    with pytest.raises(InputError, match=r"no sample file 'x\.csv'; there are BTC_USDT-1d\.feather"):
        sample_file("x.csv")
