"""Multi-asset weights by hand: an outage drops a row, not a coin; a late coin waits."""

import numpy as np
import pytest

from dat.market.panel import Panel
from dat.strategy import Book, Targets, Window
from strategies.multi_asset import MultiAsset
from tests.scenarios import day, panel_of

# Returns of +-1 % and +-3 % alternate: volatilities stand 1 to 3, so inverse weights are 3/4 and 1/4.
SMALL = list(100.0 * np.exp(np.cumsum(np.tile([0.01, -0.01], 10))))
LARGE = list(100.0 * np.exp(np.cumsum(np.tile([0.03, -0.03], 10))))


def answer(strategy: MultiAsset, panel: Panel) -> Targets:
    marks = dict(zip(panel.assets, panel.marks[-1].tolist(), strict=True))
    nothing = dict.fromkeys(panel.assets, 0.0)
    return strategy.decide(Window(panel, len(panel)), Book(day(1), 1000.0, nothing, nothing, marks))


def test_a_missing_bar_drops_a_row_and_not_a_coin() -> None:
    small = [*SMALL]
    small[9] = small[10] = float("nan")
    strategy = MultiAsset(assets=("A", "B"), method="inverse_volatility", lookback_bars=20)
    targets = answer(strategy, panel_of({"A": small, "B": LARGE}))
    assert targets.kind == "weights"
    assert targets.amounts == pytest.approx({"A": 0.75, "B": 0.25}, abs=1e-9)


def test_a_coin_with_too_few_closes_waits() -> None:
    small = [float("nan")] * 3 + SMALL[3:]
    strategy = MultiAsset(assets=("A", "B"), method="inverse_volatility", lookback_bars=20)
    targets = answer(strategy, panel_of({"A": small, "B": LARGE}))
    assert targets.amounts == {"A": 0.0, "B": 1.0}
    assert "A not yet known" in targets.reason


def test_with_too_little_history_it_holds() -> None:
    strategy = MultiAsset(assets=("A", "B"), method="inverse_volatility", lookback_bars=30)
    assert answer(strategy, panel_of({"A": SMALL, "B": LARGE})).kind == "hold"
