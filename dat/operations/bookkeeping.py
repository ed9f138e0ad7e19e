"""Keep the books: record events in one unit of work, all of them or none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import localcontext
from itertools import islice

from dat.core.money import EXACT
from dat.errors import LedgerError
from dat.ledger.books import RECORD_KINDS, Books, Settings, refused
from dat.ledger.entry import Entry, Head
from dat.ledger.event import Event, event_from_texts
from dat.ledger.lots import Lot
from dat.ledger.shapes import Told, told
from dat.ports import LedgerStore, UnitOfWork

__all__ = ["Recorded", "founding_event", "open_books", "record_events", "settings_of_books"]

CHUNK = 2_000
"""Entries that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording.

    Parameters
    ----------
    new, known
        Events that were recorded; events that the books held already, word for word.
    head
        End of the chain after it.
    last
        `source_id` of the last event; empty where there was none.
    """

    new: int
    known: int
    head: Head
    last: str = ""


def open_books(ledger: LedgerStore) -> Books:
    """Open stored books for writing.

    Books under the wash-sale rule are replayed from the start, for a loss may wait for a replacement anywhere
    in them; all others need only their last entry, their records, and the lots that an event touches.
    """
    head = ledger.head()
    books = Books(head, load=lambda account, commodity: _lots(ledger, account, commodity))
    for entry in ledger.entries(kinds=RECORD_KINDS):
        books.take_record(entry.event)
    if books.settings is None or not books.settings.wash_days:
        return books
    replayed, by_source = Books(), dict[str, Entry]()
    for entry in ledger.entries():
        by_source[entry.event.source_id] = entry
        target = by_source.get(entry.event.ref)
        replayed.record(entry.event, recorded_at=entry.recorded_at, target=target)
    replayed.touched.clear()
    return replayed


def settings_of_books(ledger: LedgerStore) -> Settings | None:
    """Give what the first event of stored books laid down; None while they are empty."""
    books = Books()
    for entry in ledger.entries(kinds=["open"]):
        books.take_record(entry.event)
    return books.settings


def founding_event(settings: Settings, at: datetime) -> Event:
    """Give the event that opens books.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> founding_event(Settings("USD", "fifo"), parse_instant("2024-01-01")).method
    'fifo'
    """
    texts = {"source_id": "open", "at": at.isoformat(), **settings.opens}
    return event_from_texts(texts)


def record_events(
    work: UnitOfWork,
    events: Iterable[Event | Told],
    *,
    clock: Callable[[Event], datetime],
    settings: Settings | None = None,
    progress: Callable[[int], None] | None = None,
) -> Recorded:
    """Record events in order; the caller commits. An event that the books hold already is no change.

    Parameters
    ----------
    work
        An entered unit of work.
    events
        In the order in which they are to be recorded.
    clock
        Gives the instant at which an event is recorded.
    settings
        Open empty books with these, as of the first event; books that are open must agree with them.
    progress
        Called with the number of events done.

    Raises
    ------
    LedgerError
        When an event is refused, or its `source_id` names another event in the books. Nothing may be
        committed then.
    """
    with localcontext(EXACT):
        recorder = _Recorder(work.ledger, open_books(work.ledger), clock)
        waiting = map(_told, events)
        while chunk := tuple(islice(waiting, CHUNK)):
            recorder.take((*recorder.opening(settings, chunk[0].event), *chunk) if settings else chunk)
            if progress is not None:
                progress(recorder.new + recorder.known)
        recorder.end()
        return Recorded(recorder.new, recorder.known, recorder.books.head, recorder.last)


@dataclass
class _Recorder:
    ledger: LedgerStore
    books: Books
    clock: Callable[[Event], datetime]
    new: int = 0
    known: int = 0
    last: str = ""
    _waiting: dict[str, Entry] = field(default_factory=dict)

    def opening(self, settings: Settings, first: Event) -> Iterator[Told]:
        if self.books.settings is None and first.kind != "open":
            yield told(founding_event(settings, first.at))
        elif self.books.settings not in (None, settings):
            raise LedgerError(f"the books are kept as {_said(self.books.settings)}, not as {_said(settings)}")

    def take(self, chunk: tuple[Told, ...]) -> None:
        stored = self._stored(chunk)
        for said in chunk:
            name = said.event.source_id
            before = self._waiting.get(name) or stored.get(name)
            if before is None:
                self._record(said)
            else:
                _require_same(said, before)
                self.known += 1
        self.last = chunk[-1].event.source_id
        self._flush()

    def _stored(self, chunk: tuple[Told, ...]) -> Mapping[str, Entry]:
        if not self.ledger.head().number:
            return {}
        found = self.ledger.entries(source_ids=[said.event.source_id for said in chunk])
        return {entry.event.source_id: entry for entry in found}

    def _record(self, said: Told) -> None:
        event = said.event
        target = self._find(event.ref) if event.ref else None
        entry = self.books.record(said, recorded_at=self.clock(event), target=target)
        self._waiting[event.source_id] = entry
        self.new += 1

    def _find(self, source_id: str) -> Entry | None:
        waiting = self._waiting.get(source_id)
        return waiting or next(iter(self.ledger.entries(source_ids=[source_id])), None)

    def end(self) -> None:
        """Write what became of the lots: once, however often they were drawn on."""
        self.ledger.append((), _touched(self.books))
        self.books.touched.clear()

    def _flush(self) -> None:
        self.ledger.append(tuple(self._waiting.values()), ())
        self._waiting.clear()


def _touched(books: Books) -> Iterator[tuple[str, str, str, Lot | None]]:
    for account, commodity, name in books.touched:
        yield account, commodity, name, books.lots.pile(account, commodity).lots.get(name)


def _lots(ledger: LedgerStore, account: str, commodity: str) -> Iterator[Lot]:
    return (lot for _, _, lot in ledger.open_lots(account, commodity))


def _told(event: Event | Told) -> Told:
    if isinstance(event, Told):
        return event
    try:
        return told(event)
    except LedgerError as error:
        raise refused(event, error) from None


def _require_same(said: Told, before: Entry) -> None:
    if said.text != before.event_text:
        why = f"is entry {before.number} of the books already, as {before.event_text}, and now {said.text}"
        raise refused(said.event, why)


def _said(settings: Settings | None) -> str:
    if settings is None:
        return "nothing yet"
    days = f", wash sales within {settings.wash_days} days" if settings.wash_days else ""
    return f"{settings.base} with lots by {settings.method}{days}"
