"""Rules for income in coins and money, marks, and what is lost."""

from collections.abc import Callable
from decimal import Decimal

from dat.ledger.accounts import expense, income, valuation, venture, wallet
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.rules.trading import given_value
from dat.ledger.step import Lose, Post, Step

__all__ = ["earned", "interest", "mark", "slash", "write_off"]


def earned(kind: str) -> Callable[[Event, Facts], list[Step]]:
    """Make the rule for units that are income at fair value on receipt."""

    def rule(event: Event, facts: Facts) -> list[Step]:
        assert event.units is not None
        value = given_value(event, facts, (event.asset, event.units))
        got = facts.receive(wallet(event.wallet, event.state), event.asset, event.units, value=value)
        return [*got, Post(income(f"{kind}:{event.asset}"), facts.base, -value)]

    return rule


def interest(event: Event, facts: Facts) -> list[Step]:
    """Receive interest on money."""
    assert event.amount is not None
    value = given_value(event, facts, (event.currency, event.amount))
    got = facts.receive(wallet(event.wallet), event.currency, event.amount, value=value)
    return [*got, Post(income("interest"), facts.base, -value)]


def slash(event: Event, facts: Facts) -> list[Step]:
    """Lose staked units to a penalty: their cost becomes an expense."""
    assert event.units is not None
    here = wallet(event.wallet, event.state or "staked")
    return [Lose(here, event.asset, event.units, expense(f"slashing:{event.asset}"), event.lots)]


def mark(event: Event, facts: Facts) -> list[Step]:
    """Change the fair value of a coin or venture over its cost by `amount`, base currency, up or down."""
    assert event.amount is not None
    position = event.instrument or event.asset
    if event.asset:
        facts.require_known(event.asset)
    return [
        Post(valuation(position), facts.base, event.amount),
        Post(income(f"unrealised:{position}"), facts.base, -event.amount),
    ]


def write_off(event: Event, facts: Facts) -> list[Step]:
    """Write off `amount` of a venture's cost, or units of a coin that are lost, at their cost."""
    if event.units is not None:
        here = wallet(event.wallet, event.state)
        return [Lose(here, event.asset, event.units, expense(f"write_off:{event.asset}"), event.lots)]
    amount: Decimal = event.amount or Decimal(0)
    lost = expense(f"write_off:{event.instrument}")
    return [Post(venture(event.instrument), facts.base, -amount), Post(lost, facts.base, amount)]
