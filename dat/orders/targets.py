"""What a strategy answers: targets, commitments and the reason."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from dat.errors import StrategyError
from dat.treasury.venture import Commitment

__all__ = ["Kind", "Targets"]

Kind = Literal["weights", "units", "spend", "hold"]
_NONE: Mapping[str, float] = MappingProxyType({})
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Targets:
    """One decision. Build it with `weights`, `units`, `spend` or `hold`.

    Parameters
    ----------
    kind
        What `amounts` mean.
    amounts
        By asset: fractions of liquid NAV (weights), units to hold (units), or base currency to spend (spend).
    reason
        Why, in plain words; it is recorded with the decision.
    staked_frac
        By asset: the share of its units to keep staked, 0 to 1.
    commitments
        New promises to ventures.
    """

    kind: Kind
    amounts: Mapping[str, float]
    reason: str
    staked_frac: Mapping[str, float] = field(default_factory=dict)
    commitments: tuple[Commitment, ...] = ()

    @classmethod
    def weights(
        cls,
        amounts: Mapping[str, float],
        reason: str,
        *,
        staked_frac: Mapping[str, float] = _NONE,
        commitments: tuple[Commitment, ...] = (),
    ) -> "Targets":
        """Ask for fractions of liquid NAV; what is left stays cash.

        Raises
        ------
        StrategyError
            When a weight is negative or not a number, they sum to more than one, or a staked share is not
            between 0 and 1.

        Examples
        --------
        >>> Targets.weights({"BTC": 0.6, "ETH": 0.3}, "split").kind
        'weights'
        """
        total = sum(amounts.values())
        if not all(weight >= 0 for weight in amounts.values()) or not total <= 1 + _SUM_TOLERANCE:
            raise StrategyError(
                f"weights {dict(amounts)} must be at least 0 and sum to at most 1; their sum is {total:g}"
            )
        if not all(0 <= share <= 1 for share in staked_frac.values()):
            raise StrategyError(f"staked shares must be between 0 and 1; got {dict(staked_frac)}")
        return cls("weights", amounts, reason, staked_frac, commitments)

    @classmethod
    def units(cls, amounts: Mapping[str, float], reason: str) -> "Targets":
        """Ask to hold a number of units of each named asset; others stay as they are."""
        return cls("units", _not_negative(amounts, "units"), reason)

    @classmethod
    def spend(cls, amounts: Mapping[str, float], reason: str) -> "Targets":
        """Ask to spend base currency on each named asset, fees included; nothing is sold.

        Examples
        --------
        >>> Targets.spend({"BTC": 100.0}, "weekly purchase").amounts["BTC"]
        100.0
        """
        return cls("spend", _not_negative(amounts, "spend"), reason)

    @classmethod
    def hold(cls, reason: str) -> "Targets":
        """Ask for nothing, and say why."""
        return cls("hold", _NONE, reason)


def _not_negative(amounts: Mapping[str, float], what: str) -> Mapping[str, float]:
    bad = {asset: amount for asset, amount in amounts.items() if not 0 <= amount < math.inf}
    if bad:
        raise StrategyError(f"{what} must be at least 0 and finite; got {bad}")
    return amounts
