"""Rules for shares, notes and preferred stock."""

from decimal import Decimal

from dat.core.money import plain
from dat.errors import LedgerError
from dat.ledger.accounts import (
    HOLDERS,
    capital,
    dividends,
    expense,
    liability,
    shares,
    treasury_shares,
    wallet,
)
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.rules.trading import given_value
from dat.ledger.step import Post, Step

__all__ = ["buy_back", "conversion", "coupon", "dividend", "note_issue", "share_issue"]


def share_issue(event: Event, facts: Facts) -> list[Step]:
    """Issue shares, for money less its cost or for none; capital rises by what came in, net."""
    issued = _count(event, facts, event.units)
    if event.amount is None:
        return issued
    net = _less_cost(event, event.amount)
    value = _money_value(event, facts, net)
    got = facts.receive(wallet(event.wallet), event.currency, net, value=value)
    return [*issued, *got, Post(capital(event.asset), facts.base, -value)]


def buy_back(event: Event, facts: Facts) -> list[Step]:
    """Buy shares back, the fee included in what they cost."""
    assert event.units is not None
    assert event.amount is not None
    paid = event.amount + _cost(event)
    value = _money_value(event, facts, paid)
    return [
        *_count(event, facts, -event.units),
        *facts.pay(wallet(event.wallet), event.currency, paid, value=value),
        Post(treasury_shares(event.asset), facts.base, value),
    ]


def note_issue(event: Event, facts: Facts) -> list[Step]:
    """Issue a note: `amount` less its cost comes in, `principal` is owed, the difference is an expense."""
    assert event.amount is not None
    net, owed = _less_cost(event, event.amount), event.principal or event.amount
    value, debt = (facts.worth(event.currency, money, event.at) for money in (net, owed))
    facts.require_money(event.currency)
    return [
        *facts.receive(wallet(event.wallet), event.currency, net, value=value),
        *facts.pay(liability(event.instrument), event.currency, owed, value=debt),
        Post(expense(f"issuance:{event.instrument}"), facts.base, debt - value),
    ]


def conversion(event: Event, facts: Facts) -> list[Step]:
    """Turn `principal` of a note into shares; capital rises by the principal."""
    assert event.principal is not None
    value = _money_value(event, facts, event.principal)
    return [
        *_count(event, facts, event.units),
        *facts.receive(liability(event.instrument), event.currency, event.principal, value=value),
        Post(capital(event.asset), facts.base, -value),
    ]


def dividend(event: Event, facts: Facts) -> list[Step]:
    """Pay a dividend on a share class, out of equity."""
    _require_share_class(event, facts)
    return _paid_to(event, facts, dividends(event.asset))


def coupon(event: Event, facts: Facts) -> list[Step]:
    """Pay interest on a note or loan."""
    return _paid_to(event, facts, expense(f"interest:{event.instrument}"))


def _paid_to(event: Event, facts: Facts, account: str) -> list[Step]:
    assert event.amount is not None
    value = _money_value(event, facts, event.amount)
    paid = facts.pay(wallet(event.wallet), event.currency, event.amount, value=value)
    return [*paid, Post(account, facts.base, value)]


def _count(event: Event, facts: Facts, units: Decimal | None) -> list[Step]:
    assert units is not None
    _require_share_class(event, facts)
    return [Post(shares(event.asset), event.asset, -units), Post(HOLDERS, event.asset, units)]


def _require_share_class(event: Event, facts: Facts) -> None:
    if facts.commodities[event.asset].kind != "share":
        raise LedgerError(
            f"asset {event.asset} is no share class; use COMMON or PREFERRED, "
            "or declare one with method=share"
        )


def _cost(event: Event) -> Decimal:
    if event.fee and event.fee_asset not in ("", event.currency):
        raise LedgerError(f"fee_asset is {event.fee_asset}; the cost of issuance is in {event.currency}")
    return event.fee or Decimal(0)


def _less_cost(event: Event, amount: Decimal) -> Decimal:
    cost = _cost(event)
    if cost >= amount:
        raise LedgerError(
            f"the fee of {plain(cost)} {event.currency} is not less than what is received, {plain(amount)}"
        )
    return amount - cost


def _money_value(event: Event, facts: Facts, amount: Decimal) -> Decimal:
    facts.require_money(event.currency)
    return given_value(event, facts, (event.currency, amount))
