"""Read books again from their raw rows and hold everything in them against everything else.

Rows are text, as stored: what was tampered with may be no number any more, and is named instead of raised.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import zip_longest
from typing import NamedTuple

from dat.core.money import EXACT, plain
from dat.core.time import epoch_us, from_epoch_us
from dat.errors import LedgerError
from dat.ledger.accounts import trading
from dat.ledger.books import Books
from dat.ledger.entry import Entry, Head, entry_hash, move_rows, posting_rows
from dat.ledger.event import Event, event_from_json

__all__ = ["Auditor", "Finding", "RawEntry", "RawMove", "RawPosting"]

_ZERO = Decimal(0)


class Finding(NamedTuple):
    """Something in the stored books that is not as it must be.

    Parameters
    ----------
    table, key
        Where: the table, and the key of its row.
    text
        What is stored, and what it must be.
    """

    table: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.text}"


class RawEntry(NamedTuple):
    """A row of the entries as stored."""

    number: int
    at_us: int
    recorded_us: int
    kind: str
    source_id: str
    event: str
    hash: str


class RawPosting(NamedTuple):
    """A row of the postings as stored."""

    entry: int
    line: int
    account: str
    commodity: str
    amount: str


class RawMove(NamedTuple):
    """A row of the lot moves as stored."""

    entry: int
    line: int
    account: str
    commodity: str
    units: str
    cost: str
    lot: str
    acquired_us: int


Find = Callable[[str], Entry | None]
Place = tuple[str, str]


class Auditor:
    """Takes stored entries in order, replays their events, and compares.

    Parameters
    ----------
    find
        Gives the stored entry of a `source_id`, for corrections.
    checkpoints
        (at_us, number) of each stored checkpoint, in order.

    Notes
    -----
    An event that the rules refuse ends the replay; later entries are then held against the chain alone.
    """

    def __init__(self, find: Find, checkpoints: Sequence[tuple[int, int]] = ()) -> None:
        self.books = Books()
        self.head = Head()
        self.stopped_at: int | None = None
        self._find = find
        self._marks = checkpoints
        self._sums: list[dict[Place, Decimal]] = [{} for _ in range(len(checkpoints) + 1)]

    def entry(
        self, raw: RawEntry, postings: Sequence[RawPosting], moves: Sequence[RawMove]
    ) -> Iterator[Finding]:
        """Check one entry with its postings and lot moves."""
        key, number = f"number {raw.number}", self.head.number + 1
        if raw.number != number:
            yield Finding(
                "entries", key, f"follows number {self.head.number}; {number} is missing or out of place"
            )
        event, derived = None, None
        try:
            event = event_from_json(raw.event)
            derived = self._replay(event, raw)
        except (LedgerError, OverflowError) as error:
            self.stopped_at = self.stopped_at or raw.number
            yield Finding("entries", key, f"the event is refused: {error}")
        if event is not None:
            yield from _columns(raw, event)
        if derived is None:
            yield from self._chain_only(raw, postings, moves)
        elif raw.event != derived.event_text or raw.hash != derived.hash:
            yield Finding(
                "entries", key, f"hash {raw.hash[:16]}… is not that of the row: {derived.hash[:16]}…"
            )
        if derived is not None:
            yield from _lines("postings", raw.number, (postings, posting_rows(derived.postings)))
            yield from _lines("lot_moves", raw.number, (moves, move_rows(derived.moves)))
            self._add(derived)
        self.head = Head(raw.number, raw.hash)

    def balances(self) -> Iterator[dict[Place, Decimal]]:
        """Give, after the last entry, the balances at each checkpoint and then at the end, without zeros."""
        running: dict[Place, Decimal] = {}
        for sums in self._sums:
            for place, amount in sums.items():
                running[place] = EXACT.add(running.get(place, _ZERO), amount)
            yield {place: amount for place, amount in running.items() if amount}

    def totals(self) -> Iterator[Finding]:
        """Check, after the last entry, that lots and balances tell the same units and cost."""
        if self.stopped_at is not None or self.books.settings is None:
            return
        *_, said = self.balances()
        units, costs = _held_in_lots(self.books)
        for (account, commodity), held in units.items():
            balance = said.get((account, commodity), _ZERO)
            if balance != held:
                text = f"balance {plain(balance)}, and its lots hold {plain(held)}"
                yield Finding("postings", f"{account} {commodity}", text)
        for commodity, cost in costs.items():
            balance = said.get((trading(commodity), self.books.settings.base), _ZERO)
            if balance != cost:
                text = f"cost {plain(balance)}, and its lots cost {plain(cost)}"
                yield Finding("postings", trading(commodity), text)

    def _replay(self, event: Event, raw: RawEntry) -> Entry | None:
        if self.stopped_at is not None:
            return None
        self.books.head = Head(raw.number - 1, self.head.hash)  # a broken hash is named once, not ever after
        recorded_at = from_epoch_us(raw.recorded_us)
        return self.books.record(event, recorded_at=recorded_at, target=self._target(event))

    def _target(self, event: Event) -> Entry | None:
        return self._find(event.ref) if event.kind == "correction" else None

    def _chain_only(
        self, raw: RawEntry, postings: Sequence[RawPosting], moves: Sequence[RawMove]
    ) -> Iterator[Finding]:
        rows = [posting[2:] for posting in postings], [move[2:] for move in moves]
        digest = entry_hash(self.head.hash, raw.number, raw.recorded_us, event_text=raw.event, rows=rows)
        if digest != raw.hash:
            text = f"hash {raw.hash[:16]}… is not that of its rows: {digest[:16]}…"
            yield Finding("entries", f"number {raw.number}", text)

    def _add(self, entry: Entry) -> None:
        sums = self._sums[bisect_left(self._marks, (epoch_us(entry.event.at), entry.number))]
        for account, commodity, amount in entry.postings:
            place = (account, commodity)
            before = sums.get(place)
            sums[place] = amount if before is None else EXACT.add(before, amount)


def _held_in_lots(books: Books) -> tuple[dict[Place, Decimal], dict[str, Decimal]]:
    units, costs = dict[Place, Decimal](), dict[str, Decimal]()
    with localcontext(EXACT):
        for (account, commodity), pile in books.lots.piles().items():
            units[account, commodity] = sum((lot.units for lot in pile.lots.values()), _ZERO)
            cost = sum((lot.cost for lot in pile.lots.values()), _ZERO)
            costs[commodity] = costs.get(commodity, _ZERO) + cost
    return units, costs


def _columns(raw: RawEntry, event: Event) -> Iterator[Finding]:
    """Compare the columns of an entry, by which it is found, with its event."""
    said = (("at_us", raw.at_us, epoch_us(event.at)), ("kind", raw.kind, event.kind))
    for name, stored, meant in (*said, ("source_id", raw.source_id, event.source_id)):
        if stored != meant:
            text = f"{name} is {stored!r}, and the event says {meant!r}"
            yield Finding("entries", f"number {raw.number}", text)


def _lines(
    table: str, entry: int, rows: tuple[Sequence[RawPosting | RawMove], Sequence[tuple[str | int, ...]]]
) -> Iterator[Finding]:
    stored, meant = rows
    if len(stored) == len(meant) and all(row[2:] == line for row, line in zip(stored, meant, strict=True)):
        return
    for number, (row, line) in enumerate(zip_longest(stored, meant), start=1):
        key = f"entry {entry} line {number}"
        if row is None:
            yield Finding(table, key, f"is missing: {_said(line)}")
        elif line is None:
            yield Finding(table, f"entry {entry} line {row[1]}", f"belongs to no event: {_said(row[2:])}")
        elif row[2:] != line:
            yield Finding(table, key, f"stored {_said(row[2:])}, and the event gives {_said(line)}")


def _said(values: Sequence[object]) -> str:
    return " ".join(map(str, values))
