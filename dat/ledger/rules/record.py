"""Rules for what is put on record without moving anything, and for corrections."""

from dat.core.money import plain
from dat.errors import LedgerError
from dat.ledger.commodity import declare as declared_as
from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.lots import METHODS
from dat.ledger.step import Post, Step, Undo

__all__ = ["correction", "declare", "founding", "lock", "rate"]


def founding(event: Event, facts: Facts) -> list[Step]:
    """Open the books: base currency, lot method, and the days of the wash-sale rule."""
    facts.require_money(event.currency)
    if event.method not in METHODS:
        raise LedgerError(f"no lot method '{event.method}'; methods are {', '.join(METHODS)}")
    if event.days is not None and event.days != int(event.days):
        raise LedgerError(f"days = {plain(event.days)}: the wash-sale rule counts whole days")
    if event.days and event.method == "average":
        raise LedgerError("the wash-sale rule needs lots; it does not go with the average method")
    return []


def declare(event: Event, facts: Facts) -> list[Step]:
    """Declare an asset: its class (`method`), its decimals (`units`), and the peg of a stablecoin."""
    assert event.units is not None
    made = declared_as(event.asset, event.method, scale=event.units, peg=event.currency)
    if made.peg:
        facts.require_money(made.peg)
    if event.asset in facts.commodities:
        known = facts.commodities[event.asset]
        raise LedgerError(f"asset {event.asset} is known already: a {known.kind} with {known.scale} decimals")
    return []


def rate(event: Event, facts: Facts) -> list[Step]:
    """Store what one unit of an asset is worth in the base currency."""
    facts.require_known(event.asset)
    if event.currency != facts.base or event.asset == facts.base:
        raise LedgerError(
            f"a rate is that of another asset in {facts.base}; got {event.asset} in {event.currency}"
        )
    return []


def lock(event: Event, facts: Facts) -> list[Step]:
    """Close the period up to and including the instant of the event."""
    return []


def correction(event: Event, facts: Facts) -> list[Step]:
    """Reverse an entry: its postings with the opposite sign, its lots put back."""
    target = facts.target
    if target is None:
        raise LedgerError(f"ref = '{event.ref}': no such event in the books")
    if target.event.source_id != event.ref:
        raise LedgerError(f"ref = '{event.ref}' is not what is to be reversed, {target.event}")
    if target.event.kind in ("open", "declare", "lock", "rate", "correction"):
        raise LedgerError(f"an event of kind {target.event.kind} cannot be reversed; record a new one")
    if target.event.at > event.at:
        raise LedgerError(f"at lies before that of the event it reverses, {target.event}")
    reversed_postings = [Post(p.account, p.commodity, -p.amount) for p in target.postings]
    return [*reversed_postings, Undo(target.number)] if target.moves else [*reversed_postings]
