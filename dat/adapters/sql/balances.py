"""Balances at any instant, from checkpoints that are kept while entries are added."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, tuple_

from dat.adapters.sql.batch import Row, fetch, insert, run_many, stream
from dat.adapters.sql.checkpoint import (
    LATEST,
    NOTHING,
    SPACING,
    Checkpoint,
    Heap,
    Key,
    Sums,
    Trail,
    cut,
    plus,
)
from dat.adapters.sql.exact import as_text
from dat.adapters.sql.tables import CHECKPOINT_BALANCES, CHECKPOINTS, ENTRIES, POSTINGS
from dat.core.money import plain
from dat.core.time import epoch_us
from dat.ledger.entry import Entry, Posting

__all__ = ["CheckpointKeeper", "balances_at"]


def _key(at_us: ColumnElement[int], number: ColumnElement[int]) -> ColumnElement[bool]:
    after = tuple_(bindparam("after_us"), bindparam("after_number"))
    until = tuple_(bindparam("until_us"), bindparam("until_number"))
    return and_(tuple_(at_us, number) > after, tuple_(at_us, number) <= until)


_BETWEEN = _key(ENTRIES.c.at_us, ENTRIES.c.number)
_LINES = (POSTINGS.c.account, POSTINGS.c.commodity, as_text(POSTINGS.c.amount))
_JOINED = ENTRIES.join(POSTINGS, POSTINGS.c.entry == ENTRIES.c.number)
_AMOUNTS = select(*_LINES).select_from(_JOINED).where(_BETWEEN, ENTRIES.c.number <= bindparam("number_max"))
_IN_ORDER = (
    select(ENTRIES.c.at_us, ENTRIES.c.number, *_LINES)
    .select_from(ENTRIES.outerjoin(POSTINGS, POSTINGS.c.entry == ENTRIES.c.number))
    .where(_BETWEEN)
    .order_by(ENTRIES.c.at_us, ENTRIES.c.number, POSTINGS.c.line)
)
_COUNT = select(func.count()).select_from(ENTRIES).where(_BETWEEN)
_LAST_ENTRY = (
    select(ENTRIES.c.at_us, ENTRIES.c.number)
    .order_by(ENTRIES.c.at_us.desc(), ENTRIES.c.number.desc())
    .limit(1)
)
_MARKS = select(CHECKPOINTS.c.at_us, CHECKPOINTS.c.number, CHECKPOINTS.c.count).order_by(
    CHECKPOINTS.c.at_us, CHECKPOINTS.c.number
)
_MARK_BEFORE = (
    select(CHECKPOINTS.c.at_us, CHECKPOINTS.c.number)
    .where(tuple_(CHECKPOINTS.c.at_us, CHECKPOINTS.c.number) <= tuple_(bindparam("us"), bindparam("number")))
    .order_by(CHECKPOINTS.c.at_us.desc(), CHECKPOINTS.c.number.desc())
    .limit(1)
)
_MARKED = select(
    CHECKPOINT_BALANCES.c.account, CHECKPOINT_BALANCES.c.commodity, as_text(CHECKPOINT_BALANCES.c.amount)
).where(CHECKPOINT_BALANCES.c.checkpoint == bindparam("number"))


def balances_at(connection: Connection, until: Key = LATEST, *, number_max: int = LATEST[1]) -> Sums:
    """Sum the postings of entries up to a key.

    Parameters
    ----------
    connection
        With a transaction.
    until
        Key of the last entry to count; by default all.
    number_max
        Leave out entries with higher numbers, which no checkpoint may contain yet.
    """
    mark, sums = _mark_before(connection, until)
    heap = Heap()
    heap.add(_postings(fetch(connection, _AMOUNTS, number_max=number_max, **_range(mark, until))))
    return plus(sums, heap.sums())


class CheckpointKeeper:
    """Keeps the checkpoints of a connection in step with the entries that it adds.

    Parameters
    ----------
    connection
        With a transaction.
    spacing
        Entries between two checkpoints.
    """

    def __init__(self, connection: Connection, *, spacing: int = SPACING) -> None:
        self._connection, self._spacing = connection, spacing
        self._trail: Trail | None = None

    def begin(self) -> None:
        """Look at what is stored; before entries are added."""
        if self._trail is None:
            self._trail = self._read()

    def take(self, entries: Sequence[Entry]) -> None:
        """Note entries that were added."""
        assert self._trail is not None
        for entry in entries:
            self._trail.add((epoch_us(entry.event.at), entry.number), entry.postings)

    def flush(self) -> None:
        """Write down what has become of the checkpoints."""
        trail, self._trail = self._trail, None
        if trail is None:
            return
        self._lay(trail.laid)
        self._shift(trail.shifts())
        run_many(
            self._connection,
            "UPDATE checkpoints SET count = ? WHERE number = ?",
            ((count, number) for (_, number), count in trail.changed()),
        )
        for after, until in trail.crowded():
            self._cut(after, until)

    def _read(self) -> Trail:
        connection = self._connection
        marks = [((at_us, number), count) for at_us, number, count in fetch(connection, _MARKS)]
        found = fetch(connection, _LAST_ENTRY)
        last: Key = (found[0][0], found[0][1]) if found else NOTHING
        tail = _count(connection, marks[-1][0] if marks else NOTHING, last)
        number_max = fetch(connection, select(func.max(ENTRIES.c.number)))[0][0] or 0
        return Trail(
            marks,
            tail=tail,
            last=last,
            totals=lambda: balances_at(connection, number_max=number_max),
            spacing=self._spacing,
        )

    def _lay(self, laid: Iterable[Checkpoint]) -> None:
        marks, balances = list[int | str](), list[int | str]()
        for (at_us, number), count, sums in laid:
            marks += (number, at_us, count)
            for (account, commodity), amount in sums.items():
                balances += (number, account, commodity, plain(amount))
        insert(self._connection, CHECKPOINTS, marks)
        insert(self._connection, CHECKPOINT_BALANCES, balances)

    def _shift(self, shifts: Iterable[tuple[Key, Sums]]) -> None:
        rows: list[Row] = [
            (number, account, commodity, plain(amount))
            for (_, number), sums in shifts
            for (account, commodity), amount in sums.items()
        ]
        is_postgres = self._connection.dialect.name == "postgresql"
        added = "checkpoint_balances.amount, excluded.amount"
        total = "{} + {}".format(*added.split(", ")) if is_postgres else f"exact_sum({added})"
        run_many(
            self._connection,
            "INSERT INTO checkpoint_balances (checkpoint, account, commodity, amount) VALUES (?, ?, ?, ?) "
            f"ON CONFLICT (checkpoint, account, commodity) DO UPDATE SET amount = {total}",
            rows,
        )
        run_many(
            self._connection,
            "DELETE FROM checkpoint_balances "
            "WHERE checkpoint = ? AND account = ? AND commodity = ? AND amount = '0'",
            (row[:3] for row in rows),
        )

    def _cut(self, after: Key, until: Key) -> None:
        connection = self._connection
        count = _count(connection, after, until)
        _, start = _mark_before(connection, after)
        rows = stream(connection, _IN_ORDER, **_range(after, until))
        laid = list(cut(start, _by_entry(rows), count=count, spacing=self._spacing))
        self._lay(laid)
        left = count - sum(checkpoint.entries for checkpoint in laid)
        run_many(connection, "UPDATE checkpoints SET count = ? WHERE number = ?", [(left, until[1])])


def _mark_before(connection: Connection, until: Key) -> tuple[Key, Sums]:
    found = fetch(connection, _MARK_BEFORE, us=until[0], number=until[1])
    if not found:
        return NOTHING, {}
    at_us, number = found[0]
    rows = fetch(connection, _MARKED, number=number)
    return (at_us, number), {(account, commodity): Decimal(text) for account, commodity, text in rows}


def _count(connection: Connection, after: Key, until: Key) -> int:
    return int(fetch(connection, _COUNT, **_range(after, until))[0][0])


def _range(after: Key, until: Key) -> dict[str, int]:
    return {
        "after_us": after[0], "after_number": after[1], "until_us": until[0], "until_number": until[1]
    }  # fmt: skip


def _by_entry(rows: Iterable[Row]) -> Iterator[tuple[Key, list[Posting]]]:
    for (at_us, number), group in groupby(rows, key=lambda row: row[:2]):
        lines = (row[2:] for row in group if row[2] is not None)
        yield (at_us, number), list(_postings(lines))


def _postings(rows: Iterable[Row]) -> Iterator[Posting]:
    return (Posting(account, commodity, Decimal(text)) for account, commodity, text in rows)
