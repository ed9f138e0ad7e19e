"""A run as events of the books: the tables of a result, in time order, as exact figures.

Each event is one row of the tables (interest, management cost and its payment: one column of a row of
`daily`), rounded to the decimals of its commodity. The close of a bar and the open of the next are one
instant; what happens at an open is booked one microsecond later, so that a balance at a close is that of the
tables. In each of the two, what comes in stands before what goes out.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from dat.backtest.result import RunResult
from dat.backtest.rows import Moment, RowWriter
from dat.core.time import iso
from dat.errors import LedgerError
from dat.ledger.commodity import COMMODITIES
from dat.ledger.event import Event

__all__ = ["UNKNOWN_PLACES", "recorded_at", "run_events"]

UNKNOWN_PLACES = 18
"""Decimals of a coin that the books do not know: the most they keep, so no unit that a run held is lost."""

_AFTER_CLOSE = timedelta(microseconds=1)
_BEFORE_FILLS = ("unlock", "reward")

Place = tuple[datetime, str]  # instant, and open or close


def run_events(result: RunResult, *, method: str, wash_days: int = 0) -> Iterator[Event]:
    """Turn a run into the events of books of its own, in time order.

    Parameters
    ----------
    result
        A run of at least one bar; its tables are all that is needed.
    method
        Lot method of the books: one of `dat.ledger.lots.METHODS`, but not ``specific``.
    wash_days
        Days of the wash-sale rule; 0 is off.

    Yields
    ------
    Event
        The same run gives the same events. The first opens the books, then come declarations and the capital
        at the start. Coins and money lie in the wallet `rows.WALLET`, shares are of the class `rows.SHARES`,
        and a deal is named in letters, digits and '-'.

    Raises
    ------
    LedgerError
        When lots would have to be named, more leaves a balance than it holds and rounding explains, or a row
        of a table lies in no bar.

    Notes
    -----
    A fill, reward or payment that is nothing at the scale of its commodity is left out. A draw that differs
    from what is held by a hair (`dat.backtest.balance.Balance`) takes what is held. An asset that the books
    know as money, such as USDC, has no lots there: what is made on it stands in its trading account.
    """
    if method == "specific":
        raise LedgerError("a run names no lots, and the method specific needs names; choose another method")
    return _Timeline(result).events(method, wash_days)


def recorded_at(event: Event) -> datetime:
    """Give the instant at which an event of a run is recorded: its own, so that hashes repeat."""
    return event.at


class _Timeline:
    def __init__(self, result: RunResult) -> None:
        self.result = result
        self.start: datetime = (result.daily["as_of"].iloc[0] - result.bar.delta).to_pydatetime()
        self.writer = RowWriter(result.base, {asset: _places(asset) for asset in result.assets})
        self.contributions = _grouped(result.contributions.iloc[1:], "open")
        self.issuances = _grouped(result.issuances, "close")
        self.fills, self.moves = _grouped(result.fills), _grouped(result.moves)
        self.ventures = _grouped(result.ventures)
        self.nav_max = 0.0

    def events(self, method: str, wash_days: int) -> Iterator[Event]:
        yield from self._opening(method, wash_days)
        payable = 0.0
        for row in _rows(self.result.daily):
            self.nav_max = max(self.nav_max, row.nav)
            try:
                events = [*self._open(row), *self._close(row, payable_before=payable)]
            except LedgerError as error:
                raise LedgerError(f"the bar that closes {iso(row.as_of)} cannot be posted: {error}") from None
            payable = row.payable
            yield from events
        self._require_all_taken()

    def _opening(self, method: str, wash_days: int) -> Iterator[Event]:
        days = Decimal(wash_days) if wash_days else None
        name = f"open-{iso(self.start)}"
        yield Event("open", self.start, name, currency=self.result.base, method=method, days=days)
        for asset in self.result.assets:
            if asset not in COMMODITIES:
                units = Decimal(UNKNOWN_PLACES)
                yield Event(
                    "declare", self.start, f"declare-{asset}", asset=asset, method="coin", units=units
                )
        for row in _rows(self.result.contributions.head(1)):
            yield from self.writer.capital(Moment(self.start, iso(self.start)), row, label="start")

    def _open(self, row: Any) -> Iterator[Event]:
        opened = row.as_of - self.result.bar.delta
        when = Moment((opened + _AFTER_CLOSE).to_pydatetime(), iso(opened))
        for money in self.contributions.pop((opened, "open"), ()):
            yield from self.writer.capital(when, money, label="contribution")
        yield from self._dealings(when, (opened, "open"))

    def _close(self, row: Any, *, payable_before: float) -> Iterator[Event]:
        when, writer = Moment(row.as_of.to_pydatetime(), iso(row.as_of)), self.writer
        yield from writer.interest(when, row.interest_income)
        yield from writer.cost(when, row.management_cost)
        for sold in self.issuances.pop((row.as_of, "close"), ()):
            yield from writer.issuance(when, sold)
        yield from writer.payment(when, row.management_cost - (row.payable - payable_before))
        yield from self._dealings(when, (row.as_of, "close"))

    def _dealings(self, when: Moment, place: Place) -> Iterator[Event]:
        moves = self.moves.pop(place, ())
        for row in moves:
            if row.event in _BEFORE_FILLS:
                yield from self.writer.move(when, row)
        for row in sorted(self.fills.pop(place, ()), key=lambda row: row.side == "buy"):
            yield from self.writer.fill(when, row)
        for row in moves:
            if row.event not in _BEFORE_FILLS:
                yield from self.writer.move(when, row)
        for row in self.ventures.pop(place, ()):
            if row.event == "commit":
                yield from self.writer.promise(when, row)
            else:
                yield from self.writer.call(when, row, nav=self.nav_max)

    def _require_all_taken(self) -> None:
        for name in ("contributions", "issuances", "fills", "moves", "ventures"):
            for instant, moment in getattr(self, name):
                raise LedgerError(f"{name} of {iso(instant)}, {moment}, lie in no bar and cannot be posted")


def _grouped(table: pd.DataFrame, moment: str | None = None) -> dict[Place, list[Any]]:
    groups: dict[Place, list[Any]] = defaultdict(list)
    for row in _rows(table):
        groups[row.as_of, moment or row.moment].append(row)
    return groups


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))


def _places(asset: str) -> int:
    known = COMMODITIES.get(asset)
    return UNKNOWN_PLACES if known is None else known.scale
