"""Missing bars, late listings and different starts, on panels small enough to work out by hand."""

import pytest

from dat.backtest.engine import run
from dat.costs.trading import TradingCosts
from dat.mandate.mandate import Mandate
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan, Contribution
from strategies.multi_asset import MultiAsset
from strategies.passive import Passive
from tests.scenarios import NAN, Scripted, day, last, panel_of, scenario_of, units

HALVES = Targets.weights({"BTC": 0.5, "ETH": 0.5}, "halves")
ONLY_BTC = Targets.weights({"BTC": 1.0}, "all in BTC")


def test_a_missing_bar_delays_a_purchase_to_the_next_bar_with_a_price() -> None:
    panel = panel_of({"BTC": [100.0, NAN, NAN, 125.0, 200.0]}, open_={"BTC": [100.0, NAN, NAN, 120.0, 125.0]})
    result = run(scenario_of(panel, Passive(), cash=1200.0))
    assert list(result.fills["as_of"]) == [day(3)]
    assert list(result.daily["nav"]) == [1200.0, 1200.0, 1200.0, 1250.0, 2000.0]  # 10 coins at 120


def test_to_hold_meanwhile_does_not_cancel_what_waits() -> None:
    panel = panel_of({"BTC": [100.0, NAN, 100.0, 100.0]})
    script = {1: Targets.spend({"BTC": 500.0}, "buy"), 2: Targets.hold("wait"), 3: Targets.hold("wait")}
    result = run(scenario_of(panel, Scripted(script=script)))
    assert list(result.decisions["outcome"]) == ["approved", "held", "held", "held"]
    assert list(result.fills["as_of"]) == [day(2)]


def test_a_later_decision_takes_the_place_of_what_waits() -> None:
    panel = panel_of({"BTC": [100.0, NAN, 100.0, 100.0]})
    script = {1: Targets.spend({"BTC": 500.0}, "buy"), 2: Targets.weights({"BTC": 0.2}, "less")}
    result = run(scenario_of(panel, Scripted(script=script)))
    assert list(result.fills["notional"]) == [200.0]


def test_a_purchase_is_added_to_one_that_waits() -> None:
    panel = panel_of({"BTC": [100.0, NAN, NAN, 100.0]})
    script = {1: Targets.spend({"BTC": 500.0}, "buy"), 2: Targets.spend({"BTC": 200.0}, "and more")}
    result = run(scenario_of(panel, Scripted(script=script)))
    assert list(result.fills["notional"]) == [700.0]
    assert list(result.fills["as_of"]) == [day(3)]


def test_a_purchase_that_waits_has_its_cash_set_aside() -> None:
    panel = panel_of({"BTC": [100.0, NAN, NAN, 100.0]})
    result = run(scenario_of(panel, Passive(policy="deploy_all", keep_cash=100.0)))
    assert list(result.decisions["outcome"]) == ["approved", "held", "held", "held"]
    assert list(result.fills["notional"]) == [900.0]
    assert last(result, "cash") == 100.0


def test_a_purchase_that_waits_counts_against_the_mandate() -> None:
    panel = panel_of({"BTC": [100.0, NAN, NAN, 100.0], "ETH": [10.0] * 4})
    mandate = Mandate(("BTC", "ETH"), weight_max={"BTC": 0.6})
    script = {1: Targets.spend({"BTC": 500.0}, "buy"), 2: Targets.spend({"BTC": 200.0}, "too much"),
              3: Targets.spend({"ETH": 900.0}, "what is left")}  # fmt: skip
    result = run(scenario_of(panel, Scripted(panel.assets, script), mandate=mandate))
    assert list(result.decisions["outcome"]) == ["approved", "denied", "approved", "held"]
    assert result.decisions["breaches"].iloc[1] == "BTC would be 70%, over 60%"
    assert dict(zip(result.fills["asset"], result.fills["notional"], strict=True)) == {
        "BTC": 500.0,
        "ETH": 500.0,
    }


def test_new_money_does_not_take_the_place_of_weights_that_wait() -> None:
    # half in each; ETH has no bar on the second and third day. 200 come in on the third: 100 for each.
    panel = panel_of({"BTC": [10.0] * 6, "ETH": [10.0, NAN, NAN, NAN, 10.0, 10.0]})
    plan = CapitalPlan(1000.0, contributions=(Contribution(day(2), 200.0),))
    result = run(scenario_of(panel, Scripted(panel.assets, {1: HALVES}), capital=plan, rule=Rule("once")))
    assert units(result, "BTC") == [0.0, 50.0, 50.0, 60.0, 60.0, 60.0]
    assert units(result, "ETH") == [0.0, 0.0, 0.0, 0.0, 60.0, 60.0]


def test_a_missing_bar_delays_a_sale_too() -> None:
    panel = panel_of({"BTC": [10.0, 10.0, NAN, 12.0, 12.0]}, open_={"BTC": [10.0, 10.0, NAN, 11.0, 12.0]})
    script = {1: ONLY_BTC, 2: Targets.weights({"BTC": 0.0}, "out")}
    result = run(scenario_of(panel, Scripted(script=script)))
    assert units(result, "BTC") == [0.0, 100.0, 100.0, 0.0, 0.0]
    assert list(result.fills["as_of"]) == [day(1), day(3)]
    assert list(result.daily["nav"]) == [1000.0, 1000.0, 1000.0, 1100.0, 1100.0]


def test_a_sale_of_units_waits_too() -> None:
    panel = panel_of({"BTC": [10.0, 10.0, NAN, 12.0]})
    script = {1: ONLY_BTC, 2: Targets.units({"BTC": 0.0}, "out")}
    assert units(run(scenario_of(panel, Scripted(script=script))), "BTC") == [0.0, 100.0, 100.0, 0.0]


def test_a_coin_without_a_bar_counts_at_its_last_close_when_others_are_sized() -> None:
    # Halves of 1000: 50 BTC at 10, 25 ETH at 20. BTC rises to 14: 700 and 500, so 1200 and halves of 600.
    # ETH has no bar at the fill: 100 of BTC is sold, and ETH is bought a bar later with the 100.
    panel = panel_of({"BTC": [10.0, 14.0, 14.0, 14.0], "ETH": [20.0, 20.0, NAN, 20.0]},
                     open_={"BTC": [10.0, 10.0, 14.0, 14.0], "ETH": [20.0, 20.0, NAN, 20.0]})  # fmt: skip
    result = run(scenario_of(panel, Scripted(("BTC", "ETH"), {1: HALVES, 2: HALVES}), rule=Rule("bar")))
    assert units(result, "BTC") == [0.0, 50.0, pytest.approx(600 / 14), pytest.approx(600 / 14)]
    assert units(result, "ETH") == [0.0, 25.0, 25.0, 30.0]
    assert list(result.daily["nav"]) == pytest.approx([1000.0, 1200.0, 1200.0, 1200.0])
    assert list(result.daily["cash"]) == pytest.approx([1000.0, 0.0, 100.0, 0.0], abs=1e-9)


def test_a_gap_is_marked_at_the_last_close() -> None:
    panel = panel_of({"BTC": [10.0, 12.0, NAN, 15.0]}, open_={"BTC": [10.0, 10.0, NAN, 13.0]})
    result = run(scenario_of(panel, Passive()))
    assert list(result.daily["nav"]) == [1000.0, 1200.0, 1200.0, 1500.0]


def test_lump_sum_of_a_coin_that_lists_late_is_spent_at_its_first_open() -> None:
    panel = panel_of({"BTC": [10.0] * 5, "SOL": [NAN, NAN, NAN, 4.0, 8.0]},
                     open_={"BTC": [10.0] * 5, "SOL": [NAN, NAN, NAN, 2.0, 4.0]})  # fmt: skip
    result = run(scenario_of(panel, Passive("SOL"), core="SOL"))
    assert list(result.daily["nav"]) == [1000.0, 1000.0, 1000.0, 2000.0, 4000.0]
    assert list(result.fills["price"]) == [2.0]
    assert result.daily["coin_yield"].isna().all()  # no shares are counted


def test_a_portfolio_of_coins_that_start_on_different_days() -> None:
    # ETH lists at bar 3; until its first close the whole weight is in BTC, then it is shared.
    panel = panel_of({"BTC": [10.0] * 5, "ETH": [NAN, NAN, 20.0, 20.0, 20.0]})
    result = run(scenario_of(panel, MultiAsset(("BTC", "ETH")), rule=Rule("daily")))
    assert units(result, "BTC") == [0.0, 100.0, 100.0, 50.0, 50.0]
    assert units(result, "ETH") == [0.0, 0.0, 0.0, 25.0, 25.0]


def test_costs_are_charged_once_for_an_order_in_two_parts() -> None:
    panel = panel_of({"BTC": [10.0] * 4, "ETH": [10.0, NAN, 10.0, 10.0]})
    costs = TradingCosts(fee_bps=100)
    spend = Targets.spend({"BTC": 505.0, "ETH": 404.0}, "buy both")
    result = run(scenario_of(panel, Scripted(("BTC", "ETH"), {1: spend}), trading=costs))
    assert list(result.fills["asset"]) == ["BTC", "ETH"]
    assert list(result.fills["units"]) == pytest.approx([50.0, 40.0], rel=1e-14)
    assert list(result.fills["fee"]) == pytest.approx([5.0, 4.0], rel=1e-14)
    assert list(result.daily["cash"]) == pytest.approx([1000.0, 495.0, 91.0, 91.0], rel=1e-14)
