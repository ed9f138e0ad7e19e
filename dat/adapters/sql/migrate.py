"""Bring books to the newest revision, with a backup before each step, and put a backup back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from glob import escape
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from dat.adapters.files import exclusive, sync_file
from dat.adapters.sql.address import Address
from dat.adapters.sql.engine import engine_of
from dat.adapters.sql.faults import NO_BOOKS, telling
from dat.adapters.sql.revisions import apply, begun, newest, revision_of, steps_after
from dat.adapters.sql.tables import ALL, MIGRATION
from dat.core.time import epoch_us
from dat.errors import StoreError

__all__ = ["Migrated", "restore", "upgrade"]

_GROWING = ("entries", "order_journal")
"""Tables that only grow: a backup with fewer rows is of older books."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """At which revision books are now, and where their backups are: files, or schemas of PostgreSQL."""

    revision: str
    backups: tuple[str, ...] = ()


def upgrade(address: Address, *, now: datetime) -> Migrated:
    """Take every step to the newest revision, each in one transaction, with a backup before it.

    Raises
    ------
    StoreError
        When there are no books, an earlier migration was cut short, or a step fails; then the books are as
        they were before it.
    """
    engine = engine_of(address, "write")
    backups: list[str] = []
    with telling(address, engine), _alone(address, engine):
        while (backup := _begin(engine, address, now)) is not None:
            _finish(engine)
            backups.append(backup)
    return Migrated(newest(), tuple(backups))


def restore(address: Address) -> Migrated:
    """Put the backup of the migration that was cut short back, or else that of the last one.

    Raises
    ------
    StoreError
        When there is no backup, the books hold more than it does, or it cannot be put back; then the books
        are as they were.
    """
    engine = engine_of(address, "write")
    with telling(address, engine), _alone(address, engine):
        if address.path is not None:
            return _restore_file(address.path, address)
        with engine.begin() as connection:
            return _restore_schema(connection, address)


@contextmanager
def _alone(address: Address, engine: Engine) -> Iterator[None]:
    """Wait until nobody else migrates these books."""
    if address.path is not None:
        with exclusive(address.path.parent):
            yield
        return
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('dat ledger migrate'))"))
        yield


def _begin(engine: Engine, address: Address, now: datetime) -> str | None:
    """Make a backup, and keep that a step has begun; give the backup, or None where no step is left."""
    with engine.begin() as connection:
        for revision, _ in begun(connection):
            raise StoreError(
                f"{address}: the migration to revision {revision} was cut short: restore it first"
            )
        found = revision_of(connection)
        if found is None:
            raise StoreError(f"{address} {NO_BOOKS}")
        for step in steps_after(found)[:1]:
            backup = _back_up(address, connection, step.revision)
            mark = {"revision": step.revision, "backup": backup, "at_us": epoch_us(now)}
            connection.execute(insert(MIGRATION).values(**mark))
            return backup
    return None


def _finish(engine: Engine) -> None:
    """Take the step that was begun; one that fails has not begun."""
    try:
        with engine.begin() as connection:
            for step in steps_after(revision_of(connection))[:1]:
                apply(connection, step)
            connection.execute(delete(MIGRATION))
    except (DBAPIError, engine.dialect.loaded_dbapi.Error):
        with engine.begin() as connection:
            connection.execute(delete(MIGRATION))
        raise


def _back_up(address: Address, connection: Connection, revision: str) -> str:
    if address.path is None:
        return _back_up_schema(connection, revision)
    backup = address.path.with_name(f"{address.path.name}.before-{revision}.bak")
    _copy(address.path, backup)
    return str(backup)


def _copy(source: Path, target: Path) -> None:
    """Copy a database in one step: under its name there is the whole copy, or what was there before."""
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    sync_file(fresh)
    fresh.replace(target)


def _restore_file(path: Path, address: Address) -> Migrated:
    backups = sorted(path.parent.glob(f"{escape(path.name)}.before-*.bak"))
    if not backups:
        raise StoreError(f"{address}: there is no backup beside it ({path.name}.before-….bak)")
    with closing(sqlite3.connect(backups[-1])) as kept, closing(sqlite3.connect(path)) as opened:
        for table in _GROWING:
            _require_no_more(address, table, now=_rows(opened, table), then=_rows(kept, table))
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what is only in the write-ahead file
    _copy(backups[-1], path)
    with engine_of(address, "read").connect() as connection:
        return Migrated(str(revision_of(connection)), (str(backups[-1]),))


def _rows(opened: sqlite3.Connection, table: str) -> int:
    if opened.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
        return 0
    found: tuple[int] = opened.execute(f"SELECT count(*) FROM {table}").fetchone()
    return found[0]


def _require_no_more(address: Address, table: str, *, now: int, then: int) -> None:
    if now > then:
        raise StoreError(
            f"{address}: {table} has {now} rows and its backup {then}; to put it back would lose "
            f"{now - then}, so nothing was done"
        )


def _schemas(connection: Connection) -> list[str]:
    return sorted(name for name in inspect(connection).get_schema_names() if name.startswith("dat_backup_"))


def _back_up_schema(connection: Connection, revision: str) -> str:
    schema = f"dat_backup_{revision}"
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for name in (*_present(connection), "alembic_version"):
        connection.execute(text(f"CREATE TABLE {schema}.{name} AS TABLE {name}"))
    return schema


def _restore_schema(connection: Connection, address: Address) -> Migrated:
    schemas = _schemas(connection)
    if not schemas:
        raise StoreError(f"{address}: there is no backup in it (schema dat_backup_…)")
    schema = schemas[-1]
    kept = connection.execute(text(f"SELECT version_num FROM {schema}.alembic_version")).scalar_one()
    there, saved = (inspect(connection).get_table_names(where) for where in (None, schema))
    for table in _GROWING:
        now = _count(connection, table) if table in there else 0
        then = _count(connection, f"{schema}.{table}") if table in saved else 0
        _require_no_more(address, table, now=now, then=then)
    for name in (*_present(connection), "alembic_version"):
        connection.execute(text(f"DROP TABLE {name} CASCADE"))
    for function in ("dat_refuse_change", "dat_refuse_late_line", "dat_refuse_entry"):
        connection.execute(text(f"DROP FUNCTION IF EXISTS {function}() CASCADE"))
    for step in steps_after(None):
        apply(connection, step)
        if step.revision == kept:
            break
    for name in sorted(_present(connection), key=lambda name: name == "entries"):  # lines before entries
        connection.execute(text(f"INSERT INTO {name} SELECT * FROM {schema}.{name}"))
    return Migrated(kept, (schema,))


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def _present(connection: Connection) -> list[str]:
    there = set(inspect(connection).get_table_names())
    return [table.name for table in ALL if table.name in there]
