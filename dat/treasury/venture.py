"""Illiquid commitments: what was promised, what was called, marked at cost."""

import math
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import datetime

from dat.errors import InputError

__all__ = ["Commitment", "Venture"]


def _add_months(instant: datetime, months: int) -> datetime:
    month = instant.month - 1 + months
    year, month = instant.year + month // 12, month % 12 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise to fund a venture, paid in equal monthly calls.

    Parameters
    ----------
    deal
        Name of the venture; a deal is committed to once.
    amount
        Base currency, positive.
    calls
        Number of equal monthly calls, at least 1.
    sector
        Where it belongs in the ecosystem.

    Raises
    ------
    InputError
        When the amount is not a positive number, or there is no call.
    """

    deal: str
    amount: float
    calls: int
    sector: str = "unclassified"

    def __post_init__(self) -> None:
        if not 0.0 < self.amount < math.inf or self.calls < 1:
            raise InputError(
                f"deal {self.deal}: an amount above 0 and at least 1 call are needed; "
                f"got {self.amount} in {self.calls} calls"
            )


@dataclass(frozen=True, slots=True)
class Venture:
    """One commitment, called in equal monthly parts; the first a month after the promise.

    A part falls due on the day of the promise, or on the last day of a month that is shorter.

    Parameters
    ----------
    commitment
        What was promised.
    committed_at
        When.
    calls_made
        Parts that were called and paid.
    """

    commitment: Commitment
    committed_at: datetime
    calls_made: int = 0

    @property
    def called(self) -> float:
        """Paid in so far, base currency; also the mark, at cost."""
        return self.commitment.amount * self.calls_made / self.commitment.calls

    @property
    def unfunded(self) -> float:
        """Promised and not yet called, base currency."""
        return self.commitment.amount - self.called

    def due(self, as_of: datetime) -> float:
        """What has fallen due by `as_of` and is not paid, base currency."""
        dates = (_add_months(self.committed_at, n + 1) for n in range(self.calls_made, self.commitment.calls))
        return self.commitment.amount * sum(date <= as_of for date in dates) / self.commitment.calls

    def pay_one(self) -> "Venture":
        """Give the venture with one more part paid."""
        return replace(self, calls_made=self.calls_made + 1)
