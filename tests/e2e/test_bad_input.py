"""Bad input: one clear message on stderr, exit code 2, and nothing is written."""

import numpy as np
import pandas as pd
import pytest

from dat.app.cli import main
from tests.refusal import CLOSES, Refusal
from tests.small_treasury import make_bars, write_treasury

RATE = "the staking rate of BTC, a fraction of 0 to 1 a year"


def bars_with(row: int, column: str, value: float) -> pd.DataFrame:
    frame = make_bars(CLOSES)
    frame.loc[row, column] = value
    return frame


def test_a_missing_file(refusal: Refusal) -> None:
    assert "nowhere.toml: no such file; 'dat init" in refusal.of("nowhere.toml")


def test_a_directory(refusal: Refusal) -> None:
    (refusal.folder / "small.toml").mkdir()
    assert "small.toml: this is a directory" in refusal.of()


def test_an_empty_file(refusal: Refusal) -> None:
    (refusal.folder / "small.toml").write_text("\n")
    assert "small.toml: the file is empty" in refusal.of()


def test_a_file_that_is_no_text(refusal: Refusal) -> None:
    (refusal.folder / "small.toml").write_bytes(b"name = \xff")
    assert "small.toml: no UTF-8 text at byte 7" in refusal.of()


def test_malformed_toml_names_line_and_column(refusal: Refusal) -> None:
    (refusal.folder / "small.toml").write_text('[treasury]\nname = "Small\n')
    message = refusal.of()
    assert "small.toml: no valid TOML: " in message
    assert "line 2, column 14" in message


def test_an_unknown_key_is_answered_with_the_nearest_one(refusal: Refusal) -> None:
    message = refusal.of_treasury(("cash = 1000", "cash = 1000\nshars = 10"))
    assert "small.toml: capital.shars: unknown key; did you mean 'shares'?" in message
    assert "Known here: cash, shares, mnav, mnav_series, atm, contributions" in message


def test_an_unknown_section(refusal: Refusal) -> None:
    message = refusal.of_treasury(extra="[cost]\nfee_bps = 10\n")
    assert "small.toml: cost: unknown key; did you mean 'costs'?" in message


def test_a_missing_key_says_what_it_means(refusal: Refusal) -> None:
    message = refusal.of_treasury(("cash = 1000", ""))
    assert "small.toml: capital.cash: this key is required (Cash at inception)" in message


def test_a_percentage_where_a_fraction_belongs(refusal: Refusal) -> None:
    message = refusal.of_treasury(extra="[mandate]\ncash_min_frac = 20\n")
    assert "small.toml: mandate.cash_min_frac = 20: must be a number from 0 to 1 (fraction)" in message
    assert "never per cent: write 0.2 for 20 %" in message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "cash = 1000",
            'cash = "1000"',
            'capital.cash = "1000": must be a number from 0 to 1000000000000000',
        ),
        ("cash = 1000", "cash = true", "capital.cash = true: must be a number from 0 to 1000000000000000"),
        ("cash = 1000", "cash = nan", "capital.cash = NaN: must be a number from 0 to 1000000000000000"),
        ("cash = 1000", "cash = -1", "capital.cash = -1: must be a number from 0 to 1000000000000000"),
        ('"Small"', "5", "treasury.name = 5: must be text in quotes"),
        ("2024-01-01", '"2024-01-01"', 'treasury.inception = "2024-01-01": must be a date without quotes'),
        (
            '"passive"\ninc',
            '"pasive"\ninc',
            'treasury.mode = "pasive": must be one of passive, active, multi_asset or',
        ),
        (
            '"once"',
            '"hourly"',
            "rebalance.calendar = \"hourly\": calendar 'hourly' is unknown; use bar, daily",
        ),
        (
            "cash = 1000",
            "cash = 1e300",
            "capital.cash = 1E+300: must be a number from 0 to 1000000000000000 (base",
        ),
        (
            "cash = 1000",
            "cash = 5\nmnav = 130",
            "capital.mnav = 130: must be a number above 0 and at most 50 (multiple), "
            "never per cent: write 1.3 for 130 %",
        ),
        ('"once"', '"99999999999999d"', 'rebalance.calendar = "99999999999999d": must be at most 3650d'),
        ('"once"', '"3651d"', 'rebalance.calendar = "3651d": must be at most 3650d'),
        (
            '"BTC"',
            '"BTC"\nkeep_cash = inf',
            "strategy.params.keep_cash = Infinity: must be a number of at most",
        ),
        ('"BTC"', '"BTC"\nkeep_cash = nan', "strategy.params.keep_cash = NaN: must be a number of at most"),
        ('"BTC"', '"BTC"\nx = { a = [1, -inf] }', "strategy.params.x.a[1] = -Infinity: must be a number"),
        ("[capital]", "[[capital]]", "capital = [{'cash': 1000}]: must be a table"),
    ],
)
def test_a_wrong_value(refusal: Refusal, old: str, new: str, expected: str) -> None:
    assert f"small.toml: {expected}" in refusal.of_treasury((old, new))


def test_all_problems_of_a_file_are_listed(refusal: Refusal) -> None:
    message = refusal.of_treasury(("cash = 1000", "cash = -1\nshares = -2"), extra="[costs]\nfee = 1\n")
    assert "small.toml: 3 problems" in message
    assert [line.split(" ")[2] for line in message.splitlines()[1:]] == [
        "capital.cash",
        "capital.shares",
        "costs.fee:",
    ]


def test_an_unknown_strategy(refusal: Refusal) -> None:
    message = refusal.of_treasury(('[strategy]\nname = "passive"', '[strategy]\nname = "pasive"'))
    assert "small.toml: [strategy] no strategy 'pasive'; did you mean 'passive'?" in message


def test_a_strategy_module_that_is_not_there(refusal: Refusal) -> None:
    message = refusal.of_treasury(('[strategy]\nname = "passive"', '[strategy]\nname = "no_such_room:Mine"'))
    assert "module 'no_such_room' cannot be imported" in message


def test_a_strategy_module_that_is_no_python(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(refusal.folder)
    (refusal.folder / "half_written.py").write_text("class Mine(")
    message = refusal.of_treasury(('[strategy]\nname = "passive"', '[strategy]\nname = "half_written:Mine"'))
    assert "module 'half_written' cannot be imported: '(' was never closed" in message


def test_an_unknown_parameter(refusal: Refusal) -> None:
    message = refusal.of_treasury(('asset = "BTC"', 'aset = "BTC"'))
    assert "[strategy] strategy 'passive' has no parameter 'aset'; did you mean 'asset'?" in message


def test_weights_that_do_not_sum(refusal: Refusal) -> None:
    message = refusal.of_treasury(
        ('[strategy]\nname = "passive"', '[strategy]\nname = "multi_asset"'),
        ('asset = "BTC"', 'assets = ["BTC", "ETH"]\nweights = { BTC = 0.5, ETH = 0.4 }'),
    )
    assert "small.toml: [strategy] strategy 'multi_asset': weights must sum to 1; they sum to 0.9" in message


def test_a_market_directory_that_is_not_there(refusal: Refusal) -> None:
    write_treasury(refusal.folder)
    assert 'market.source = "bars": no such directory bars' in refusal.of()


def test_empty_data(refusal: Refusal) -> None:
    write_treasury(refusal.folder)
    (refusal.folder / "bars").mkdir()
    assert "no bars of binance BTC/USDT 1d for BTC in 'bars'; it is empty" in refusal.of()


def test_an_asset_without_data(refusal: Refusal) -> None:
    message = refusal.of_treasury(('asset = "BTC"', 'asset = "DOGE"'))
    assert "no bars of binance DOGE/USDT 1d for DOGE in 'bars'; it holds binance BTC/USDT 1d" in message


def test_data_ending_before_the_start_date(refusal: Refusal) -> None:
    message = refusal.of_treasury(("2024-01-01", "2024-02-01"))
    assert (
        "treasury.inception = 2024-02-01: the bars of binance BTC/USDT 1d end 2024-01-05T00:00:00Z" in message
    )
    assert "before the start date" in message


def test_data_beginning_after_the_start_date(refusal: Refusal) -> None:
    message = refusal.of_treasury(("2024-01-01", "2023-12-31"))
    assert "treasury.inception = 2023-12-31: the first bar opens 2024-01-01T00:00:00Z" in message


def test_an_end_after_the_data(refusal: Refusal) -> None:
    message = refusal.of_treasury(("inception = 2024-01-01", "inception = 2024-01-01\nend = 2024-01-05"))
    assert "treasury.end = 2024-01-05: the last bar closes 2024-01-05T00:00:00Z" in message


def test_nan_prices(refusal: Refusal) -> None:
    message = refusal.of_bars(bars_with(2, "close", np.nan))
    assert "binance BTC/USDT 1d at 2024-01-03T00:00:00Z: close is nan, not a finite number" in message


def test_negative_prices(refusal: Refusal) -> None:
    message = refusal.of_bars(bars_with(1, "low", -110.0))
    assert "binance BTC/USDT 1d at 2024-01-02T00:00:00Z: low is -110.0; it must be above 0" in message


def test_impossible_prices(refusal: Refusal) -> None:
    message = refusal.of_bars(bars_with(1, "high", 50.0))
    assert "binance BTC/USDT 1d at 2024-01-02T00:00:00Z: high 50.0 is below another price" in message


def test_duplicate_bars(refusal: Refusal) -> None:
    frame = make_bars(CLOSES)
    message = refusal.of_bars(pd.concat([frame, frame.iloc[[1]]]))
    assert "binance BTC/USDT 1d at 2024-01-02T00:00:00Z: duplicate bar" in message


def test_bars_after_now(refusal: Refusal) -> None:
    message = refusal.of_bars(make_bars(CLOSES, start="2999-01-01"))
    assert "binance BTC/USDT 1d at 2999-01-01T00:00:00Z: bar closes 2999-01-02T00:00:00Z" in message
    assert "after the clock's" in message


def test_an_inception_in_the_future(refusal: Refusal) -> None:
    message = refusal.of_treasury(("2024-01-01", "2999-01-01"))
    assert "treasury.inception = 2999-01-01: lies in the future; today is " in message


def test_a_date_that_does_not_exist(refusal: Refusal) -> None:
    message = refusal.of_treasury(("2024-01-01", "2024-02-30"))
    assert "small.toml: no valid TOML: " in message
    assert "line 4" in message


def test_an_option_that_does_not_exist(refusal: Refusal) -> None:
    assert main(["backtest", "small.toml", "--jsn"]) == 2
    assert "--json" in refusal.capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "extra", "expected"),
    [
        ("date,a\n2024-01-01,soon\n", "", "series a: row 1 of a.csv has 'soon', no number"),
        ("date,a\n", "", "series a: a.csv has no rows"),
        ("date,a,b\n2024-01-01,1,2\n", "", "a.csv needs one value column; it has date, a, b"),
        ("date,a,b\n2024-01-01,1,2\n", 'column = "c"\n', "a.csv has no column 'c'; it has date, a, b"),
    ],
)
def test_a_series_that_cannot_be_read(refusal: Refusal, lines: str, extra: str, expected: str) -> None:
    (refusal.folder / "a.csv").write_text(lines)
    message = refusal.of_treasury(extra=f'[[market.series]]\nname = "a"\nsource = "a.csv"\n{extra}')
    assert message == f"error: small.toml: market.series[0].source = \"a.csv\": series 'a': {expected}\n"


@pytest.mark.parametrize(
    ("value", "use", "expected"),
    [
        ("1.2", "[staking.BTC]\napr_series", f"{RATE}; it is 1.2"),
        ("-0.1", "[staking.BTC]\napr_series", f"{RATE}; it is -0.1"),
        ("0", "shares = 10\nmnav_series", "mNAV, a multiple above 0 and at most 50, never per cent; it is 0"),
    ],
)
def test_a_series_of_values_that_cannot_be(refusal: Refusal, value: str, use: str, expected: str) -> None:
    (refusal.folder / "a.csv").write_text(f"date,a\n2023-12-31,0.5\n2024-01-01,{value}\n")
    declared = '[[market.series]]\nname = "a"\nsource = "a.csv"\n'
    message = refusal.of_treasury(extra=f'{use} = "a"\n{declared}')
    assert f"series a is used as {expected} at 2024-01-02T00:00:00" in message
