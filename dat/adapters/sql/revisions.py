"""Which revision the tables of books are at, and how they get to the newest: the steps that alembic knows."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, select

from dat.adapters.sql.address import Address
from dat.adapters.sql.batch import fetch
from dat.adapters.sql.faults import NO_BOOKS
from dat.adapters.sql.tables import MIGRATION
from dat.errors import StoreError

__all__ = ["apply", "begun", "make_books", "newest", "require_newest", "revision_of", "steps_after"]

_FOLDER = Path(__file__).parent / "migrations"


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER / "versions")])


def newest() -> str:
    """Give the revision that this program works on."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def revision_of(connection: Connection) -> str | None:
    """Give the revision that books are at; None where there are no books."""
    return MigrationContext.configure(connection).get_current_revision()


def steps_after(revision: str | None) -> list[Script]:
    """Give the steps from a revision to the newest, in order."""
    return [*reversed(list(_scripts().iterate_revisions(newest(), revision or "base")))]


def apply(connection: Connection, step: Script) -> None:
    """Take one step in the transaction of the connection."""
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        step.module.upgrade()
    context.stamp(_scripts(), step.revision)


def make_books(connection: Connection) -> None:
    """Make the tables of books at the newest revision where there are none; not in another program's file."""
    is_free = connection.dialect.name == "postgresql" or not inspect(connection).get_table_names()
    if is_free and revision_of(connection) is None:
        for step in steps_after(None):
            apply(connection, step)


def begun(connection: Connection) -> Iterator[tuple[str, str]]:
    """Give revision and backup of a step that was begun and did not end."""
    if inspect(connection).has_table(MIGRATION.name):
        yield from ((row[0], row[1]) for row in fetch(connection, select(MIGRATION)))


def require_newest(connection: Connection, address: Address) -> None:
    """Refuse books that this program cannot work on.

    Raises
    ------
    StoreError
        When there are none, a migration of them was cut short, or they are older or newer than the program.
    """
    for revision, _ in begun(connection):
        raise StoreError(
            f"{address}: the migration to revision {revision} was cut short; "
            f"'dat ledger migrate --restore --books {address}' puts the backup back"
        )
    found = revision_of(connection)
    if found is None:
        raise StoreError(f"{address} {NO_BOOKS}")
    if found == newest():
        return
    if found in {step.revision for step in _scripts().walk_revisions()}:
        raise StoreError(
            f"{address} is at revision {found}, and this version of dat works on {newest()}; "
            f"'dat ledger migrate --books {address}' brings it there, with a backup"
        )
    raise StoreError(f"{address} is at revision {found}, made by a newer version of dat; install that one")
