"""The books in memory: a real unit of work for tests and for books that nothing keeps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from dat.adapters.chain import first_known, head_after, refuse_source
from dat.adapters.leases import Lease, granted, released, require_held
from dat.core.money import EXACT
from dat.ledger.entry import Entry, Head
from dat.ledger.lots import Lot
from dat.ports import JournalRow

__all__ = ["MemoryBooks", "MemoryUnitOfWork"]

_ZERO = Decimal(0)


@dataclass
class MemoryBooks:
    """What is kept for as long as the process lives; each unit of work starts from a copy of it."""

    entries: tuple[Entry, ...] = ()
    lots: Mapping[tuple[str, str, str], Lot] = field(default_factory=dict)
    journal: tuple[JournalRow, ...] = ()
    leases: Mapping[str, Lease] = field(default_factory=dict)


class MemoryUnitOfWork:
    """Write books in memory; what is not committed leaves nothing behind.

    Examples
    --------
    >>> with MemoryUnitOfWork(MemoryBooks()) as work:
    ...     work.ledger.head().number
    0
    """

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    @property
    def ledger(self) -> "_Ledger":
        """The books."""
        return self._ledger

    @property
    def journal(self) -> "_Journal":
        """The order journal."""
        return self._journal

    @property
    def leases(self) -> "_Leases":
        """The leases."""
        return self._leases

    def commit(self) -> None:
        """Keep all that was done since entering."""
        self._books.entries, self._books.lots = tuple(self._ledger.all), dict(self._ledger.lots)
        self._books.journal, self._books.leases = tuple(self._journal.all), dict(self._leases.held)

    def __enter__(self) -> Self:
        """Begin."""
        self._ledger = _Ledger(self._books)
        self._journal = _Journal(list(self._books.journal))
        self._leases = _Leases(dict(self._books.leases))
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was not committed."""


class _Ledger:
    def __init__(self, books: MemoryBooks) -> None:
        self.all, self.lots = list(books.entries), dict(books.lots)
        self._sources = {entry.event.source_id for entry in self.all}

    def head(self) -> Head:
        return self.all[-1].head if self.all else Head()

    def append(self, entries: Sequence[Entry], lots: Iterable[tuple[str, str, str, Lot | None]]) -> None:
        head_after(self.head(), entries)
        names = [entry.event.source_id for entry in entries]
        known = first_known(names, self._sources)
        if known:
            raise refuse_source(known)
        self._sources.update(names)
        self.all += entries
        for account, commodity, name, lot in lots:
            self.lots.pop((account, commodity, name), None)
            if lot is not None:
                self.lots[account, commodity, name] = lot

    def entries(
        self, *, after: int = 0, kinds: Sequence[str] = (), source_ids: Sequence[str] = ()
    ) -> Iterator[Entry]:
        for entry in self.all[after:]:
            is_kind = not kinds or entry.event.kind in kinds
            if is_kind and (not source_ids or entry.event.source_id in source_ids):
                yield entry

    def balances(self, as_of: datetime | None = None) -> Mapping[tuple[str, str], Decimal]:
        sums: dict[tuple[str, str], Decimal] = {}
        for entry in self.all:
            for account, commodity, amount in (
                entry.postings if as_of is None or entry.event.at <= as_of else ()
            ):
                sums[account, commodity] = EXACT.add(sums.get((account, commodity), _ZERO), amount)
        return {place: amount for place, amount in sums.items() if amount}

    def open_lots(
        self, account: str | None = None, commodity: str | None = None
    ) -> Iterator[tuple[str, str, Lot]]:
        def order(item: tuple[tuple[str, str, str], Lot]) -> tuple[str, str, int, int, str]:
            (where, name, lot_name), lot = item
            return where, name, lot.acquired_us, lot.number, lot_name

        for (where, name, _), lot in sorted(self.lots.items(), key=order):
            if account in (None, where) and commodity in (None, name):
                yield where, name, lot


class _Journal:
    def __init__(self, rows: list[JournalRow]) -> None:
        self.all = rows

    def append(self, row: JournalRow) -> None:
        self.all.append(row)

    def rows(self, intent: str | None = None) -> Iterator[JournalRow]:
        return (row for row in self.all if intent in (None, row.intent))


class _Leases:
    def __init__(self, held: dict[str, Lease]) -> None:
        self.held = held

    def acquire(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> int:
        self.held[name] = granted(self.held.get(name), name, holder, now=now, ttl=ttl)
        return self.held[name].epoch

    def require(self, name: str, holder: str, *, epoch: int, now: datetime) -> None:
        require_held(self.held.get(name), name, holder, epoch=epoch, now=now)

    def release(self, name: str, holder: str, *, epoch: int) -> None:
        left = released(self.held.get(name), holder, epoch)
        if left is not None:
            self.held[name] = left
