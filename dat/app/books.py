"""The work of `dat ledger`: books at a place are written, read, exported and verified."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dat.adapters.csv_events import events_csv, read_events, row_of
from dat.adapters.files import replace_file
from dat.adapters.plain_text import journal_lines
from dat.app.books_place import BooksPlace, Wanted, books_place, reading, require_books, writing
from dat.core.ids import content_hash
from dat.core.time import iso
from dat.errors import InputError, LedgerError
from dat.ledger.accounts import is_under
from dat.ledger.entry import Entry
from dat.ledger.event import Event, event_from_texts
from dat.ledger.lots import Lot
from dat.ledger.replay import lots_at
from dat.ledger.shapes import REVERSES, Told
from dat.operations.audit import Verified, audit
from dat.operations.bookkeeping import Recorded, record_events, settings_of_books
from dat.ports import LedgerStore

if TYPE_CHECKING:
    from dat.adapters.sql.migrate import Migrated

__all__ = [
    "BooksPlace",
    "Choice",
    "Done",
    "Wanted",
    "books_place",
    "entries_of",
    "event_of_fields",
    "export_books",
    "import_events",
    "migrate_books",
    "open_lots",
    "reading",
    "record",
    "verify_books",
]

_LARGE = 50_000  # entries; another process takes half a second to start


@dataclass(frozen=True)
class Done:
    """What came of recording, and the entry of the last event where there is one to show."""

    recorded: Recorded
    last: Entry | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which entries to show: all that fit every condition, the last so many of them."""

    which: tuple[str, ...] = ()
    account: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    last: int = 20

    def fits(self, entry: Entry) -> bool:
        """Tell whether an entry fits every condition but that of being named."""
        event, account = entry.event, self.account
        return (
            (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
            and (account is None or any(is_under(line.account, account) for line in entry.postings))
        )


def event_of_fields(fields: Sequence[str], *, now: datetime) -> Event:
    """Make an event of FIELD=VALUE words; without `at` it happens now, without `source_id` it gets one.

    Raises
    ------
    LedgerError
        When a word is no FIELD=VALUE, or the event cannot be read.
    """
    texts: dict[str, str] = {}
    for word in fields:
        name, equals, value = word.partition("=")
        if not equals:
            raise LedgerError(f"'{word}' is no field: write FIELD=VALUE, such as kind=trade")
        if name in texts:
            raise LedgerError(f"{name} is given twice")
        texts[name] = value
    named = f"{REVERSES}{texts.get('ref', '')}" if texts.get("kind") == "correction" else None
    texts.setdefault("at", iso(now))
    texts.setdefault("source_id", named or f"hand-{content_hash(texts)[:16]}")
    return event_from_texts(texts)


def record(
    place: BooksPlace,
    events: Iterable[Event | Told],
    *,
    now: datetime,
    wanted: Wanted = Wanted(),  # noqa: B008  # frozen
    keep: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Done:
    """Record events in one unit of work; with `keep` off everything is tried and nothing kept.

    Raises
    ------
    LedgerError
        When the books refuse an event; nothing is kept.
    StoreError
        When the books cannot be written; nothing is kept.
    """
    with writing(place, keep=keep) as work:
        settings = wanted.settings(settings_of_books(work.ledger), place.settings)
        done = record_events(work, events, clock=lambda _: now, settings=settings, progress=progress)
        entry = next(iter(work.ledger.entries(source_ids=[done.last])), None) if done.last else None
        if keep:
            work.commit()
    return Done(done, entry)


def import_events(
    place: BooksPlace,
    files: Sequence[Path],
    *,
    now: datetime,
    wanted: Wanted,
    keep: bool,
    progress: Callable[[int], None] | None,
) -> Done:
    """Record the events of CSV files in the order of their instants: all of them, or none.

    Raises
    ------
    InputError
        When a file or a row is wrong, or the books refuse an event; the text names file and row.
    StoreError
        When the books cannot be written.
    """
    read = [*map(read_events, files)]
    events = read[0] if len(read) == 1 else merge(*read, key=lambda said: said.event.at)
    try:
        with _uncollected():
            return record(place, events, now=now, wanted=wanted, keep=keep, progress=progress)
    except LedgerError as error:
        found = next((hit for path in files if (hit := row_of(path, error.source_id))), None)
        if found is None:
            raise
        raise InputError(f"{found}: {error}; nothing is kept") from None


def export_books(place: BooksPlace, to: Path, *, form: str) -> tuple[tuple[Path, ...], int]:
    """Write the books to a file or directory; gives the files and the number of entries.

    Raises
    ------
    StoreError
        When a file cannot be written; what was there is untouched.
    """
    with reading(place) as ledger:
        count, base = ledger.head().number, _base(ledger)
        if form == "parquet":
            from dat.adapters.parquet.books import write_books

            return write_books(to, ledger.entries()), count
        if form == "csv":
            lines = events_csv(entry.event for entry in ledger.entries())
        else:
            lines = journal_lines(ledger.entries(), title=place.said, base=base)
        replace_file(to, (line.encode() for line in lines))
    return (to,), count


def open_lots(place: BooksPlace, *, as_of: datetime | None) -> tuple[list[tuple[str, str, Lot]], str]:
    """Give the open lots at an instant, or now, and the base currency that their cost is in."""
    with reading(place) as ledger:
        found = [*ledger.open_lots()] if as_of is None else lots_at(ledger.entries(), as_of)
        return found, _base(ledger)


def entries_of(place: BooksPlace, choice: Choice) -> list[Entry]:
    """Give the chosen entries, in order."""
    kinds = (choice.kind,) if choice.kind else ()
    with reading(place) as ledger:
        if choice.which:
            return [entry for word in choice.which for entry in _named(ledger, word) if choice.fits(entry)]
        is_plain = choice == Choice(last=choice.last)
        after = max(0, ledger.head().number - choice.last) if is_plain else 0
        fitting = (entry for entry in ledger.entries(after=after, kinds=kinds) if choice.fits(entry))
        return list(deque(fitting, choice.last))


def verify_books(place: BooksPlace, *, head: str | None, progress: Callable[[int], None] | None) -> Verified:
    """Check everything that is stored; in a large file another process reads the events ahead."""
    from dat.adapters.sql.damage_ahead import damage_ahead
    from dat.adapters.sql.events_ahead import events_ahead
    from dat.adapters.sql.stored_rows import rows_to_check

    address = require_books(place)
    with rows_to_check(address) as rows, reading(place) as ledger:

        def find(source_id: str) -> Entry | None:
            try:
                return next(iter(ledger.entries(source_ids=[source_id])), None)
            except (LedgerError, ArithmeticError):  # what was tampered with is found where it stands
                return None

        path = address.path if ledger.head().number >= _LARGE else None
        events, damage = (events_ahead(path), damage_ahead(path)) if path is not None else (None, None)
        with _uncollected():
            return audit(rows, find=find, events=events, damage=damage, head=head, progress=progress)


def migrate_books(place: BooksPlace, *, restored: bool, now: datetime) -> "Migrated":
    """Bring books to this version, or put the backup of the last migration back."""
    from dat.adapters.sql.migrate import restore, upgrade

    address = require_books(place)
    return restore(address) if restored else upgrade(address, now=now)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Switch the collector of cycles off: it would look at a million records again and again for nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _named(ledger: LedgerStore, word: str) -> Iterator[Entry]:
    if word.isdecimal():
        yield from (
            entry for entry in islice(ledger.entries(after=int(word) - 1), 1) if entry.number == int(word)
        )
        return
    found = list(ledger.entries(source_ids=[word]))
    if not found:
        raise InputError(f"no entry has the source_id '{word}'")
    yield from found


def _base(ledger: LedgerStore) -> str:
    settings = settings_of_books(ledger)
    return "" if settings is None else settings.base
