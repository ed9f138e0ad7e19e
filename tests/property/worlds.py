"""Random treasuries in random markets, for the engine and its second implementation; one seed, one world."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, TypeVar

import numpy as np

from dat.backtest.scenario import Lot, Scenario
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.mandate.mandate import Mandate
from dat.market.panel import Panel
from dat.market.series import Floats
from dat.orders.targets import Kind, Targets
from dat.strategy.when import CALENDARS, Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from tests.scenarios import Scripted, panel_of, scenario_of

__all__ = ["make_world"]

NAMES = ("BTC", "ETH", "BNB", "SOL")
T = TypeVar("T")


class _Dice:
    """Draws by name of what is drawn, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def one_of(self, *choices: T) -> T:
        return choices[int(self.rng.integers(len(choices)))]

    def happens(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def count(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def some_of(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.happens(0.7)] or [names[0]]


def make_world(seed: int) -> Scenario:
    """Make a treasury that may meet everything at once."""
    dice = _Dice(seed)
    panel = _panel(dice)
    assets, free = panel.assets, dice.happens(0.3)
    mandate = Mandate(
        assets,
        weight_max={assets[0]: dice.one_of(0.4, 0.9, 1.0, 1.0)},
        cash_min_frac=dice.one_of(0.0, 0.0, 0.1),
        illiquid_max_frac=0.9,
        deal_max_frac=0.6,
    )
    return scenario_of(
        panel,
        _strategy(dice, panel),
        rule=_rule(dice),
        mandate=mandate,
        capital=_capital(dice, panel),
        lots=_lots(dice, assets),
        staking={a: StakingTerms(None, 0.2, dice.one_of(0.0, 2.5, 7.0), 0.1) for a in assets},
        fill=dice.one_of("next_open", "next_open", "same_close"),
        trading=TradingCosts() if free else _trading(dice),
        running=RunningCosts() if free else _running(dice),
    )


def _lots(dice: _Dice, assets: tuple[str, ...]) -> dict[str, Lot]:
    some = [asset for asset in assets if dice.happens(0.3)]
    return {asset: Lot(dice.one_of(0.0, 0.1, 0.25, 1.0), dice.one_of(0.0, 7.77)) for asset in some}


def _panel(dice: _Dice) -> Panel:
    rng, rows, count = dice.rng, dice.count(2, 60), dice.count(1, 4)
    close, shape = _prices(dice, rows, count), (rows, count)
    opens = close * rng.choice([1.0, 1.0, 0.97, 1.05], shape)
    holes = rng.random(shape) < dice.one_of(0.0, 0.0, 0.1, 0.5)
    holes |= np.arange(rows)[:, None] < rng.integers(0, dice.one_of(1, 1, rows), count)
    holes[-1, 0] = False
    volume = rng.lognormal(13.0, 1.0, shape)  # the largest trade moves a price by some percent
    columns = [np.where(holes, np.nan, values).T for values in (close, opens, volume)]
    close_of, open_of, volume_of = (dict(zip(NAMES, values, strict=False)) for values in columns)
    size = dice.one_of("1d", "1d", "1d", "8h", "1w")
    return panel_of(close_of, open_=open_of, volume=volume_of, start="2024-01-20", bar=size)


def _prices(dice: _Dice, rows: int, count: int) -> Floats:
    """Walks; or jumps between three values, or one value, so that ties are exact."""
    walk = np.exp(np.cumsum(dice.rng.normal(0.0, 0.05, (rows, count)), axis=0))
    grid = dice.rng.choice([8.0, 16.0, 32.0], (rows, count))
    scale = dice.rng.uniform(0.5, 200.0, count)
    return dice.one_of(walk * scale, walk * scale, grid, np.full((rows, count), 16.0))


def _strategy(dice: _Dice, panel: Panel) -> Scripted:
    script = {n: _targets(dice, panel.assets) for n in range(1, len(panel) + 1) if dice.happens(0.4)}
    return Scripted(panel.assets, script, _targets(dice, panel.assets) if dice.happens(0.5) else None)


def _targets(dice: _Dice, assets: tuple[str, ...]) -> Targets:
    kind: Kind = dice.one_of("weights", "weights", "weights", "units", "spend", "spend", "hold")
    named = dice.some_of(assets)
    if kind == "hold":
        return Targets.hold("hold")
    if kind == "units":
        return Targets.units({a: dice.one_of(0.0, 0.5, 2.0, 7.0) for a in named}, "units")
    if kind == "spend":
        return Targets.spend({a: dice.one_of(0.0, 33.0, 250.0, 5000.0) for a in named}, "spend")
    parts = {a: dice.count(0, 4) for a in named}
    total = (sum(parts.values()) + dice.count(0, 2)) or 1
    return Targets.weights(
        {a: part / total for a, part in parts.items()},
        "weights",
        staked_frac={a: dice.one_of(0.0, 0.3, 1.0) for a in named if dice.happens(0.3)},
        commitments=(_promise(dice),) * dice.count(1, 2) if dice.happens(0.15) else (),
    )


def _promise(dice: _Dice) -> Commitment:
    deal, amount = dice.one_of("Fund I", "Fund II", "SAFT"), dice.one_of(30.0, 120.0, 700.0)
    return Commitment(deal, amount, dice.count(1, 3))


def _rule(dice: _Dice) -> Rule:
    calendar = dice.one_of("bar", "bar", "daily", "weekly", *CALENDARS, "3d", "7d")
    bands = dice.one_of(None, None, 0.0317, 0.1013), dice.one_of(None, None, 0.0317, 0.1013)
    return Rule(calendar, *bands, dice.one_of("filter", "trigger"))


def _capital(dice: _Dice, panel: Panel) -> CapitalPlan:
    first = panel.open_time[0].item().replace(tzinfo=UTC)
    contributions = tuple(
        Contribution(
            first + timedelta(days=dice.count(0, 60)),
            dice.one_of(0.0, 100.0, 777.0),
            dice.one_of(0.0, 10.0),
            dice.one_of(0, 1, 3),
        )
        for _ in range(dice.one_of(0, 0, 3))
    )
    atm = AtmRule(1.2, dice.one_of(0.01, 0.2), dice.one_of(1, 4, 40), dice.one_of(0.0, 200.0))
    return CapitalPlan(
        cash_start=dice.one_of(0.0, 1000.0, 2000.0, 12_345.67),
        shares_start=dice.one_of(0.0, 100.0),
        contributions=contributions,
        atm=dice.one_of(None, atm),
        mnav=dice.one_of(None, 0.9, 1.2, 2.5),
    )


def _trading(dice: _Dice) -> TradingCosts:
    return TradingCosts(dice.one_of(0.0, 10.0, 100.0), dice.one_of(0.0, 5.0), dice.one_of(0.0, 0.5))


def _running(dice: _Dice) -> RunningCosts:
    rates: dict[str, Any] = {
        "fixed_per_year": dice.one_of(0.0, 365.0, 36_500.0),
        "per_decision": dice.one_of(0.0, 1.0),
        "nav_bps_per_year": dice.one_of(0.0, 100.0),
        "cash_rate_per_year": dice.one_of(0.0, 0.05),
    }
    return RunningCosts(**rates)
