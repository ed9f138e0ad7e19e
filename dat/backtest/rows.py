"""Rows of the tables of a run as events of the books, with the exact balances that they leave."""

import re
from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain, count
from types import MappingProxyType
from typing import Any, NamedTuple

from dat.backtest.balance import Balance, Rounding
from dat.core.money import exact
from dat.ledger.event import Event

__all__ = ["SHARES", "WALLET", "Moment", "RowWriter"]

WALLET = "treasury"
"""The wallet of a simulated treasury: coins in every state, and cash."""
SHARES = "COMMON"
"""Its class of shares."""

_MONEY_PLACES = _SHARE_PLACES = 8
_STATES = ("liquid", "staked", "unbonding")
_MEMO_MAX, _NAME_MAX = 1_000, 56
_CARRIED = MappingProxyType(
    {"stake": ("liquid", "staked"), "unstake": ("staked", "unbonding"), "unlock": ("unbonding", "liquid")}
)


class Moment(NamedTuple):
    """The open or close of a bar: when it is booked, and how it is called in the name of an event."""

    at: datetime
    text: str


class RowWriter:
    """Writes events, and keeps what they leave of each balance, so that none takes what is not there.

    Parameters
    ----------
    base
        Base currency.
    places
        Decimals by asset.
    """

    def __init__(self, base: str, places: Mapping[str, int]) -> None:
        self._base = base
        self._rounding = Rounding(_MONEY_PLACES)
        self._cash = Balance(f"{base} of cash", self._rounding)
        self._payable = Balance(f"{base} that are owed", self._rounding)
        self._coins: dict[tuple[str, str], Balance] = {}
        for asset, scale in places.items():
            rounding = Rounding(scale)
            self._coins |= {(asset, s): Balance(f"{s} {asset}", rounding) for s in _STATES}
        self._promised: dict[str, Balance] = {}
        self._deals: dict[str, str] = {}
        self._named: set[str] = set()

    def capital(self, when: Moment, row: Any, *, label: str) -> Iterator[Event]:
        """Take in money from owners, with the shares issued for it."""
        amount, shares = self._money(row.amount), _shares(row.shares)
        self._cash.put(amount)
        money: dict[str, Any] = {"wallet": WALLET, "amount": amount, "currency": self._base} if amount else {}
        if shares:
            yield self._event(when, "share_issue", label, asset=SHARES, units=shares, **money)
        elif amount:
            yield self._event(when, "deposit", label, wallet=WALLET, asset=self._base, units=amount)

    def issuance(self, when: Moment, row: Any) -> Iterator[Event]:
        """Sell shares at the market; the underwriting cost is shares times price less the proceeds."""
        shares, net = _shares(row.shares_issued), self._money(row.proceeds)
        gross = self._money(row.shares_issued * row.price)
        if not shares or not net:
            return
        self._cash.put(net)
        fee: dict[str, Any] = {"fee": gross - net, "fee_asset": self._base} if gross > net else {}
        money = self._paid(max(gross, net)) | fee
        yield self._event(when, "share_issue", "atm", asset=SHARES, units=shares, method="atm", **money)

    def interest(self, when: Moment, income: float) -> Iterator[Event]:
        """Earn interest on cash."""
        amount = self._money(income)
        self._cash.put(amount)
        if amount:
            yield self._event(when, "interest", "interest", **self._paid(amount))

    def cost(self, when: Moment, cost: float) -> Iterator[Event]:
        """Owe the management cost."""
        amount = self._money(cost)
        self._payable.put(amount)
        if amount:
            yield self._event(when, "management_fee", "cost", amount=amount, currency=self._base)

    def payment(self, when: Moment, paid: float) -> Iterator[Event]:
        """Pay what is owed, as far as it was paid."""
        amount = self._money(paid)
        amount = self._cash.most(self._payable.all_or(amount)) if amount > 0 else amount
        if amount > 0:
            self._payable.put(-amount)
            self._cash.put(-amount)
            yield self._event(when, "payment", "payment", **self._paid(amount))

    def fill(self, when: Moment, row: Any) -> Iterator[Event]:
        """Trade units against cash."""
        held, is_sale = self._coins[row.asset, "liquid"], row.side == "sell"
        units, amount, fee = held.rounding.exact(row.units), self._money(row.notional), self._money(row.fee)
        if is_sale:
            units, through = held.all_or(units).copy_negate(), amount - fee
        else:
            through = -self._cash.most(amount + fee)
            amount = -through - fee
        if not units or amount <= 0 or (is_sale and through <= 0):
            return
        held.put(units)
        self._cash.put(through)
        paid: dict[str, Any] = {"fee": fee, "fee_asset": self._base} if fee else {}
        money = self._paid(amount) | {"memo": _memo(row.reason)} | paid
        yield self._event(when, "trade", "fill", row.asset, asset=row.asset, units=units, **money)

    def move(self, when: Moment, row: Any) -> Iterator[Event]:
        """Bring units into another state, or earn them."""
        said: dict[str, Any] = {"wallet": WALLET, "asset": row.asset}
        if row.event == "reward":
            there = self._coins[row.asset, "staked"]
            units, value = there.rounding.exact(row.units), self._money(row.value)
            said |= {"value": value, "state": "staked"}
        else:
            here, there = (self._coins[row.asset, state] for state in _CARRIED[row.event])
            units = here.all_or(here.rounding.exact(row.units))
            here.put(units.copy_negate())
        there.put(units)
        if units:
            yield self._event(when, row.event, row.event, row.asset, units=units, **said)

    def promise(self, when: Moment, row: Any) -> Iterator[Event]:
        """Commit money to a venture."""
        deal = self._deals[row.deal] = _instrument(row.deal, self._deals.values())
        promised = self._promised[row.deal] = Balance(f"{self._base} promised to {row.deal}", self._rounding)
        amount = self._money(row.amount)
        promised.put(amount)
        said: dict[str, Any] = {"amount": amount, "currency": self._base}
        said |= {"instrument": deal, "memo": _memo(f"{row.deal}, {row.sector}")}
        if amount:
            yield self._event(when, "commitment", "commit", deal, **said)

    def call(self, when: Moment, row: Any, *, nav: float) -> Iterator[Event]:
        """Pay a capital call; the engine lets cash be short for it by a share of NAV."""
        promised, deal = self._promised[row.deal], self._deals[row.deal]
        self._rounding.count(self._money(nav))
        amount = self._cash.most(promised.all_or(self._money(row.amount)))
        promised.put(-amount)
        self._cash.put(-amount)
        if amount:
            yield self._event(when, "call", "call", deal, instrument=deal, **self._paid(amount))

    def _money(self, value: float) -> Decimal:
        return self._rounding.exact(value)

    def _paid(self, amount: Decimal) -> dict[str, Any]:
        return {"wallet": WALLET, "amount": amount, "currency": self._base}

    def _event(self, when: Moment, kind: str, *label: str, **said: Any) -> Event:
        first, *what = label
        name = "-".join((first, when.text, *what))
        source_id = _unused(name, self._named)
        self._named.add(source_id)
        return Event(kind, when.at, source_id, **said)


def _shares(value: float) -> Decimal:
    return exact(value, _SHARE_PLACES)


def _instrument(deal: str, taken: Container[str]) -> str:
    return _unused(re.sub(r"[^A-Za-z0-9_.]+", "-", deal).strip("-_.")[:_NAME_MAX] or "deal", taken)


def _unused(name: str, taken: Container[str]) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return next(found for found in chain([name], numbered) if found not in taken)


def _memo(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_MEMO_MAX]
