"""A monthly rebalanced portfolio of the five bundled coins, against the equity that `bt` computed.

`make_bt_reference.py` says how the reference was made. Without costs both do the same arithmetic, and only
float rounding is between them. With a commission they differ on purpose: `bt` takes the fee of each trade out
of the coin that is traded, we hold the weights of what is left after all fees. A month's fees are some 0.01 %
of NAV, so weights are apart by a part of that, and so are the returns of a month by a part of that again;
over sixty months it stays under 0.01 %. The last test proves that this convention is the whole difference.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.costs.trading import TradingCosts
from dat.strategy.when import Rule
from strategies.multi_asset import MultiAsset
from tests.scenarios import sample_panel, scenario_of

TOLERANCE = {"0": 1e-9, "10": 1e-4}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    text = Path(__file__).with_name("bt_monthly_fixed_weights.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.mark.parametrize("fee_bps", TOLERANCE)
def test_monthly_fixed_weights_equal_bt(reference: dict[str, Any], fee_bps: str) -> None:
    weights = reference["weights"]
    scenario = scenario_of(
        sample_panel(*weights),
        MultiAsset(tuple(weights), weights=weights),
        rule=Rule("monthly"),
        cash=reference["capital"],
        trading=TradingCosts(fee_bps=float(fee_bps)),
        fill="same_close",
    )
    nav = run(scenario).daily.set_index("as_of")["nav"]
    expected = pd.Series(reference["equity_by_fee_bps"][fee_bps])
    expected.index = pd.to_datetime(expected.index, utc=True)

    assert len(expected) == 62  # the first date, sixty firsts of a month, the last date
    apart = (nav.reindex(expected.index) / expected - 1).abs()
    assert apart.notna().all()
    assert apart.max() < TOLERANCE[fee_bps]


def test_fees_taken_from_each_coin_are_the_whole_difference(reference: dict[str, Any]) -> None:
    weights, fee = reference["weights"], 0.001
    panel, expected = sample_panel(*weights), reference["equity_by_fee_bps"]["10"]
    cash, held, equity = reference["capital"], dict.fromkeys(weights, 0.0), {}
    for at, row in zip(pd.DatetimeIndex(panel.as_of), panel.close.tolist(), strict=True):
        price = dict(zip(weights, row, strict=True))
        value = cash + sum(held[coin] * price[coin] for coin in weights)
        if at.day == 1 or not any(held.values()):
            for coin, weight in weights.items():
                outlay = weight * value - held[coin] * price[coin]  # fee included, on both sides
                held[coin] += outlay / (price[coin] * (1 + fee if outlay > 0 else 1 - fee))
                cash -= outlay
            value = cash + sum(held[coin] * price[coin] for coin in weights)
        equity[str(at.date())] = value
    assert {date: equity[date] for date in expected} == pytest.approx(expected, rel=1e-9)
