"""Lump sum and periodic purchases on real bars, against arithmetic written out and against pandas."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.costs.trading import TradingCosts
from dat.strategy.when import Rule
from strategies.passive import Passive
from tests.bench.inputs import daily_closes
from tests.scenarios import last, panel_of, sample_panel, scenario_of, units

CASH = 1_000_000.0
CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT)


@pytest.mark.parametrize(
    ("asset", "fee_bps", "half_spread_bps"), [("BTC", 0, 0), ("BTC", 10, 5), ("BNB", 10, 5), ("XRP", 25, 0)]
)
def test_lump_sum_is_units_times_price_to_the_cent(asset: str, fee_bps: int, half_spread_bps: int) -> None:
    panel = sample_panel(asset)
    costs = TradingCosts(fee_bps, half_spread_bps)
    result = run(scenario_of(panel, Passive(asset), cash=CASH, trading=costs))

    second_open, last_close = Decimal(str(panel.open[1, 0])), Decimal(str(panel.close[-1, 0]))
    spread, fee = Decimal(half_spread_bps) / 10_000, Decimal(fee_bps) / 10_000
    bought = Decimal(1_000_000) / (second_open * (1 + spread)) / (1 + fee)

    assert len(result.fills) == 1
    assert cents(Decimal(last(result, "nav"))) == cents(bought * last_close)
    assert Decimal(units(result, asset)[-1]) == pytest.approx(bought, rel=Decimal("1e-14"))
    assert last(result, "cash") == 0.0
    paid_fee = bought * second_open * (1 + spread) * fee
    assert cents(Decimal(result.costs["fee"])) == cents(paid_fee)
    assert cents(Decimal(result.costs["spread"])) == cents(bought * second_open * spread)


def test_lump_sum_spends_at_the_close_itself_only_by_name() -> None:
    panel = panel_of({"BTC": [100.0, 110.0, 120.0]}, open_={"BTC": [99.0, 104.0, 111.0]})
    at_open = run(scenario_of(panel, Passive(), cash=1040.0))
    at_close = run(scenario_of(panel, Passive(), cash=1000.0, fill="same_close"))
    assert list(at_open.daily["nav"]) == [1040.0, 1100.0, 1200.0]  # 10 coins at 104, at the second bar
    assert list(at_close.daily["nav"]) == [1000.0, 1100.0, 1200.0]  # 10 coins at 100, at the first close
    assert [str(at) for at in at_open.fills["as_of"]] == ["2024-01-02 00:00:00+00:00"]
    assert [str(at) for at in at_close.fills["as_of"]] == ["2024-01-02 00:00:00+00:00"]


@pytest.mark.parametrize("calendar", ["7d", "weekly", "monthly"])
def test_periodic_purchase_equals_pandas(calendar: str) -> None:
    panel = sample_panel("BTC")
    strategy = Passive("BTC", policy="periodic", amount=100.0)
    result = run(
        scenario_of(
            panel,
            strategy,
            rule=Rule(calendar),
            cash=60_000.0,
            trading=TradingCosts(fee_bps=10, half_spread_bps=5),
        )
    )

    instants = pd.DatetimeIndex(panel.as_of)
    bars = pd.DataFrame({"open": panel.open[:, 0], "close": panel.close[:, 0]}, index=instants)
    period = {
        "7d": pd.Series(np.arange(len(bars)) // 7, index=instants),
        "weekly": pd.Series(instants.to_period("W-SUN"), index=instants),
        "monthly": pd.Series(instants.to_period("M"), index=instants),
    }[calendar]
    decided = ~period.duplicated()
    filled = decided.shift(1, fill_value=False)
    coins = (filled * 100.0 / (bars["open"] * 1.0005 * 1.001)).cumsum()
    nav = 60_000.0 - 100.0 * filled.cumsum() + coins * bars["close"]

    assert filled.sum() == len(result.fills) > 50
    np.testing.assert_allclose(result.daily["nav"], nav, rtol=1e-9)
    np.testing.assert_allclose(units(result, "BTC"), coins, rtol=1e-9)


def test_weekly_purchase_of_the_benchmark_ends_where_vectorbt_bt_and_backtrader_end() -> None:
    # 60,000 of cash; each seventh close, the first included, buys coins for 100 and pays the fee on top:
    # 100.10 a time, 522 times. What the three print is 194,538.791312.
    panel = panel_of({"A000": daily_closes()[:, 0]}, start="2015-01-01")
    strategy = Passive("A000", policy="periodic", amount=100.0 * 1.001)
    costs = TradingCosts(fee_bps=10)
    result = run(
        scenario_of(panel, strategy, rule=Rule("7d"), cash=60_000.0, trading=costs, fill="same_close")
    )
    assert len(result.fills) == 522
    assert round(last(result, "nav"), 6) == 194_538.791312
    assert last(result, "cash") == pytest.approx(60_000.0 - 522 * 100.10, rel=1e-12)
