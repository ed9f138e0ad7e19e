"""The one place where float64 statistics become exact Decimal figures, and how figures are written."""

import decimal
import math
from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["EXACT", "STEPS", "exact", "exact_or_none", "plain", "quantise"]

EXACT = decimal.Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Sixty digits: eighteen decimals of a coin and forty-two before the point."""

STEPS = tuple(Decimal(1).scaleb(-places, EXACT) for places in range(19))
"""The smallest step at each number of decimals, 0 to 18."""


def exact(value: float, places: int) -> Decimal:
    """Turn a float into a Decimal with a stated number of decimals, half to even.

    Parameters
    ----------
    value
        A finite float. Its shortest decimal form is rounded, not its binary tail.
    places
        Decimals kept, 0 to 18.

    Returns
    -------
    Decimal
        Exactly `places` decimals.

    Raises
    ------
    ValueError
        When `value` is not finite.

    Examples
    --------
    >>> exact(0.1 + 0.2, 8)
    Decimal('0.30000000')
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} has no exact decimal form")
    return quantise(Decimal(repr(float(value))), places)


def exact_or_none(value: float, places: int) -> Decimal | None:
    """Turn a float into a Decimal, or an undefined one (nan, infinite) into None.

    Examples
    --------
    >>> exact_or_none(float("nan"), 2) is None
    True
    """
    return exact(value, places) if math.isfinite(value) else None


def quantise(value: Decimal, places: int) -> Decimal:
    """Round a Decimal to a stated number of decimals, half to even.

    Examples
    --------
    >>> quantise(Decimal("1.005"), 2)
    Decimal('1.00')
    """
    return value.quantize(STEPS[places], None, EXACT)  # by place: this is called for every posting


def plain(value: Decimal) -> str:
    """Write a Decimal the one way that books and hashes use: no exponent, no trailing zeros.

    Examples
    --------
    >>> plain(Decimal("1.500")), plain(Decimal("1E+3")), plain(Decimal("-0.00"))
    ('1.5', '1000', '0')
    """
    text = str(value)
    if "E" in text or not value:
        return format(value.normalize(EXACT), "f") if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
