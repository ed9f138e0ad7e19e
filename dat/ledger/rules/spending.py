"""Rules for expenses, payables, grants and ventures."""

from collections.abc import Callable
from decimal import Decimal

from dat.ledger.accounts import COMMITTED, PAYABLE, commitment, expense, income, venture, wallet
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.rules.trading import given_value
from dat.ledger.step import Post, Step

__all__ = ["call", "commit", "distribution", "grant", "payment", "spent"]


def spent(kind: str) -> Callable[[Event, Facts], list[Step]]:
    """Make the rule for an expense: paid from a wallet, or owed when the event names none."""

    def rule(event: Event, facts: Facts) -> list[Step]:
        assert event.amount is not None
        facts.require_money(event.currency)
        account = wallet(event.wallet) if event.wallet else PAYABLE
        value = given_value(event, facts, (event.currency, event.amount))
        paid = facts.pay(account, event.currency, event.amount, value=value)
        return [*paid, Post(expense(kind), facts.base, value)]

    return rule


def payment(event: Event, facts: Facts) -> list[Step]:
    """Pay what was owed for expenses."""
    assert event.amount is not None
    facts.require_money(event.currency)
    return [
        Post(wallet(event.wallet), event.currency, -event.amount),
        Post(PAYABLE, event.currency, event.amount),
    ]


def grant(event: Event, facts: Facts) -> list[Step]:
    """Give money or coins away to the ecosystem."""
    assert event.units is not None
    value = given_value(event, facts, (event.asset, event.units))
    paid = facts.pay(wallet(event.wallet), event.asset, event.units, value=value, lots=event.lots)
    return [*paid, Post(expense(f"grants:{event.instrument}"), facts.base, value)]


def commit(event: Event, facts: Facts) -> list[Step]:
    """Promise money to a venture: counted beside the balance sheet."""
    assert event.amount is not None
    facts.require_money(event.currency)
    return _promise(event, event.amount)


def call(event: Event, facts: Facts) -> list[Step]:
    """Pay a capital call: the venture rises at cost, the promise falls."""
    assert event.amount is not None
    facts.require_money(event.currency)
    value = given_value(event, facts, (event.currency, event.amount))
    return [
        *facts.pay(wallet(event.wallet), event.currency, event.amount, value=value),
        Post(venture(event.instrument), facts.base, value),
        *_promise(event, -event.amount),
    ]


def distribution(event: Event, facts: Facts) -> list[Step]:
    """Receive from a venture: `principal`, base currency, gives capital back; the rest is income."""
    assert event.units is not None
    value = given_value(event, facts, (event.asset, event.units))
    returned = event.principal or Decimal(0)
    return [
        *facts.receive(wallet(event.wallet, event.state), event.asset, event.units, value=value),
        Post(venture(event.instrument), facts.base, -returned),
        Post(income(f"distribution:{event.instrument}"), facts.base, returned - value),
    ]


def _promise(event: Event, amount: Decimal) -> list[Step]:
    return [
        Post(commitment(event.instrument), event.currency, -amount),
        Post(COMMITTED, event.currency, amount),
    ]
