"""Where the contracts of the books run: memory, SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dat.adapters.memory_ledger import MemoryBooks, MemoryUnitOfWork
from dat.adapters.sql.address import Address, address_of
from dat.adapters.sql.unit_of_work import SqlUnitOfWork
from dat.ports import UnitOfWork
from tests.postgres import fresh_database, server

Begin = Callable[[], UnitOfWork]
STORES = ("memory", "sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the URL of a server that runs for as long as the tests."""
    with server() as url:
        yield url


def beginner(address: Address) -> Begin:
    """Make new books and give what begins a unit of work on them."""
    with SqlUnitOfWork(address, is_new=True) as work:
        work.commit()
    return lambda: SqlUnitOfWork(address, wait_s=0.3)


def books_of(store: str, folder: Path, request: pytest.FixtureRequest) -> Begin:
    """Give what begins a unit of work on empty books of a store."""
    if store == "memory":
        books = MemoryBooks()
        return lambda: MemoryUnitOfWork(books)
    if store == "sqlite":
        return beginner(address_of(folder / "books.db"))
    return beginner(address_of(fresh_database(request.getfixturevalue("postgres_url"))))


@pytest.fixture(params=STORES)
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    """Begin a unit of work on empty books, the same books each time."""
    return books_of(request.param, tmp_path, request)
