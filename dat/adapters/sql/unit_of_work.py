"""One transaction over books, order journal and leases, and a view of the books for reading."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from sqlalchemy import Connection

from dat.adapters.sql.address import Address
from dat.adapters.sql.engine import Mode, engine_of
from dat.adapters.sql.faults import WAIT_S, telling
from dat.adapters.sql.journal_store import SqlLeaseStore, SqlOrderJournal
from dat.adapters.sql.ledger_store import SqlLedgerStore
from dat.adapters.sql.revisions import make_books, require_newest

__all__ = ["SqlUnitOfWork", "books_to_read", "connected"]


class SqlUnitOfWork:
    """Write books in a database; entering waits for its turn, leaving without `commit` rolls back.

    Parameters
    ----------
    address
        Where the books are.
    is_new
        Make books where there are none.
    wait_s
        How long to wait for a turn, seconds.

    Raises
    ------
    StoreError
        When the books cannot be opened or written, or are of another revision; on entering and on commit.
    """

    def __init__(self, address: Address, *, is_new: bool = False, wait_s: float = WAIT_S) -> None:
        self._address, self._is_new, self._wait_s = address, is_new, wait_s

    @property
    def connection(self) -> Connection:
        """The connection with the transaction."""
        return self._connection

    @property
    def ledger(self) -> SqlLedgerStore:
        """The books."""
        return self._ledger

    @property
    def journal(self) -> SqlOrderJournal:
        """The order journal."""
        return self._journal

    @property
    def leases(self) -> SqlLeaseStore:
        """The leases."""
        return self._leases

    def commit(self) -> None:
        """Keep all that was done since entering; it is the end of this unit.

        Raises
        ------
        StoreError
            When it cannot be kept, such as on a full disk; then nothing is.
        """
        with telling(self._address, self._connection.engine):
            self._ledger.flush()
            self._connection.commit()

    def __enter__(self) -> Self:
        """Begin."""
        with ExitStack() as stack:
            mode: Mode = "create" if self._is_new else "write"
            prepare = make_books if self._is_new else None
            opened = connected(self._address, mode, prepare=prepare, wait_s=self._wait_s)
            self._connection = stack.enter_context(opened)
            self._begin()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failed: Any) -> None:
        """Roll back what was not committed."""
        self._stack.__exit__(*failed)

    def _begin(self) -> None:
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("LOCK TABLE entries IN EXCLUSIVE MODE")
        self._ledger = SqlLedgerStore(self._connection)
        self._journal = SqlOrderJournal(self._connection)
        self._leases = SqlLeaseStore(self._connection)


@contextmanager
def connected(
    address: Address,
    mode: Mode,
    *,
    prepare: Callable[[Connection], None] | None = None,
    wait_s: float = WAIT_S,
) -> Iterator[Connection]:
    """Give a connection to books that this program can work on, with a transaction that is rolled back.

    Parameters
    ----------
    address, mode, wait_s
        As for `engine_of`.
    prepare
        Called first, to make the books.

    Raises
    ------
    StoreError
        When the books cannot be opened, are of another revision, or fail while they are used.
    """
    engine = engine_of(address, mode, wait_s=wait_s)
    with telling(address, engine), engine.connect() as connection:
        if prepare is not None:
            prepare(connection)
        require_newest(connection, address)
        yield connection


@contextmanager
def books_to_read(address: Address) -> Iterator[SqlLedgerStore]:
    """Give the books as they are now; what is written meanwhile is not seen.

    Raises
    ------
    StoreError
        When they cannot be opened, are of another revision, or fail while they are read.
    """
    with connected(address, "read") as connection:
        yield SqlLedgerStore(connection)
