"""An entry: postings that sum to 0 in every commodity, the lots it moved, and its place in the hash chain."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from dat.core.money import EXACT, plain
from dat.core.time import epoch_us
from dat.errors import LedgerError
from dat.ledger.accounts import ROUNDING
from dat.ledger.commodity import AMOUNT_MAX, Commodity
from dat.ledger.event import Event
from dat.ledger.step import Post as Posting

__all__ = [
    "GENESIS",
    "Entry",
    "Head",
    "LotMove",
    "MoveRow",
    "Posting",
    "PostingRow",
    "Rows",
    "balanced",
    "entry_hash",
    "move_rows",
    "posting_rows",
]

GENESIS = "0" * 64
"""What the first entry takes for the hash of the one before."""


class LotMove(NamedTuple):
    """Units and cost that a lot gains or loses in an account; cost is in the base currency.

    Parameters
    ----------
    account, commodity
        Where, and of what.
    units, cost
        Signed change.
    lot
        Name of the lot: `source_id` of the event that acquired it.
    acquired_us
        When it was acquired, microseconds since 1970; it stays when the lot is carried elsewhere.
    """

    account: str
    commodity: str
    units: Decimal
    cost: Decimal
    lot: str
    acquired_us: int


class Head(NamedTuple):
    """End of the chain: how many entries there are, and the hash of the last."""

    number: int = 0
    hash: str = GENESIS


PostingRow = tuple[str, str, str]
MoveRow = tuple[str, str, str, str, str, int]
Rows = tuple[list[PostingRow], list[MoveRow]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the books. Never edited: a correction is a new entry that points at the old.

    Parameters
    ----------
    number
        Place in the books, from 1 without gaps.
    recorded_at
        When it was recorded, aware UTC.
    event
        What happened.
    event_text
        The event as canonical JSON.
    postings
        They sum to 0 in each commodity.
    moves
        What became of lots.
    previous, hash
        Hash of the entry before, and of this one.
    rows
        Postings and moves as text, as they are hashed and stored; made when they are not given.

    Raises
    ------
    LedgerError
        When the postings do not balance.
    """

    number: int
    recorded_at: datetime
    event: Event
    event_text: str
    postings: tuple[Posting, ...]
    moves: tuple[LotMove, ...]
    previous: str
    hash: str
    rows: Rows | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for commodity, amount in _sums(self.postings).items():
            if amount:
                raise LedgerError(f"{self.event}: unbalanced by {plain(amount)} {commodity}")

    @classmethod
    def made(
        cls,
        said: tuple[Event, str],
        postings: tuple[Posting, ...],
        moves: tuple[LotMove, ...],
        *,
        head: Head,
        recorded_at: datetime,
    ) -> "Entry":
        """Give the entry that follows the head of a chain; `said` is an event and its canonical JSON."""
        number, (event, text) = head.number + 1, said
        rows = posting_rows(postings), move_rows(moves)
        digest = entry_hash(head.hash, number, epoch_us(recorded_at), event_text=text, rows=rows)
        return cls(number, recorded_at, event, text, postings, moves, head.hash, digest, rows)

    def as_rows(self) -> Rows:
        """Give postings and moves as text."""
        return self.rows or (posting_rows(self.postings), move_rows(self.moves))

    @property
    def head(self) -> Head:
        """The chain's head once this entry is its last."""
        return Head(self.number, self.hash)


def posting_rows(postings: Iterable[Posting]) -> list[PostingRow]:
    """Write postings as they are hashed and stored: account, commodity, amount."""
    return [(account, commodity, plain(amount)) for account, commodity, amount in postings]


def move_rows(moves: Iterable[LotMove]) -> list[MoveRow]:
    """Write lot moves as they are hashed and stored: account, commodity, units, cost, lot, acquired_us."""
    return [
        (account, commodity, plain(units), plain(cost), lot, acquired)
        for account, commodity, units, cost, lot, acquired in moves
    ]


def entry_hash(
    previous: str,
    number: int,
    recorded_us: int,
    *,
    event_text: str,
    rows: tuple[Iterable[PostingRow], Iterable[MoveRow]],
) -> str:
    """Hash an entry with SHA-256: all that is stored of it, and the hash of the one before.

    Returns
    -------
    str
        64 hex digits.
    """
    lines = [previous, f"{number} {recorded_us}", event_text, *map(" ".join, rows[0]), "lots"]
    lines += [f"{' '.join(row[:5])} {row[5]}" for row in rows[1]]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def balanced(postings: Iterable[Posting], commodities: Mapping[str, Commodity]) -> tuple[Posting, ...]:
    """Round each amount to its commodity's scale, drop zeros, and post the residue to the rounding account.

    Parameters
    ----------
    postings
        As a rule made them.
    commodities
        By name; must hold each commodity that is named.

    Raises
    ------
    LedgerError
        When they do not sum to 0 before rounding, or an amount is too large to be stored.

    Examples
    --------
    >>> usd = Commodity("USD", "fiat", 2)
    >>> lines = [Posting("a", "USD", Decimal("0.014")), Posting("b", "USD", Decimal("-0.007"))]
    >>> [(line.account, str(line.amount)) for line in balanced([*lines, lines[1]], {"USD": usd})]
    [('a', '0.01'), ('b', '-0.01'), ('b', '-0.01'), ('equity:rounding', '0.01')]
    """
    exact, rounded, is_rounded = [*postings], list[Posting](), False
    for posting in exact:
        account, name, raw = posting
        amount = commodities[name].quantise(raw)
        if not -AMOUNT_MAX < amount < AMOUNT_MAX:
            raise LedgerError(f"{account}: {plain(amount)} {name} is not below {AMOUNT_MAX:.0e}")
        is_rounded = is_rounded or amount != raw
        if amount:
            rounded.append(posting if amount == raw else Posting(account, name, amount))
    return (*rounded, *_residues(exact, rounded)) if is_rounded else tuple(rounded)


def _residues(exact: Iterable[Posting], rounded: Iterable[Posting]) -> list[Posting]:
    residues = {name: amount for name, amount in _sums(rounded).items() if amount}
    for name, off in _sums(exact).items():
        if off:
            raise LedgerError(f"unbalanced by {plain(off)} {name}")
    return [Posting(ROUNDING, name, -amount) for name, amount in residues.items()]


def _sums(postings: Iterable[Posting]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for _, commodity, amount in postings:
        sums[commodity] = EXACT.add(sums[commodity], amount) if commodity in sums else amount
    return sums
