"""The books: entries, postings and lot moves that are never changed, and what is derived from them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from dat.adapters.sql.exact import Exact
from dat.adapters.sql.migrations.append_only import close_entries, refuse_changes

revision = "0001"
down_revision = None

_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of the ledger, their indexes and their triggers."""
    _make_books()
    _make_projections()
    _make(
        "migration_begun",
        sa.Column("revision", _WORDS, primary_key=True),
        _column("backup", _WORDS),
        _column("at_us", _COUNT),
    )
    for table in ("entries", "postings", "lot_moves"):
        refuse_changes(table)
    close_entries()


def _make_books() -> None:
    op.create_table(
        "entries",
        sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
        _column("at_us", _COUNT),
        _column("recorded_us", _COUNT),
        _column("kind", _WORDS),
        sa.Column("source_id", _WORDS, nullable=False, unique=True),
        _column("event", _WORDS),
        _column("hash", _WORDS),
        sqlite_strict=True,
    )
    of_record = sa.text("kind IN ('open', 'declare', 'lock', 'rate')")
    op.create_index("entries_in_time", "entries", ["at_us", "number"])
    op.create_index(
        "entries_of_record", "entries", ["number"], sqlite_where=of_record, postgresql_where=of_record
    )
    where = (_column("account", _WORDS), _column("commodity", _WORDS))
    _make("postings", *_line(), *where, _column("amount", Exact()))
    _make(
        "lot_moves",
        *_line(),
        _column("account", _WORDS),
        _column("commodity", _WORDS),
        _column("units", Exact()),
        _column("cost", Exact()),
        _column("lot", _WORDS),
        _column("acquired_us", _COUNT),
    )


def _make_projections() -> None:
    _make(
        "open_lots",
        *(sa.Column(name, _WORDS, primary_key=True) for name in ("account", "commodity", "lot")),
        _column("number", _COUNT),
        _column("acquired_us", _COUNT),
        *(_column(name, Exact(is_sum=True)) for name in ("units", "cost", "unit_cost")),
        _column("since_us", _COUNT),
    )
    op.create_table(
        "checkpoints",
        sa.Column("number", _COUNT, primary_key=True, autoincrement=False),
        _column("at_us", _COUNT),
        _column("count", _COUNT),
        sqlite_strict=True,
    )
    op.create_index("checkpoints_in_time", "checkpoints", ["at_us", "number"])
    _make(
        "checkpoint_balances",
        sa.Column("checkpoint", _COUNT, primary_key=True, autoincrement=False),
        *(sa.Column(name, _WORDS, primary_key=True) for name in ("account", "commodity")),
        _column("amount", Exact(is_sum=True)),
    )


def _make(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def _line() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("entry", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("line", _COUNT, primary_key=True, autoincrement=False),
    )


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
