"""The books in a database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from dat.adapters.chain import first_known, head_after, refuse_source
from dat.adapters.sql.balances import CheckpointKeeper, balances_at
from dat.adapters.sql.batch import Row, fetch, insert, run_many
from dat.adapters.sql.checkpoint import LATEST
from dat.adapters.sql.exact import as_text
from dat.adapters.sql.rows import entries_from, entry_values, lot_from, lot_values
from dat.adapters.sql.tables import ENTRIES, LOT_MOVES, OPEN_LOTS, POSTINGS
from dat.core.time import epoch_us
from dat.errors import StoreError
from dat.ledger.entry import GENESIS, Entry, Head
from dat.ledger.lots import Lot

__all__ = ["PAGE", "SqlLedgerStore"]

PAGE = 2_000
"""Entries that are read at a time."""

_BEFORE = ENTRIES.alias("before")
_HEADS = (
    select(ENTRIES.c.number, ENTRIES.c.recorded_us, ENTRIES.c.event, ENTRIES.c.hash, _BEFORE.c.hash)
    .select_from(ENTRIES.outerjoin(_BEFORE, _BEFORE.c.number == ENTRIES.c.number - 1))
    .order_by(ENTRIES.c.number)
)
_POSTED = select(
    POSTINGS.c.entry, POSTINGS.c.account, POSTINGS.c.commodity, as_text(POSTINGS.c.amount)
).order_by(POSTINGS.c.entry, POSTINGS.c.line)
_MOVED = select(
    *(LOT_MOVES.c.entry, LOT_MOVES.c.account, LOT_MOVES.c.commodity, as_text(LOT_MOVES.c.units)),
    *(as_text(LOT_MOVES.c.cost), LOT_MOVES.c.lot, LOT_MOVES.c.acquired_us),
).order_by(LOT_MOVES.c.entry, LOT_MOVES.c.line)
_HEAD = select(ENTRIES.c.number, ENTRIES.c.hash).order_by(ENTRIES.c.number.desc()).limit(1)
_LOTS = select(
    *(OPEN_LOTS.c.account, OPEN_LOTS.c.commodity, OPEN_LOTS.c.lot, OPEN_LOTS.c.number),
    *(OPEN_LOTS.c.acquired_us, as_text(OPEN_LOTS.c.units), as_text(OPEN_LOTS.c.cost)),
    as_text(OPEN_LOTS.c.unit_cost),
    OPEN_LOTS.c.since_us,
).order_by(
    *(
        OPEN_LOTS.c.account,
        OPEN_LOTS.c.commodity,
        OPEN_LOTS.c.acquired_us,
        OPEN_LOTS.c.number,
        OPEN_LOTS.c.lot,
    )
)


class SqlLedgerStore:
    """Keep the books on a connection that has a transaction; whoever holds it commits.

    Parameters
    ----------
    connection
        Of an engine of `engine_of`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keeper = CheckpointKeeper(connection)
        self._head: Head | None = None
        self._sources: set[str] | None = None  # all of them, where the books were empty at the beginning
        self._changed: dict[tuple[str, str, str], Lot | None] = {}
        self._is_whole = True

    def head(self) -> Head:
        """Give the end of the chain."""
        if self._head is None:
            found = fetch(self._connection, _HEAD)
            self._head = Head(*found[0]) if found else Head()
            self._sources = None if found else set()
        return self._head

    def append(self, entries: Sequence[Entry], lots: Iterable[tuple[str, str, str, Lot | None]]) -> None:
        """Add entries at the end of the chain, and keep what became of the lots that they touched.

        Raises
        ------
        LedgerError
            When a `source_id` is in the books already, or the first entry does not follow the stored head.
        """
        head = head_after(self.head(), entries)
        self._take_sources(entries)
        if entries:
            self._write(entries)
        self._changed.update(((account, commodity, name), lot) for account, commodity, name, lot in lots)
        self._head = head

    def entries(
        self, *, after: int = 0, kinds: Sequence[str] = (), source_ids: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """Give entries numbered above `after`, in order; of these kinds and sources where some are named."""
        if source_ids and self._sources is not None:
            source_ids = [name for name in source_ids if name in self._sources]
            if not source_ids:
                return
        names = iter(dict.fromkeys(source_ids))
        if not source_ids:
            yield from self._paged(_of_kinds(_HEADS, kinds), after, is_whole=not kinds)
        while some := tuple(islice(names, PAGE)):
            chosen = _of_kinds(_HEADS.where(ENTRIES.c.source_id.in_(some)), kinds)
            yield from self._paged(chosen, after, is_whole=False)

    def balances(self, as_of: datetime | None = None) -> Mapping[tuple[str, str], Decimal]:
        """Sum the postings of events at or before an instant, by (account, commodity), without sums of 0."""
        self.flush()
        until = LATEST if as_of is None else (epoch_us(as_of), LATEST[1])
        sums = balances_at(self._connection, until)
        return {place: amount for place, amount in sums.items() if amount}

    def open_lots(
        self, account: str | None = None, commodity: str | None = None
    ) -> Iterator[tuple[str, str, Lot]]:
        """Give (account, commodity, lot) open now; in order of account, commodity, date, number, name."""
        self.flush()
        chosen = _LOTS
        for column, wanted in ((OPEN_LOTS.c.account, account), (OPEN_LOTS.c.commodity, commodity)):
            chosen = chosen if wanted is None else chosen.where(column == wanted)
        yield from map(lot_from, fetch(self._connection, chosen))

    def flush(self) -> None:
        """Write down what is kept beside the chain; before a commit.

        Raises
        ------
        StoreError
            When entries were written in part: nothing of this unit may be kept.
        """
        if not self._is_whole:
            raise StoreError("an append failed half way; nothing of this unit of work is kept")
        self._keep_lots()
        self._keeper.flush()

    def _write(self, entries: Sequence[Entry]) -> None:
        self._keeper.begin()
        self._is_whole = False
        heads, postings, moves = entry_values(entries)
        insert(self._connection, POSTINGS, postings)  # lines first, then what closes them
        insert(self._connection, LOT_MOVES, moves)
        insert(self._connection, ENTRIES, heads)
        self._is_whole = True
        self._keeper.take(entries)

    def _paged(self, query: Select[Any], after: int, *, is_whole: bool) -> Iterator[Entry]:
        page = query.where(ENTRIES.c.number > bindparam("after")).limit(PAGE)
        while heads := fetch(self._connection, page, after=after):
            numbers = [row[0] for row in heads]
            lines = (self._lines(kind, numbers, is_whole=is_whole) for kind in (_POSTED, _MOVED))
            yield from entries_from([_with_start(row) for row in heads], *lines)
            if len(heads) < PAGE:
                return
            after = numbers[-1]

    def _lines(self, query: Select[Any], numbers: Sequence[int], *, is_whole: bool) -> list[Row]:
        entry = query.selected_columns[0]
        if is_whole:
            return fetch(self._connection, query.where(entry.between(numbers[0], numbers[-1])))
        return fetch(self._connection, query.where(entry.in_(numbers)))

    def _take_sources(self, entries: Sequence[Entry]) -> None:
        """Refuse the first source that is in the books already, or twice among the entries."""
        names = [entry.event.source_id for entry in entries]
        known = self._stored(names) if self._sources is None else self._sources
        fresh = set(names)
        if len(fresh) < len(names) or not known.isdisjoint(fresh):
            raise refuse_source(first_known(names, known))
        if self._sources is not None:
            self._sources |= fresh

    def _stored(self, names: Sequence[str]) -> set[str]:
        known: set[str] = set()
        for start in range(0, len(names), PAGE):
            some = ENTRIES.c.source_id.in_(names[start : start + PAGE])
            known.update(row[0] for row in fetch(self._connection, select(ENTRIES.c.source_id).where(some)))
        return known

    def _keep_lots(self) -> None:
        """Write what became of lots since the last time: a lot that is drawn on often is written once."""
        changed, self._changed = self._changed, {}
        if not changed:
            return
        if fetch(self._connection, select(OPEN_LOTS.c.lot).limit(1)):
            where = "WHERE account = ? AND commodity = ? AND lot = ?"
            run_many(self._connection, f"DELETE FROM open_lots {where}", changed)
        left = sorted((place, lot) for place, lot in changed.items() if lot is not None)
        insert(self._connection, OPEN_LOTS, [value for row in left for value in lot_values(*row)])


def _of_kinds(query: Select[Any], kinds: Sequence[str]) -> Select[Any]:
    return query.where(ENTRIES.c.kind.in_(kinds)) if kinds else query


def _with_start(row: Row) -> Row:
    return row if row[4] is not None else (*row[:4], GENESIS)
