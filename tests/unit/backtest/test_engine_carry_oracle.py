"""Interest, management cost and staking with the passing of time: written out, and from the real APR file."""

import csv
from math import prod

import numpy as np
import pandas as pd
import pytest

from dat.adapters.sample import sample_file, sample_series
from dat.backtest.engine import run
from dat.backtest.scenario import Scenario
from dat.costs.running import RunningCosts
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from strategies.passive import Passive
from tests.scenarios import Scripted, day, last, panel_of, sample_panel, scenario_of, units

ALL = Targets.weights({"ETH": 1.0}, "all", staked_frac={"ETH": 1.0})


def cash_only(rows: int, *, bar: str = "1d", rule: str = "once", **costs: float) -> Scenario:
    return scenario_of(
        panel_of({"BTC": [10.0] * rows}, bar=bar),
        rule=Rule(rule),
        cash=36_500.0,
        running=RunningCosts(**costs),
    )


def test_interest_compounds_by_bar_on_actual_days_over_365() -> None:
    result = run(cash_only(365, cash_rate_per_year=0.04))
    assert last(result, "cash") == pytest.approx(36_500.0 * (1 + 0.04 / 365) ** 365, rel=1e-13)
    assert result.daily["interest_income"].iloc[0] == pytest.approx(4.0, rel=1e-15)
    weekly = run(cash_only(52, bar="1w", cash_rate_per_year=0.04))
    assert last(weekly, "cash") == pytest.approx(36_500.0 * (1 + 0.04 * 7 / 365) ** 52, rel=1e-13)


def test_a_fixed_cost_a_year_is_paid_by_the_day() -> None:
    result = run(cash_only(100, fixed_per_year=3_650.0))
    np.testing.assert_allclose(result.daily["management_cost"], 10.0, rtol=1e-14)
    assert last(result, "nav") == pytest.approx(35_500.0, rel=1e-13)


def test_a_cost_per_decision_is_paid_for_each_decision_asked() -> None:
    result = run(cash_only(15, rule="7d", per_decision=25.0))
    assert list(result.daily["management_cost"]) == [25.0, *[0.0] * 6, 25.0, *[0.0] * 6, 25.0]
    assert last(result, "cash") == 36_425.0


def test_basis_points_of_nav_are_taken_from_the_nav_of_each_close() -> None:
    result = run(cash_only(10, nav_bps_per_year=100.0))
    # 36,500 * 1 % / 365 is 1.00 on the first day; each NAV is (1 - 0.01 / 365) of the one before
    assert result.daily["management_cost"].iloc[0] == pytest.approx(1.0, rel=1e-14)
    assert last(result, "nav") == pytest.approx(36_500.0 * (1 - 0.01 / 365) ** 10, rel=1e-13)


def test_costs_that_cash_cannot_pay_are_owed_and_paid_from_the_next_money() -> None:
    panel = panel_of({"BTC": [10.0] * 6})
    plan = CapitalPlan(1000.0, contributions=(Contribution(day(4), 55.0, deploy_days=0),))
    costs = RunningCosts(fixed_per_year=3_650.0)
    result = run(scenario_of(panel, Passive(), capital=plan, running=costs, rule=Rule("once")))
    # 10 are paid on the first day and 990 buy 99 coins; 10 a day are owed; 55 come at the open of day 4,
    # so at that close 40 are due and paid, and 10 more a day later of which 15 are left.
    assert list(result.daily["payable"]) == pytest.approx([0.0, 10.0, 20.0, 30.0, 0.0, 0.0])
    assert list(result.daily["cash"]) == pytest.approx([990.0, 0.0, 0.0, 0.0, 15.0, 5.0])
    assert list(result.daily["nav"]) == pytest.approx([990.0, 980.0, 970.0, 960.0, 1005.0, 995.0])
    assert units(result, "BTC")[-1] == 99.0


def test_money_of_an_issuance_pays_costs_only_once_it_is_released() -> None:
    panel = panel_of({"BTC": [10.0] * 4}, start="2024-01-30")
    plan = CapitalPlan(1000.0, 1000.0, atm=AtmRule(1.0, 0.10, deploy_days=10), mnav=1.0)
    costs = RunningCosts(fixed_per_year=36_500.0)
    result = run(
        scenario_of(panel, Passive(), capital=plan, running=costs, rule=Rule("once"), fill="same_close")
    )
    # 100 a day: paid on the first day, 900 buy coins. 1 February brings 90, released by 9 a day: more is owed
    # than is free, so no coins are bought, and each 9 pays costs at the next close.
    assert list(result.daily["payable"]) == pytest.approx([0.0, 100.0, 191.0, 282.0])
    assert list(result.daily["cash"]) == pytest.approx([0.0, 90.0, 81.0, 72.0], abs=1e-9)
    assert set(result.fills["as_of"]) == {result.daily["as_of"].iloc[0]}


# ---- staking


def apr_by_date() -> dict[str, float]:
    with sample_file("eth_apr_daily.csv").open() as file:
        return {row["date"][:10]: float(row["apr"]) for row in csv.DictReader(file)}


def test_staked_ether_compounds_daily_at_the_real_rate() -> None:
    panel = sample_panel("ETH")
    terms = StakingTerms("eth_staking_apr", unbonding_days=10.0, commission_frac=0.1)
    series = {"eth_staking_apr": sample_series("eth_staking_apr")}
    result = run(
        scenario_of(panel, Scripted(("ETH",), {1: ALL}), core="ETH", staking={"ETH": terms}, series=series)
    )
    # A bar is rewarded at the rate known at its close, which is the rate of its own date; none was known
    # before December 2020. Coins are bought and staked at the second open, so the second bar is the first.
    rates, dates = apr_by_date(), pd.to_datetime(panel.open_time[1:]).strftime("%Y-%m-%d")
    growth = np.cumprod([1 + 0.9 * rates.get(date, 0.0) / 365 for date in dates])
    bought = 1000.0 / panel.open[1, 0]
    np.testing.assert_allclose(units(result, "ETH", "staked")[1:], bought * growth, rtol=1e-12)
    assert 1.1 < growth[-1] < 1.4
    earned = np.diff(bought * np.concatenate([[1.0], growth])) * panel.close[1:, 0]
    np.testing.assert_allclose(result.daily["staking_income"][1:], earned, rtol=1e-9)


def test_only_the_staked_share_earns_and_rewards_join_it() -> None:
    panel = panel_of({"ETH": [10.0] * 5})
    some = Targets.weights({"ETH": 1.0}, "some", staked_frac={"ETH": 0.6})
    terms = StakingTerms(apr_frac=0.365)
    result = run(scenario_of(panel, Scripted(("ETH",), {1: some}), staking={"ETH": terms}))
    staked = [0.0, *(60.0 * 1.001**bars for bars in range(1, 5))]
    assert units(result, "ETH", "staked") == pytest.approx(staked)
    assert units(result, "ETH", "liquid") == pytest.approx([0.0, 40.0, 40.0, 40.0, 40.0])
    assert last(result, "nav") == pytest.approx(400.0 + 600.0 * prod([1.001] * 4))


def test_only_liquid_coins_can_be_sold_and_unbonding_takes_its_days() -> None:
    panel = panel_of({"ETH": [10.0] * 9})
    most = Targets.weights({"ETH": 1.0}, "stake most", staked_frac={"ETH": 0.8})
    out = Targets.weights({"ETH": 0.0}, "sell all", staked_frac={"ETH": 0.0})
    script = {1: most} | dict.fromkeys(range(3, 10), out)
    terms = StakingTerms(apr_frac=0.0, unbonding_days=3.0)
    result = run(scenario_of(panel, Scripted(("ETH",), script), staking={"ETH": terms}))
    # 20 of 100 are liquid and sold at the open of bar 3; 80 are asked back then, free at the open of bar 6
    assert units(result, "ETH", "liquid") == [0.0, 20.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert units(result, "ETH", "staked") == [0.0, 80.0, 80.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert units(result, "ETH", "unbonding") == [0.0, 0.0, 0.0, 80.0, 80.0, 80.0, 0.0, 0.0, 0.0]
    assert list(result.fills["as_of"]) == [day(1), day(3), day(6)]
    assert list(result.daily["cash"]) == [1000.0, 0.0, 0.0, 200.0, 200.0, 200.0, 1000.0, 1000.0, 1000.0]
    assert list(result.daily["nav"]) == [1000.0] * 9


def test_coins_that_unbond_earn_nothing() -> None:
    panel = panel_of({"ETH": [10.0] * 5})
    stake, unstake = (Targets.weights({"ETH": 1.0}, "x", staked_frac={"ETH": share}) for share in (1.0, 0.0))
    terms = StakingTerms(apr_frac=0.365, unbonding_days=30.0)
    result = run(scenario_of(panel, Scripted(("ETH",), {1: stake, 2: unstake}), staking={"ETH": terms}))
    assert units(result, "ETH", "unbonding")[2:] == pytest.approx([100.1] * 3)
    assert list(result.daily["staking_income"]) == pytest.approx([0.0, 1.0, 0.0, 0.0, 0.0])
