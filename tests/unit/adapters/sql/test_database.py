"""The database itself: what it refuses, what it says when it cannot, and that amounts are exact."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Float, Numeric, text
from sqlalchemy.exc import DBAPIError

from dat.adapters.memory_ledger import MemoryBooks, MemoryUnitOfWork
from dat.adapters.sql.address import Address, address_of
from dat.adapters.sql.balances import CheckpointKeeper
from dat.adapters.sql.exact import Exact
from dat.adapters.sql.tables import ALL
from dat.adapters.sql.unit_of_work import SqlUnitOfWork, books_to_read
from dat.errors import StoreError
from dat.ledger.books import Settings
from dat.operations.bookkeeping import record_events
from tests.contract.conftest import postgres_url  # noqa: F401  # the fixture
from tests.contract.test_unit_of_work import HISTORY, events
from tests.postgres import fresh_database
from tests.unit.adapters.sql.sample_books import NOW, make_books, record

MORE = "deposit 2024-02-01 m1 wallet=bank asset=USD units=5"


def test_no_column_holds_a_float_and_amounts_have_one_type() -> None:
    amounts = [column for table in ALL for column in table.columns if isinstance(column.type, Exact)]
    others = [column for table in ALL for column in table.columns if column not in amounts]
    assert {column.name for column in amounts} == {"amount", "units", "cost", "unit_cost"}
    assert not [column for column in others if isinstance(column.type, Float | Numeric)]
    with pytest.raises(TypeError, match="floats are refused"):
        Exact().process_bind_param(0.1, None)  # type: ignore[arg-type]


def test_no_module_of_the_books_makes_a_float() -> None:
    root = Path(__file__).parents[4] / "dat"
    modules = [*(root / "ledger").rglob("*.py"), *(root / "adapters" / "sql").rglob("*.py")]
    assert len(modules) > 30
    assert [path.name for path in modules if "float(" in path.read_text("utf-8")] == []


@pytest.mark.parametrize("table", ["entries", "postings", "lot_moves", "order_journal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_rows_that_are_written_once_are_never_changed(table: str, change: str, tmp_path: Path) -> None:
    address = make_books(tmp_path)
    column = {"entries": "hash", "order_journal": "hash"}.get(table, "account")
    assert address.path is not None
    words = f"rows of {table} are added and never changed"
    with (
        closing(sqlite3.connect(address.path)) as opened,
        pytest.raises(sqlite3.IntegrityError, match=words),
    ):
        opened.execute(change.format(table, column, "'x'"))


def test_postgresql_refuses_changes_late_lines_and_unbalanced_entries(postgres_url: str) -> None:  # noqa: F811
    address = address_of(fresh_database(postgres_url))
    with SqlUnitOfWork(address, is_new=True) as work:
        record_events(work, events(HISTORY), clock=lambda _: NOW, settings=Settings("USD", "fifo"))
        work.commit()
    refused = {
        "UPDATE postings SET amount = 1": "never changed",
        "DELETE FROM entries": "never changed",
        "TRUNCATE lot_moves": "never changed",
        "INSERT INTO postings VALUES (5, 9, 'a', 'USD', 1)": "an entry that stands is never changed",
    }
    for statement, words in refused.items():
        with SqlUnitOfWork(address) as work, pytest.raises(DBAPIError, match=words):
            work.connection.execute(text(statement))
    with SqlUnitOfWork(address) as work:
        work.connection.execute(text("INSERT INTO postings VALUES (12, 1, 'a', 'USD', 1)"))
        with pytest.raises(DBAPIError, match="entry 12 is unbalanced by 1 USD"):
            work.connection.execute(text("INSERT INTO entries VALUES (12, 1, 1, 'x', 'x', '{}', 'x')"))


def test_tables_are_strict_and_the_file_is_in_write_ahead_mode(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    assert address.path is not None
    with closing(sqlite3.connect(address.path)) as opened:
        kinds = {row[1]: row[5] for row in opened.execute("PRAGMA table_list") if row[0] == "main"}
        assert all(kinds[table.name] == 1 for table in ALL)
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_books_that_another_process_writes_are_named(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    assert address.path is not None
    with closing(sqlite3.connect(address.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"books\.db: is being written by another process"):
            record(address, MORE)
        other.execute("ROLLBACK")
    record(address, MORE)


def record_on_a_small_disk(address: Address, text: str) -> None:
    """Record events where the file may grow by three pages and no more."""
    with SqlUnitOfWork(address) as work:
        pages = work.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
        record_events(work, events(text), clock=lambda _: NOW)
        work.commit()


def test_a_full_disk_leaves_the_books_as_they_were(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    many = "\n".join(f"deposit 2024-02-01 m{n} wallet=bank asset=USD units=5" for n in range(2_000))
    with pytest.raises(StoreError, match=r"books\.db: the disk is full; nothing was written"):
        record_on_a_small_disk(address, many)
    with books_to_read(address) as ledger:
        assert ledger.head().number == 11
    record(address, MORE)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "holds no books of dat"), (b"a letter, no database " * 99, "is no SQLite file")],
)
def test_a_file_that_holds_no_books(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=words), books_to_read(Address(path)):
        pass
    assert path.read_bytes() == content


def test_the_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
    before = path.read_bytes()
    for is_new in (False, True):
        with (
            pytest.raises(StoreError, match=r"notes\.db holds no books of dat"),
            SqlUnitOfWork(Address(path), is_new=is_new),
        ):
            pass
    assert path.read_bytes() == before


def test_entries_that_were_written_in_part_are_not_committed(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    assert address.path is not None
    with closing(sqlite3.connect(address.path)) as other:
        other.execute("INSERT INTO postings VALUES (12, 2, 'a', 'USD', '1')")
        other.commit()
    with SqlUnitOfWork(address) as work:
        with pytest.raises(DBAPIError, match="UNIQUE constraint failed: postings"):
            record_events(work, events(MORE), clock=lambda _: NOW)
        with pytest.raises(StoreError, match="an append failed half way"):
            work.commit()
    with books_to_read(address) as ledger:
        assert ledger.head().number == 11


def test_no_message_shows_a_password() -> None:
    address = address_of("postgresql://ann:s3cret@127.0.0.1:9/books")
    with pytest.raises(StoreError) as caught, books_to_read(address):
        pass
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


_KILLED = """
import os, signal, sys
from pathlib import Path
from dat.app.books import BooksPlace, import_events
from dat.app.books_place import Wanted
from datetime import UTC, datetime
def progress(done):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
import_events(BooksPlace(sys.argv[1]), [Path(sys.argv[2])], now=datetime(2025, 1, 1, tzinfo=UTC),
              wanted=Wanted(), keep=True, progress=progress)
"""


@pytest.mark.parametrize("killed_after", [1, 2_000, 6_000])
def test_an_import_that_is_killed_leaves_the_old_books_and_can_be_given_again(
    killed_after: int, tmp_path: Path
) -> None:
    address = make_books(tmp_path)
    rows = [f"deposit,2024-03-01T00:00:00Z,k{n},bank,USD,5" for n in range(7_000)]
    csv = tmp_path / "many.csv"
    csv.write_text("\n".join(["kind,at,source_id,wallet,asset,units", *rows, ""]))
    command = [sys.executable, "-c", _KILLED, str(address.path), str(csv), str(killed_after)]
    done = subprocess.run(command, check=False, capture_output=True, env=os.environ | {"PYTHONPATH": "."})
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with books_to_read(address) as ledger:
        assert ledger.head().number == 11
    again = subprocess.run([*command[:-1], "9999999"], check=False, capture_output=True)
    assert again.returncode == 0, again.stderr.decode()
    with books_to_read(address) as ledger:
        assert ledger.head().number == 7_011


@pytest.mark.parametrize("seed", range(4))
def test_balances_from_checkpoints_are_those_of_a_plain_sum(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(CheckpointKeeper.__init__, "__kwdefaults__", {"spacing": 7})
    address, memory = Address(tmp_path / "books.db"), MemoryBooks()
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for batch in range(12):
        words = []
        for number in range(draw.randrange(1, 40)):
            days = batch if draw.random() < 0.7 else draw.randrange(-3, 12)
            at = start + timedelta(days=days, hours=draw.randrange(3))
            wallet, asset = draw.choice(("a", "b")), draw.choice(("USD", "USDT"))
            words.append(
                f"deposit {at:%Y-%m-%dT%H:%M:%SZ} s{batch}-{number} wallet={wallet} asset={asset} units=1.25"
            )
        told = events("\n".join(words))
        for work in (SqlUnitOfWork(address, is_new=True), MemoryUnitOfWork(memory)):
            with work:
                record_events(work, told, clock=lambda _: NOW, settings=Settings("USD", "fifo"))
                work.commit()
    with books_to_read(address) as ledger, MemoryUnitOfWork(memory) as plain:
        assert ledger.head() == plain.ledger.head()
        for hours in range(-100, 320, 5):
            at = start + timedelta(hours=hours)
            assert ledger.balances(at) == plain.ledger.balances(at)
        assert ledger.balances()["assets:a", "USD"] == plain.ledger.balances()["assets:a", "USD"] > Decimal(1)
