"""Money that comes in and coins that change their state, as the tables record them; by hand."""

from dat.backtest.engine import run
from dat.orders.targets import Targets
from dat.treasury.capital import CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from tests.scenarios import Scripted, day, panel_of, scenario_of

MOST = Targets.weights({"ETH": 1.0}, "stake most", staked_frac={"ETH": 0.8})
OUT = Targets.weights({"ETH": 0.0}, "sell all", staked_frac={"ETH": 0.0})
FUND = Commitment("Fund I", 100.0, 1)


def test_stakes_rewards_and_returns_are_recorded_as_they_happen() -> None:
    panel = panel_of({"ETH": [10.0, 10.0, 10.0, 20.0, 20.0, 20.0]})
    terms = {"ETH": StakingTerms(apr_frac=3.65, unbonding_days=2.0)}
    result = run(scenario_of(panel, Scripted(("ETH",), {1: MOST, 3: OUT}), staking=terms))
    # 80 of 100 are staked at the second open and earn 1 % a day, at the marks of 10 and 10;
    # 81.608 are asked back at the fourth open, earn no more, and are free at the sixth.
    rows = list(result.moves.itertuples(index=False, name=None))
    assert [(*row[:4], round(row[4], 9), round(row[5], 9)) for row in rows] == [
        (day(1), "open", "ETH", "stake", 80.0, 0.0),
        (day(2), "close", "ETH", "reward", 0.8, 8.0),
        (day(3), "close", "ETH", "reward", 0.808, 8.08),
        (day(3), "open", "ETH", "unstake", 81.608, 0.0),
        (day(5), "open", "ETH", "unlock", 81.608, 0.0),
    ]


def test_capital_at_the_start_and_later_is_recorded_with_its_shares() -> None:
    panel = panel_of({"BTC": [10.0] * 4})
    later = (Contribution(day(-5), 1.0), Contribution(day(2), 50.0, 5.0), Contribution(day(2), 7.0))
    result = run(scenario_of(panel, capital=CapitalPlan(1000.0, 100.0, contributions=later)))
    assert list(result.contributions.itertuples(index=False, name=None)) == [
        (day(0), 1000.0, 100.0),
        (day(0), 1.0, 0.0),
        (day(2), 50.0, 5.0),
        (day(2), 7.0, 0.0),
    ]


def test_fills_and_calls_say_whether_they_happened_at_an_open_or_at_a_close() -> None:
    panel = panel_of({"BTC": [10.0] * 40})
    half = Targets.weights({"BTC": 0.5}, "half", commitments=(FUND,))
    result = run(scenario_of(panel, Scripted(script={1: half})))
    assert list(result.fills[["as_of", "moment"]].itertuples(index=False, name=None)) == [(day(1), "open")]
    # promised at the close of 1 January, that is on the 2nd; due a month later, at a close before an open
    assert list(result.ventures[["as_of", "moment", "event"]].itertuples(index=False, name=None)) == [
        (day(1), "close", "commit"),
        (day(32), "close", "call"),
    ]
    same = run(scenario_of(panel, Scripted(script={1: half}), fill="same_close"))
    assert list(same.fills[["as_of", "moment"]].itertuples(index=False, name=None)) == [(day(1), "close")]
