"""Books in a file for tests of the database floor."""

from datetime import UTC, datetime
from pathlib import Path

from dat.adapters.sql.address import Address
from dat.adapters.sql.unit_of_work import SqlUnitOfWork
from dat.ledger.books import Settings
from dat.operations.bookkeeping import record_events
from dat.ports import JournalRow
from tests.contract.test_unit_of_work import HISTORY, events

__all__ = ["NOW", "make_books", "record"]

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def make_books(folder: Path) -> Address:
    """Make books of eleven entries and two lines of the order journal."""
    address = Address(folder / "books.db")
    with SqlUnitOfWork(address, is_new=True) as work:
        record_events(work, events(HISTORY), clock=lambda _: NOW, settings=Settings("USD", "fifo"))
        work.journal.append(JournalRow("i1", "intended", NOW, '{"leg":1}'))
        work.journal.append(JournalRow("i1", "filled", NOW, '{"trade":"t9"}'))
        work.commit()
    return address


def record(address: Address, text: str, *, wait_s: float = 0.2) -> None:
    """Record more events, one a line."""
    with SqlUnitOfWork(address, wait_s=wait_s) as work:
        record_events(work, events(text), clock=lambda _: NOW)
        work.commit()
