"""Returns: of a period, linked through time, per year, and weighted by money."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dat.errors import InputError
from dat.market.series import Floats
from dat.measures.vectors import as_positive, as_vector, check_lengths, present, ratio

__all__ = [
    "annualised_return",
    "growth_index",
    "linked_returns",
    "modified_dietz",
    "money_weighted_return",
    "time_weighted_return",
]

DAYS_PER_YEAR = 365.0  # act/365, the convention of XIRR; not a number of trading periods
LOG_RATE_MAX = 700.0  # exp(709) is the largest float


def linked_returns(nav: npt.ArrayLike, *, flow_open: npt.ArrayLike, flow_close: npt.ArrayLike) -> Floats:
    """Give the return of each period with money that came or went taken out.

    r_t = (nav_t - flow_close_t) / (nav_{t-1} + flow_open_t) - 1

    Parameters
    ----------
    nav
        Shape (n,), value at the close of each period, after the close flow of that period.
    flow_open, flow_close
        Shape (n,), money put in (positive) or taken out (negative) at open and close of each period.
        Nothing is held before the first period, so the opening capital is the first value of `flow_open`.

    Returns
    -------
    Floats
        Shape (n,), fractions. nan where the opening value is not above zero, so in the first row when
        `flow_open` has no opening capital there; nan where a value is missing.

    Raises
    ------
    InputError
        When lengths differ.

    Notes
    -----
    Row t is known at the close of period t. Source: sub-period returns of GIPS 2020.

    Examples
    --------
    >>> linked_returns([110, 231], flow_open=[100, 100], flow_close=[0, 0])
    array([0.1, 0.1])
    """
    close = as_vector(nav, name="nav")
    into = as_vector(flow_open, name="flow_open")
    late = as_vector(flow_close, name="flow_close")
    check_lengths(nav=close, flow_open=into, flow_close=late)
    opening = into.copy()
    opening[1:] += close[:-1]
    opening[~(opening > 0)] = np.nan
    return (close - late) / opening - 1.0


def time_weighted_return(returns: npt.ArrayLike) -> float:
    """Link the returns of all periods into one.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period. Missing rows count as no return. A return below -1 (debts above
        assets) counts as -1: an owner cannot lose more than all.

    Returns
    -------
    float
        Fraction over the whole time, not per year; nan when no row is present or the product overflows.

    Examples
    --------
    >>> round(time_weighted_return([0.1, -0.5, float("nan"), 1.0]), 12)
    0.1
    """
    factors = _growth_factors(present(returns, name="returns"))
    with np.errstate(over="ignore"):
        growth = float(factors.prod())
    return growth - 1.0 if len(factors) and math.isfinite(growth) else math.nan


def annualised_return(returns: npt.ArrayLike, *, periods_per_year: float) -> float:
    """Give the constant yearly return with the same end: (1 + linked return)^(periods_per_year / n) - 1.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period; missing rows are not counted in n.
    periods_per_year
        Above 0; 365 for daily crypto.

    Returns
    -------
    float
        Fraction per year; nan when no row is present or the figure overflows. A span below one year is
        extrapolated.

    Examples
    --------
    >>> round(annualised_return([0.1, 0.1], periods_per_year=4), 12)
    0.4641
    """
    years = len(present(returns, name="returns")) / as_positive(periods_per_year, name="periods_per_year")
    total = time_weighted_return(returns)
    if math.isnan(total) or total <= -1.0:
        return total
    return _rate(math.log1p(total) / years)


def growth_index(returns: npt.ArrayLike, start: float = 100.0, *, with_opening: bool = False) -> Floats:
    """Give the value of `start` invested through the returns.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period; missing and below -1 as in `time_weighted_return`.
    start
        Value at the open of the first period.
    with_opening
        Put the opening value in front, so that a loss in the first period shows as a fall.

    Returns
    -------
    Floats
        Shape (n,), value at the close of each period; (n + 1,) with the opening value. nan if too large.

    Examples
    --------
    >>> growth_index([0.5, -0.5], with_opening=True)
    array([100., 150.,  75.])
    """
    vector = as_vector(returns, name="returns")
    factors = _growth_factors(np.where(np.isnan(vector), 0.0, vector))
    with np.errstate(over="ignore", invalid="ignore"):
        path = start * np.cumprod(np.append(1.0, factors))
    path[~np.isfinite(path)] = np.nan
    return path[0 if with_opening else 1 :]


def modified_dietz(
    begin_value: float, end_value: float, *, flows: npt.ArrayLike, weights: npt.ArrayLike
) -> float:
    """Give the Modified Dietz return R = (EV - BV - sum F) / (BV + sum w F).

    Parameters
    ----------
    begin_value, end_value
        Values at the two ends of the period.
    flows
        Shape (k,), money put in (positive) or taken out (negative) during the period.
    weights
        Shape (k,), part of the period, 0 to 1, that each flow was there: (days - day of flow) / days.

    Returns
    -------
    float
        Fraction over the period, not per year; nan when the average capital is not above zero or a value is
        missing.

    Raises
    ------
    InputError
        When lengths differ or a weight is outside 0 to 1.

    Notes
    -----
    Source: Dietz (1966), as in GIPS 2020.

    Examples
    --------
    >>> modified_dietz(100, 300, flows=[50], weights=[0.5])
    1.2
    """
    money, parts = as_vector(flows, name="flows"), as_vector(weights, name="weights")
    check_lengths(flows=money, weights=parts)
    outside = (parts < 0) | (parts > 1)
    if outside.any():
        raise InputError(f"weights is {parts[outside][0]}; the part of a period is from 0 to 1")
    capital = begin_value + float(parts @ money)
    return ratio(end_value - begin_value - float(money.sum()), capital) if capital > 0 else math.nan


def money_weighted_return(amounts: npt.ArrayLike, days: npt.ArrayLike) -> float:
    """Give the yearly rate at which the flows are worth nothing: sum a_i (1 + r)^(-days_i / 365) = 0.

    Parameters
    ----------
    amounts
        Shape (k,), money the investor paid in (negative) and received (positive), closing value included.
    days
        Shape (k,), day of each flow counted from any day, in any order; fractions are allowed.

    Returns
    -------
    float
        Fraction per year (act/365). Where several rates fit, the one that a search from 0 outward, in
        doubling steps of the log rate, meets first.

    Raises
    ------
    InputError
        When lengths differ, a value is missing, the net flows by day do not change sign, or no rate fits.

    Notes
    -----
    The XIRR of spreadsheets, which is the since-inception internal rate of return of GIPS 2020.

    Examples
    --------
    >>> round(money_weighted_return([-100, 121], [0, 730]), 12)
    0.1
    """
    net, years = _net_by_year(as_vector(amounts, name="amounts"), as_vector(days, name="days"))
    if not (net.min(initial=0.0) < 0.0 < net.max(initial=0.0)):
        raise InputError(f"amounts net by day to {len(net)} flows of one sign; money in and out is needed")
    for low, high in _brackets():
        if _worth(net, years, low)[0] * _worth(net, years, high)[0] <= 0.0:
            return math.expm1(_root(net, years, low=low, high=high))
    raise InputError(f"no yearly rate up to exp({LOG_RATE_MAX:g}) makes the {len(net)} net flows worth 0")


def _growth_factors(returns: Floats) -> Floats:
    return np.maximum(1.0 + returns, 0.0)


def _rate(log_rate: float) -> float:
    return math.expm1(log_rate) if log_rate < LOG_RATE_MAX else math.nan


def _net_by_year(amounts: Floats, days: Floats) -> tuple[Floats, Floats]:
    check_lengths(amounts=amounts, days=days)
    if np.isnan(amounts).any() or np.isnan(days).any():
        raise InputError("amounts or days hold nan; every flow needs an amount and a day")
    day, place = np.unique(days, return_inverse=True)
    net = np.bincount(place, weights=amounts, minlength=len(day))
    day, net = day[net != 0.0], net[net != 0.0]
    return net, (day - day[:1]) / DAYS_PER_YEAR


def _brackets() -> list[tuple[float, float]]:
    edges = [0.0, *(0.05 * 2.0**step for step in range(14)), LOG_RATE_MAX]
    return [bracket for low, high in pairwise(edges) for bracket in ((low, high), (-high, -low))]


def _worth(net: Floats, years: Floats, log_rate: float) -> tuple[float, float]:
    # The largest discount factor is scaled to 1: signs and Newton steps stay the same and nothing overflows.
    discounted = net * np.exp(-log_rate * years - max(0.0, -log_rate * float(years[-1])))
    return float(discounted.sum()), -float(years @ discounted)


def _root(net: Floats, years: Floats, *, low: float, high: float) -> float:
    # Newton while its steps halve and stay inside the bracket, bisection otherwise: together they always end.
    rising = _worth(net, years, low)[0] < 0.0 or _worth(net, years, high)[0] > 0.0
    log_rate, step = 0.5 * (low + high), high - low
    while abs(step) > 1e-15 * (1.0 + abs(log_rate)):
        worth, slope = _worth(net, years, log_rate)
        low, high = (log_rate, high) if (worth < 0.0) == rising else (low, log_rate)
        newton = -worth / slope if slope else math.inf
        is_good = low <= log_rate + newton <= high and abs(newton) <= 0.5 * abs(step)
        step = newton if is_good else 0.5 * (low + high) - log_rate
        log_rate += step
    return log_rate
