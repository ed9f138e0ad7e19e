"""The public battery on the four modes, and proof that it catches what it is for."""

from dataclasses import dataclass

import numpy as np
import pytest

from dat.errors import StrategyError
from dat.strategy import Book, Floats, Needs, PriceStrategy, Strategy, Targets, Window, param
from dat.strategy.conformance import CHECKS, check_all, make_world
from strategies.active import Active
from strategies.ecosystem import Ecosystem
from strategies.multi_asset import MultiAsset
from strategies.passive import Passive

DEAL = {"name": "Fund I", "sector": "L2", "nav_frac": 0.05, "from": "2021-01-15", "calls": 12}
STRATEGIES: dict[str, Strategy] = {
    "passive lump sum": Passive(),
    "passive periodic": Passive(policy="periodic", amount=100.0),
    "passive deploy all": Passive(policy="deploy_all", keep_cash=10.0),
    "active": Active(fast_bars=3, slow_bars=10, exposure_min=0.2),
    "fixed": MultiAsset(assets=("BTC", "ETH", "SOL"), weights={"BTC": 0.5, "ETH": 0.3, "SOL": 0.2}),
    "inverse volatility": MultiAsset(
        assets=("BTC", "ETH", "SOL"), method="inverse_volatility", lookback_bars=20
    ),
    "minimum variance": MultiAsset(assets=("BTC", "ETH", "SOL"), method="minimum_variance", lookback_bars=20),
    "ecosystem": Ecosystem(core_frac=0.7, sleeve={"SOL": 0.1}, deals=(DEAL,)),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_strategy_conforms(name: str, check: str) -> None:
    strategy = STRATEGIES[name]
    CHECKS[check](strategy, make_world(strategy))  # raises when it fails


@dataclass(frozen=True)
class PeeksThroughBase:
    asset: str = param("BTC", "coin")

    @property
    def needs(self) -> Needs:
        return Needs((self.asset,))

    def decide(self, window: Window, book: Book) -> Targets:
        everything = window.close.base
        assert everything is not None
        return Targets.weights({self.asset: float(everything.ravel()[-1] > window.close[-1, 0])}, "I saw it")


@dataclass(frozen=True)
class ForgetsItsLookback(PeeksThroughBase):
    def decide(self, window: Window, book: Book) -> Targets:
        return Targets.weights({self.asset: 0.5 if len(window) > 30 else 0.4}, "long memory")


@dataclass
class ChangesItsMind:
    asked: int = 0

    @property
    def needs(self) -> Needs:
        return Needs(("BTC",))

    def decide(self, window: Window, book: Book) -> Targets:
        self.asked += 1
        return Targets.weights({"BTC": 0.1 * (self.asked % 2)}, "coin toss")


@dataclass(frozen=True)
class ShiftsItsArray(PriceStrategy):
    @property
    def needs(self) -> Needs:
        return Needs(("BTC",), lookback_bars=3)

    def weights(self, close: Floats) -> Floats:
        mean = np.nanmean(close)  # of the whole array: row t sees later rows
        return np.where(close > mean, 1.0, 0.0)


@dataclass(frozen=True)
class DividesByTheGap(PeeksThroughBase):
    def decide(self, window: Window, book: Book) -> Targets:
        return Targets.units({self.asset: 1e6 / float(window.close[-1, 0])}, "no care for gaps")


@pytest.mark.parametrize(
    ("strategy", "complaint"),
    [
        (PeeksThroughBase(), "answers differently"),
        (ForgetsItsLookback(), "lookback"),
        (ChangesItsMind(), "answers differently"),
        (ShiftsItsArray(), "answers differently"),
        (DividesByTheGap(), "nan"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_battery_catches(strategy: Strategy, complaint: str) -> None:
    with pytest.raises(StrategyError, match=complaint):
        check_all(strategy)


@dataclass(frozen=True)
class ReadsASeries(PeeksThroughBase):
    @property
    def needs(self) -> Needs:
        return Needs((self.asset,), lookback_bars=5, series=("apr",))

    def decide(self, window: Window, book: Book) -> Targets:
        known = window.series("apr")
        weight = min(1.0, float(known[-1]) * 10) if len(known) else 0.0
        return Targets.weights({self.asset: weight}, "the rate says so", staked_frac={self.asset: weight})


@dataclass(frozen=True)
class PeeksForItsStake(ReadsASeries):
    def decide(self, window: Window, book: Book) -> Targets:
        everything = window.close.base
        assert everything is not None
        staked = float(everything.ravel()[-1] > window.close[-1, 0])
        return Targets.weights({self.asset: 0.5}, "I saw it", staked_frac={self.asset: staked})


@dataclass(frozen=True)
class PeeksIntoASeries(ReadsASeries):
    def decide(self, window: Window, book: Book) -> Targets:
        everything = window.series("apr").base
        assert everything is not None
        return Targets.weights({self.asset: float(everything[-1] > everything[0])}, "I saw it")


def test_battery_accepts_a_strategy_that_reads_a_series() -> None:
    strategy = ReadsASeries()
    check_all(strategy)
    assert strategy.needs.series == ("apr",)


@pytest.mark.parametrize("strategy", [PeeksForItsStake(), PeeksIntoASeries()], ids=["stake", "series"])
def test_battery_catches_a_peek_beside_the_weights(strategy: Strategy) -> None:
    with pytest.raises(StrategyError, match="answers differently"):
        check_all(strategy)
