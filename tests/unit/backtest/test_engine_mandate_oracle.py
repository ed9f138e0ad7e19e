"""What a mandate refuses is not traded, not committed and not staked; the refusal is on record."""

import json

from dat.backtest.engine import run
from dat.mandate.mandate import Mandate
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan, Contribution
from dat.treasury.venture import Commitment
from tests.scenarios import Scripted, day, panel_of, scenario_of, units

CAPPED = Mandate(("BTC",), weight_max={"BTC": 0.6}, illiquid_max_frac=0.2, deal_max_frac=0.1)
PANEL = panel_of({"BTC": [10.0] * 5})


def test_a_breach_is_denied_whole_and_recorded() -> None:
    fund = Commitment("Fund I", 50.0, 2)
    too_much = Targets.weights({"BTC": 0.7}, "too much", staked_frac={"BTC": 0.5}, commitments=(fund,))
    result = run(scenario_of(PANEL, Scripted(always=too_much), mandate=CAPPED, rule=Rule("once")))
    decision = result.decisions.iloc[0]
    assert len(result.decisions) == 1
    assert result.fills.empty
    assert result.ventures.empty
    assert set(result.daily["nav"]) == {1000.0}
    assert (decision["outcome"], decision["trigger"], decision["reason"]) == (
        "denied",
        "inception",
        "too much",
    )
    assert decision["breaches"] == "BTC would be 70%, over 60%"
    assert json.loads(decision["targets"]) == {"BTC": 0.7}


def test_a_refusal_is_asked_again_at_the_next_date_only() -> None:
    script = {n: Targets.weights({"BTC": 0.5 + 0.1 * n}, "more") for n in range(1, 5)}
    result = run(scenario_of(PANEL, Scripted(script=script), mandate=CAPPED, rule=Rule("2d")))
    assert list(result.decisions["outcome"]) == ["approved", "denied", "held"]
    assert units(result, "BTC") == [0.0, 60.0, 60.0, 60.0, 60.0]


def test_a_refusal_leaves_what_waits() -> None:
    panel = panel_of({"BTC": [10.0, float("nan"), 10.0]})
    script = {1: Targets.weights({"BTC": 0.5}, "half"), 2: Targets.weights({"BTC": 0.9}, "too much")}
    result = run(scenario_of(panel, Scripted(script=script), mandate=CAPPED))
    assert list(result.decisions["outcome"]) == ["approved", "denied", "held"]
    assert units(result, "BTC") == [0.0, 0.0, 50.0]


def test_limits_that_prices_have_passed_are_recorded_and_cured_at_the_next_date() -> None:
    # 60 coins at 10 and 400 of cash; at 20 the coins are 1200 of 1600, 75 %: over the limit of 60 %
    panel = panel_of({"BTC": [10.0, 10.0, 20.0, 20.0, 20.0, 20.0]})
    rule = Rule("4d", band_abs=0.5)  # the band alone would let it pass
    script = Scripted(always=Targets.weights({"BTC": 0.6}, "to the limit"))
    result = run(scenario_of(panel, script, mandate=CAPPED, rule=rule))
    assert list(result.decisions["outcome"]) == ["approved", "approved"]
    assert units(result, "BTC") == [0.0, 60.0, 60.0, 60.0, 60.0, 48.0]
    assert list(result.breaches["as_of"]) == [day(3), day(4), day(5)]
    first = result.breaches.iloc[0]
    assert (first["rule"], first["name"], first["value"], first["limit"]) == ("weight_max", "BTC", 0.75, 0.6)


def test_new_money_that_is_refused_is_tried_again_at_the_next_date() -> None:
    # 100 come in when 60 coins at 12 are 720: with 60 % of the money they would be 780 of 1220, 63.9 %.
    # At the next date a coin is 5; the strategy holds, and 60 buy 12 coins.
    panel = panel_of({"BTC": [10.0, 10.0, 12.0, 12.0, 5.0, 5.0, 5.0, 5.0]})
    plan = CapitalPlan(1000.0, contributions=(Contribution(day(2), 100.0),))
    mandate = Mandate(("BTC",), weight_max={"BTC": 0.62})
    script = Scripted(script={1: Targets.weights({"BTC": 0.6}, "to the limit")})
    result = run(scenario_of(panel, script, mandate=mandate, capital=plan, rule=Rule("5d")))
    decisions = result.decisions[["as_of", "trigger", "outcome"]].itertuples(index=False, name=None)
    assert list(decisions) == [
        (day(1), "inception", "approved"),
        (day(3), "new money", "denied"),
        (day(6), "calendar 5d", "approved"),
    ]
    assert units(result, "BTC")[-1] == 72.0


def test_every_broken_rule_is_named() -> None:
    deals = (Commitment("Fund I", 150.0, 1), Commitment("Fund II", 60.0, 1))
    greedy = Targets.weights({"BTC": 0.9}, "greedy", commitments=deals)
    result = run(scenario_of(PANEL, Scripted(always=greedy), mandate=CAPPED, rule=Rule("once")))
    assert result.decisions["breaches"].iloc[0] == (
        "BTC would be 90%, over 60%; all ventures would be 21%, over 20%; Fund I would be 15%, over 10%"
    )


def test_drift_over_a_limit_is_no_breach_until_something_is_asked_for() -> None:
    panel = panel_of({"BTC": [10.0, 10.0, 30.0, 30.0, 30.0]})
    script = {1: Targets.weights({"BTC": 0.6}, "to the limit"), 4: Targets.spend({"BTC": 1.0}, "one more")}
    result = run(scenario_of(panel, Scripted(script=script), mandate=CAPPED))
    assert list(result.decisions["outcome"]) == ["approved", "held", "held", "denied", "held"]
    assert result.decisions["breaches"].iloc[3] == "BTC would be 81.86%, over 60%"  # 1801 of 2200
