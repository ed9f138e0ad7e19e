"""Ecosystem investing: a staked core coin, a liquid sleeve, and a budget for illiquid ventures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dat.strategy import Book, Commitment, Needs, Targets, Window, param, parse_instant, require

__all__ = ["Ecosystem"]

_DEAL_KEYS = {"name", "sector", "nav_frac", "from", "calls"}


@dataclass(frozen=True)
class Ecosystem:
    """Hold a core coin, stake part of it, keep a liquid sleeve, and commit a budget of NAV to ventures.

    Notes
    -----
    The budget is measured at commitment on NAV at the decision: ventures at cost plus promises, the new one
    included. A fall of the coin that lifts the share above budget stops new commitments and never forces a
    sale. Cash for the calls of the next month is kept out of the coins.
    """

    core: str = param("ETH", "core coin")
    core_frac: float = param(0.7, "fraction of liquid NAV in the core coin")
    staked_frac: float = param(0.6, "share of the core coin that is staked")
    sleeve: Mapping[str, float] = param({}, "liquid sleeve: fraction of liquid NAV by coin")
    budget_frac: float = param(0.2, "ventures and promises over NAV, measured at commitment")
    deals: tuple[Mapping[str, Any], ...] = param(
        (), "deals: name, sector, nav_frac, from (date), calls (months)"
    )

    def __post_init__(self) -> None:
        for name in ("core_frac", "staked_frac", "budget_frac"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"{name} must be a fraction between 0 and 1; got {value}")
        total = float(self.core_frac) + sum(self.sleeve.values())
        require(total <= 1 + 1e-9, f"core_frac and sleeve must sum to at most 1; they sum to {total:g}")
        for deal in self.deals:
            _check_deal(deal)

    @property
    def needs(self) -> Needs:
        """Core coin and sleeve, one bar."""
        return Needs((self.core, *(asset for asset in self.sleeve if asset != self.core)))

    def decide(self, window: Window, book: Book) -> Targets:
        """Keep the weights, and commit to the deals that are open and within budget."""
        wanted = {self.core: self.core_frac, **self.sleeve}
        known = {asset: weight for asset, weight in wanted.items() if book.price[asset] == book.price[asset]}
        commitments = self._affordable(window, book)
        free, total = self._investable_frac(book), sum(wanted.values())
        scale = min(1.0, free / total) if total > 0 else 0.0
        names = ", ".join(commitment.deal for commitment in commitments)
        return Targets.weights(
            {asset: weight * scale for asset, weight in known.items()},
            f"core and sleeve{'; commit to ' + names if names else ''}",
            staked_frac={self.core: self.staked_frac},
            commitments=commitments,
        )

    def _investable_frac(self, book: Book) -> float:
        total = book.liquid_nav
        return max(0.0, 1.0 - book.calls_soon / total) if total > 0 else 0.0

    def _affordable(self, window: Window, book: Book) -> tuple[Commitment, ...]:
        room = self.budget_frac * book.nav - book.venture_value - book.unfunded
        chosen: list[Commitment] = []
        for deal in self.deals:
            amount = deal["nav_frac"] * book.nav
            is_open = deal["name"] not in book.committed and parse_instant(deal["from"]) <= window.instant
            if is_open and 0 < amount <= room:
                chosen.append(Commitment(deal["name"], amount, deal["calls"], deal["sector"]))
                room -= amount
        return tuple(chosen)


def _check_deal(deal: Mapping[str, Any]) -> None:
    keys = ", ".join(sorted(_DEAL_KEYS))
    require(set(deal) == _DEAL_KEYS, f"a deal has the keys {keys}; got {dict(deal)}")
    name, share, calls = deal["name"], deal["nav_frac"], deal["calls"]
    is_share = isinstance(share, int | float) and 0 < share <= 1
    require(is_share, f"deal {name}: nav_frac must be a fraction above 0 and at most 1; got {share}")
    is_count = isinstance(calls, int) and not isinstance(calls, bool) and calls >= 1
    require(is_count, f"deal {name}: calls must be a whole number of months, at least 1; got {calls}")
    parse_instant(deal["from"])
