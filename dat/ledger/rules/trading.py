"""Rules for what is exchanged: trades, fees, currencies."""

from decimal import Decimal

from dat.core.money import EXACT
from dat.errors import LedgerError
from dat.ledger.accounts import expense, wallet
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.step import Post, Step

__all__ = ["fee", "fx_conversion", "given_value", "trade"]

_ZERO = Decimal(0)


def given_value(event: Event, facts: Facts, name: str, amount: Decimal) -> Decimal:
    """Give the base value that the event states, or else that of an amount at the stored rate."""
    if name == facts.base:
        return amount
    return facts.worth(name, amount, event.at) if event.value is None else event.value


def trade(event: Event, facts: Facts) -> list[Step]:
    """Buy (units above 0) or sell (below 0) an asset against a currency, stablecoin or another coin.

    Fees are part of the basis: a fee in the received commodity reduces what is received, one in the paid
    commodity adds to what is paid, and one in a third commodity disposes of it; its value raises the cost of
    a purchase and lowers the proceeds of a sale.
    """
    assert event.units is not None
    amount = _amount(event)
    value = given_value(event, facts, event.currency, amount)
    here, purse = wallet(event.wallet), wallet(event.cash_wallet or event.wallet)
    if event.units > 0:
        return _buy(event, facts, (purse, amount), (here, event.units), value=value)
    return _sell(event, facts, (here, -event.units), (purse, amount), value=value)


Side = tuple[str, Decimal]


def _buy(event: Event, facts: Facts, paid: Side, got: Side, *, value: Decimal) -> list[Step]:
    fee, name = event.fee or _ZERO, event.fee_asset
    if not fee:
        return _swap(event, facts, paid, got, value=value)
    if name == event.asset:
        return _swap(event, facts, paid, (got[0], _less(event, got[1], fee)), value=value)
    cost = _fee_value(event, facts, value, paid[1])
    if name == event.currency:
        return _swap(event, facts, (paid[0], paid[1] + fee), got, value=value + cost)
    return [
        *facts.pay(paid[0], event.currency, paid[1], value=value, lots=event.lots),
        *facts.pay(paid[0], name, fee, value=cost),
        *facts.receive(got[0], event.asset, got[1], value=value + cost),
    ]


def _swap(event: Event, facts: Facts, paid: Side, got: Side, *, value: Decimal) -> list[Step]:
    return [
        *facts.pay(paid[0], event.currency, paid[1], value=value, lots=event.lots),
        *facts.receive(got[0], event.asset, got[1], value=value),
    ]


def _sell(event: Event, facts: Facts, sold: Side, got: Side, *, value: Decimal) -> list[Step]:
    fee, name = event.fee or _ZERO, event.fee_asset
    proceeds, received, extra = value, got[1], list[Step]()
    if fee and name == event.asset:
        sold = (sold[0], sold[1] + fee)
    elif fee:
        cost = _fee_value(event, facts, value, got[1])
        proceeds = value - cost
        if name == event.currency:
            received = _less(event, received, fee)
        else:
            extra = facts.pay(got[0], name, fee, value=cost)
    came = value if extra else proceeds
    return [
        *facts.pay(sold[0], event.asset, sold[1], value=proceeds, lots=event.lots),
        *facts.receive(got[0], event.currency, received, value=came),
        *extra,
    ]


def _amount(event: Event) -> Decimal:
    if event.amount is not None:
        return event.amount
    if event.price is None or event.units is None:
        raise LedgerError("amount is missing; give the amount in all, or the price of one unit")
    return EXACT.multiply(abs(event.units), event.price)


def _fee_value(event: Event, facts: Facts, value: Decimal, amount: Decimal) -> Decimal:
    assert event.fee is not None
    if event.fee_asset == facts.base:
        return event.fee
    if event.fee_value is not None:
        return event.fee_value
    if event.fee_asset == event.currency:  # at the rate of the trade itself
        return facts.commodity(facts.base).quantise(EXACT.divide(EXACT.multiply(value, event.fee), amount))
    return facts.worth(event.fee_asset, event.fee, event.at)


def _less(event: Event, received: Decimal, fee: Decimal) -> Decimal:
    if fee >= received:
        raise LedgerError(f"the fee of {fee} {event.fee_asset} is not less than what is received, {received}")
    return received - fee


def fee(event: Event, facts: Facts) -> list[Step]:
    """Pay a fee in any commodity; coins are disposed of at their value."""
    assert event.units is not None
    value = given_value(event, facts, event.asset, event.units)
    paid = facts.pay(
        wallet(event.wallet, event.state), event.asset, event.units, value=value, lots=event.lots
    )
    return [*paid, Post(expense(f"fees:{event.method or 'other'}"), facts.base, value)]


def fx_conversion(event: Event, facts: Facts) -> list[Step]:
    """Turn one money into another: `amount` of `currency` goes, `units` of `asset` come."""
    assert event.units is not None
    assert event.amount is not None
    for name in (event.currency, event.asset):
        facts.require_money(name)
    if facts.base == event.asset:
        value = event.units
    else:
        value = given_value(event, facts, event.currency, event.amount)
    here, there = wallet(event.wallet), wallet(event.to_wallet or event.wallet)
    return [
        *facts.pay(here, event.currency, event.amount, value=value),
        *facts.receive(there, event.asset, event.units, value=value),
    ]
