"""The books while they are written: events in, entries out. The one mutable object of the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation, getcontext, localcontext
from types import MappingProxyType
from typing import Any

from dat.core.money import EXACT, plain
from dat.core.time import epoch_us, iso
from dat.errors import LedgerError
from dat.ledger.accounts import realised, trading
from dat.ledger.commodity import AMOUNT_MAX, Commodities, declare
from dat.ledger.entry import Entry, Head, LotMove, Posting, balanced
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.lots import Loader, Lot, LotBook
from dat.ledger.rates import Rates
from dat.ledger.rules import KINDS
from dat.ledger.shapes import Told, told
from dat.ledger.step import Acquire, Carry, Dispose, Lose, Post, Step, Undo
from dat.ledger.wash import Loss, WashSales

__all__ = ["RECORD_KINDS", "Books", "Settings", "refused"]

RECORD_KINDS = ("open", "declare", "lock", "rate")
"""Kinds that say how later events are read; books that are opened again need them and no others."""

_AHEAD_MAX = timedelta(days=1)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the first event of the books lays down for good.

    Parameters
    ----------
    base
        Base currency.
    method
        Lot method.
    wash_days
        Days of the wash-sale rule on each side of a sale; 0 is off.
    """

    base: str
    method: str
    wash_days: int = 0

    @property
    def opens(self) -> Mapping[str, str]:
        """The fields of the opening event as text."""
        days = {"days": str(self.wash_days)} if self.wash_days else {}
        return {"kind": "open", "currency": self.base, "method": self.method, **days}


@dataclass
class _Draft:
    """What becomes of one event while it is being recorded."""

    event: Event
    target: Entry | None
    number: int
    at_us: int
    postings: list[Posting] = field(default_factory=list)
    moves: list[LotMove] = field(default_factory=list)


class Books:
    """Records events one after the other; what it was given is whole after each, or the books are spoiled.

    Parameters
    ----------
    head
        End of the stored chain.
    load
        Gives the stored open lots of an account and commodity.

    Notes
    -----
    Late events are recorded as of their instant, and draw on what is left of the lots that lay there by then.
    After an event that is refused the object may hold half of its lots: open the books again.
    """

    def __init__(self, head: Head = Head(), *, load: Loader | None = None) -> None:  # noqa: B008  # frozen
        self.head = head
        self.settings: Settings | None = None
        self.locked_until: datetime | None = None
        self.touched: set[tuple[str, str, str]] = set()
        self._load = load
        self.commodities = Commodities()
        self._spoiled = False

    def take_record(self, event: Event) -> None:
        """Learn from an entry that says how later events are read: one of `RECORD_KINDS`."""
        _LEARN[event.kind](self, event)

    def record(self, event: Event | Told, *, recorded_at: datetime, target: Entry | None = None) -> Entry:
        """Turn an event into the next entry.

        Parameters
        ----------
        event
            What happened; one that was checked before comes as `Told`.
        recorded_at
            The present instant, aware UTC.
        target
            The entry that a correction reverses.

        Raises
        ------
        LedgerError
            When the books refuse the event: naming it, the account, asset, instant and limit.
        """
        if self._spoiled:
            raise LedgerError("these books refused an event before; open them again")
        try:
            if getcontext().prec >= EXACT.prec:  # so a caller who records many sets the context once
                return self._record(_checked(event), recorded_at, target)
            with localcontext(EXACT):
                return self._record(_checked(event), recorded_at, target)
        except (LedgerError, InvalidOperation) as error:
            self._spoiled = True
            why = (
                error
                if isinstance(error, LedgerError)
                else f"what follows from it is not below {AMOUNT_MAX:.0e}"
            )
            raise refused(event.event if isinstance(event, Told) else event, why) from None

    @property
    def lots(self) -> LotBook:
        """The open lots."""
        return self._lots

    def _record(self, said: Told, recorded_at: datetime, target: Entry | None) -> Entry:
        event = said.event
        self._require_time(event, recorded_at)
        if event.kind == "open":
            facts = Facts(event.currency, self.commodities, Rates(event.currency))
        else:
            facts = self._facts._replace(target=target) if target is not None else self._facts
        draft = _Draft(event, target, self.head.number + 1, epoch_us(event.at))
        for step in KINDS[event.kind].rule(event, facts):
            if type(step) is Post:
                draft.postings.append(step)
            else:
                _CARRY_OUT[type(step)](self, draft, step)
        postings, moves = balanced(draft.postings, self.commodities), tuple(draft.moves)
        entry = Entry.made(said, postings, moves, head=self.head, recorded_at=recorded_at)
        self.head = entry.head
        for move in moves:
            self.touched.add((move.account, move.commodity, move.lot))
        if event.kind in RECORD_KINDS:
            self.take_record(event)
        return entry

    def _require_time(self, event: Event, recorded_at: datetime) -> None:
        if (event.kind == "open") != (self.settings is None):
            raise LedgerError(
                "the books are not opened yet: the first event must be of kind 'open'"
                if self.settings is None
                else "the books are opened already"
            )
        if event.at > recorded_at + _AHEAD_MAX:
            raise LedgerError(f"lies in the future: it is {iso(recorded_at)} now")
        if self.locked_until is not None and event.at <= self.locked_until:
            raise LedgerError(
                f"the period up to {iso(self.locked_until)} is locked; record it at a later instant, "
                "with a memo that names the period it belongs to"
            )

    def _acquire(self, draft: _Draft, step: Acquire) -> None:
        account, name, units, cost = step
        kept, paid = self._in_lots(name, units), self.commodities[self._base].quantise(cost)
        mirror, over = trading(name), _ZERO
        draft.postings += [
            Posting(account, name, units),
            Posting(mirror, name, -units),
            Posting(mirror, self._base, cost),
        ]
        if self._wash is not None:
            lot = draft.event.source_id
            over = self._wash.bought(name, lot, kept, at_us=draft.at_us, entry=draft.number)
            self._take_loss_back(draft, name, over)
        move = LotMove(account, name, kept, paid + over, draft.event.source_id, draft.at_us)
        draft.moves.append(self._lots.put_in(move, number=draft.number, at_us=draft.at_us))

    def _dispose(self, draft: _Draft, step: Dispose) -> None:
        account, name, units, proceeds, _ = step
        cost, drawn = self._draw(draft, step)
        gain, mirror = proceeds - cost, trading(name)
        draft.postings += [
            Posting(account, name, -units),
            Posting(mirror, name, units),
            Posting(mirror, self._base, -cost),
            Posting(realised(name), self._base, -gain),
        ]
        if self._wash is not None:
            self._wash_out(draft, step, draft.moves[-len(drawn) :])

    def _wash_out(self, draft: _Draft, step: Dispose, drawn: list[LotMove]) -> None:
        assert self._wash is not None
        name, units = step.commodity, -sum((move.units for move in drawn), _ZERO)
        for move in drawn:  # each lot by itself: the gain on one does not make up for the loss on another
            came = EXACT.divide(EXACT.multiply(step.proceeds, -move.units), units)
            amount = self.commodities[self._base].quantise(-move.cost - came)
            if amount > 0:
                loss = Loss(draft.number, draft.at_us, move.lot, -move.units, amount)
                moves = self._wash.sold(self._lots, name, loss)
                self._take_loss_back(draft, name, sum((taken.cost for taken in moves), _ZERO))
                draft.moves += moves

    def _lose(self, draft: _Draft, step: Lose) -> None:
        account, name, units, expense, _ = step
        cost, _drawn = self._draw(draft, step)
        draft.postings += [
            Posting(account, name, -units),
            Posting(trading(name), name, units),
            Posting(trading(name), self._base, -cost),
            Posting(expense, self._base, cost),
        ]

    def _carry(self, draft: _Draft, step: Carry) -> None:
        account, to_account, name, units, _ = step
        _, drawn = self._draw(draft, step)
        draft.postings += [Posting(account, name, -units), Posting(to_account, name, units)]
        for move, lot in zip(draft.moves[-len(drawn) :], drawn, strict=True):
            there = move._replace(account=to_account, units=-move.units, cost=-move.cost)
            came = self._lots.put_in(there, number=lot.number, at_us=draft.at_us, unit_cost=lot.unit_cost)
            draft.moves.append(came)

    def _undo(self, draft: _Draft, step: Undo) -> None:
        target = draft.target
        assert target is not None
        if self._wash is not None:
            self._wash.undo(target.number)
        for move in reversed(target.moves):
            draft.moves.append(self._lots.undo(move, number=target.number, at_us=draft.at_us))

    def _draw(self, draft: _Draft, step: Dispose | Lose | Carry) -> tuple[Decimal, list[Lot]]:
        units = self._in_lots(step.commodity, step.units)
        drawn = self._lots.draw(step.account, step.commodity, units, at_us=draft.at_us, named=step.lots)
        draft.moves += [move for move, _ in drawn]
        return -sum((move.cost for move, _ in drawn), _ZERO), [lot for _, lot in drawn]

    def _take_loss_back(self, draft: _Draft, name: str, amount: Decimal) -> None:
        if amount:
            draft.postings += [
                Posting(trading(name), self._base, amount),
                Posting(realised(name), self._base, -amount),
            ]

    def _in_lots(self, name: str, units: Decimal) -> Decimal:
        commodity = self.commodities[name]
        kept = commodity.quantise(units)
        if not kept:
            raise LedgerError(f"{plain(units)} {name} is nothing at {commodity.scale} decimals")
        return kept

    def _learn_open(self, event: Event) -> None:
        self.settings = Settings(event.currency, event.method, int(event.days or 0))
        self._base, scale = event.currency, self.commodities[event.currency].scale
        self._rates = Rates(self._base)
        self._facts = Facts(self._base, self.commodities, self._rates)
        self._lots = LotBook(event.method, cost_scale=scale, load=self._load)
        self._wash = WashSales(self.settings.wash_days, scale) if self.settings.wash_days else None

    def _learn_declare(self, event: Event) -> None:
        scale = event.units or _ZERO
        self.commodities[event.asset] = declare(event.asset, event.method, scale=scale, peg=event.currency)

    def _learn_lock(self, event: Event) -> None:
        self.locked_until = event.at

    def _learn_rate(self, event: Event) -> None:
        assert event.price is not None
        self._rates.add(event.asset, event.at, event.price)


def refused(event: Event, why: object) -> LedgerError:
    """Make the error that names an event and why it is refused."""
    refusal = LedgerError(f"{event}: {why}")
    refusal.source_id = event.source_id
    return refusal


def _checked(event: Event | Told) -> Told:
    return event if isinstance(event, Told) else told(event)


_LEARN: Mapping[str, Callable[[Books, Event], None]] = MappingProxyType(
    {
        "open": Books._learn_open,
        "declare": Books._learn_declare,
        "lock": Books._learn_lock,
        "rate": Books._learn_rate,
    }
)
_CARRY_OUT: Mapping[type[Step], Callable[[Books, _Draft, Any], None]] = MappingProxyType(
    {
        Acquire: Books._acquire,
        Dispose: Books._dispose,
        Lose: Books._lose,
        Carry: Books._carry,
        Undo: Books._undo,
    }
)
