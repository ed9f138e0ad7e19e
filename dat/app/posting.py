"""Post a run to books: its own, beside it, or others."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dat.app.books_place import BooksPlace, place_of_treasury, settings_of, writing
from dat.app.output import BOOKS, remove_books
from dat.app.treasury_file import LoadedFile
from dat.backtest.posting import recorded_at, run_events
from dat.backtest.result import RunResult
from dat.errors import StoreError
from dat.ledger.entry import Head
from dat.operations.bookkeeping import record_events

__all__ = ["Posted", "post_run"]


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a run was posted, and the end of the chain there."""

    books: str
    head: Head


def post_run(result: RunResult, file: LoadedFile, *, folder: Path, books: BooksPlace | None) -> Posted:
    """Post a run: to the books that are named, to those of the treasury file, or to FOLDER/books.db.

    Books beside a run hold that run alone: they are made anew, whole or not at all.

    Raises
    ------
    LedgerError
        When the books refuse an event.
    StoreError
        When they cannot be written.
    """
    settings = settings_of(file)
    if settings.method == "specific":
        text = "a run does not name the lots it sells; choose fifo, lifo, hifo, lofo or average"
        raise file.refuse("ledger.lot_method", text, '"specific"')
    place = books or place_of_treasury(file)
    if place is not None:
        return Posted(place.said, _record(result, place, file))
    with _fresh(folder / BOOKS) as fresh:
        head = _record(result, BooksPlace(str(fresh)), file)
    return Posted(str(folder / BOOKS), head)


def _record(result: RunResult, place: BooksPlace, file: LoadedFile) -> Head:
    settings = settings_of(file)
    events = run_events(result, method=settings.method, wash_days=settings.wash_days)
    with writing(place, keep=True) as work:
        done = record_events(work, events, clock=recorded_at)
        work.commit()
    return done.head


@contextlib.contextmanager
def _fresh(path: Path) -> Iterator[Path]:
    fresh = path.with_name(f".{path.name}.new")
    try:
        remove_books(fresh)  # what a writer that died left
        yield fresh
        remove_books(path)
        fresh.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        remove_books(fresh)
