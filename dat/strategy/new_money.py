"""Money that came in is deployed by what was last approved; no strategy needs to know of it."""

from collections.abc import Mapping
from dataclasses import replace

from dat.orders.book import Book
from dat.orders.targets import Targets

__all__ = ["deploy_new_money", "with_new_money"]


def deploy_new_money(book: Book, approved: Targets | None) -> Targets:
    """Spend released money in the proportions of approved targets; nothing is sold.

    Parameters
    ----------
    book
        `released` is what can be spent, base currency.
    approved
        Weights leave the cash that they leave; purchases share the money; anything else gives a hold.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> book = Book(parse_instant("2024-01-01"), 100.0, {}, {}, {}, released=100.0)
    >>> dict(deploy_new_money(book, Targets.weights({"BTC": 0.5, "ETH": 0.3}, "split")).amounts)
    {'BTC': 50.0, 'ETH': 30.0}
    """
    shares = _shares(approved)
    if not shares:
        return Targets.hold("no approved targets by which new money could be deployed")
    spend = {asset: share * book.released for asset, share in shares.items()}
    return Targets.spend(spend, "new money, by the last approved targets")


def with_new_money(targets: Targets, book: Book) -> Targets:
    """Add released money to a strategy's answer that did not see it.

    Weights are fractions of all liquid NAV, so they deploy it by themselves; a purchase or a hold is joined
    by a purchase of the new money.
    """
    if targets.kind not in ("spend", "hold"):
        return targets
    extra = deploy_new_money(book, targets if targets.kind == "spend" else book.approved)
    if extra.kind == "hold":
        return targets
    assets = {*targets.amounts, *extra.amounts}
    total = {a: targets.amounts.get(a, 0.0) + extra.amounts.get(a, 0.0) for a in sorted(assets)}
    return replace(targets, kind="spend", amounts=total, reason=f"{targets.reason}; and {extra.reason}")


def _shares(approved: Targets | None) -> Mapping[str, float]:
    if approved is None or approved.kind not in ("weights", "spend"):
        return {}
    total = 1.0 if approved.kind == "weights" else sum(approved.amounts.values())
    return {asset: amount / total for asset, amount in approved.amounts.items()} if total > 0 else {}
