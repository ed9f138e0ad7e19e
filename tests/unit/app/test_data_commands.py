"""``dat data`` as a user types it: what it prints, what it writes, how it ends."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dat.adapters.parquet import ParquetBarStore
from dat.adapters.sample import SampleBarStore, sample_file
from dat.app.cli import main
from dat.core.time import BarSize, parse_instant
from dat.market.bars import BarKey

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
HEADER = "date,open,high,low,close,volume"
DAYS = (
    "2024-01-01,42283.58,44184.10,42180.77,44179.55,27174.29",
    "2024-01-02,44179.55,45879.63,44148.34,44946.91,65146.40",
    "2024-01-03,44946.91,45500.00,40750.00,42845.23,81194.55",
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "store"
    monkeypatch.setenv("DAT_STORE", str(folder))
    return folder


def written(folder: Path, *lines: str, name: str = "BTC_USDT-1d.csv") -> str:
    path = folder / name
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    return str(path)


def answer(capsys: Capture, *words: str) -> dict[str, Any]:
    assert main(["data", *words, "--json"]) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


def test_an_import_shows_what_it_guessed(tmp_path: Path, store: Path, capsys: Capture) -> None:
    path = written(tmp_path, *DAYS)
    assert main(["data", "import", path, "--venue", "binance"]) == 0
    shown = capsys.readouterr().out
    assert "binance BTC/USDT 1d (pair and bars guessed)" in shown
    assert "columns: open_time from 'date', open from 'open', high from 'high'" in shown
    assert "3 bars read, 3 new" in shown
    assert ParquetBarStore(store).read(KEY)["close"].tolist() == [44179.55, 44946.91, 42845.23]


def test_an_import_answers_a_script(tmp_path: Path, store: Path, capsys: Capture) -> None:
    figures = answer(capsys, "import", written(tmp_path, *DAYS), "--pair", "BTC/USDT", "--bar", "1d")
    [file] = figures["files"]
    assert (file["venue"], file["pair"], file["bars"]) == ("file", "BTC/USDT", "1d")
    assert (file["guessed"], file["bars_read"], file["bars_new"]) == ([], 3, 3)
    assert file["mapping"]["open_time"] == "date"
    assert figures["store"] == str(store)


@pytest.mark.parametrize("at_once", [True, False])
def test_bars_off_the_grid_of_their_series_are_refused(
    tmp_path: Path, store: Path, capsys: Capture, *, at_once: bool
) -> None:
    series = ("--pair", "BTC/USDT", "--bars", "1d", "--venue", "binance")
    on = written(tmp_path, *DAYS, name="on.csv")
    later = [f"2024-01-{day} 05:00,1,1,1,1,1" for day in ("04", "05")]
    off = written(tmp_path, *later, name="off.csv")
    if not at_once:
        assert main(["data", "import", on, *series]) == 0
    capsys.readouterr()
    assert main(["data", "import", *([on] if at_once else []), off, *series]) == 2
    assert capsys.readouterr().err == (
        "error: binance BTC/USDT 1d: the bar that opens 2024-01-04T05:00:00Z is off the grid of the series, "
        "which has a bar at 2024-01-01T00:00:00Z\n"
    )
    assert len(ParquetBarStore(store).read(KEY)) == (0 if at_once else 3)


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_other_kinds_of_file_are_imported(ending: str, tmp_path: Path, store: Path, capsys: Capture) -> None:
    bars = SampleBarStore().read(KEY).rename(columns={"open_time": "Date", "close": "Close"})
    path = tmp_path / f"btcusdt.{ending}"
    bars.to_parquet(path) if ending == "parquet" else bars.to_feather(path)
    figures = answer(capsys, "import", str(path), "--venue", "binance")
    assert figures["files"][0]["bars_new"] == 1825
    pd.testing.assert_frame_equal(ParquetBarStore(store).read(KEY), SampleBarStore().read(KEY))


def test_columns_are_named_where_they_cannot_be_guessed(tmp_path: Path, store: Path, capsys: Capture) -> None:
    path = tmp_path / "ethusdt.csv"
    path.write_text("\n".join((HEADER.replace("date", "day").replace("close", "settle"), *DAYS)))
    assert main(["data", "import", str(path)]) == 2
    assert "no column for 'open_time'" in capsys.readouterr().err
    figures = answer(capsys, "import", str(path), "--map", "open_time=day, close=settle")
    assert figures["files"][0]["mapping"]["close"] == "settle"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "has no rows"),
        (("2024-01-01,1,1,1,nan,1", *DAYS[1:]), "at 2024-01-01T00:00:00Z: close is nan, not a finite number"),
        (("2024-01-01,-1,1,-1,1,1", *DAYS[1:]), "at 2024-01-01T00:00:00Z: open is -1.0; it must be above 0"),
        ((DAYS[0], *DAYS), "at 2024-01-01T00:00:00Z: duplicate bar, closes 44179.55 and 44179.55"),
        (("2024-01-01,5,4,3,4,1", *DAYS[1:]), "high 4.0 is below another price of the bar, 5.0"),
        ((*DAYS, "2999-01-01,1,1,1,1,1"), "bar closes 2999-01-02T00:00:00Z, after the clock's 20"),
        (("soon,1,1,1,1,1", *DAYS[1:]), "row 1: 'soon' is no instant"),
    ],
    ids=["empty", "nan", "negative", "duplicate", "impossible", "future", "no-instant"],
)
def test_bars_that_no_run_accepts_are_refused_and_nothing_is_written(
    lines: tuple[str, ...], message: str, tmp_path: Path, store: Path, capsys: Capture
) -> None:
    good, bad = written(tmp_path, *DAYS), written(tmp_path, *lines, name="ETH_USDT-1d.csv")
    assert main(["data", "import", good, bad]) == 2
    streams = capsys.readouterr()
    assert message in streams.err
    assert streams.out == ""
    assert not store.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "absent.csv"], "absent.csv does not exist"),
        (["import", "{file}", "--bar", "daily"], "'daily' is no bar size"),
        (["import", "{file}", "--pair", "BTCUSDT"], "'BTCUSDT' is no pair"),
        (["import", "{file}", "--venue", "Binance!"], "'Binance!' is no venue name"),
        (["import", "{file}", "--map", "open_time"], "--map: 'open_time' is no NAME=COLUMN"),
        (["check"], "no such series in"),
        (["fill", "BTC/USDT", "--method", "previous_close"], "binance BTC/USDT 1d: there are no bars"),
        (["pull", "BTC/USDT"], "binance BTC/USDT 1d is not stored yet: say from when with --since"),
        (["pull", "BTC/USDT", "--since", "soon"], "'soon' is no date or instant"),
        (["pull", "BTC/USDT", "--since", "2024-01-01", "--venue", "nowhere"], "no venue 'nowhere' is known"),
    ],
)
def test_bad_input_has_a_message_and_code_2(
    words: list[str], message: str, tmp_path: Path, store: Path, capsys: Capture
) -> None:
    path = written(tmp_path, *DAYS)
    assert main(["data", *(word.format(file=path) for word in words)]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_stored_bar_is_replaced_only_by_name(tmp_path: Path, store: Path, capsys: Capture) -> None:
    assert main(["data", "import", written(tmp_path, *DAYS)]) == 0
    changed = written(tmp_path, *DAYS[:2], DAYS[2].replace("42845.23", "42000.00"))
    assert main(["data", "import", changed]) == 2
    message = "at 2024-01-03T00:00:00Z: close is stored as 42845.23 and now given as 42000.0"
    assert message in capsys.readouterr().err
    assert answer(capsys, "import", changed, "--revise")["files"][0]["bars_new"] == 0
    stored = ParquetBarStore(store).read(BarKey("file", "BTC/USDT", BarSize("1d")))
    assert stored["close"].iloc[-1] == 42000.0


def test_a_check_that_finds_only_warnings_ends_well(store: Path, capsys: Capture) -> None:
    bars = SampleBarStore().read(KEY).drop(index=[700, 701])
    ParquetBarStore(store).append(KEY, bars)
    assert main(["data", "check", "--as-of", "2025-09-19"]) == 0
    shown = capsys.readouterr().out
    assert "binance BTC/USDT 1d: 1 gap, 1 outlier" in shown
    assert "warning: binance BTC/USDT 1d: 2 bars missing from 2022-08-21T00:00:00Z to 2022-08-22" in shown


def test_a_check_that_finds_an_error_ends_with_1(store: Path, capsys: Capture) -> None:
    bars = SampleBarStore().read(KEY).head(5)
    bars.loc[2, "low"] = -1.0
    ParquetBarStore(store).append(KEY, bars)
    assert main(["data", "check", "--json", "--as-of", "2020-09-25"]) == 1
    [series] = json.loads(capsys.readouterr().out)["series"]
    assert (series["errors"], series["warnings"], series["bars_stored"]) == (1, 0, 5)
    [finding] = series["findings"]
    assert (finding["kind"], finding["severity"], finding["value"]) == ("not_positive", "error", "-1.0")
    assert finding["open_time"] == "2020-09-22T00:00:00Z"


def test_a_file_is_checked_without_being_imported(tmp_path: Path, store: Path, capsys: Capture) -> None:
    path = written(tmp_path, DAYS[0], *DAYS)
    assert main(["data", "check", path, "--bars", "1d", "--as-of", "2024-01-04"]) == 1
    assert "error: file BTC/USDT 1d at 2024-01-01T00:00:00Z: duplicate bar" in capsys.readouterr().out
    assert not store.exists()


def test_a_check_looks_at_the_series_that_is_asked_for(store: Path, capsys: Capture) -> None:
    other = BarKey("kraken", "ETH/EUR", BarSize("1d"))
    for key in (KEY, other):
        ParquetBarStore(store).append(key, SampleBarStore().read(KEY).head(5))
    figures = answer(capsys, "check", "--venue", "kraken", "--as-of", "2020-09-25")
    assert [series["pair"] for series in figures["series"]] == ["ETH/EUR"]
    assert figures["as_of"] == "2020-09-25T00:00:00Z"


def test_filling_is_named_recorded_and_shown(store: Path, capsys: Capture) -> None:
    bars = SampleBarStore().read(KEY).head(10).drop(index=[4, 5])
    bars.loc[3, ["open", "high", "low", "close"]] = 10000.5
    ParquetBarStore(store).append(KEY, bars)
    figures = answer(capsys, "fill", "BTC/USDT", "--method", "previous_close")
    assert figures["filled"] == ["2020-09-24T00:00:00Z", "2020-09-25T00:00:00Z"]
    assert answer(capsys, "fill", "BTC/USDT", "--method", "previous_close")["filled"] == []
    filled = ParquetBarStore(store).read(
        KEY, start=parse_instant("2020-09-24"), end=parse_instant("2020-09-26")
    )
    assert filled["close"].tolist() == [10000.5, 10000.5]
    assert filled["volume"].tolist() == [0.0, 0.0]
    assert answer(capsys, "list")["series"][0]["filled"] == 2
    main(["data", "check", "--as-of", "2020-09-30"])
    assert "filled by choice with 'previous_close': 2 bars, 2020-09-24" in capsys.readouterr().out


def test_an_unknown_way_to_fill_is_refused(store: Path, capsys: Capture) -> None:
    ParquetBarStore(store).append(KEY, SampleBarStore().read(KEY).head(10).drop(index=[4, 5]))
    assert main(["data", "fill", "BTC/USDT", "--method", "linear"]) == 2
    assert "'linear' is no way to fill bars; choose previous_close" in capsys.readouterr().err
    assert len(ParquetBarStore(store).read(KEY)) == 8


def test_the_list_names_every_series(store: Path, capsys: Capture) -> None:
    assert answer(capsys, "list")["series"] == []
    ParquetBarStore(store).append(KEY, SampleBarStore().read(KEY).head(10))
    assert main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("binance", "BTC/USDT", "10", "2020-09-20T00:00:00Z"))
    assert len(answer(capsys, "list", "--sample")["series"]) == 7


def test_the_bundled_files_import_as_they_are(store: Path, capsys: Capture) -> None:
    names = ("ETH_USDT-1d.feather", "BTC_USD-1d_2020_2026.csv")
    figures = answer(capsys, "import", *(str(sample_file(name)) for name in names), "--venue", "binance")
    assert [(f["pair"], f["bars"], f["bars_new"]) for f in figures["files"]] == [
        ("ETH/USDT", "1d", 1825),
        ("BTC/USD", "1d", 2417),
    ]


def test_the_store_is_chosen_by_option_before_environment(tmp_path: Path, store: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert main(["data", "import", written(tmp_path, *DAYS), "--store", str(elsewhere)]) == 0
    assert (elsewhere / "file/BTC-USDT/1d/2024-01.parquet").is_file()
    assert not store.exists()
