"""What a simulated treasury holds while a run steps through time. The only mutable object of the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from dat.backtest.scenario import Scenario
from dat.market.series import Floats
from dat.orders.book import Book, LastDecision
from dat.orders.targets import Targets
from dat.treasury.venture import Venture

__all__ = ["State", "start_state"]


@dataclass(slots=True)
class State:
    """Holdings by asset column, cash, shares, promises; arrays have shape (assets,)."""

    assets: tuple[str, ...]
    inception: datetime
    cash: float
    liquid: Floats
    staked: Floats
    unbonding: Floats
    mark: Floats
    shares: float
    payable: float = 0.0
    reserved: list[float] = field(default_factory=list)  # parts of new money, one released a day
    released: float = 0.0
    refused: float = 0.0  # new money that the mandate refused; tried again at the next date of the calendar
    returning: list[tuple[datetime, int, float]] = field(default_factory=list)  # (free at, column, units)
    ventures: dict[str, Venture] = field(default_factory=dict)
    calls_due: float = 0.0
    calls_answered: float = 0.0
    last: LastDecision | None = None
    approved: Targets | None = None

    @property
    def units(self) -> Floats:
        """Units in every state."""
        return self.liquid + self.staked + self.unbonding

    @property
    def coin_value(self) -> float:
        """Value of all coins at the marks; an asset that is not held counts 0 even without a mark."""
        units = self.units
        return float(np.where(units > 0, units * self.mark, 0.0).sum())

    @property
    def venture_value(self) -> float:
        """Ventures at cost."""
        return sum(venture.called for venture in self.ventures.values())

    @property
    def unfunded(self) -> float:
        """Promised to ventures and not called."""
        return sum(venture.unfunded for venture in self.ventures.values())

    @property
    def nav(self) -> float:
        """Coins, cash and ventures at cost, less what is payable."""
        return self.coin_value + self.cash + self.venture_value - self.payable

    @property
    def spendable(self) -> float:
        """Cash that is neither reserved nor owed; negative when more is owed than held."""
        return self.cash - sum(self.reserved) - self.payable - self.calls_due

    def book(self, calls_soon: float, ordered: Mapping[str, float]) -> Book:
        """Give what strategy, rule and mandate may see."""
        return Book(
            self.inception,
            self.cash,
            self._by_asset(self.liquid),
            self._by_asset(self.staked + self.unbonding),
            self._by_asset(self.mark),
            reserved=sum(self.reserved),
            released=self.released,
            payable=self.payable,
            calls_due=self.calls_due,
            venture_value=self.venture_value,
            unfunded=self.unfunded,
            committed=tuple(self.ventures),
            calls_soon=calls_soon,
            shares=self.shares,
            last=self.last,
            approved=self.approved,
            calls_unanswered=self.calls_due if self.calls_due > self.calls_answered else 0.0,
            ordered=ordered,
        )

    def _by_asset(self, values: Floats) -> dict[str, float]:
        return dict(zip(self.assets, values.tolist(), strict=True))


def start_state(scenario: Scenario, inception: datetime) -> State:
    """Give the state before the first bar: cash and shares, no coins."""
    zeros = np.zeros(len(scenario.panel.assets))
    return State(
        scenario.panel.assets,
        inception,
        cash=scenario.capital.cash_start,
        liquid=zeros,
        staked=zeros.copy(),
        unbonding=zeros.copy(),
        mark=np.full(len(zeros), np.nan),
        shares=scenario.capital.shares_start,
    )
