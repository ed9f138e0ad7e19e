"""Commitments, calls and what happens when cash runs short, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dat.backtest.carry import unstake_for_calls
from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.backtest.state import start_state
from dat.mandate.mandate import Mandate
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from strategies.ecosystem import Ecosystem
from tests.scenarios import Scripted, day, last, panel_of, scenario_of, units

FUND = Commitment("Fund I", 300.0, 3, "L2")
DAYS = 100  # 1 January to 9 April 2024; the last close is 10 April, 00:00


def promise(weight: float, *commitments: Commitment) -> Targets:
    return Targets.weights({"BTC": weight}, "core and fund", commitments=commitments)


def events(result: RunResult) -> list[tuple[str, str, float]]:
    table = result.ventures
    instants = [str(at.date()) for at in table["as_of"]]
    return list(zip(instants, table["event"], table["amount"].tolist(), strict=True))


def standing(result: RunResult, row: int) -> list[float]:
    return [float(result.daily[name].iloc[row]) for name in ("venture_value", "unfunded", "cash", "nav")]


def test_a_commitment_is_called_in_equal_monthly_parts_and_marked_at_cost() -> None:
    panel = panel_of({"BTC": [10.0] * DAYS})
    result = run(scenario_of(panel, Scripted(script={1: promise(0.5, FUND)})))
    assert events(result) == [
        ("2024-01-02", "commit", 300.0),
        ("2024-02-02", "call", 100.0),
        ("2024-03-02", "call", 100.0),
        ("2024-04-02", "call", 100.0),
    ]
    # venture value, unfunded, cash and NAV at the close before the first call, at it, and at the last
    assert standing(result, 30) == [0.0, 300.0, 500.0, 1000.0]
    assert standing(result, 31) == [100.0, 200.0, 400.0, 1000.0]
    assert standing(result, 91) == [300.0, 0.0, 200.0, 1000.0]
    assert set(result.ventures["sector"]) == {"L2"}


def test_a_call_that_falls_due_at_a_close_is_paid_before_the_decision_of_that_close() -> None:
    # 400 of the 1000 are kept back for calls of 400; the strategy puts all it has left into coins on the
    # very date of the call, at that close. The call comes first, so nothing is owed afterwards.
    fund, everything = Commitment("Fund I", 400.0, 1), Targets.weights({"BTC": 1.0}, "all in")
    panel = panel_of({"BTC": [10.0] * 40})
    script = {1: promise(0.6, fund), 32: everything}
    result = run(scenario_of(panel, Scripted(script=script), rule=Rule("bar"), fill="same_close"))
    assert events(result) == [("2024-01-02", "commit", 400.0), ("2024-02-02", "call", 400.0)]
    assert last(result, "venture_value") == 400.0
    assert "obligation" not in set(result.decisions["trigger"])


def test_a_call_short_of_cash_stays_due_and_is_paid_when_money_comes() -> None:
    gift = Contribution(day(59), 250.0, deploy_days=0)  # 29 February
    panel = panel_of({"BTC": [10.0] * DAYS})
    capital = CapitalPlan(1000.0, contributions=(gift,))
    script = Scripted(script={1: promise(1.0, FUND)})
    result = run(scenario_of(panel, script, capital=capital, rule=Rule("once")))
    assert events(result) == [
        ("2024-01-02", "commit", 300.0),
        ("2024-02-29", "call", 100.0),
        ("2024-03-02", "call", 100.0),
    ]
    assert units(result, "BTC")[-1] == 100.0  # a script that answers hold is not made to sell
    # asked once when the first call is not paid, and once more when the third is not
    due = result.decisions[result.decisions["trigger"] == "obligation"]
    assert [str(at.date()) for at in due["as_of"]] == ["2024-02-02", "2024-04-02"]
    owed = result.daily["calls_due"].to_numpy()
    assert (owed[30], owed[31], owed[57], owed[59], owed[90], owed[91], owed[99]) == (
        0,
        100,
        100,
        0,
        0,
        100,
        100,
    )
    assert last(result, "cash") == 50.0
    assert last(result, "nav") == 1250.0


def test_a_call_is_answered_on_a_date_of_the_calendar_though_weights_are_within_their_band() -> None:
    panel = panel_of({"BTC": [10.0] * 50})
    script = Scripted(script={1: promise(1.0, FUND)}, always=promise(1.0))
    result = run(scenario_of(panel, script, rule=Rule("daily", band_abs=0.2)))
    assert events(result)[1] == ("2024-02-02", "call", 100.0)
    assert units(result, "BTC")[-1] == 90.0


def test_staked_coins_are_asked_back_for_a_call_that_cash_does_not_cover() -> None:
    # 100 coins, all staked, and a call of 100 on 2 February: 10 coins come back in 5 days and are sold then.
    everything = replace(promise(1.0, FUND), staked_frac={"BTC": 1.0})
    panel = panel_of({"BTC": [10.0] * 50})
    script = Scripted(script={1: everything}, always=promise(1.0))
    terms = StakingTerms(unbonding_days=5.0)
    result = run(scenario_of(panel, script, rule=Rule("once"), staking={"BTC": terms}))
    assert [units(result, "BTC", "unbonding")[row] for row in (31, 32, 36, 37)] == [0.0, 10.0, 10.0, 0.0]
    assert [units(result, "BTC", "staked")[row] for row in (31, 32, 49)] == [100.0, 90.0, 90.0]
    obligations = result.decisions[result.decisions["trigger"] == "obligation"]
    assert [str(at.date()) for at in obligations["as_of"]] == ["2024-02-02", "2024-02-08"]
    assert events(result)[1] == ("2024-02-08", "call", 100.0)


def test_coins_on_their_way_back_are_not_asked_for_twice() -> None:
    everything = replace(promise(1.0, FUND), staked_frac={"BTC": 1.0})
    panel = panel_of({"BTC": [10.0] * 40})
    script = Scripted(script={1: everything}, always=promise(1.0))
    terms = StakingTerms(unbonding_days=5.0)
    result = run(scenario_of(panel, script, rule=Rule("daily"), staking={"BTC": terms}))
    assert max(units(result, "BTC", "unbonding")) == 10.0
    assert units(result, "BTC", "staked")[-1] == 90.0


def test_coins_without_a_price_yet_are_not_asked_back() -> None:
    panel = panel_of({"BTC": [10.0], "ETH": [10.0]})
    scenario = scenario_of(panel, staking={"BTC": StakingTerms(unbonding_days=5.0)})
    state = start_state(scenario, day(1))
    state.cash, state.calls_due = 0.0, 50.0
    state.staked, state.mark = np.array([8.0, 7.0]), np.array([np.nan, 10.0])
    unstake_for_calls(state, scenario, now=day(1))
    assert state.staked.tolist() == [8.0, 2.0]
    assert state.unbonding.tolist() == [0.0, 5.0]


def test_weights_raise_the_cash_for_a_call_that_is_due() -> None:
    panel = panel_of({"BTC": [10.0] * 50})
    script = Scripted(script={1: promise(1.0, FUND)}, always=promise(1.0))
    result = run(scenario_of(panel, script, rule=Rule("once")))
    assert events(result)[1] == ("2024-02-02", "call", 100.0)
    assert units(result, "BTC")[-1] == 90.0
    assert last(result, "nav") == 1000.0


def test_a_deal_is_committed_to_once() -> None:
    panel = panel_of({"BTC": [10.0] * 5})
    script = Scripted(script={1: promise(0.5, FUND, FUND), 3: promise(0.5, FUND)})
    result = run(scenario_of(panel, script))
    assert events(result) == [("2024-01-02", "commit", 300.0)]
    assert last(result, "unfunded") == 300.0


def test_money_from_an_issuance_is_not_used_for_calls_before_it_is_released() -> None:
    # 21 January: 100 coins are bought, 60 promised. 1 February: 100 shares at 1.5 bring 150, released by 2.50
    # a day: 52.50 are free when the call falls due on 21 February, and 60 on 24 February.
    panel = panel_of({"BTC": [10.0] * 40}, start="2024-01-20")
    capital = CapitalPlan(1000.0, 1000.0, atm=AtmRule(1.5, 0.10, deploy_days=60), mnav=1.5)
    bought = Targets("units", {"BTC": 100.0}, "core and fund", commitments=(Commitment("Fund I", 60.0, 1),))
    result = run(scenario_of(panel, Scripted(script={1: bought}), capital=capital, rule=Rule("once")))
    assert events(result) == [("2024-01-21", "commit", 60.0), ("2024-02-24", "call", 60.0)]
    assert last(result, "cash") == 90.0


DEALS = (
    {"name": "One", "sector": "L2", "nav_frac": 0.1, "from": "2024-01-01", "calls": 10},
    {"name": "Two", "sector": "AI", "nav_frac": 0.1, "from": "2024-02-01", "calls": 10},
)


@pytest.mark.parametrize(
    ("second_price", "committed"),
    [
        (10.0, {"One": 100.0, "Two": 100.0}),  # 100 + 100 over 1000 is the budget of 20 %
        (9.0, {"One": 100.0}),  # 100 + 91 over 910: 21 %
        (40.0, {"One": 100.0, "Two": 370.0}),
    ],
)
def test_the_budget_is_measured_at_commitment(second_price: float, committed: dict[str, float]) -> None:
    panel = panel_of({"ETH": [10.0] * 10 + [second_price] * 30})
    strategy = Ecosystem("ETH", core_frac=0.9, staked_frac=0.0, budget_frac=0.2, deals=DEALS)
    mandate = Mandate(("ETH",), illiquid_max_frac=0.2, deal_max_frac=0.1)
    result = run(scenario_of(panel, strategy, mandate=mandate, rule=Rule("daily")))
    deals = result.ventures[result.ventures["event"] == "commit"]
    assert dict(zip(deals["deal"], deals["amount"], strict=True)) == pytest.approx(committed, rel=1e-9)


def test_a_treasury_of_ventures_alone_runs() -> None:
    panel = panel_of({"ETH": [10.0] * 40})
    strategy = Ecosystem("ETH", core_frac=0.0, staked_frac=0.0, budget_frac=0.2, deals=DEALS[:1])
    mandate = Mandate(("ETH",), illiquid_max_frac=0.2, deal_max_frac=0.1)
    result = run(scenario_of(panel, strategy, mandate=mandate, rule=Rule("monthly")))
    assert (last(result, "nav"), last(result, "venture_value"), last(result, "unfunded")) == (
        1000.0,
        10.0,
        90.0,
    )


def test_a_fall_of_the_coin_forces_no_sale() -> None:
    panel = panel_of({"ETH": [10.0] * 10 + [2.0] * 15})
    strategy = Ecosystem("ETH", core_frac=0.8, staked_frac=0.0, budget_frac=0.2, deals=DEALS[:1])
    mandate = Mandate(("ETH",), illiquid_max_frac=0.2, deal_max_frac=0.1)
    result = run(scenario_of(panel, strategy, mandate=mandate, rule=Rule("monthly")))
    assert set(result.fills["side"]) == {"buy"}
    assert set(result.decisions["outcome"]) == {"approved"}
    assert last(result, "nav") == pytest.approx(200.0 + 80.0 * 2.0)
    assert last(result, "unfunded") == 100.0  # 28 % of NAV, outside it
