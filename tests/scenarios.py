"""Tiny markets and treasuries for tests: panels from lists of prices, strategies that follow a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dat.adapters.sample import SampleBarStore
from dat.backtest.result import RunResult
from dat.backtest.scenario import Policy, Scenario
from dat.core.time import BarSize, parse_instant
from dat.mandate.mandate import Mandate
from dat.market.bars import BarKey
from dat.market.panel import Panel, align_bars
from dat.market.series import Floats
from dat.orders.book import Book
from dat.orders.targets import Targets
from dat.strategy import Needs, Strategy, Window
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan

NAN = float("nan")
DAY = timedelta(days=1)
Prices = Mapping[str, Sequence[float] | Floats]


def day(number: int) -> datetime:
    """Give midnight that opens bar `number` of a panel made here; also the close of the bar before."""
    return datetime(2024, 1, 1, tzinfo=UTC) + number * DAY


def panel_of(
    close: Prices,
    *,
    open_: Prices | None = None,
    volume: Prices | None = None,
    start: str = "2024-01-01",
    bar: str = "1d",
) -> Panel:
    """Make bars from closes; a bar opens at the last close unless said otherwise."""
    closes = _matrix(close)
    opens = _opens(closes) if open_ is None else _matrix(open_)
    volumes = np.where(np.isnan(closes), np.nan, 1e6) if volume is None else _matrix(volume)
    size = BarSize(bar)
    first = np.datetime64(parse_instant(start).replace(tzinfo=None), "us")
    times = first + np.arange(len(closes)) * np.timedelta64(size.delta)
    high, low = np.maximum(opens, closes), np.minimum(opens, closes)
    return Panel(tuple(close), size, times, open=opens, high=high, low=low, close=closes, volume=volumes)


def _matrix(prices: Prices) -> Floats:
    return np.array(list(prices.values()), dtype=np.float64).T.copy()


def _opens(closes: Floats) -> Floats:
    before = np.vstack([closes[:1], pd.DataFrame(closes).ffill().to_numpy()[:-1]])
    return np.where(np.isnan(closes), np.nan, np.where(np.isnan(before), closes, before))


@dataclass(frozen=True)
class Scripted:
    """Answer by the number of visible bars: `script[1]` after the first bar; hold where nothing is said."""

    assets: tuple[str, ...] = ("BTC",)
    script: Mapping[int, Targets] = field(default_factory=dict)
    always: Targets | None = None

    @property
    def needs(self) -> Needs:
        return Needs(self.assets)

    def decide(self, window: Window, book: Book) -> Targets:
        return self.script.get(len(window), self.always or Targets.hold("nothing is written"))


def scenario_of(panel: Panel, strategy: Strategy | None = None, **changes: Any) -> Scenario:
    """Make a treasury of 1000 in cash that asks at every bar, pays nothing and may do anything."""
    rule = changes.pop("rule", Rule("bar"))
    mandate = changes.pop("mandate", Mandate(panel.assets, illiquid_max_frac=1.0, deal_max_frac=1.0))
    capital = changes.pop("capital", CapitalPlan(changes.pop("cash", 1000.0)))
    policy = Policy(strategy or Scripted(panel.assets), rule, mandate)
    facts = {"treasury": "Test", "mode": "passive", "base": "USD", "core": panel.assets[0]} | changes
    return Scenario(panel=panel, policy=policy, capital=capital, **facts)


def sample_panel(*assets: str, venue: str = "binance", quote: str = "USDT") -> Panel:
    """Align bundled daily bars."""
    store, size = SampleBarStore(), BarSize("1d")
    return align_bars({a: store.read(BarKey(venue, f"{a}/{quote}", size)) for a in assets}, size)


def last(result: RunResult, column: str) -> float:
    """Give the last value of a column of the daily table."""
    return float(result.daily[column].iloc[-1])


def units(result: RunResult, asset: str, state: str = "liquid") -> list[float]:
    """Give the units of an asset at each close."""
    rows = result.holdings[result.holdings["asset"] == asset]
    return [float(value) for value in rows[state]]
