"""When to lay a checkpoint and how a late entry shifts it: decisions only, without a database.

A checkpoint is the balance of every account after one entry, in the order of (instant, number). A question
about an instant takes the last checkpoint before it and adds the few entries between. Entries mostly come in
order; then checkpoints are laid from running sums. A late one shifts all that stand after it.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple

from dat.core.money import EXACT
from dat.ledger.entry import Posting

__all__ = [
    "LATEST",
    "NOTHING",
    "SPACING",
    "Checkpoint",
    "Heap",
    "Key",
    "Place",
    "Sums",
    "Trail",
    "cut",
    "plus",
]

SPACING = 2_048
"""Entries between two checkpoints; at most twice as many are added up to answer a question."""

Key = tuple[int, int]
"""Instant in microseconds since 1970, and number of an entry."""
NOTHING: Key = (-(2**63), 0)
"""A key before every entry."""
LATEST: Key = (2**63 - 1, 2**63 - 1)
"""A key after every entry."""
Place = tuple[str, str]
"""Account and commodity."""
Sums = dict[Place, Decimal]


class Checkpoint(NamedTuple):
    """Balances after an entry.

    Parameters
    ----------
    key
        Of the entry.
    entries
        How many since the checkpoint before, this one included.
    balances
        Without sums of 0.
    """

    key: Key
    entries: int
    balances: Mapping[Place, Decimal]


class Heap:
    """Amounts that are laid up by place and summed when they are asked for: many are added, few are asked."""

    def __init__(self) -> None:
        self._heaps: defaultdict[Place, list[Decimal]] = defaultdict(list)

    def add(self, postings: Iterable[Posting]) -> None:
        """Lay up the amounts of postings."""
        heaps = self._heaps
        for account, commodity, amount in postings:
            heaps[account, commodity].append(amount)

    def sums(self) -> Sums:
        """Give the exact sums, zeros included."""
        with localcontext(EXACT):
            totals = {place: sum(amounts, Decimal(0)) for place, amounts in self._heaps.items()}
        self._heaps = defaultdict(list, {place: [total] for place, total in totals.items()})
        return totals


class Trail:
    """The checkpoints of stored books while entries are added.

    Parameters
    ----------
    stored
        Key and count of each stored checkpoint, in order.
    tail
        Entries after the last of them.
    last
        Key of the latest entry, `NOTHING` for none.
    totals
        Gives the sums of all stored entries; it is asked only when a checkpoint is to be laid.
    spacing
        Entries between two checkpoints.
    """

    def __init__(
        self,
        stored: Iterable[tuple[Key, int]],
        *,
        tail: int,
        last: Key,
        totals: Callable[[], Sums],
        spacing: int = SPACING,
    ) -> None:
        marks = list(stored)
        self.keys = [key for key, _ in marks]
        self.counts = [count for _, count in marks]
        self.laid: list[Checkpoint] = []
        self._tail, self._last, self._spacing = tail, last, spacing
        self._totals: Callable[[], Sums] | None = totals
        self._sums = Heap()  # of all entries but the late ones; of those added here until totals are asked
        self._late: dict[int, Heap] = {}

    def add(self, key: Key, postings: Iterable[Posting]) -> None:
        """Take an entry, in whatever order."""
        if self.keys and key < self.keys[-1]:
            self._add_late(key, postings)
            return
        self._sums.add(postings)
        self._tail += 1
        if key > self._last:
            self._last = key
        if self._tail >= self._spacing:
            self._lay()

    def shifts(self) -> Iterator[tuple[Key, Sums]]:
        """Give what late entries add to checkpoints, laid ones included: in order, each that is shifted."""
        heap = Heap()
        for index in range(min(self._late, default=len(self.keys)), len(self.keys)):
            if index in self._late:
                heap.add(_postings(self._late[index].sums()))
            yield self.keys[index], {place: amount for place, amount in heap.sums().items() if amount}

    def changed(self) -> Iterator[tuple[Key, int]]:
        """Give key and new count of each checkpoint before which late entries lie."""
        for index in sorted(self._late):
            yield self.keys[index], self.counts[index]

    def crowded(self) -> Iterator[tuple[Key, Key]]:
        """Give the keys around each interval that has grown beyond twice the spacing."""
        for index in sorted(self._late):
            if self.counts[index] > 2 * self._spacing:
                yield (self.keys[index - 1] if index else NOTHING, self.keys[index])

    def _add_late(self, key: Key, postings: Iterable[Posting]) -> None:
        index = bisect_left(self.keys, key)
        self._late.setdefault(index, Heap()).add(postings)
        self.counts[index] += 1

    def _lay(self) -> None:
        if self._totals is not None:
            self._sums.add(_postings(self._totals()))
            self._totals = None
        balances = {place: amount for place, amount in self._sums.sums().items() if amount}
        self.laid.append(Checkpoint(self._last, self._tail, balances))
        self.keys.append(self._last)
        self.counts.append(self._tail)
        self._tail = 0


def cut(
    start: Sums, entries: Iterable[tuple[Key, Iterable[Posting]]], *, count: int, spacing: int = SPACING
) -> Iterator[Checkpoint]:
    """Cut a crowded interval: give the checkpoints to lay in it.

    Parameters
    ----------
    start
        Balances before it.
    entries
        Those in it, in order.
    count
        How many they are. The last stands at a checkpoint already.
    spacing
        Entries between two checkpoints.

    Returns
    -------
    Iterator of Checkpoint
        The last of them lies `spacing` entries or fewer before the end; its count is what is left.
    """
    heap = Heap()
    heap.add(_postings(start))
    for done, (key, postings) in enumerate(entries, start=1):
        heap.add(postings)
        if done % spacing == 0 and done < count:
            yield Checkpoint(key, spacing, {place: amount for place, amount in heap.sums().items() if amount})


def plus(*parts: Sums) -> Sums:
    """Add sums, and leave out what comes to 0."""
    heap = Heap()
    for part in parts:
        heap.add(_postings(part))
    return {place: amount for place, amount in heap.sums().items() if amount}


def _postings(sums: Sums) -> Iterator[Posting]:
    return (Posting(account, commodity, amount) for (account, commodity), amount in sums.items())
