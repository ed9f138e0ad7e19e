"""Shares sold at the market: coins per share against the closed formula (1 + s m) / (1 + s) - 1."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.backtest.scenario import Scenario
from dat.market.panel import Panel
from dat.market.series import Series
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from strategies.passive import Passive
from tests.scenarios import Scripted, day, last, panel_of, sample_panel, scenario_of

MONTHLY = AtmRule(mnav_min=1.0, issue_frac_per_month=0.02, deploy_days=1)


def atm_scenario(panel: Panel, *, mnav: float | None = None) -> Scenario:
    plan = CapitalPlan(1_000_000.0, 50_000.0, atm=MONTHLY, mnav=mnav)
    strategy = Passive(panel.assets[0], policy="deploy_all")
    return scenario_of(panel, strategy, rule=Rule("once"), capital=plan, fill="same_close")


def grown(factors: Sequence[float]) -> float:
    return math.prod(factors) - 1


def whole_shares(count: int) -> list[int]:
    """Shares before each of `count` issuances of 2 %, rounded down to whole ones; the last is after all."""
    held = [50_000]
    for _ in range(count):
        held.append(held[-1] + held[-1] * 2 // 100)
    return held


def test_coin_yield_of_a_constant_premium_is_the_closed_formula() -> None:
    panel = sample_panel("BTC")
    result = run(atm_scenario(panel, mnav=1.6))
    m, firsts = 1.6, 60  # 1 October 2020 to 1 September 2025; the first close is 21 September 2020
    shares = whole_shares(firsts)
    issued = [
        (after - before) / before for before, after in pairwise(shares)
    ]  # s of each: 2 %, or just under
    accretion = np.array([(1 + s * m) / (1 + s) - 1 for s in issued])

    assert len(result.issuances) == firsts
    assert last(result, "coin_yield") == pytest.approx(grown((1 + accretion).tolist()), rel=1e-12)
    np.testing.assert_allclose(result.issuances["accretion_frac"], accretion, rtol=1e-12)
    np.testing.assert_allclose(result.issuances["issued_frac"], issued, rtol=1e-12)
    assert last(result, "shares") == shares[-1]
    assert all(at.day == 1 and at.hour == 0 for at in result.issuances["as_of"])
    flows = result.daily["flow_close"].sum() + 1_000_000.0
    assert flows == pytest.approx(result.fills["notional"].sum(), rel=1e-12)


def test_a_premium_path_is_used_as_known_and_nothing_is_issued_below_the_minimum() -> None:
    panel = sample_panel("BTC")
    values = np.array([0.8, 1.9, 1.0, 0.99999, 2.4, 1.3])
    known = pd.to_datetime(
        ["2020-01-01", "2021-02-01", "2021-06-15", "2022-03-01", "2023-05-02", "2024-12-31"]
    ).to_numpy("datetime64[us]")
    path = Series("premium", known, values)
    plan = CapitalPlan(1_000_000.0, 50_000.0, atm=MONTHLY, mnav_series="premium")
    result = run(replace(atm_scenario(panel), series={"premium": path}, capital=plan))

    firsts = pd.date_range("2020-10-01", "2025-09-01", freq="MS").to_numpy("datetime64[us]")
    at_issue = [
        values[known <= first][-1] for first in firsts
    ]  # the last value known, the same instant included
    multiples = [m for m in at_issue if m >= 1.0]
    shares = whole_shares(len(multiples))
    issued = [(after - before) / before for before, after in pairwise(shares)]
    factors = [(1 + s * m) / (1 + s) for s, m in zip(issued, multiples, strict=True)]
    assert at_issue[4] == 1.9  # known at the very instant of issuance
    assert len(result.issuances) == len(factors) < len(firsts)
    assert last(result, "coin_yield") == pytest.approx(grown(factors), rel=1e-12)
    np.testing.assert_allclose(result.issuances["accretion_frac"], np.array(factors) - 1, atol=1e-12)
    row = result.daily["as_of"] == pd.Timestamp("2021-02-01", tz="UTC")
    assert result.daily.loc[row, "mnav"].item() == 1.9
    before = result.daily["as_of"] == pd.Timestamp("2021-01-31", tz="UTC")
    assert result.daily.loc[before, "mnav"].item() == 0.8


def test_one_issuance_worked_out_by_hand() -> None:
    # 31 January closes on 1 February: 100 coins at 20 are 2000, and 1000 shares at mNAV 1.5 cost 3 each.
    # 10 % more shares bring 300, which buy 15 coins: 115 / 1100 against 100 / 1000 is 4.5454... %.
    panel = panel_of({"BTC": [10.0, 20.0, 20.0]}, start="2024-01-30")
    plan = CapitalPlan(1000.0, 1000.0, atm=AtmRule(1.5, 0.10, 1), mnav=1.5)
    result = run(scenario_of(panel, Passive(policy="deploy_all"), capital=plan, fill="same_close"))
    sold = result.issuances.iloc[0]
    assert (sold["shares_issued"], sold["price"], sold["proceeds"]) == (100.0, 3.0, 300.0)
    assert sold["accretion_frac"] == pytest.approx(115 / 1100 / (100 / 1000) - 1, rel=1e-14)
    assert sold["price_to_nav"] == 1.5  # no cash: NAV is the coins
    assert list(result.daily["hps"]) == pytest.approx([0.1, 115 / 1100, 115 / 1100], rel=1e-14)
    assert list(result.daily["coin_yield"]) == pytest.approx([0.0, 0.5 / 11, 0.5 / 11], rel=1e-12)
    assert list(result.daily["share_price"]) == pytest.approx([1.5, 1.5 * 2300 / 1100, 1.5 * 2300 / 1100])
    assert list(result.daily["nav_per_share"]) == pytest.approx([1.0, 2300 / 1100, 2300 / 1100])


def test_underwriting_cost_comes_off_the_proceeds_and_shares_are_whole() -> None:
    # 7 % of 1000.9 shares are 70.06: 70 whole ones at 3; 200 bps of 210 stay with the underwriter
    panel = panel_of({"BTC": [10.0, 20.0, 20.0]}, start="2024-01-30")
    plan = CapitalPlan(1000.0, 1000.9, atm=AtmRule(1.5, 0.07, 1, cost_bps=200.0), mnav=1.5)
    result = run(scenario_of(panel, Passive(policy="deploy_all"), capital=plan, fill="same_close"))
    sold = result.issuances.iloc[0]
    price = 1.5 * 2000.0 / 1000.9
    assert sold["shares_issued"] == 70.0
    assert sold["proceeds"] == pytest.approx(70.0 * price * 0.98, rel=1e-14)
    assert list(result.daily["flow_close"]) == pytest.approx([0.0, 70.0 * price * 0.98, 0.0])
    after = (100.0 + 70.0 * price * 0.98 / 20.0) / 1070.9
    assert sold["accretion_frac"] == pytest.approx(after / (100.0 / 1000.9) - 1, rel=1e-12)
    assert last(result, "hps") == pytest.approx(after, rel=1e-14)


@pytest.mark.parametrize(
    ("bar", "bars", "expected"),
    [
        ("1d", 6, {1: 75.0, 2: 75.0, 3: 75.0, 4: 75.0}),  # a quarter at issue, one more each day
        ("1w", 3, {1: 75.0, 2: 225.0}),  # a week later all the rest has been due
        ("8h", 12, {1: 75.0, 4: 75.0, 7: 75.0, 10: 75.0}),
    ],
)
def test_proceeds_are_released_in_daily_parts(bar: str, bars: int, expected: dict[int, float]) -> None:
    start = {"1d": "2024-01-30", "1w": "2024-01-20", "8h": "2024-01-31T08:00:00Z"}[bar]
    panel = panel_of({"BTC": [20.0] * bars}, start=start, bar=bar)
    plan = CapitalPlan(2000.0, 1000.0, atm=AtmRule(1.5, 0.10, deploy_days=4), mnav=1.5)
    strategy = Passive(policy="lump_sum")
    result = run(scenario_of(panel, strategy, rule=Rule("once"), capital=plan, fill="same_close"))
    bought = dict(zip(result.fills["as_of"], result.fills["notional"], strict=True))
    places = {at: place for place, at in enumerate(result.daily["as_of"])}
    assert {places[at]: money for at, money in bought.items()} == {0: 2000.0} | expected
    assert set(result.decisions["trigger"]) == {"inception", "new money"}


def test_a_periodic_purchase_is_not_repeated_while_new_money_is_deployed() -> None:
    # 10 every 30 days from 2 January; 1 February is such a date and brings 1, released over 20 days
    panel = panel_of({"BTC": [10.0] * 50})
    plan = CapitalPlan(1000.0, 1000.0, atm=AtmRule(0.005, 0.1, deploy_days=20), mnav=1.0)
    strategy = Passive(policy="periodic", amount=10.0)
    result = run(scenario_of(panel, strategy, rule=Rule("30d"), capital=plan, fill="same_close"))
    bought = dict(zip(result.fills["as_of"], result.fills["notional"], strict=True))
    parts = {day(number): 0.05 for number in range(32, 51)}
    assert bought == pytest.approx({day(1): 10.0, day(31): 10.05} | parts)


def test_shares_of_a_contribution_come_with_the_money_in_any_order_of_the_list() -> None:
    panel = panel_of({"BTC": [10.0] * 5})
    gifts = (Contribution(day(3), 300.0, 30.0), Contribution(day(1), 100.0, 5.0), Contribution(day(1), 50.0))
    result = run(scenario_of(panel, capital=CapitalPlan(1000.0, 100.0, gifts)))
    assert list(result.daily["flow_open"]) == [1000.0, 150.0, 0.0, 300.0, 0.0]
    assert list(result.daily["shares"]) == [100.0, 105.0, 105.0, 135.0, 135.0]
    assert list(result.daily["nav"]) == [1000.0, 1150.0, 1150.0, 1450.0, 1450.0]
    assert list(result.daily["nav_per_share"])[-1] == pytest.approx(1450.0 / 135.0)


def test_a_contribution_that_is_left_to_the_strategy_can_be_spent_at_its_open() -> None:
    panel = panel_of({"BTC": [10.0] * 3})
    plan = CapitalPlan(0.0, contributions=(Contribution(day(1), 500.0, deploy_days=0),))
    script = Scripted(script={1: Targets.weights({"BTC": 1.0}, "all in")})
    result = run(scenario_of(panel, script, capital=plan))
    assert list(result.fills["as_of"]) == [day(1)]
    assert last(result, "coin_value") == 500.0
