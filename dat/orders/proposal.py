"""A decision that passed through rule and mandate: what would be traded, and why or why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dat.orders.targets import Targets

__all__ = ["Breach", "Outcome", "Proposal"]

Outcome = Literal["approved", "held", "within_band", "denied"]


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule of the mandate that a proposal would break."""

    rule: str
    asset: str
    value: float
    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was decided at `as_of`, on which inputs, and whether it may be traded.

    Parameters
    ----------
    as_of
        Close of the bar on which the decision rests.
    targets
        What is asked for, with what becomes of new money.
    trigger
        Why a decision was due: calendar, band, new money, or obligation.
    inputs_hash
        Hash of all that was visible and of the book.
    outcome
        `approved` is traded; `held` asked for nothing; `within_band` was not worth a trade;
        `denied` broke the mandate.
    answer
        What the strategy itself asked for; to hold, when new money alone made the proposal.
    breaches
        The rules broken, when denied.
    """

    as_of: datetime
    targets: Targets
    trigger: str
    inputs_hash: str
    outcome: Outcome
    answer: Targets
    breaches: tuple[Breach, ...] = ()
