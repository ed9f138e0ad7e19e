"""Where books are, and how they are opened: a SQLite file, a PostgreSQL URL, or what a treasury file says."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dat.app.output import remove_books
from dat.app.treasury_file import LoadedFile, read_treasury_file
from dat.errors import InputError
from dat.ledger.books import Settings
from dat.ledger.lots import METHODS
from dat.ports import LedgerStore, UnitOfWork

if TYPE_CHECKING:
    from dat.adapters.sql.address import Address

__all__ = [
    "BooksPlace",
    "Wanted",
    "books_place",
    "place_of_treasury",
    "reading",
    "require_books",
    "settings_of",
    "writing",
]

_BASE, _METHOD = "USD", "fifo"


@dataclass(frozen=True, slots=True)
class BooksPlace:
    """One set of books.

    Parameters
    ----------
    where
        Path of a SQLite file, or database URL.
    settings
        How a treasury file wants them to be kept, or None.
    """

    where: str
    settings: Settings | None = None

    @property
    def said(self) -> str:
        """How the books are called in messages: without a password."""
        from dat.adapters.sql.address import address_of

        return str(address_of(self.where))


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a person wants new books to be kept; None is not said."""

    base: str | None = None
    method: str | None = None
    wash_days: int | None = None

    def settings(self, kept: Settings | None, of_file: Settings | None) -> Settings:
        """Give the settings to open books with, or to hold open ones against.

        What is not said is as the books are kept, else as the treasury file says, else USD and fifo.

        Raises
        ------
        InputError
            When there is no such lot method.
        """
        if self.method is not None and self.method not in METHODS:
            raise InputError(f"no lot method '{self.method}'; methods are {', '.join(METHODS)}")
        known = of_file or kept or Settings(_BASE, _METHOD)
        days = known.wash_days if self.wash_days is None else self.wash_days
        return Settings(self.base or known.base, self.method or known.method, days)


def books_place(text: str) -> BooksPlace:
    """Read where books are.

    Raises
    ------
    ConfigError
        When a treasury file is wrong, or says nothing about its books.
    """
    if not text.endswith(".toml"):
        return BooksPlace(text)
    file = read_treasury_file(Path(text))
    place = place_of_treasury(file)
    if place is None:
        raise file.refuse("ledger.books", "say where the books are: a file such as books.db, or a URL")
    return place


def place_of_treasury(file: LoadedFile) -> BooksPlace | None:
    """Give the books that a treasury file names, or None."""
    books = file.settings.ledger.books
    if books is None:
        return None
    where = books if "://" in books else str(file.folder / books)
    return BooksPlace(where, settings_of(file))


def settings_of(file: LoadedFile) -> Settings:
    """Say how a treasury file wants its books to be kept."""
    ledger = file.settings.ledger
    return Settings(file.settings.treasury.base_currency, ledger.lot_method, ledger.wash_sale_days)


@contextmanager
def writing(place: BooksPlace, *, keep: bool = True) -> Iterator[UnitOfWork]:
    """Give a unit of work on the books; new ones are made, and are gone again if nothing is kept.

    Raises
    ------
    StoreError
        When they cannot be opened or written.
    """
    from dat.adapters.sql.address import address_of
    from dat.adapters.sql.unit_of_work import SqlUnitOfWork

    address = address_of(place.where)
    is_new = address.path is None or not address.path.exists()
    with ExitStack() as on_failure:
        if address.path is not None and is_new:
            on_failure.callback(remove_books, address.path)
        with SqlUnitOfWork(address, is_new=is_new) as work:
            yield work
        if keep:
            on_failure.pop_all()


@contextmanager
def reading(place: BooksPlace) -> Iterator[LedgerStore]:
    """Give the books as they are now, for reading.

    Raises
    ------
    InputError
        When there are none.
    StoreError
        When they cannot be read.
    """
    from dat.adapters.sql.unit_of_work import books_to_read

    with books_to_read(require_books(place)) as ledger:
        yield ledger


def require_books(place: BooksPlace) -> "Address":
    """Give the address of books that are there.

    Raises
    ------
    InputError
        When there is no such file.
    """
    from dat.adapters.sql.address import address_of

    address = address_of(place.where)
    if address.path is not None and not address.path.exists():
        raise InputError(f"{address}: no such books; 'dat ledger add' makes them")
    return address
