"""What stored entries say of a past instant, where no projection is kept for it."""

from collections.abc import Iterable
from datetime import datetime

from dat.core.time import epoch_us
from dat.ledger.entry import Entry, LotMove
from dat.ledger.lots import Lot, cost_of_one

__all__ = ["lots_at"]


def lots_at(entries: Iterable[Entry], as_of: datetime) -> list[tuple[str, str, Lot]]:
    """Give the lots that were open at an instant, from the lot moves of events at or before it.

    Parameters
    ----------
    entries
        All entries, in order of their numbers; later events are passed over.
    as_of
        Aware UTC.

    Returns
    -------
    list of (str, str, Lot)
        Account, commodity and lot, in order of account, commodity, date, number and name.
    """
    left: dict[tuple[str, str, str], Lot] = {}
    born: dict[str, int] = {}
    for entry in entries:
        for move in entry.moves:
            born.setdefault(move.lot, entry.number)
            if entry.event.at > as_of:
                continue
            place = (move.account, move.commodity, move.lot)
            left[place] = _moved(left.get(place), move, entry, number=born[move.lot])
    open_now = [(account, name, lot) for (account, name, _), lot in left.items() if lot.units]
    return sorted(open_now, key=lambda row: (*row[:2], row[2].acquired_us, row[2].number, row[2].name))


def _moved(before: Lot | None, move: LotMove, entry: Entry, *, number: int) -> Lot:
    at_us = epoch_us(entry.event.at)
    if before is None or not (before.units or before.cost):  # a pool that was empty begins anew
        each = cost_of_one(move)
        return Lot(move.lot, number, move.acquired_us, move.units, move.cost, each, at_us)
    since_us = max(before.since_us, at_us) if move.units > 0 else before.since_us
    return before.plus(move.units, move.cost)._replace(since_us=since_us)
