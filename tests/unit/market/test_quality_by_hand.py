"""What is wrong with bars: each fault is planted by hand, and found once, with its words."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from dat.core.time import BarSize, parse_instant
from dat.errors import DataError, InputError
from dat.market.bars import BarKey
from dat.market.filling import fill_gaps
from dat.market.finding import Limits
from dat.market.quality import check_bars, require_clean

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
START = parse_instant("2024-01-01")


def quiet_bars(days: int) -> pd.DataFrame:
    """Give bars that close at 100, 101, 100, 101, ... and never fail a rule."""
    close = 100.0 + np.arange(days) % 2
    opens = pd.date_range(START, periods=days, freq="D", unit="us")
    bars = pd.DataFrame({"open_time": opens, "open": close, "high": 102.0, "low": 99.0, "close": close})
    return bars.assign(volume=1.0 + np.arange(days))


def found(frame: pd.DataFrame, limits: Limits | None = None) -> list[tuple[str, str]]:
    """Give kind and text of each finding, the day after the last bar."""
    as_of = frame["open_time"].max().to_pydatetime() + timedelta(days=1)
    return [(f.kind, f.text) for f in check_bars(frame, KEY, as_of=as_of, limits=limits).findings]


def planted(column: str, value: float) -> pd.DataFrame:
    frame = quiet_bars(5)
    frame.loc[2, column] = value
    return frame


def test_good_bars_have_no_findings() -> None:
    quality = check_bars(quiet_bars(120), KEY, as_of=START + timedelta(days=120))
    assert (quality.bars, quality.findings) == (120, ())
    assert (quality.first, quality.last) == (START, START + timedelta(days=119))


@pytest.mark.parametrize(
    ("column", "value", "kind", "words"),
    [
        ("close", np.nan, "not_finite", "close is nan, not a finite number"),
        ("high", np.inf, "not_finite", "high is inf, not a finite number"),
        ("low", -1.0, "not_positive", "low is -1.0; it must be above 0"),
        ("low", 0.0, "not_positive", "low is 0.0; it must be above 0"),
        ("volume", -3.0, "not_positive", "volume is -3.0; it must be at least 0"),
        ("high", 99.5, "impossible", "high 99.5 is below another price of the bar, 100.0"),
        ("low", 100.5, "impossible", "low 100.5 is above another price of the bar, 100.0"),
    ],
)
def test_a_value_that_no_run_accepts(column: str, value: float, kind: str, words: str) -> None:
    frame = planted(column, value)
    text = f"binance BTC/USDT 1d at 2024-01-03T00:00:00Z: {words}"
    assert (kind, text) in found(frame)
    with pytest.raises(DataError) as refusal:
        require_clean(frame, KEY)
    assert str(refusal.value) == text
    assert refusal.value.exit_code == 2


def test_a_refusal_says_how_many_more_there_are() -> None:
    frame = quiet_bars(5).assign(close=np.nan)
    with pytest.raises(DataError, match=r"close is nan, not a finite number \(and 4 more of this kind\)$"):
        require_clean(frame, KEY)


def test_no_bars_are_refused() -> None:
    with pytest.raises(DataError, match="binance BTC/USDT 1d: there are no bars"):
        require_clean(quiet_bars(0), KEY)
    quality = check_bars(quiet_bars(0), KEY, as_of=START)
    assert [(f.kind, f.severity) for f in quality.findings] == [("no_bars", "error")]


def test_a_duplicate_is_named_with_both_closes() -> None:
    frame = pd.concat([quiet_bars(3), quiet_bars(3).iloc[[1]].assign(close=101.5)])
    expected = "binance BTC/USDT 1d at 2024-01-02T00:00:00Z: duplicate bar, closes 101.0 and 101.5"
    assert found(frame) == [("duplicate", expected)]
    with pytest.raises(DataError, match="duplicate bar"):
        require_clean(frame, KEY)


def test_a_bar_off_the_grid_is_named() -> None:
    frame = quiet_bars(5)
    frame.loc[3, "open_time"] = pd.Timestamp("2024-01-04T01:00:00Z")
    assert (
        "off_grid",
        "binance BTC/USDT 1d at 2024-01-04T01:00:00Z: opens 3600 s off the grid of 1d bars",
    ) in found(frame)


def test_weeks_that_open_on_monday_are_on_their_grid() -> None:
    key = BarKey("binance", "BTC/USDT", BarSize("1w"))
    frame = quiet_bars(5).assign(open_time=pd.date_range(START, periods=5, freq="7D", unit="us"))
    assert check_bars(frame, key, as_of=START + timedelta(weeks=5)).findings == ()


def test_a_bar_that_has_not_closed_is_an_error_only_before_it_closes() -> None:
    noon = START + timedelta(days=2, hours=12)
    quality = check_bars(quiet_bars(3), KEY, as_of=noon)
    text = (
        "binance BTC/USDT 1d at 2024-01-03T00:00:00Z: bar closes 2024-01-04T00:00:00Z, "
        "after the clock's 2024-01-03T12:00:00Z"
    )
    assert [(f.kind, f.severity, f.value, f.text) for f in quality.findings] == [
        ("future", "error", 0.5, text)
    ]
    with pytest.raises(DataError, match="after the clock's"):
        require_clean(quiet_bars(3), KEY, as_of=noon)
    assert len(require_clean(quiet_bars(3), KEY, as_of=START + timedelta(days=3))) == 3


def test_a_gap_names_its_ends_and_its_length() -> None:
    quality = check_bars(quiet_bars(10).drop(index=[3, 4, 5, 8]), KEY, as_of=START + timedelta(days=10))
    gaps = [(f.open_time.day, f.until.day, f.value, f.severity) for f in quality.findings]
    assert gaps == [(4, 6, 3.0, "warning"), (9, 9, 1.0, "warning")]


def test_an_outlier_is_a_multiple_of_the_trailing_move() -> None:
    # Every |log return| is ln 1.01, so the scale is 1.4826 ln 1.01; a close of 151.5 after 101 is
    # ln 1.5 / (1.4826 ln 1.01) = 27.48 times it.
    frame = quiet_bars(41)
    frame.loc[40, ["high", "close"]] = 151.5
    text = "binance BTC/USDT 1d at 2024-02-10T00:00:00Z: close moved +50.0%, 27.5 times the usual (limit 10)"
    assert found(frame) == [("outlier", text)]
    assert found(frame, Limits(outlier_multiple=28.0)) == []


def test_the_first_twenty_moves_are_not_judged() -> None:
    frame = quiet_bars(19)
    frame.loc[18, ["high", "close"]] = 300.0
    assert found(frame) == []


def test_equal_bars_at_the_end_are_a_stale_tail() -> None:
    frame = quiet_bars(10)
    frame.loc[7:, ["open", "close", "volume"]] = 100.0, 100.0, 5.0
    text = "binance BTC/USDT 1d: the last 3 bars are equal, from 2024-01-08T00:00:00Z on (limit 3)"
    assert found(frame) == [("stale_tail", text)]
    assert found(frame.head(9)) == []


def test_bars_without_volume_at_the_end_are_a_stale_tail() -> None:
    frame = quiet_bars(10)
    frame.loc[6:, "volume"] = 0.0
    text = "binance BTC/USDT 1d: the last 4 bars are without volume, from 2024-01-07T00:00:00Z on (limit 3)"
    assert found(frame) == [("stale_tail", text)]


def test_a_last_bar_that_is_old_is_late() -> None:
    quality = check_bars(quiet_bars(3), KEY, as_of=START + timedelta(days=6))
    text = (
        "binance BTC/USDT 1d: the last bar opens 2024-01-03T00:00:00Z, "
        "3.0 bars behind 2024-01-07T00:00:00Z (limit 2)"
    )
    assert [(f.kind, f.text) for f in quality.findings] == [("late", text)]
    assert check_bars(quiet_bars(3), KEY, as_of=START + timedelta(days=5)).findings == ()


def test_a_missing_open_time_is_refused() -> None:
    frame = quiet_bars(3)
    frame.loc[1, "open_time"] = pd.NaT
    with pytest.raises(DataError, match=r"binance BTC/USDT 1d: 1 bar\(s\) have no open time"):
        check_bars(frame, KEY, as_of=START)


def test_filling_repeats_the_close_and_says_where() -> None:
    frame = quiet_bars(6).drop(index=[2, 3])
    whole, filled = fill_gaps(frame, KEY, "previous_close")
    assert [day.day for day in filled] == [3, 4]
    assert whole["close"].tolist() == [100.0, 101.0, 101.0, 101.0, 100.0, 101.0]
    made = whole.iloc[2:4]
    assert made[["open", "high", "low", "volume"]].to_numpy().tolist() == [[101.0, 101.0, 101.0, 0.0]] * 2
    pd.testing.assert_frame_equal(
        whole.iloc[[0, 1, 4, 5]].reset_index(drop=True), frame.reset_index(drop=True)
    )


def test_nothing_is_filled_where_nothing_is_missing() -> None:
    whole, filled = fill_gaps(quiet_bars(4), KEY, "previous_close")
    assert filled == ()
    pd.testing.assert_frame_equal(whole, quiet_bars(4))


def test_an_unknown_way_to_fill_is_refused() -> None:
    with pytest.raises(InputError, match="'linear' is no way to fill bars; choose previous_close"):
        fill_gaps(quiet_bars(4), KEY, "linear")


def test_bars_that_are_not_clean_are_not_filled() -> None:
    with pytest.raises(DataError, match="close is nan"):
        fill_gaps(planted("close", np.nan), KEY, "previous_close")
