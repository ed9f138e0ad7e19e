"""Read books again from their raw rows and hold everything in them against everything else.

Rows are text, as stored: what was tampered with may be no number any more, and is named instead of raised.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import zip_longest
from typing import Any, NamedTuple

from dat.core.money import EXACT, plain
from dat.core.time import epoch_us, from_epoch_us
from dat.errors import LedgerError
from dat.ledger.accounts import trading
from dat.ledger.books import Books
from dat.ledger.entry import Entry, Head, entry_hash
from dat.ledger.event import event_from_json
from dat.ledger.shapes import Told, told

__all__ = [
    "Auditor",
    "Finding",
    "Projections",
    "RawEntry",
    "RawMove",
    "RawPosting",
    "StoredEntry",
    "read_event",
]

_ZERO = Decimal(0)


Place = tuple[str, str]


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


class StoredEntry(NamedTuple):
    """An entry with its postings and lot moves as stored, each in order of their lines."""

    raw: RawEntry
    postings: Sequence[RawPosting]
    moves: Sequence[RawMove]


class Projections(NamedTuple):
    """What stored books keep beside the chain for speed, as stored.

    Parameters
    ----------
    marks
        (at_us, number) of each checkpoint, in order.
    counts
        Entries of each checkpoint since the one before.
    balances
        By number of the checkpoint: amounts by (account, commodity), as text.
    lots
        By (account, commodity, lot): number, acquired_us, units, cost and unit cost as text, and since_us.
    """

    marks: Sequence[tuple[int, int]]
    counts: Sequence[int]
    balances: Mapping[int, Mapping[Place, str]]
    lots: Mapping[tuple[str, str, str], tuple[int, int, str, str, str, int]]


def read_event(text: str) -> Told | LedgerError:
    """Read the stored event of an entry, or say why it cannot be read."""
    try:
        return told(event_from_json(text))
    except LedgerError as error:
        return error


Find = Callable[[str], Entry | None]


class Auditor:
    """Takes stored entries in order, replays their events, and compares.

    Parameters
    ----------
    find
        Gives the stored entry of a `source_id`, for corrections.
    kept
        What the books keep beside the chain.

    Notes
    -----
    An event that the rules refuse ends the replay; later entries are then held against the chain alone.
    """

    def __init__(self, find: Find, kept: Projections) -> None:
        self.books = Books()
        self.head = Head()
        self.stopped_at: int | None = None
        self._find = find
        self._kept = kept
        self._sums: list[dict[Place, Decimal]] = [{} for _ in range(len(kept.marks) + 1)]
        self._counts = [0] * (len(kept.marks) + 1)

    def entry(self, stored: StoredEntry, said: Told | LedgerError) -> Iterator[Finding]:
        """Check one entry; `said` is what `read_event` makes of its event."""
        raw, key = stored.raw, f"number {stored.raw.number}"
        if raw.number != self.head.number + 1:
            text = f"follows number {self.head.number}: what is between them is missing or out of place"
            yield Finding("entries", key, text)
        derived = None
        try:
            derived = self._replay(raw, said)
        except (LedgerError, OverflowError) as error:
            self.stopped_at = self.stopped_at or raw.number
            yield Finding("entries", key, f"the event is refused: {error}")
        if isinstance(said, Told):
            yield from _columns(raw, said)
        if derived is None:
            yield from self._chain_only(stored)
        else:
            yield from self._compare(stored, derived)
        self.head = Head(raw.number, raw.hash)

    def totals(self) -> Iterator[Finding]:
        """Check, after the last entry, lots against balances, and what is kept for speed against both."""
        if self.stopped_at is not None or self.books.settings is None:
            return
        *marked, said = self._balances()
        yield from self._lots_and_balances(said)
        yield from self._checkpoints(marked)
        yield from self._open_lots()

    def _balances(self) -> Iterator[dict[Place, Decimal]]:
        """Give the balances at each checkpoint and then at the end, without zeros."""
        running: dict[Place, Decimal] = {}
        for sums in self._sums:
            for place, amount in sums.items():
                running[place] = EXACT.add(running.get(place, _ZERO), amount)
            yield {place: amount for place, amount in running.items() if amount}

    def _lots_and_balances(self, said: Mapping[Place, Decimal]) -> Iterator[Finding]:
        assert self.books.settings is not None
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

    def _checkpoints(self, marked: Sequence[Mapping[Place, Decimal]]) -> Iterator[Finding]:
        kept = self._kept
        for (_, number), said, entries in zip(kept.marks, kept.counts, self._counts, strict=False):
            if said != entries:
                text = f"counts {said} entries, and there are {entries}"
                yield Finding("checkpoints", f"number {number}", text)
        for number in kept.balances.keys() - {mark[1] for mark in kept.marks}:
            yield Finding("checkpoint_balances", f"checkpoint {number}", "belongs to no checkpoint")
        for (_, number), sums in zip(kept.marks, marked, strict=True):
            meant = {place: plain(amount) for place, amount in sums.items()}
            yield from _differences(
                "checkpoint_balances",
                f"checkpoint {number}",
                stored=kept.balances.get(number, {}),
                meant=meant,
            )

    def _open_lots(self) -> Iterator[Finding]:
        meant = {
            (account, commodity, lot.name): (
                lot.number, lot.acquired_us, plain(lot.units), plain(lot.cost), plain(lot.unit_cost),
                lot.since_us
            )
            for (account, commodity), pile in self.books.lots.piles().items()
            for lot in pile.lots.values()
        }  # fmt: skip
        yield from _differences("open_lots", "", stored=self._kept.lots, meant=meant)

    def _replay(self, raw: RawEntry, said: Told | LedgerError) -> Entry | None:
        if isinstance(said, LedgerError):
            raise said
        if self.stopped_at is not None:
            return None
        self.books.head = Head(raw.number - 1, self.head.hash)  # a broken hash is named once, not ever after
        target = self._find(said.event.ref) if said.event.kind == "correction" else None
        return self.books.record(said, recorded_at=from_epoch_us(raw.recorded_us), target=target)

    def _compare(self, stored: StoredEntry, derived: Entry) -> Iterator[Finding]:
        raw = stored.raw
        if raw.hash != derived.hash:
            text = f"hash {raw.hash} is not that of the entry, {derived.hash}"
            yield Finding("entries", f"number {raw.number}", text)
        postings, moves = derived.as_rows()
        yield from _lines("postings", stored.postings, _numbered(raw.number, postings))
        yield from _lines("lot_moves", stored.moves, _numbered(raw.number, moves))
        self._add(derived)

    def _chain_only(self, stored: StoredEntry) -> Iterator[Finding]:
        raw = stored.raw
        rows = [posting[2:] for posting in stored.postings], [move[2:] for move in stored.moves]
        digest = entry_hash(self.head.hash, raw.number, raw.recorded_us, event_text=raw.event, rows=rows)
        if digest != raw.hash:
            text = f"hash {raw.hash} is not that of its rows, {digest}"
            yield Finding("entries", f"number {raw.number}", text)

    def _add(self, entry: Entry) -> None:
        interval = bisect_left(self._kept.marks, (epoch_us(entry.event.at), entry.number))
        sums = self._sums[interval]
        self._counts[interval] += 1
        for account, commodity, amount in entry.postings:
            place = (account, commodity)
            before = sums.get(place)
            sums[place] = amount if before is None else EXACT.add(before, amount)


def _differences(
    table: str, key: str, *, stored: Mapping[Any, object], meant: Mapping[Any, object]
) -> Iterator[Finding]:
    if stored == meant:
        return
    for place in sorted(stored.keys() | meant.keys()):
        before, after = stored.get(place), meant.get(place)
        if before != after:
            where = " ".join((*filter(None, [key]), *place))
            yield Finding(table, where, f"stored {before}, and the entries give {after}")


def _held_in_lots(books: Books) -> tuple[dict[Place, Decimal], dict[str, Decimal]]:
    units, costs = dict[Place, Decimal](), dict[str, Decimal]()
    with localcontext(EXACT):
        for (account, commodity), pile in books.lots.piles().items():
            units[account, commodity] = sum((lot.units for lot in pile.lots.values()), _ZERO)
            cost = sum((lot.cost for lot in pile.lots.values()), _ZERO)
            costs[commodity] = costs.get(commodity, _ZERO) + cost
    return units, costs


def _columns(raw: RawEntry, said: Told) -> Iterator[Finding]:
    """Compare the columns of an entry, by which it is found, with its event."""
    event, text = said
    told_by = (("at_us", raw.at_us, epoch_us(event.at)), ("kind", raw.kind, event.kind))
    for name, stored, meant in (*told_by, ("source_id", raw.source_id, event.source_id)):
        if stored != meant:
            yield Finding(
                "entries", f"number {raw.number}", f"{name} is {stored!r}, and the event says {meant!r}"
            )
    if raw.event != text:
        yield Finding("entries", f"number {raw.number}", f"event is {raw.event}, and was written as {text}")


def _numbered(entry: int, rows: Sequence[tuple[str | int, ...]]) -> list[tuple[Any, ...]]:
    return [(entry, line, *row) for line, row in enumerate(rows, start=1)]


def _lines(table: str, stored: Sequence[Any], meant: list[tuple[Any, ...]]) -> Iterator[Finding]:
    if stored == meant:
        return
    for row, line in zip_longest(stored, meant):
        key = "entry {} line {}".format(*(row or line))
        if row is None:
            yield Finding(table, key, f"is missing: {_said(line[2:])}")
        elif line is None:
            yield Finding(table, key, f"belongs to no event: {_said(row[2:])}")
        elif row != line:
            text = f"stored {_said(row[1:])}, and the event gives {_said(line[1:])}"
            yield Finding(table, key, text)


def _said(values: Sequence[object]) -> str:
    return " ".join(map(str, values))
