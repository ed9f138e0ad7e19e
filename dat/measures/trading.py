"""What trading did to the value: how much was turned over and what it cost."""

import math

import numpy.typing as npt

from dat.market.series import Floats
from dat.measures.vectors import as_positive, present_pairs, ratio

__all__ = ["cost_drag", "turnover"]


def turnover(traded_notional: npt.ArrayLike, nav: npt.ArrayLike, *, periods_per_year: float) -> float:
    """Give half of what was bought and sold over the average value, per year.

    Parameters
    ----------
    traded_notional
        Shape (n,), buys plus sells of each period, both positive, in the currency of `nav`.
    nav
        Shape (n,), value at the close of each period.
    periods_per_year
        Above 0.

    Returns
    -------
    float
        Fraction per year: 1 means that the whole value was replaced once a year. nan without a row where both
        are present, or where the average value is not above zero.

    Raises
    ------
    InputError
        When lengths differ.

    Examples
    --------
    >>> turnover([200, 0, 0, 200], [100, 100, 100, 100], periods_per_year=2)
    1.0
    """
    traded, value = present_pairs(traded_notional=traded_notional, nav=nav)
    return 0.5 * _per_year(float(traded.sum()), value, periods_per_year)


def cost_drag(costs: npt.ArrayLike, nav: npt.ArrayLike, *, periods_per_year: float) -> float:
    """Give the costs over the average value, per year.

    Parameters
    ----------
    costs
        Shape (n,), costs of each period, positive, in the currency of `nav`.
    nav
        Shape (n,), value at the close of each period.
    periods_per_year
        Above 0.

    Returns
    -------
    float
        Fraction per year; nan as in `turnover`.

    Raises
    ------
    InputError
        When lengths differ.

    Examples
    --------
    >>> cost_drag([1, 0, 0, 1], [100, 100, 100, 100], periods_per_year=2)
    0.01
    """
    paid, value = present_pairs(costs=costs, nav=nav)
    return _per_year(float(paid.sum()), value, periods_per_year)


def _per_year(total: float, nav: Floats, periods_per_year: float) -> float:
    periods = as_positive(periods_per_year, name="periods_per_year")
    average = float(nav.mean()) if len(nav) else math.nan
    return ratio(total * periods, average * len(nav)) if average > 0 else math.nan
