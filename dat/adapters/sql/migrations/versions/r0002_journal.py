"""The order journal, whose lines are never changed, and the leases."""

import sqlalchemy as sa
from alembic import op

from dat.adapters.sql.migrations.append_only import refuse_changes

revision = "0002"
down_revision = "0001"

_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of orders and leases."""
    op.create_table(
        "order_journal",
        sa.Column("seq", _COUNT, primary_key=True, autoincrement=False),
        sa.Column("intent", _WORDS, nullable=False),
        sa.Column("state", _WORDS, nullable=False),
        sa.Column("at_us", _COUNT, nullable=False),
        sa.Column("body", _WORDS, nullable=False),
        sa.Column("hash", _WORDS, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("order_journal_by_intent", "order_journal", ["intent", "seq"])
    refuse_changes("order_journal")
    op.create_table(
        "leases",
        sa.Column("name", _WORDS, primary_key=True),
        sa.Column("holder", _WORDS, nullable=False),
        sa.Column("epoch", _COUNT, nullable=False),
        sa.Column("expires_us", _COUNT, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
