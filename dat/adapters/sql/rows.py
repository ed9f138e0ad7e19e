"""Entries as rows, and rows as entries."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from dat.adapters.sql.batch import Row
from dat.core.money import plain
from dat.core.time import epoch_us, from_epoch_us
from dat.ledger.entry import Entry, LotMove, Posting
from dat.ledger.event import event_from_json
from dat.ledger.lots import Lot

__all__ = ["entries_from", "entry_values", "lot_from", "lot_values"]

_ENTRY = itemgetter(0)
_NO_ROWS: tuple[Row, ...] = ()


def entry_values(entries: Iterable[Entry]) -> tuple[list[Any], list[Any], list[Any]]:
    """Write entries as the values of the tables entries, postings and lot_moves."""
    heads, postings, moves = list[Any](), list[Any](), list[Any]()
    for entry in entries:
        number, event = entry.number, entry.event
        heads += (
            *(number, epoch_us(event.at), epoch_us(entry.recorded_at), event.kind),
            *(event.source_id, entry.event_text, entry.hash),
        )
        posting_rows, move_rows = entry.as_rows()
        for line, row in enumerate(posting_rows, start=1):
            postings += (number, line, *row)
        for line, move in enumerate(move_rows, start=1):
            moves += (number, line, *move)
    return heads, postings, moves


def entries_from(heads: Iterable[Row], postings: Sequence[Row], moves: Sequence[Row]) -> Iterator[Entry]:
    """Read entries.

    Parameters
    ----------
    heads
        (number, recorded_us, event, hash, hash of the entry before), in order.
    postings, moves
        (entry, and the values after its line), of these entries, in order.
    """
    posted, moved = _by_entry(postings), _by_entry(moves)
    for number, recorded_us, text, digest, previous in heads:
        lines = tuple(
            Posting(account, commodity, Decimal(amount))
            for _, account, commodity, amount in posted.get(number, _NO_ROWS)
        )
        lots = tuple(
            LotMove(account, commodity, Decimal(units), Decimal(cost), lot, acquired_us)
            for _, account, commodity, units, cost, lot, acquired_us in moved.get(number, _NO_ROWS)
        )
        at = from_epoch_us(recorded_us)
        yield Entry(number, at, event_from_json(text), text, lines, lots, previous, digest)


def lot_values(place: tuple[str, str, str], lot: Lot) -> Row:
    """Write a lot as the values of the table open_lots."""
    _, number, acquired_us, units, cost, unit_cost, since_us = lot
    return (*place, number, acquired_us, plain(units), plain(cost), plain(unit_cost), since_us)


def lot_from(row: Row) -> tuple[str, str, Lot]:
    """Read (account, commodity, lot) from such values."""
    account, commodity, name, number, acquired_us, units, cost, unit_cost, since_us = row
    return account, commodity, Lot(
        name, number, acquired_us, Decimal(units), Decimal(cost), Decimal(unit_cost), since_us
    )  # fmt: skip


def _by_entry(rows: Iterable[Row]) -> dict[int, list[Row]]:
    return {number: list(group) for number, group in groupby(rows, key=_ENTRY)}
