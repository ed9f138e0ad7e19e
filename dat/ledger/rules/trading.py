"""Rules for what is exchanged: trades, fees, currencies."""

from decimal import Decimal
from typing import NamedTuple

from dat.core.money import EXACT, plain
from dat.errors import LedgerError
from dat.ledger.accounts import expense, wallet
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.step import Post, Step

__all__ = ["fee", "fx_conversion", "given_value", "trade"]

_ZERO = Decimal(0)


def given_value(event: Event, facts: Facts, paid: tuple[str, Decimal]) -> Decimal:
    """Give the base value that the event states, or else that of (commodity, amount) at the stored rate."""
    name, amount = paid
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
    if event.asset == facts.base:  # money bought with a coin is the coin sold, and the other way round
        return trade(_turned(event, event.units, amount), facts)
    value = given_value(event, facts, (event.currency, amount))
    here, purse = wallet(event.wallet), wallet(event.cash_wallet or event.wallet)
    if event.units > 0:
        return _buy(event, facts, _Deal(purse, amount, here, event.units, value))
    return _sell(event, facts, _Deal(here, -event.units, purse, amount, value))


def _turned(event: Event, units: Decimal, amount: Decimal) -> Event:
    return event._replace(
        asset=event.currency,
        currency=event.asset,
        units=-amount if units > 0 else amount,
        amount=abs(units),
        price=None,
        wallet=event.cash_wallet or event.wallet,
        cash_wallet=event.wallet,
    )


class _Deal(NamedTuple):
    """What leaves an account, what enters one, and the worth of both before fees."""

    source: str
    paid: Decimal
    target: str
    got: Decimal
    value: Decimal


def _buy(event: Event, facts: Facts, deal: _Deal) -> list[Step]:
    source, paid, target, got, value = deal
    fee, extra = event.fee or _ZERO, list[Step]()
    cost = value
    if fee and event.fee_asset == event.asset:
        got = _less(event, got, fee)
    elif fee:
        fee_value = _fee_value(event, facts, deal)
        cost = value + fee_value
        if event.fee_asset == event.currency:
            paid, value = paid + fee, cost
        else:
            extra = facts.pay(wallet(event.wallet), event.fee_asset, fee, value=fee_value, lots=event.lots)
    return [
        *facts.pay(source, event.currency, paid, value=value, lots=event.lots),
        *facts.receive(target, event.asset, got, value=cost),
        *extra,
    ]


def _sell(event: Event, facts: Facts, deal: _Deal) -> list[Step]:
    source, paid, target, got, value = deal
    fee, extra = event.fee or _ZERO, list[Step]()
    proceeds = value
    if fee and event.fee_asset == event.asset:
        paid = paid + fee
    elif fee:
        fee_value = _fee_value(event, facts, deal)
        proceeds = value - fee_value
        if event.fee_asset == event.currency:
            got, value = _less(event, got, fee), proceeds
        else:
            extra = facts.pay(wallet(event.wallet), event.fee_asset, fee, value=fee_value, lots=event.lots)
    return [
        *facts.pay(source, event.asset, paid, value=proceeds, lots=event.lots),
        *facts.receive(target, event.currency, got, value=value),
        *extra,
    ]


def _amount(event: Event) -> Decimal:
    if event.amount is not None:
        return event.amount
    if event.price is None or event.units is None:
        raise LedgerError("amount is missing; give the amount in all, or the price of one unit")
    return EXACT.multiply(abs(event.units), event.price)


def _fee_value(event: Event, facts: Facts, deal: _Deal) -> Decimal:
    assert event.fee is not None
    if event.fee_asset == facts.base:
        return event.fee
    if event.fee_value is not None:
        return event.fee_value
    if event.fee_asset == event.currency:  # at the rate of the trade itself
        amount = deal.paid if event.units is not None and event.units > 0 else deal.got
        return facts.commodities[facts.base].quantise(deal.value * event.fee / amount)
    return facts.worth(event.fee_asset, event.fee, event.at)


def _less(event: Event, received: Decimal, fee: Decimal) -> Decimal:
    if fee >= received:
        raise LedgerError(
            f"the fee of {plain(fee)} {event.fee_asset} is not less than what is received, {plain(received)}"
        )
    return received - fee


def fee(event: Event, facts: Facts) -> list[Step]:
    """Pay a fee in any commodity; coins are disposed of at their value."""
    assert event.units is not None
    value = given_value(event, facts, (event.asset, event.units))
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
        value = given_value(event, facts, (event.currency, event.amount))
    here, there = wallet(event.wallet), wallet(event.to_wallet or event.wallet)
    return [
        *facts.pay(here, event.currency, event.amount, value=value),
        *facts.receive(there, event.asset, event.units, value=value),
    ]
