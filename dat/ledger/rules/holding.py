"""Rules for coins and money that come, go, and change their place or state."""

from collections.abc import Callable
from decimal import Decimal

from dat.errors import LedgerError
from dat.ledger.accounts import borrowed, expense, external, income, lent, liability, trading, wallet
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.rules.trading import given_value
from dat.ledger.step import Carry, Post, Step

__all__ = [
    "change_state",
    "deposit",
    "loan_back",
    "loan_in",
    "loan_out",
    "repayment",
    "transfer",
    "unlock",
    "withdrawal",
]


def deposit(event: Event, facts: Facts) -> list[Step]:
    """Take in money or coins from outside the treasury, at their value."""
    assert event.units is not None
    value = given_value(event, facts, (event.asset, event.units))
    got = facts.receive(wallet(event.wallet, event.state), event.asset, event.units, value=value)
    return [*got, Post(external(event.instrument), facts.base, -value)]


def withdrawal(event: Event, facts: Facts) -> list[Step]:
    """Hand money or coins out of the treasury, at their value: a disposal."""
    assert event.units is not None
    value = given_value(event, facts, (event.asset, event.units))
    paid = facts.pay(
        wallet(event.wallet, event.state), event.asset, event.units, value=value, lots=event.lots
    )
    return [*paid, Post(external(event.instrument), facts.base, value)]


def transfer(event: Event, facts: Facts) -> list[Step]:
    """Move money or coins to another wallet of the treasury: lots go along, only the fee is a disposal."""
    if event.to_wallet == event.wallet:
        raise LedgerError(f"to_wallet is '{event.to_wallet}', the wallet itself")
    here, there = wallet(event.wallet, event.state), wallet(event.to_wallet, event.state)
    return [*_move(event, facts, here=here, there=there), *_network_fee(event, facts, here)]


def _move(event: Event, facts: Facts, *, here: str, there: str) -> list[Step]:
    units = event.units
    assert units is not None
    if facts.commodities[event.asset].has_lots:
        return [Carry(here, there, event.asset, units, event.lots)]
    facts.require_no_share(event.asset)
    return [Post(here, event.asset, -units), Post(there, event.asset, units)]


def _network_fee(event: Event, facts: Facts, here: str) -> list[Step]:
    if not event.fee:
        return []
    value = event.fee_value
    if value is None:
        value = facts.worth(event.fee_asset, event.fee, event.at)
    return [
        *facts.pay(here, event.fee_asset, event.fee, value=value, lots=event.lots),
        Post(expense("fees:network"), facts.base, value),
    ]


def change_state(before: str, after: str) -> Callable[[Event, Facts], list[Step]]:
    """Make the rule that brings units of a wallet from one state into another; their lots stay theirs."""

    def rule(event: Event, facts: Facts) -> list[Step]:
        return _move(event, facts, here=wallet(event.wallet, before), there=wallet(event.wallet, after))

    return rule


def unlock(event: Event, facts: Facts) -> list[Step]:
    """Make unbonding or locked units liquid again."""
    return change_state(event.state or "unbonding", "liquid")(event, facts)


def loan_out(event: Event, facts: Facts) -> list[Step]:
    """Lend money or coins to a party; the lots go along."""
    return _move(event, facts, here=wallet(event.wallet), there=lent(event.instrument))


def loan_back(event: Event, facts: Facts) -> list[Step]:
    """Take back what was lent."""
    return _move(event, facts, here=lent(event.instrument), there=wallet(event.wallet))


def loan_in(event: Event, facts: Facts) -> list[Step]:
    """Borrow money or coins: what comes in is owed in the same commodity."""
    assert event.units is not None
    here, owed = wallet(event.wallet), liability(event.instrument)
    facts.require_no_share(event.asset)
    if not facts.commodities[event.asset].has_lots:
        return [Post(here, event.asset, event.units), Post(owed, event.asset, -event.units)]
    value = given_value(event, facts, (event.asset, event.units))
    got = facts.receive(here, event.asset, event.units, value=value)
    return [*got, *_owe(event, facts, units=event.units, value=value)]


def repayment(event: Event, facts: Facts) -> list[Step]:
    """Pay back `units` of what is owed; `amount` is what was paid where it differs: the rest is a gain."""
    assert event.units is not None
    here, owed = wallet(event.wallet), liability(event.instrument)
    facts.require_no_share(event.asset)
    if facts.commodities[event.asset].has_lots:
        if event.amount is not None:
            raise LedgerError(f"amount does not go with {event.asset}: a debt in coins is repaid in units")
        value = given_value(event, facts, (event.asset, event.units))
        paid = facts.pay(here, event.asset, event.units, value=value, lots=event.lots)
        return [*paid, *_owe(event, facts, units=-event.units, value=-value)]
    paid_amount = event.units if event.amount is None else event.amount
    difference = event.units - paid_amount
    settled: list[Step] = [Post(here, event.asset, -paid_amount), Post(owed, event.asset, event.units)]
    return [*settled, *_extinguished(event, facts, difference)]


def _owe(event: Event, facts: Facts, *, units: Decimal, value: Decimal) -> list[Step]:
    mirror = borrowed(event.asset)
    return [
        Post(liability(event.instrument), event.asset, -units),
        Post(mirror, event.asset, units),
        Post(mirror, facts.base, -value),
    ]


def _extinguished(event: Event, facts: Facts, difference: Decimal) -> list[Step]:
    if not difference:
        return []
    gain = Post(income("extinguishment"), facts.base, -facts.worth(event.asset, difference, event.at))
    if event.asset == facts.base:
        return [gain]
    mirror = trading(event.asset)
    return [Post(mirror, event.asset, -difference), Post(mirror, facts.base, -gain.amount), gain]
