"""What a treasury holds at one instant, as a strategy and the mandate see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dat.orders.targets import Targets

__all__ = ["Book", "LastDecision"]


@dataclass(frozen=True, slots=True)
class LastDecision:
    """The latest decision for which the strategy was asked, and what it wanted."""

    as_of: datetime
    targets: Targets


@dataclass(frozen=True, slots=True)
class Book:
    """Holdings, cash and promises at the close of a bar; marks are the last known closes.

    Parameters
    ----------
    inception
        The first instant at which the treasury could decide.
    cash
        Base currency in the bank, all of it.
    liquid, locked
        Units by asset that can be sold; units that are staked or unbonding.
    price
        Mark by asset; nan before an asset has its first bar.
    reserved
        Cash from an issuance that is not yet released for deployment.
    released
        New money that is released for deployment and not yet deployed; part of `cash`.
    payable
        Expenses that are due and not yet paid; a liability of NAV.
    calls_due
        Capital calls that are due and not yet paid; they become a venture at cost, so NAV does not fall.
    venture_value, unfunded
        Ventures at cost, and what is committed to them but not yet called.
    committed
        Names of the deals that were committed to, oldest first.
    calls_soon
        Capital calls that fall due in the next 31 days.
    shares
        Shares outstanding; 0 when the treasury counts none.
    last
        The latest decision, or None before the first.
    approved
        The latest approved targets; None before the first.
    calls_unanswered
        The part of `calls_due` that no decision has answered yet.
    ordered
        By asset: money that approved purchases still wait to spend; no part of `spendable`.
    scheduled
        Whether the calendar is due; not when an obligation or a band alone asks.
    """

    inception: datetime
    cash: float
    liquid: Mapping[str, float]
    locked: Mapping[str, float]
    price: Mapping[str, float]
    reserved: float = 0.0
    released: float = 0.0
    payable: float = 0.0
    calls_due: float = 0.0
    venture_value: float = 0.0
    unfunded: float = 0.0
    committed: tuple[str, ...] = ()
    calls_soon: float = 0.0
    shares: float = 0.0
    last: LastDecision | None = None
    approved: Targets | None = None
    calls_unanswered: float = 0.0
    ordered: Mapping[str, float] = field(default_factory=dict)
    scheduled: bool = True

    def units(self, asset: str) -> float:
        """Units of an asset in every state."""
        return self.liquid.get(asset, 0.0) + self.locked.get(asset, 0.0)

    def value(self, asset: str) -> float:
        """Units times mark; 0 where nothing is held."""
        units = self.units(asset)
        return units * self.price[asset] if units else 0.0

    @property
    def coin_value(self) -> float:
        """Value of all coins, base currency."""
        return sum(self.value(asset) for asset in self.liquid)

    @property
    def spendable(self) -> float:
        """Cash that is not reserved, owed or ordered for; negative when there is less cash than that."""
        return self.cash - self.reserved - self.payable - self.calls_due - sum(self.ordered.values())

    @property
    def liquid_nav(self) -> float:
        """Spendable and ordered cash and coins, at least 0: what weights are fractions of."""
        return max(0.0, self.spendable + sum(self.ordered.values()) + self.coin_value)

    @property
    def nav(self) -> float:
        """Net asset value: coins, cash and ventures at cost, less what is payable."""
        return self.coin_value + self.cash + self.venture_value - self.payable

    def weights(self) -> dict[str, float]:
        """Each asset's share of liquid NAV; all 0 when there is none."""
        total = self.liquid_nav
        return {asset: self.value(asset) / total if total > 0 else 0.0 for asset in self.liquid}
