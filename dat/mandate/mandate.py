"""What a treasury may hold, and the check of a decision against it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dat.orders.book import Book
from dat.orders.proposal import Breach
from dat.orders.targets import Targets

__all__ = ["RULES", "Mandate", "check_holdings", "check_mandate", "projected_weights"]

_SLACK = 1e-6  # as much as weights may exceed a sum of 1: the rounding of an optimiser


@dataclass(frozen=True, slots=True)
class Mandate:
    """Limits that the board has set. Weights are fractions of liquid NAV, illiquid ones of NAV.

    Parameters
    ----------
    eligible
        Assets that may be held.
    weight_min, weight_max
        By asset; an asset without an entry has the bounds 0 and 1.
    cash_min_frac
        Least cash after a rebalance.
    staked_max_frac
        Largest staked share of any asset.
    illiquid_max_frac
        Ventures at cost plus all that is promised to them, over NAV, measured at commitment.
    deal_max_frac
        One deal over NAV, measured at commitment.
    """

    eligible: tuple[str, ...]
    weight_min: Mapping[str, float] = field(default_factory=dict)
    weight_max: Mapping[str, float] = field(default_factory=dict)
    cash_min_frac: float = 0.0
    staked_max_frac: float = 1.0
    illiquid_max_frac: float = 0.0
    deal_max_frac: float = 0.0

    @property
    def limits_holdings(self) -> bool:
        """Whether prices alone can carry what is held out of a limit."""
        return bool(self.weight_max or self.weight_min or self.cash_min_frac)

    def in_words(self) -> tuple[str, ...]:
        """Say each limit in one sentence.

        Examples
        --------
        >>> Mandate(("BTC",), weight_max={"BTC": 0.9}).in_words()[:2]
        ('Only BTC may be held.', 'BTC may be at most 90% of liquid NAV.')
        """
        words = [f"Only {', '.join(self.eligible)} may be held."]
        words += [f"{a} may be at most {_percent(w)} of liquid NAV." for a, w in self.weight_max.items()]
        words += [f"{a} must be at least {_percent(w)} of liquid NAV." for a, w in self.weight_min.items()]
        words.append(
            f"At least {_percent(self.cash_min_frac)} of liquid NAV stays in cash after a rebalance."
        )
        words.append(f"At most {_percent(self.staked_max_frac)} of any coin may be staked.")
        words.append(_ventures_in_words(self))
        words.append("What would break a limit is not traded, and the refusal is recorded.")
        words.append("A limit that prices alone have passed is cured at the next date of the calendar.")
        return tuple(words)


def _percent(fraction: float) -> str:
    return f"{round(fraction * 100, 8) + 0.0:.4g}%"  # float noise is 0, and there is no minus 0


def _ventures_in_words(mandate: Mandate) -> str:
    if not mandate.illiquid_max_frac:
        return "No commitment to illiquid ventures is allowed."
    total, deal = _percent(mandate.illiquid_max_frac), _percent(mandate.deal_max_frac)
    return (
        f"Ventures, promises included, may be at most {total} of NAV at commitment, one deal at most {deal}."
    )


def projected_weights(book: Book, targets: Targets) -> dict[str, float]:
    """Give each asset's share of liquid NAV if the targets were met at the marks, before costs.

    Money to spend is cut in proportion to the cash there is, and comes on top of what purchases still wait to
    spend. An asset without a mark counts 0 for units.
    """
    if targets.kind == "weights":
        return dict(targets.amounts)
    weights, total = book.weights(), book.liquid_nav
    if total <= 0:
        return weights
    money = _money_spent(book, targets) if targets.kind == "spend" else {}
    units = targets.amounts if targets.kind == "units" else {}
    for asset, amount in money.items():
        weights[asset] = weights.get(asset, 0.0) + amount / total
    for asset, amount in units.items():
        mark = book.price.get(asset, 0.0)
        weights[asset] = amount * mark / total if mark > 0 else 0.0
    return weights


def _money_spent(book: Book, targets: Targets) -> dict[str, float]:
    asked, money = sum(targets.amounts.values()), dict(book.ordered)
    share = min(1.0, max(book.spendable, 0.0) / asked) if asked > 0 else 0.0
    for asset, amount in targets.amounts.items():
        money[asset] = money.get(asset, 0.0) + share * amount
    return money


def _breach(rule: str, name: str, *, value: float, limit: float, side: str) -> Breach:
    text = f"{name} would be {_percent(value)}, {side} {_percent(limit)}"
    return Breach(rule, name, value, limit, text)


def _eligible(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    wanted = {a: amount for a, amount in targets.amounts.items() if amount > 0 and a not in mandate.eligible}
    allowed = ", ".join(mandate.eligible)
    return [
        Breach("eligible", a, w, 0.0, f"{a} is not eligible; allowed: {allowed}") for a, w in wanted.items()
    ]


def _weight_max(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    weights, limits = projected_weights(book, targets), mandate.weight_max
    over = {a: weights[a] for a in limits if weights.get(a, 0.0) > limits[a] + _SLACK}
    return [_breach("weight_max", a, value=w, limit=limits[a], side="over") for a, w in over.items()]


def _weight_min(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    weights, limits = projected_weights(book, targets), mandate.weight_min
    under = {a: weights.get(a, 0.0) for a in limits if weights.get(a, 0.0) < limits[a] - _SLACK}
    return [_breach("weight_min", a, value=w, limit=limits[a], side="under") for a, w in under.items()]


def _cash_min(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    cash, limit = 1.0 - sum(projected_weights(book, targets).values()), mandate.cash_min_frac
    return (
        [_breach("cash_min", "cash", value=cash, limit=limit, side="under")] if cash < limit - _SLACK else []
    )


def _staked_max(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    limit = mandate.staked_max_frac
    over = {a: share for a, share in targets.staked_frac.items() if share > limit + _SLACK}
    return [_breach("staked_max", f"staked {a}", value=s, limit=limit, side="over") for a, s in over.items()]


def _of_nav(amount: float, book: Book) -> float:
    return amount / book.nav if book.nav > 0 else math.inf


def _illiquid_max(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    if not targets.commitments:
        return []
    promised = book.venture_value + book.unfunded + sum(promise.amount for promise in targets.commitments)
    share, limit = _of_nav(promised, book), mandate.illiquid_max_frac
    over = share > limit + _SLACK
    return [_breach("illiquid_max", "all ventures", value=share, limit=limit, side="over")] if over else []


def _deal_max(mandate: Mandate, book: Book, targets: Targets) -> list[Breach]:
    limit = mandate.deal_max_frac
    shares = {promise.deal: _of_nav(promise.amount, book) for promise in targets.commitments}
    over = {deal: share for deal, share in shares.items() if share > limit + _SLACK}
    return [_breach("deal_max", deal, value=s, limit=limit, side="over") for deal, s in over.items()]


RULES: Mapping[str, Callable[[Mandate, Book, Targets], list[Breach]]] = MappingProxyType(
    {
        "eligible": _eligible,
        "weight_max": _weight_max,
        "weight_min": _weight_min,
        "cash_min": _cash_min,
        "staked_max": _staked_max,
        "illiquid_max": _illiquid_max,
        "deal_max": _deal_max,
    }
)
"""Rule name to check; each gives the breaches that it finds."""


def check_mandate(mandate: Mandate, book: Book, targets: Targets) -> tuple[Breach, ...]:
    """Check a decision against every rule, in order.

    Returns
    -------
    tuple of Breach
        Empty when the decision is within the mandate; a hold always is.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> book = Book(parse_instant("2024-01-01"), 100.0, {"BTC": 0.0}, {}, {"BTC": 10.0})
    >>> [b.text for b in check_mandate(Mandate(("ETH",)), book, Targets.weights({"BTC": 0.5}, "why"))]
    ['BTC is not eligible; allowed: ETH']
    """
    if targets.kind == "hold" and not targets.commitments:
        return ()
    return tuple(breach for rule in RULES.values() for breach in rule(mandate, book, targets))


def check_holdings(mandate: Mandate, book: Book) -> tuple[Breach, ...]:
    """Find the limits that holdings have left by themselves, as prices moved; before any decision, none.

    Returns
    -------
    tuple of Breach
        Of the rules on weights and cash, with what is held as value.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> from dat.orders.book import LastDecision
    >>> last = LastDecision(parse_instant("2024-01-01"), Targets.hold("start"))
    >>> book = Book(parse_instant("2024-01-01"), 10.0, {"BTC": 9.0}, {}, {"BTC": 10.0}, last=last)
    >>> [breach.text for breach in check_holdings(Mandate(("BTC",), weight_max={"BTC": 0.8}), book)]
    ['BTC is 90%, over 80%']
    """
    if book.last is None or not mandate.limits_holdings:
        return ()
    held = Targets("weights", book.weights(), "held")
    found = (breach for rule in _ON_HOLDINGS for breach in rule(mandate, book, held))
    return tuple(replace(breach, text=breach.text.replace(" would be ", " is ")) for breach in found)


_ON_HOLDINGS = (_weight_max, _weight_min, _cash_min)
