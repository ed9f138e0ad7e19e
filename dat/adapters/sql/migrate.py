"""Bring books to the newest revision, with a backup before each step, and put a backup back."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.script import Script
from sqlalchemy import Connection, delete, insert, inspect, text

from dat.adapters.files import sync_file
from dat.adapters.sql.address import Address
from dat.adapters.sql.engine import engine_of
from dat.adapters.sql.faults import NO_BOOKS, telling
from dat.adapters.sql.revisions import apply, begun, newest, revision_of, steps_after
from dat.adapters.sql.tables import ALL, MIGRATION
from dat.core.time import epoch_us
from dat.errors import StoreError

__all__ = ["Migrated", "restore", "upgrade"]


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
    with telling(address, engine):
        for step in _steps(address):
            with engine.begin() as connection:
                backup = _back_up(address, connection, step.revision)
                mark = {"revision": step.revision, "backup": backup, "at_us": epoch_us(now)}
                connection.execute(insert(MIGRATION).values(**mark))
            with engine.begin() as connection:
                apply(connection, step)
                connection.execute(delete(MIGRATION))
            backups.append(backup)
    return Migrated(newest(), tuple(backups))


def restore(address: Address) -> Migrated:
    """Put the backup of the migration that was cut short back, or else that of the last one.

    Raises
    ------
    StoreError
        When there is no backup, or it cannot be put back; then the books are as they were.
    """
    engine = engine_of(address, "write")
    with telling(address, engine):
        if address.path is not None:
            return _restore_file(address.path, address)
        with engine.begin() as connection:
            return _restore_schema(connection, address)


def _steps(address: Address) -> list[Script]:
    engine = engine_of(address, "write")
    with engine.begin() as connection:
        for revision, _ in begun(connection):
            raise StoreError(
                f"{address}: the migration to revision {revision} was cut short: restore it first"
            )
        found = revision_of(connection)
    if found is None:
        raise StoreError(f"{address} {NO_BOOKS}")
    return steps_after(found)


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
    backups = sorted(path.parent.glob(f"{path.name}.before-*.bak"))
    if not backups:
        raise StoreError(f"{address}: there is no backup beside it ({path.name}.before-….bak)")
    with closing(sqlite3.connect(path)) as opened:  # what is only in the write-ahead file goes into the books
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _copy(backups[-1], path)
    with engine_of(address, "read").connect() as connection:
        return Migrated(str(revision_of(connection)), (str(backups[-1]),))


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


def _present(connection: Connection) -> list[str]:
    there = set(inspect(connection).get_table_names())
    return [table.name for table in ALL if table.name in there]
