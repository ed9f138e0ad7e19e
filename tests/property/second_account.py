"""What the second implementation of a run keeps: an account, its deals, and what was recorded."""

from dataclasses import dataclass, field
from datetime import datetime

from dat.orders.targets import Targets
from dat.treasury.venture import Commitment

__all__ = ["Account", "Deal"]


@dataclass
class Deal:
    promise: Commitment
    at: datetime
    paid: int = 0

    @property
    def part(self) -> float:
        return self.promise.amount / self.promise.calls

    def unpaid_by(self, when: datetime) -> int:
        return sum(month_after(self.at, n) <= when for n in range(self.paid + 1, self.promise.calls + 1))


@dataclass
class Account:
    """State of the treasury, and what was recorded of it."""

    cash: float
    shares: float
    liquid: dict[str, float]
    staked: dict[str, float]
    unbonding: dict[str, float]
    mark: dict[str, float]
    payable: float = 0.0
    queue: list[float] = field(default_factory=list)
    released: float = 0.0
    refused: float = 0.0
    returning: list[tuple[datetime, str, float]] = field(default_factory=list)
    deals: dict[str, Deal] = field(default_factory=dict)
    owed_calls: float = 0.0
    answered_calls: float = 0.0
    asked_at: datetime | None = None
    approved: Targets | None = None
    orders: list[Targets] = field(default_factory=list)
    navs: list[float] = field(default_factory=list)
    cashes: list[float] = field(default_factory=list)
    held: list[dict[str, float]] = field(default_factory=list)
    costs: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("fee", "spread", "impact"), 0.0))
    fills: list[tuple[int, str, float]] = field(default_factory=list)
    decisions: list[tuple[int, str, str]] = field(default_factory=list)
    paid_calls: list[tuple[str, float]] = field(default_factory=list)
    passed_limits: list[tuple[int, str]] = field(default_factory=list)

    def units(self, asset: str) -> float:
        return self.liquid[asset] + self.staked[asset] + self.unbonding[asset]

    def coins(self) -> float:
        return sum(self.units(a) * self.mark[a] for a in self.liquid if self.units(a) > 0)

    def nav(self) -> float:
        ventures = sum(deal.part * deal.paid for deal in self.deals.values())
        return self.coins() + self.cash + ventures - self.payable

    def free_cash(self) -> float:
        return self.cash - sum(self.queue) - self.payable - self.owed_calls

    def ordered(self) -> dict[str, float]:
        """Money that purchases wait to spend."""
        return {
            x: n for order in self.orders if order.kind == "spend" for x, n in order.amounts.items() if n > 0
        }

    def liquid_nav(self) -> float:
        return max(0.0, self.free_cash() + self.coins())

    def weights(self) -> dict[str, float]:
        total = self.liquid_nav()
        return {
            x: self.units(x) * self.mark[x] / total if self.units(x) and total else 0.0 for x in self.liquid
        }


def month_after(start: datetime, months: int) -> datetime:
    """Step by months, to the last day of a shorter month."""
    index = start.year * 12 + start.month - 1 + months
    day = start.day
    while True:
        try:
            return start.replace(year=index // 12, month=index % 12 + 1, day=day)
        except ValueError:
            day -= 1
