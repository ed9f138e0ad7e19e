"""What a rule says: plain postings, and what is to happen to coins. `Books` turns it into an entry."""

from decimal import Decimal
from typing import NamedTuple

__all__ = ["Acquire", "Carry", "Dispose", "Lose", "Post", "Step", "Undo"]


class Post(NamedTuple):
    """One line of an entry: a debit is positive, a credit negative."""

    account: str
    commodity: str
    amount: Decimal


class Acquire(NamedTuple):
    """Coins come in at a cost in the base currency: a new lot. Its base legs sum to plus `cost`."""

    account: str
    commodity: str
    units: Decimal
    cost: Decimal


class Dispose(NamedTuple):
    """Coins leave for proceeds in the base currency: lots are drawn, the gain is realised.

    Its base legs sum to minus `proceeds`.
    """

    account: str
    commodity: str
    units: Decimal
    proceeds: Decimal
    lots: tuple[str, ...] = ()


class Lose(NamedTuple):
    """Coins leave for nothing: their cost becomes an expense. Its base legs sum to 0."""

    account: str
    commodity: str
    units: Decimal
    expense: str
    lots: tuple[str, ...] = ()


class Carry(NamedTuple):
    """Coins move between two accounts of the treasury; their lots, with cost and date, go with them."""

    account: str
    to_account: str
    commodity: str
    units: Decimal
    lots: tuple[str, ...] = ()


class Undo(NamedTuple):
    """Put back the lots that an entry moved; its postings are reversed beside this."""

    number: int


Step = Post | Acquire | Dispose | Lose | Carry | Undo
