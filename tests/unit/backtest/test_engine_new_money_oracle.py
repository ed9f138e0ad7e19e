"""Money that comes in after the start is deployed in its days by what was last approved; by hand."""

import pytest

from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.costs.running import RunningCosts
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan, Contribution
from strategies.active import Active
from strategies.passive import Passive
from tests.scenarios import Scripted, day, last, panel_of, scenario_of, units

BOTH = ("BTC", "ETH")
SPLIT = Targets.weights({"BTC": 0.5, "ETH": 0.3}, "split")
PANEL = panel_of({"BTC": [10.0] * 8, "ETH": [10.0] * 8})


def with_gift(script: dict[int, Targets], *, calendar: str = "once", deploy_days: int = 1) -> RunResult:
    gift = Contribution(day(3), 100.0, deploy_days=deploy_days)
    plan = CapitalPlan(1000.0, contributions=(gift,))
    return run(scenario_of(PANEL, Scripted(BOTH, script), capital=plan, rule=Rule(calendar)))


@pytest.mark.parametrize(
    ("deploy_days", "coins"),
    [
        (0, [50.0, 50.0, 50.0, 50.0, 50.0]),  # left to the strategy, which is not asked
        (1, [50.0, 55.0, 55.0, 55.0, 55.0]),
        (2, [50.0, 52.5, 55.0, 55.0, 55.0]),
        (4, [50.0, 51.25, 52.5, 53.75, 55.0]),
    ],
)
def test_a_contribution_is_deployed_in_its_days_by_the_approved_weights(
    deploy_days: int, coins: list[float]
) -> None:
    result = with_gift({1: SPLIT}, deploy_days=deploy_days)
    assert units(result, "BTC")[3:] == pytest.approx(coins)
    assert units(result, "ETH")[3:] == pytest.approx([0.6 * held for held in coins])
    assert last(result, "cash") == pytest.approx(220.0 if deploy_days else 300.0)  # a fifth stays cash
    left = [100.0 * (1 - min(1.0, n / deploy_days)) if deploy_days else 0.0 for n in range(1, 6)]
    assert list(result.daily["reserved"][3:]) == pytest.approx(left)


def test_new_money_asks_no_strategy_costs_no_decision_and_leaves_the_calendar() -> None:
    gift = Contribution(day(3), 100.0, deploy_days=3)
    plan = CapitalPlan(1000.0, contributions=(gift,))
    costs = RunningCosts(per_decision=1.0)
    script = Scripted(BOTH, {1: SPLIT}, Targets.hold("nothing to do"))
    result = run(scenario_of(PANEL, script, capital=plan, rule=Rule("5d"), running=costs))
    decisions = result.decisions[["as_of", "trigger", "outcome"]].itertuples(index=False, name=None)
    assert list(decisions) == [
        (day(1), "inception", "approved"),
        (day(4), "new money", "approved"),
        (day(5), "new money", "approved"),
        (day(6), "calendar 5d", "approved"),  # it answers hold; the last part is bought all the same
    ]
    assert result.costs["management"] == 2.0
    assert list(result.decisions["reason"])[1:3] == ["new money, by the last approved targets"] * 2


def test_a_purchase_of_new_money_does_not_become_the_approved_weights() -> None:
    # asked every day and holding: 100 come in twice, and each time a fifth of it stays cash
    gifts = (Contribution(day(3), 100.0), Contribution(day(5), 100.0))
    plan = CapitalPlan(1000.0, contributions=gifts)
    result = run(scenario_of(PANEL, Scripted(BOTH, {1: SPLIT}), capital=plan))
    assert units(result, "BTC") == pytest.approx([0.0, 50.0, 50.0, 50.0, 55.0, 55.0, 60.0, 60.0])
    assert last(result, "cash") == pytest.approx(240.0)


def test_weights_within_their_band_deploy_new_money_and_nothing_else() -> None:
    # 52 % is within the band of 50 %: only the 100 are spent, half on each
    halves = Targets.weights({"BTC": 0.5, "ETH": 0.5}, "halves")
    panel = panel_of({"BTC": [10.0, 10.0, 10.8, 10.8, 10.8, 10.8], "ETH": [10.0] * 6})
    plan = CapitalPlan(1000.0, contributions=(Contribution(day(3), 100.0),))
    rule = Rule("daily", band_abs=0.1)
    result = run(scenario_of(panel, Scripted(BOTH, always=halves), capital=plan, rule=rule))
    outcomes = ["approved", "within_band", "within_band", "approved", "within_band", "within_band"]
    assert list(result.decisions["outcome"]) == outcomes
    assert list(result.fills["side"]) == ["buy"] * 4
    assert units(result, "BTC")[-1] == pytest.approx(50.0 + 50.0 / 10.8)
    assert units(result, "ETH")[-1] == pytest.approx(55.0)


def test_money_that_no_approved_targets_can_deploy_is_kept_apart() -> None:
    result = with_gift({1: Targets.units({"BTC": 50.0}, "fifty")})
    assert units(result, "BTC")[-1] == 50.0
    assert list(result.daily["reserved"][3:]) == [100.0] * 5


def test_a_contribution_at_the_first_open_is_deployed_from_the_first_close() -> None:
    panel = panel_of({"BTC": [10.0] * 3})
    plan = CapitalPlan(0.0, contributions=(Contribution(day(0), 500.0),))
    result = run(scenario_of(panel, Passive(), capital=plan, rule=Rule("once")))
    assert units(result, "BTC") == [0.0, 50.0, 50.0]


@pytest.mark.parametrize("policy", ["lump_sum", "periodic", "deploy_all"])
def test_a_treasury_that_starts_without_cash_buys_with_its_first_contribution(policy: str) -> None:
    panel = panel_of({"BTC": [10.0] * 8})
    plan = CapitalPlan(0.0, contributions=(Contribution(day(2), 500.0),))
    strategy = Passive(policy=policy, amount=500.0)
    result = run(scenario_of(panel, strategy, capital=plan, rule=Rule("daily")))
    assert units(result, "BTC")[-1] == 50.0


def test_money_for_a_trend_that_is_out_stays_cash_until_the_trend_returns() -> None:
    panel = panel_of({"BTC": [10.0, 9.0, 8.0, 7.0, 7.0, 14.0, 14.0, 14.0]})
    plan = CapitalPlan(1000.0, contributions=(Contribution(day(3), 400.0, deploy_days=2),))
    result = run(scenario_of(panel, Active(fast_bars=1, slow_bars=2), capital=plan))
    assert units(result, "BTC") == pytest.approx([0.0] * 6 + [100.0, 0.0])
    assert list(result.daily["nav"]) == pytest.approx([1000.0] * 3 + [1400.0] * 5)
