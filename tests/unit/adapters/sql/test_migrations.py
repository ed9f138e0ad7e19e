"""Books of an older revision: told apart, brought forward with a backup, put back when that is cut short."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect

from dat.adapters.sql.address import Address, address_of
from dat.adapters.sql.engine import engine_of
from dat.adapters.sql.migrate import restore, upgrade
from dat.adapters.sql.revisions import apply, newest, steps_after
from dat.adapters.sql.tables import METADATA
from dat.adapters.sql.unit_of_work import SqlUnitOfWork, books_to_read
from dat.errors import StoreError
from dat.ledger.books import Settings
from dat.operations.bookkeeping import record_events
from tests.contract.conftest import postgres_url  # noqa: F401  # the fixture
from tests.contract.test_unit_of_work import HISTORY, events
from tests.postgres import fresh_database
from tests.unit.adapters.sql.sample_books import NOW, make_books, record


def old_books(address: Address) -> str:
    """Make books as the first revision has them; gives the head of their chain."""
    with SqlUnitOfWork(address, is_new=True) as work:
        record_events(work, events(HISTORY), clock=lambda _: NOW, settings=Settings("USD", "fifo"))
        work.commit()
        head = work.ledger.head().hash
    with engine_of(address, "write").begin() as connection:
        for table in ("order_journal", "leases"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    return head


def head_of(address: Address) -> str:
    with books_to_read(address) as ledger:
        return ledger.head().hash


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    if request.param == "sqlite":
        return Address(tmp_path / "books.db")
    return address_of(fresh_database(request.getfixturevalue("postgres_url")))


def test_old_books_are_told_apart_and_brought_forward_with_a_backup(address: Address) -> None:
    head = old_books(address)
    with pytest.raises(
        StoreError, match=r"is at revision 0001, and this version of dat works on 0002; 'dat ledger"
    ):
        head_of(address)
    done = upgrade(address, now=NOW)
    assert (done.revision, len(done.backups), head_of(address)) == ("0002", 1, head)
    with SqlUnitOfWork(address) as work:
        assert list(work.journal.rows()) == []
    assert upgrade(address, now=NOW).backups == ()
    assert restore(address).revision == "0001"
    assert upgrade(address, now=NOW).revision == "0002"
    assert head_of(address) == head


def test_books_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    with engine_of(address, "write").begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(StoreError, match="revision 0099, made by a newer version of dat; install that one"):
        head_of(address)


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import dat.adapters.sql.migrate as migrate
from dat.adapters.sql.address import Address
plain = migrate.apply
def killed(connection, step):
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    plain(connection, step)
    os.kill(os.getpid(), signal.SIGKILL)
migrate.apply = killed
migrate.upgrade(Address(Path(sys.argv[1])), now=datetime(2025, 1, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_migration_that_is_killed_is_detected_and_put_back(moment: str, tmp_path: Path) -> None:
    address = Address(tmp_path / "books.db")
    head = old_books(address)
    command = [sys.executable, "-c", _KILLED, str(address.path), moment]
    done = subprocess.run(command, check=False, capture_output=True, env=os.environ | {"PYTHONPATH": "."})
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with pytest.raises(
        StoreError, match=r"the migration to revision 0002 was cut short; 'dat ledger migrate --res"
    ):
        head_of(address)
    with pytest.raises(StoreError, match="was cut short: restore it first"):
        upgrade(address, now=NOW)
    assert restore(address).revision == "0001"
    assert upgrade(address, now=NOW).revision == "0002"
    assert head_of(address) == head


def test_a_backup_is_not_put_back_over_what_was_recorded_since(address: Address) -> None:
    old_books(address)
    upgrade(address, now=NOW)
    record(address, "deposit 2024-02-01 m1 wallet=bank asset=USD units=5")
    head = head_of(address)
    with pytest.raises(StoreError, match=r"entries has 12 rows and its backup 11; .* would lose 1"):
        restore(address)
    assert head_of(address) == head


def test_two_that_migrate_at_once_take_turns(address: Address) -> None:
    head = old_books(address)
    with ThreadPoolExecutor(2) as pool:
        done = [job.result() for job in [pool.submit(lambda: upgrade(address, now=NOW)) for _ in range(2)]]
    assert sorted(len(each.backups) for each in done) == [0, 1]
    assert head_of(address) == head


def test_a_step_that_fails_leaves_books_that_can_be_migrated(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = old_books(address)

    def failing(connection: Connection, _: object) -> None:
        connection.exec_driver_sql("CREATE TABLE leases (half TEXT)")
        connection.exec_driver_sql("SELECT nonsense")

    with monkeypatch.context() as patched:
        patched.setattr("dat.adapters.sql.migrate.apply", failing)
        with pytest.raises(StoreError, match="nonsense"):
            upgrade(address, now=NOW)
    assert upgrade(address, now=NOW).revision == "0002"
    assert head_of(address) == head


def test_there_is_nothing_to_restore_without_a_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no backup beside it"):
        restore(make_books(tmp_path))


def test_migrations_make_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    with closing(sqlite3.connect(tmp_path / "declared.db")) as made:
        engine = create_engine("sqlite+pysqlite://", creator=lambda: made)
        METADATA.create_all(engine)
        declared = inspect(engine)
        with engine_of(address, "read").connect() as connection:
            stored = inspect(connection)
            for table in METADATA.tables:
                columns = [(c["name"], str(c["type"]), c["nullable"]) for c in stored.get_columns(table)]
                wanted = [(c["name"], str(c["type"]), c["nullable"]) for c in declared.get_columns(table)]
                assert columns == wanted, table
                assert stored.get_pk_constraint(table) == declared.get_pk_constraint(table)
    assert [step.revision for step in steps_after(None)] == ["0001", "0002"]
    assert newest() == "0002"
    assert callable(apply)
