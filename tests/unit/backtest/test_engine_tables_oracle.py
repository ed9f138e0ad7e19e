"""The columns of the tables that are derived: per share, net of debts, marks and their age; by hand."""

import json

import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.backtest.result import COLUMNS, RunResult
from dat.costs.running import RunningCosts
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan
from dat.treasury.venture import Commitment
from tests.scenarios import NAN, Scripted, day, panel_of, scenario_of

FUND = Commitment("Fund I", 30.0, 3)
HALF = Targets.weights({"BTC": 0.5}, "half", staked_frac={"BTC": 0.2}, commitments=(FUND,))


@pytest.fixture
def result() -> RunResult:
    """Half of 1000 in coins at 10, a fifth staked; 10 a day of cost; 100 shares; a gap on the third day."""
    panel = panel_of({"BTC": [10.0, 10.0, NAN, 20.0]}, open_={"BTC": [8.0, 10.0, NAN, 10.0]})
    plan = CapitalPlan(1010.0, 100.0, mnav=1.5)
    costs = RunningCosts(fixed_per_year=3650.0)
    return run(scenario_of(panel, Scripted(script={1: HALF}), capital=plan, running=costs, rule=Rule("once")))


def test_every_table_has_its_declared_columns(result: RunResult) -> None:
    for name, columns in COLUMNS.items():
        table = result.tables[name]
        assert list(table.columns) == list(columns), name
        assert [str(dtype) for dtype in table.dtypes] == list(columns.values()), name


def test_per_share_figures_count_coins_in_every_state(result: RunResult) -> None:
    assert list(result.daily["hps"]) == [0.0, 0.5, 0.5, 0.5]
    assert list(result.daily["coin_yield"])[1:] == [0.0, 0.0, 0.0]
    # coins at the mark and cash: 1000, 990, 980 over 10, then 1000 + 470 over 20, each over 100 shares
    assert list(result.daily["hps_net"]) == pytest.approx([1.0, 0.99, 0.98, 0.735])
    assert list(result.daily["coin_yield_net"]) == pytest.approx([0.0, -0.01, -0.02, -0.265])
    assert list(result.daily["share_price"])[1:] == pytest.approx([7.5, 7.5, 15.0])
    assert list(result.daily["mnav"])[1:] == [1.5, 1.5, 1.5]
    assert result.daily[["mnav", "share_price"]].iloc[0].isna().all()  # no coins, no multiple of them


def test_the_core_coin_returns_from_its_first_open(result: RunResult) -> None:
    assert list(result.daily["core_return"]) == [0.25, 0.0, 0.0, 1.0]
    assert list(result.daily["core_price"]) == [10.0, 10.0, 10.0, 20.0]


def test_a_mark_says_how_old_it_is(result: RunResult) -> None:
    assert list(result.holdings["marked_at"]) == [day(1), day(2), day(2), day(4)]


def test_a_mark_before_the_first_bar_has_no_age() -> None:
    panel = panel_of({"BTC": [10.0, 10.0], "ETH": [NAN, 5.0]})
    holdings = run(scenario_of(panel)).holdings
    ether = holdings[holdings["asset"] == "ETH"]
    assert list(ether["marked_at"]) == [pd.NaT, day(2)]
    assert list(ether["value"]) == [0.0, 0.0]


def test_a_decision_records_stakes_and_promises(result: RunResult) -> None:
    decision = result.decisions.iloc[0]
    assert json.loads(decision["targets"]) == {"BTC": 0.5}
    assert json.loads(decision["staked"]) == {"BTC": 0.2}
    assert json.loads(decision["commitments"]) == {"Fund I": 30.0}


def test_without_shares_nothing_is_per_share() -> None:
    panel = panel_of({"BTC": [10.0, 10.0]})
    daily = run(scenario_of(panel, Scripted(script={1: HALF}))).daily
    columns = ["nav_per_share", "hps", "coin_yield", "hps_net", "coin_yield_net", "mnav", "share_price"]
    assert daily[columns].isna().all().all()
