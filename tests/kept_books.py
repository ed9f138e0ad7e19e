"""Books with all that a store keeps of them, in memory: entries, and what is left of each lot."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import pytest

from dat.core.time import parse_instant
from dat.errors import LedgerError
from dat.ledger.books import RECORD_KINDS, Books
from dat.ledger.entry import Entry, Head
from dat.ledger.event import Event
from dat.ledger.lots import Lot

__all__ = ["NOW", "Amounts", "KeptBooks", "open_event"]

NOW = parse_instant("2026-01-01")
Amounts = dict[tuple[str, str], Decimal]
_ZERO = Decimal(0)


def open_event(currency: str = "USD", method: str = "fifo", days: int | None = None) -> Event:
    """Give the event that opens books."""
    window = None if days is None else Decimal(days)
    return Event("open", parse_instant("2020-01-01"), "books", currency=currency, method=method, days=window)


class KeptBooks:
    """Record events, keep what a store would keep, and open the books again from that alone."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.entries: list[Entry] = []
        self.books = Books()
        self._lots: dict[tuple[str, str], dict[str, Lot]] = {}
        for event in events:
            self.record(event)

    def record(self, event: Event, *, now: datetime = NOW) -> Entry:
        """Record one event; a correction finds what it reverses by its name."""
        entry = self.books.record(event, recorded_at=now, target=self.find(event.ref))
        self.entries.append(entry)
        for account, commodity, name in self.books.touched:
            left = self.books.lots.pile(account, commodity).lots.get(name)
            kept = self._lots.setdefault((account, commodity), {})
            kept.pop(name, None)
            if left is not None:
                kept[name] = left
        self.books.touched.clear()
        return entry

    def find(self, source_id: str) -> Entry | None:
        """Find an entry by the name of its event."""
        found = [entry for entry in self.entries if source_id and entry.event.source_id == source_id]
        return found[-1] if found else None

    def refuse(self, event: Event, *, now: datetime = NOW) -> str:
        """Record an event that must be refused, give the message, and open the books again."""
        head = self.books.head
        with pytest.raises(LedgerError) as caught:
            self.books.record(event, recorded_at=now, target=self.find(event.ref))
        assert self.books.head == head
        self.reopen()
        return str(caught.value)

    def reopen(self) -> None:
        """Open the books from what is kept; those under the wash-sale rule are replayed from the start."""
        settings = self.books.settings
        if settings is not None and settings.wash_days:
            again = KeptBooks()
            for entry in self.entries:
                again.record(entry.event, now=entry.recorded_at)
            assert again.entries == self.entries
            self.books = again.books
            return
        head = self.entries[-1].head if self.entries else Head()
        self.books = Books(head, load=lambda account, name: self._lots.get((account, name), {}).values())
        for entry in self.entries:
            if entry.event.kind in RECORD_KINDS:
                self.books.take_record(entry.event)

    def lots(self) -> list[tuple[str, str, Lot]]:
        """Give (account, commodity, lot) of all that is open, sorted by name."""
        open_now = [(*place, lot) for place, lots in self._lots.items() for lot in lots.values()]
        return sorted(open_now, key=lambda item: (item[0], item[1], item[2].name))

    def balances(self, as_of: datetime | None = None) -> Amounts:
        """Sum the postings of events at or before an instant, without sums of 0."""
        sums: Amounts = {}
        for entry in self.entries:
            if as_of is None or entry.event.at <= as_of:
                for account, commodity, amount in entry.postings:
                    sums[account, commodity] = sums.get((account, commodity), _ZERO) + amount
        return {place: amount for place, amount in sums.items() if amount}
