"""The way from the first day to the NAV, in money and in units, against sums made by hand."""

import dataclasses
from decimal import Decimal

import pytest

from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.orders.targets import Targets
from dat.report.bridge import movement_table, units_table
from dat.report.record import Table
from dat.report.statement import nav_statement
from dat.report.track import track_of
from dat.strategy.when import Rule
from dat.treasury.staking import StakingTerms
from tests.scenarios import Scripted, panel_of, scenario_of
from tests.unit.report.small_run import small_run
from tests.unit.report.worlds import WORLDS, run_world


def _movement(result: RunResult) -> Table:
    track = track_of(result)
    return movement_table(track, nav_statement(track))


def _units(result: RunResult) -> Table:
    track = track_of(result)
    return units_table(track, nav_statement(track))[0]


def test_movement_by_hand() -> None:
    # 100 in, one BTC bought at 40 and now at 45; 2 of interest, 1.50 of fees: 105.50.
    rows = _movement(small_run(interest_income=2.0, fee_cost=1.5, nav=105.5, cash=60.5)).rows
    assert [row.cells for row in rows] == [
        ("Capital at the start", Decimal("100.00")),
        ("Interest on cash", Decimal("2.00")),
        ("Trading fees", Decimal("-1.50")),
        ("Change in value of BTC", Decimal("5.00")),
        ("Net asset value", Decimal("105.50")),
    ]


def test_money_that_no_line_explains_stands_out() -> None:
    *_, left, total = _movement(small_run(nav=107.0, cash=62.0)).rows
    assert (left.cells, left.tone) == (("Not explained by the lines above", Decimal("2.00")), "alert")
    assert total.cells[1] == Decimal("107.00")


def test_coins_from_nowhere_are_not_taken_for_a_gain() -> None:
    run_ = small_run()
    more = run_.holdings.assign(liquid=[1.0, 2.0, 2.0])  # a coin of 60 appears, and loses 15
    rows = _movement(dataclasses.replace(run_, holdings=more)).rows
    assert rows[1].cells == ("Change in value of BTC", Decimal("-10.00"))  # 10 of the first, less 15, ...
    assert rows[2].cells == ("Not explained by the lines above", Decimal("60.00"))


@pytest.mark.parametrize("name", WORLDS)
def test_engine_runs_leave_nothing_but_rounding(name: str) -> None:
    rows = _movement(run_world(name)).rows
    left = [row.cells[1] for row in rows if row.tone in ("quiet", "alert")]
    assert "Not explained by the lines above" not in [row.cells[0] for row in rows]
    assert all(isinstance(cell, Decimal) and abs(cell) < Decimal("0.01") * 20 for cell in left)
    *items, total = [row.cells[1] for row in rows]
    assert sum(item for item in items if isinstance(item, Decimal)) == total


def test_fills_at_the_very_close_belong_to_that_bar() -> None:
    # 50 BTC at the first close of 10 and 50 more at the second of 20: 50 * 10 + 100 * 10 by the third, of 30.
    script = {1: Targets.spend({"BTC": 500.0}, "one"), 2: Targets.units({"BTC": 60.0}, "two")}
    panel = panel_of({"BTC": [10.0, 20.0, 30.0]})
    result = run(scenario_of(panel, Scripted(script=script), fill="same_close"))
    assert _movement(result).rows[1].cells == ("Change in value of BTC", Decimal("1100.00"))


def test_units_lead_from_nothing_to_the_statement_with_rewards_of_their_own() -> None:
    # 100 BTC at 10, all staked at 36.5 % a year: 0.1 % a day on what is staked, from the second close on.
    always = Targets.weights({"BTC": 1.0}, "stake", staked_frac={"BTC": 1.0})
    scenario = scenario_of(
        panel_of({"BTC": [10.0] * 4}),
        Scripted(script={1: always}),
        staking={"BTC": StakingTerms(apr_frac=0.365)},
        rule=Rule("bar"),
    )
    table = _units(run(scenario))
    rewards = Decimal("0.30030010")  # 100 * (1.001 ** 3 - 1)
    cells = ("BTC", Decimal(0), Decimal("100.00000000"), rewards, Decimal("0E-8"), Decimal("100.30030010"))
    assert table.rows[0].cells == cells
    assert "summed by themselves" in table.note


@pytest.mark.parametrize("name", ["passive", "multi_asset", "ecosystem", "active", "huge", "tiny"])
def test_units_of_every_world_add_up_exactly(name: str) -> None:
    for row in _units(run_world(name)).rows:
        *parts, closing = (cell for cell in row.cells if isinstance(cell, Decimal))
        assert sum(parts) == closing
        assert row.tone == "plain"


def test_rewards_of_several_staked_coins_are_said_to_be_derived() -> None:
    staked = {"BTC": 0.5, "ETH": 0.5}
    always = Targets.weights({"BTC": 0.5, "ETH": 0.5}, "stake both", staked_frac=staked)
    terms = {asset: StakingTerms(apr_frac=0.04) for asset in staked}
    panel = panel_of({"BTC": [10.0] * 4, "ETH": [5.0] * 4})
    table = _units(run(scenario_of(panel, Scripted(("BTC", "ETH"), {1: always}), staking=terms)))
    assert "derived here" in table.note
    assert all(row.cells[3] > 0 for row in table.rows if isinstance(row.cells[3], Decimal))
