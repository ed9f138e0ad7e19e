"""Prices, lots, impact and the two fill conventions, worked out by hand."""

import math
from itertools import pairwise
from statistics import stdev

import pytest

from dat.backtest.engine import run
from dat.backtest.scenario import Lot
from dat.costs.trading import TradingCosts
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from tests.scenarios import Scripted, day, last, panel_of, sample_panel, scenario_of, units

HALF = Targets.weights({"BTC": 0.5}, "half")


def test_a_purchase_and_a_sale_pay_spread_and_fee_on_what_is_executed() -> None:
    panel = panel_of({"BTC": [100.0, 100.0, 100.0]})
    script = {1: Targets.units({"BTC": 5.0}, "buy"), 2: Targets.units({"BTC": 1.0}, "sell")}
    result = run(
        scenario_of(panel, Scripted(script=script), trading=TradingCosts(fee_bps=100, half_spread_bps=50))
    )
    buy, sale = result.fills.iloc[0], result.fills.iloc[1]
    # buy 5 at 100.50, fee 1 % of 502.50; sell 4 at 99.50, fee 1 % of 398
    assert (buy["side"], buy["units"], buy["mid_price"]) == ("buy", 5.0, 100.0)
    assert (sale["side"], sale["units"]) == ("sell", 4.0)
    assert [buy["price"], buy["notional"], buy["fee"], buy["spread_cost"]] == pytest.approx(
        [100.5, 502.5, 5.025, 2.5]
    )
    assert [sale["price"], sale["notional"], sale["fee"], sale["spread_cost"]] == pytest.approx(
        [99.5, 398.0, 3.98, 2.0]
    )
    assert last(result, "cash") == pytest.approx(1000.0 - 502.5 - 5.025 + 398.0 - 3.98, rel=1e-14)
    assert list(result.daily["traded"]) == pytest.approx([0.0, 502.5, 398.0])
    assert result.costs == pytest.approx({"fee": 9.005, "spread": 4.5, "impact": 0.0, "management": 0.0})


def test_weights_are_those_of_what_is_left_after_the_costs_of_the_trade() -> None:
    # NAV after the trade is T, half of it in coins bought at 1 % all in: T = 1000 - 0.01 * T / 2
    panel = panel_of({"BTC": [10.0, 10.0]})
    result = run(scenario_of(panel, Scripted(script={1: HALF}), trading=TradingCosts(fee_bps=100)))
    total = 1000.0 / 1.005
    assert last(result, "nav") == pytest.approx(total, rel=1e-12)
    assert last(result, "coin_value") == pytest.approx(total / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("lot", "bought"),
    [
        (Lot(), 6.25),
        (Lot(step=1.0), 6.0),
        (Lot(step=0.5), 6.0),
        (Lot(step=0.25), 6.25),
        (Lot(step=7.0), 0.0),
        (Lot(notional_min=500.0), 6.25),
        (Lot(notional_min=500.01), 0.0),
        (Lot(step=1.0, notional_min=490.0), 0.0),  # 6 whole coins are only 480
    ],
)
def test_lots_round_toward_zero_and_small_trades_are_dropped(lot: Lot, bought: float) -> None:
    panel = panel_of({"BTC": [80.0, 80.0]})
    result = run(scenario_of(panel, Scripted(script={1: HALF}), lots={"BTC": lot}))
    assert units(result, "BTC")[-1] == bought
    assert last(result, "cash") == 1000.0 - 80.0 * bought


def test_a_sale_is_rounded_toward_zero_too() -> None:
    panel = panel_of({"BTC": [80.0, 80.0, 80.0]})
    script = {1: Targets.units({"BTC": 12.0}, "buy"), 2: HALF}
    result = run(scenario_of(panel, Scripted(script=script), lots={"BTC": Lot(step=4.0)}))
    assert units(result, "BTC") == [0.0, 12.0, 8.0]  # 5.75 too many: one lot of 4 is sold


def test_lots_that_no_float_can_hold_leave_nothing_behind() -> None:
    panel = panel_of({"BTC": [100.0, 100.0, 100.0]})
    script = {1: Targets.units({"BTC": 0.3}, "buy"), 2: Targets.units({"BTC": 0.0}, "sell")}
    result = run(scenario_of(panel, Scripted(script=script), lots={"BTC": Lot(step=0.1)}))
    assert units(result, "BTC") == [0.0, pytest.approx(0.3), 0.0]


def test_whole_lots_that_fees_make_unaffordable_are_not_bought() -> None:
    panel = panel_of({"BTC": [100.0, 100.0]})
    ten = Targets.units({"BTC": 10.0}, "all ten")
    result = run(
        scenario_of(
            panel, Scripted(script={1: ten}), lots={"BTC": Lot(step=1.0)}, trading=TradingCosts(fee_bps=1)
        )
    )
    assert units(result, "BTC")[-1] == 9.0
    assert last(result, "cash") == pytest.approx(1000.0 - 900.09)


@pytest.mark.parametrize("cash", [1000.0, 61e9])
def test_all_cash_can_be_spent_and_none_of_it_is_owed(cash: float) -> None:
    panel = panel_of({"BTC": [97.31, 97.31], "ETH": [3.3, 3.3], "SOL": [0.07, 0.07]})
    thirds = Targets.weights(dict.fromkeys(panel.assets, 1 / 3), "thirds")
    result = run(
        scenario_of(panel, Scripted(panel.assets, {1: thirds}), cash=cash, trading=TradingCosts(7, 3))
    )
    assert 0.0 <= last(result, "cash") <= 1e-11 * cash
    assert last(result, "nav") == pytest.approx(cash / (1.0003 * 1.0007), rel=1e-12)


def test_spends_are_cut_in_proportion_to_the_cash_there_is() -> None:
    panel = panel_of({"BTC": [10.0, 10.0], "ETH": [10.0, 10.0]})
    greedy = Targets.spend({"BTC": 3000.0, "ETH": 1000.0}, "more than there is")
    result = run(scenario_of(panel, Scripted(panel.assets, {1: greedy})))
    assert result.decisions["outcome"].iloc[0] == "approved"
    assert [units(result, asset)[-1] for asset in panel.assets] == pytest.approx([75.0, 25.0], rel=1e-14)


def test_a_sale_at_any_impact_brings_no_less_than_nothing() -> None:
    panel = panel_of({"BTC": [10.0, 20.0] * 4}, volume={"BTC": [1.0] * 8})
    script = {1: Targets.weights({"BTC": 1.0}, "in"), 7: Targets.weights({"BTC": 0.0}, "out")}
    costs = TradingCosts(half_spread_bps=500, impact_coefficient=50.0)
    result = run(scenario_of(panel, Scripted(script=script), trading=costs, cash=1e6))
    assert result.fills["price"].iloc[-1] == 0.0
    assert last(result, "cash") == pytest.approx(0.0, abs=1e-6)


def test_fills_at_the_open_see_other_prices_than_fills_at_the_close() -> None:
    panel = panel_of({"BTC": [10.0, 14.0, 21.0]}, open_={"BTC": [10.0, 12.5, 15.0]})
    script = Scripted(script={1: HALF, 2: Targets.weights({"BTC": 0.0}, "out")})
    at_open, at_close = (run(scenario_of(panel, script, fill=fill)) for fill in ("next_open", "same_close"))
    # next open: 40 coins at 12.50, worth 560 at the close, sold at 15; same close: 50 at 10, sold at 14
    assert list(at_open.daily["nav"]) == [1000.0, 1060.0, 1100.0]
    assert list(at_close.daily["nav"]) == [1000.0, 1200.0, 1200.0]
    assert list(at_open.fills["as_of"]) == [day(1), day(2)]
    assert list(at_close.fills["as_of"]) == [day(1), day(2)]


def test_a_decision_at_the_last_close_is_not_filled() -> None:
    panel = panel_of({"BTC": [10.0, 10.0]})
    result = run(scenario_of(panel, Scripted(script={2: HALF})))
    assert list(result.decisions["outcome"]) == ["held", "approved"]
    assert result.fills.empty


@pytest.mark.parametrize(("fill", "known"), [("next_open", 39), ("same_close", 40)])
def test_impact_of_one_trade_uses_only_what_was_known_before_the_fill(fill: str, known: int) -> None:
    # decided at the close of bar 39 (40 visible), filled at the open of bar 40; or decided and filled at the
    # close of bar 40. Either way the last bar that may be used is the one whose close was visible.
    panel = sample_panel("SOL")
    visible, decided = known + 1, {"next_open": 40, "same_close": 41}[fill]
    million = Targets.spend({"SOL": 1_000_000.0}, "a million at once")
    costs = TradingCosts(fee_bps=10, half_spread_bps=5, impact_coefficient=0.8)
    scenario = scenario_of(panel, Scripted(("SOL",), {decided: million}), cash=2e6, fill=fill, trading=costs)
    result = run(scenario)

    closes = [float(value) for value in panel.close[:visible, 0]]
    moves = [math.log(b / a) for a, b in pairwise(closes)][-30:]
    traded = [float(v * c) for v, c in zip(panel.volume[:visible, 0], closes, strict=True)][-30:]
    sigma, adv = stdev(moves), sum(traded) / 30
    mid = float(panel.open[40, 0] if fill == "next_open" else panel.close[40, 0])
    trade = result.fills.iloc[0]
    at_mid = trade["units"] * mid
    impact = 0.8 * sigma * math.sqrt(at_mid / adv)

    assert 1e-4 < impact < 0.1
    assert trade["mid_price"] == mid
    assert trade["price"] == pytest.approx(mid * (1 + 0.0005 + impact), rel=1e-12)
    assert trade["impact_cost"] == pytest.approx(at_mid * impact, rel=1e-9)
    assert trade["adv_frac"] == pytest.approx(at_mid / adv, rel=1e-12)
    assert trade["notional"] * 1.001 == pytest.approx(1_000_000.0, rel=1e-12)
    assert last(result, "cash") == pytest.approx(1_000_000.0, rel=1e-12)


def test_a_calendar_in_bars_of_four_hours_and_a_week() -> None:
    for bar, rule, expected in (("4h", "daily", 3), ("1w", "monthly", 4), ("4h", "1d", 3)):
        panel = panel_of({"BTC": [10.0] * 14}, bar=bar, start="2024-01-01")
        result = run(scenario_of(panel, rule=Rule(rule)))
        assert len(result.decisions) == expected, (bar, rule)
