"""Whether the tables, indexes and triggers of books are those that dat made."""

from collections.abc import Iterator, Mapping
from functools import cache

from sqlalchemy import Connection, NullPool, create_engine, text

from dat.adapters.sql.revisions import make_books
from dat.ledger.checks import Finding

__all__ = ["schema_findings"]

_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
_POSTGRES = text(
    "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
    "AND tgrelid::regclass::text IN ('entries', 'postings', 'lot_moves', 'order_journal')"
)
_TRIGGERS = (
    *(f"{table}_refuse_change" for table in ("entries", "postings", "lot_moves", "order_journal")),
    *("postings_closed", "lot_moves_closed", "entries_balanced"),
)


def schema_findings(connection: Connection) -> Iterator[Finding]:
    """Give what is missing, foreign or changed."""
    if connection.dialect.name == "postgresql":
        there = {row[0] for row in connection.execute(_POSTGRES)}
        yield from (
            Finding("schema", name, "is missing or switched off") for name in _TRIGGERS if name not in there
        )
        return
    stored, meant = _made(connection), _newest()
    for name in sorted(stored.keys() | meant.keys()):
        if stored.get(name) != meant.get(name):
            text = "is missing" if name not in stored else "is not as dat made it"
            yield Finding("schema", name, text)


@cache
def _newest() -> Mapping[str, str]:
    engine = create_engine("sqlite+pysqlite://", poolclass=NullPool)
    with engine.connect() as connection:
        make_books(connection)
        return _made(connection)


def _made(connection: Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(_SQLITE)}
