"""Risk and reward per period of a return series, per year where the name is not of one period.

NaN: a missing row is left out; of two series, a row missing in either. Every function gives nan, never an
infinity or a warning, where its figure is undefined: too few rows, or a denominator that is rounding noise.
"""

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from dat.errors import InputError
from dat.market.series import Floats
from dat.measures.vectors import NOISE, as_positive, deviation, present, present_pairs, ratio

__all__ = [
    "beta",
    "conditional_value_at_risk",
    "downside_deviation",
    "information_ratio",
    "sharpe",
    "sortino",
    "tracking_error",
    "value_at_risk_historical",
    "value_at_risk_normal",
    "volatility",
]


def volatility(returns: npt.ArrayLike, *, periods_per_year: float) -> float:
    """Give the sample standard deviation (n - 1) of the returns, times sqrt(periods_per_year).

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    periods_per_year
        Above 0; 365 for daily crypto.

    Returns
    -------
    float
        Fraction per year; nan for fewer than two rows, 0 where the returns are all alike.

    Examples
    --------
    >>> round(volatility([0.01, 0.03], periods_per_year=50), 12)
    0.1
    """
    return deviation(present(returns, name="returns")) * _root_periods(periods_per_year)


def downside_deviation(
    returns: npt.ArrayLike, *, periods_per_year: float, target_per_period: float = 0.0
) -> float:
    """Give the root mean square of the shortfalls below a target, times sqrt(periods_per_year).

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    periods_per_year
        Above 0.
    target_per_period
        Fraction per period. Rows at or above it count as a shortfall of 0: the mean is over all n rows.

    Returns
    -------
    float
        Fraction per year; nan without rows.

    Notes
    -----
    Source: Sortino and Price (1994), full-sample denominator.

    Examples
    --------
    >>> round(downside_deviation([0.02, -0.02, 0.0, 0.01], periods_per_year=100), 12)
    0.1
    """
    root_periods = _root_periods(periods_per_year)
    values = present(returns, name="returns")
    if not len(values):
        return math.nan
    shortfalls = np.minimum(values - target_per_period, 0.0)
    per_period = math.sqrt(float(np.square(shortfalls).mean()))
    return per_period * root_periods if per_period > NOISE else 0.0


def sharpe(returns: npt.ArrayLike, *, periods_per_year: float, risk_free_per_period: float = 0.0) -> float:
    """Give the mean excess return over its standard deviation, times sqrt(periods_per_year).

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    periods_per_year
        Above 0; 1 leaves the ratio per period.
    risk_free_per_period
        Fraction per period.

    Returns
    -------
    float
        nan for fewer than two rows or where the returns are all alike.

    Notes
    -----
    Source: Sharpe (1994). The yearly figure assumes returns that are not autocorrelated.

    Examples
    --------
    >>> round(sharpe([0.0, 0.02], periods_per_year=2), 12)
    1.0
    """
    excess = present(returns, name="returns") - risk_free_per_period
    return ratio(_mean(excess) * _root_periods(periods_per_year), deviation(excess))


def sortino(returns: npt.ArrayLike, *, periods_per_year: float, target_per_period: float = 0.0) -> float:
    """Give the yearly mean return above a target over the downside deviation below it.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    periods_per_year
        Above 0.
    target_per_period
        Fraction per period, in numerator and denominator alike.

    Returns
    -------
    float
        nan without rows or without a shortfall.

    Examples
    --------
    >>> round(sortino([0.03, -0.01], periods_per_year=2), 12)
    2.0
    """
    downside = downside_deviation(
        returns, periods_per_year=periods_per_year, target_per_period=target_per_period
    )
    return ratio((_mean(present(returns, name="returns")) - target_per_period) * periods_per_year, downside)


def value_at_risk_historical(returns: npt.ArrayLike, *, tail_frac: float) -> float:
    """Give the return that the worst `tail_frac` of periods fall below, from the sample itself.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    tail_frac
        Between 0 and 1; 0.05 for the 95 % figure.

    Returns
    -------
    float
        Signed fraction of one period: a loss is negative. nan without rows.

    Notes
    -----
    The linear quantile (type 7 of Hyndman and Fan, 1996).

    Examples
    --------
    >>> value_at_risk_historical([-0.04, -0.02, 0.0, 0.02, 0.04], tail_frac=0.25)
    -0.02
    """
    values, place = _tail(returns, tail_frac)
    if not len(values):
        return math.nan
    below = int(place)
    above = min(below + 1, len(values) - 1)
    ranked = np.partition(values, (below, above))
    return float(ranked[below] + (place - below) * (ranked[above] - ranked[below]))


def value_at_risk_normal(returns: npt.ArrayLike, *, tail_frac: float) -> float:
    """Give the return that a normal law with the sample's moments falls below with chance `tail_frac`.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    tail_frac
        Between 0 and 1; 0.05 for the 95 % figure.

    Returns
    -------
    float
        Signed fraction of one period: a loss is negative. nan for fewer than two rows.

    Examples
    --------
    >>> round(value_at_risk_normal([-0.01, 0.01], tail_frac=0.05), 6)
    -0.023262
    """
    values, _ = _tail(returns, tail_frac)
    return _mean(values) + NormalDist().inv_cdf(tail_frac) * deviation(values)


def conditional_value_at_risk(returns: npt.ArrayLike, *, tail_frac: float) -> float:
    """Give the mean of the returns at or below the historical value at risk.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period.
    tail_frac
        Between 0 and 1; 0.05 for the 95 % figure.

    Returns
    -------
    float
        Signed fraction of one period: a loss is negative. Mean of the floor((n - 1) tail_frac) + 1 worst
        rows; nan without rows.

    Examples
    --------
    >>> conditional_value_at_risk([-0.04, -0.02, 0.0, 0.02, 0.04], tail_frac=0.25)
    -0.03
    """
    values, place = _tail(returns, tail_frac)
    return _mean(np.partition(values, int(place))[: int(place) + 1]) if len(values) else math.nan


def beta(returns: npt.ArrayLike, benchmark_returns: npt.ArrayLike) -> float:
    """Give the slope of the returns on those of the benchmark: cov(r, b) / var(b).

    Parameters
    ----------
    returns, benchmark_returns
        Shape (n,), fraction per period, row by row of the same periods.

    Returns
    -------
    float
        nan for fewer than two pairs or a benchmark that does not move.

    Raises
    ------
    InputError
        When lengths differ.

    Examples
    --------
    >>> round(beta([0.02, -0.02, 0.04], [0.01, -0.01, 0.02]), 12)
    2.0
    """
    own, market = present_pairs(returns=returns, benchmark_returns=benchmark_returns)
    if not deviation(market) > 0.0:
        return math.nan
    moves = market - market.mean()
    return ratio(float(own @ moves), float(moves @ moves))


def tracking_error(
    returns: npt.ArrayLike, benchmark_returns: npt.ArrayLike, *, periods_per_year: float
) -> float:
    """Give the sample standard deviation of the returns less the benchmark's, times sqrt(periods_per_year).

    Parameters
    ----------
    returns, benchmark_returns
        Shape (n,), fraction per period, row by row of the same periods.
    periods_per_year
        Above 0.

    Returns
    -------
    float
        Fraction per year; nan for fewer than two pairs.

    Raises
    ------
    InputError
        When lengths differ.

    Examples
    --------
    >>> round(tracking_error([0.02, 0.03], [0.01, 0.00], periods_per_year=50), 12)
    0.1
    """
    own, market = present_pairs(returns=returns, benchmark_returns=benchmark_returns)
    return deviation(own - market) * _root_periods(periods_per_year)


def information_ratio(
    returns: npt.ArrayLike, benchmark_returns: npt.ArrayLike, *, periods_per_year: float
) -> float:
    """Give the yearly mean return above the benchmark's over the tracking error.

    Parameters
    ----------
    returns, benchmark_returns
        Shape (n,), fraction per period, row by row of the same periods.
    periods_per_year
        Above 0.

    Returns
    -------
    float
        nan for fewer than two pairs or without tracking error.

    Raises
    ------
    InputError
        When lengths differ.

    Examples
    --------
    >>> round(information_ratio([0.02, 0.03], [0.01, 0.00], periods_per_year=50), 12)
    10.0
    """
    own, market = present_pairs(returns=returns, benchmark_returns=benchmark_returns)
    return sharpe(own - market, periods_per_year=periods_per_year)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def _root_periods(periods_per_year: float) -> float:
    return math.sqrt(as_positive(periods_per_year, name="periods_per_year"))


def _tail(returns: npt.ArrayLike, tail_frac: float) -> tuple[Floats, float]:
    if not 0.0 < tail_frac < 1.0:
        raise InputError(f"tail_frac is {tail_frac}; a number between 0 and 1 is needed")
    values = present(returns, name="returns")
    return values, (len(values) - 1) * tail_frac
