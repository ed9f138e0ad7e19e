"""A scenario refuses what cannot run, and says which bars it steps through."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from dat.backtest.engine import run
from dat.backtest.scenario import Scenario
from dat.errors import DataError
from dat.market.series import Series
from dat.treasury.capital import CapitalPlan
from dat.treasury.staking import StakingTerms
from strategies.active import Active
from strategies.passive import Passive
from tests.scenarios import NAN, day, panel_of, scenario_of

PANEL = panel_of({"BTC": [10.0] * 10})


def rows(start: datetime | None, end: datetime | None) -> range:
    return scenario_of(PANEL, start=start, end=end).rows


def test_start_and_end_choose_the_bars_that_open_and_close_within() -> None:
    assert rows(None, None) == range(10)
    assert rows(day(2), day(5)) == range(2, 5)
    assert rows(day(2) + timedelta(hours=1), day(5) - timedelta(hours=1)) == range(3, 4)


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    hong_kong = timezone(timedelta(hours=8))
    assert rows(day(2).astimezone(hong_kong), day(5).astimezone(hong_kong)) == range(2, 5)


def test_bars_before_the_start_are_history_that_may_be_seen_and_not_traded() -> None:
    panel = panel_of({"BTC": [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]})
    strategy = Active(fast_bars=1, slow_bars=3)
    from_first = run(scenario_of(panel, strategy))
    from_third = run(scenario_of(panel, strategy, start=day(3)))
    assert list(from_first.decisions["outcome"]) == [
        "held",
        "held",
        "approved",
        "approved",
        "approved",
        "approved",
    ]
    assert list(from_third.decisions["outcome"]) == ["approved", "approved", "approved"]
    assert list(from_third.daily["as_of"]) == [day(4), day(5), day(6)]
    assert list(from_third.daily["flow_open"]) == [1000.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (day(10), None),  # after the last bar
        (None, day(0)),
        (day(5), day(4)),
        (day(3), day(3) + timedelta(hours=23)),
    ],
)
def test_no_bar_in_range_is_refused(start: datetime | None, end: datetime | None) -> None:
    with pytest.raises(
        DataError, match=r"Test: no bar between .* bars reach from 2024-01-01.* to 2024-01-11"
    ):
        rows(start, end)


def test_a_range_that_holds_nothing_but_gaps_is_refused() -> None:
    panel = panel_of({"BTC": [10.0, NAN, NAN, 10.0]})
    with pytest.raises(DataError, match="no bar between"):
        scenario_of(panel, start=day(1), end=day(3))


def with_series(**changes: Any) -> Scenario:
    known = np.array(["2024-01-01"], dtype="datetime64[us]")
    return scenario_of(PANEL, series={"apr": Series("apr", known, np.array([0.03]))}, **changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"core": "ETH"}, "no bars for ETH; bars are given for BTC"),
        ({"strategy": Passive("SOL")}, "no bars for SOL; bars are given for BTC"),
        ({"staking": {"BTC": StakingTerms("yield")}}, "no series for yield; series are given for apr"),
        (
            {"capital": CapitalPlan(1.0, mnav_series="premium")},
            "no series for premium; series are given for apr",
        ),
    ],
)
def test_a_name_without_data_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=f"Test: {complaint}"):
        with_series(**changes)


def test_progress_is_told_after_each_bar() -> None:
    told: list[tuple[int, int]] = []
    run(scenario_of(PANEL, start=day(7)), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_first_decision_is_at_the_close_of_the_first_bar() -> None:
    result = run(scenario_of(PANEL, start=day(4)))
    assert result.decisions["as_of"].iloc[0] == datetime(2024, 1, 6, tzinfo=UTC)
    assert result.decisions["trigger"].iloc[0] == "inception"
