"""The tables of the books. Migrations make them; a test holds both against each other.

Entries, postings, lot moves and journal lines are added and never changed. Open lots and checkpoints are
projections: derived from the others, so that a question need not read all of them.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

from dat.adapters.sql.exact import Exact
from dat.ledger.books import RECORD_KINDS

__all__ = [
    "ALL",
    "CHECKPOINTS",
    "CHECKPOINT_BALANCES",
    "ENTRIES",
    "JOURNAL",
    "LEASES",
    "LOT_MOVES",
    "METADATA",
    "MIGRATION",
    "OPEN_LOTS",
    "POSTINGS",
]

METADATA = MetaData()
"""All tables at the newest revision."""
_COUNT = BigInteger().with_variant(Integer(), "sqlite")
_WORDS = Text().with_variant(Text(collation="C"), "postgresql")  # sorts alike on every database


def _table(name: str, *columns: Column[Any] | Index, rowid: bool = True) -> Table:
    return Table(name, METADATA, *columns, sqlite_strict=True, sqlite_with_rowid=rowid)


def _count(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, _COUNT, primary_key=key, autoincrement=False, nullable=False)


def _words(name: str, *, key: bool = False, unique: bool | None = None) -> Column[str]:
    return Column(name, _WORDS, primary_key=key, nullable=False, unique=unique)


def _amount(name: str) -> Column[Any]:
    return Column(name, Exact(), nullable=False)


def _sum(name: str) -> Column[Any]:
    return Column(name, Exact(is_sum=True), nullable=False)


ENTRIES = _table(
    "entries",
    _count("number", key=True),
    _count("at_us"),
    _count("recorded_us"),
    _words("kind"),
    _words("source_id", unique=True),
    _words("event"),
    _words("hash"),
)
_OF_RECORD = ENTRIES.c.kind.in_(RECORD_KINDS)
Index("entries_in_time", ENTRIES.c.at_us, ENTRIES.c.number)
Index("entries_of_record", ENTRIES.c.number, sqlite_where=_OF_RECORD, postgresql_where=_OF_RECORD)

POSTINGS = _table(
    "postings",
    _count("entry", key=True),
    _count("line", key=True),
    _words("account"),
    _words("commodity"),
    _amount("amount"),
    rowid=False,
)

LOT_MOVES = _table(
    "lot_moves",
    _count("entry", key=True),
    _count("line", key=True),
    _words("account"),
    _words("commodity"),
    _amount("units"),
    _amount("cost"),
    _words("lot"),
    _count("acquired_us"),
    rowid=False,
)

OPEN_LOTS = _table(
    "open_lots",
    _words("account", key=True),
    _words("commodity", key=True),
    _words("lot", key=True),
    _count("number"),
    _count("acquired_us"),
    _sum("units"),
    _sum("cost"),
    _sum("unit_cost"),
    _count("since_us"),
    rowid=False,
)

CHECKPOINTS = _table("checkpoints", _count("number", key=True), _count("at_us"), _count("count"))
Index("checkpoints_in_time", CHECKPOINTS.c.at_us, CHECKPOINTS.c.number)

CHECKPOINT_BALANCES = _table(
    "checkpoint_balances",
    _count("checkpoint", key=True),
    _words("account", key=True),
    _words("commodity", key=True),
    _sum("amount"),
    rowid=False,
)

JOURNAL = _table(
    "order_journal",
    _count("seq", key=True),
    _words("intent"),
    _words("state"),
    _count("at_us"),
    _words("body"),
    _words("hash"),
)
Index("order_journal_by_intent", JOURNAL.c.intent, JOURNAL.c.seq)

LEASES = _table(
    "leases", _words("name", key=True), _words("holder"), _count("epoch"), _count("expires_us"), rowid=False
)

MIGRATION = _table(
    "migration_begun", _words("revision", key=True), _words("backup"), _count("at_us"), rowid=False
)

ALL = tuple(METADATA.sorted_tables)
"""Every table."""
