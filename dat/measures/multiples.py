"""Holdings per share, their growth, and the multiple the market pays for them.

Every function takes scalars, or arrays that broadcast, and gives what it was given. nan in is nan out, and so
is a figure that is undefined, as with a denominator of zero; neither an infinity nor a warning comes of it.
"""

from typing import TypeVar

import numpy as np

from dat.market.series import Floats

__all__ = [
    "accretion_issue_and_buy",
    "accretion_sell_and_buyback",
    "coin_gain",
    "coin_yield",
    "coin_yield_additive",
    "days_to_cover_mnav",
    "holdings_per_share",
    "mnav_basic",
]

Figure = TypeVar("Figure", float, Floats)


def mnav_basic(market_cap: Figure, coin_nav: Figure) -> Figure:
    """Give the multiple of the market capitalisation, on the basic share count, to the value of the coins.

    Parameters
    ----------
    market_cap
        Price times basic shares.
    coin_nav
        Sum of units times price, in the same currency; no debt, preferred or cash is netted.

    Returns
    -------
    float or array
        1 is no premium; nan where the coins are worth nothing.

    Examples
    --------
    >>> float(mnav_basic(1_500_000_000, 1_000_000_000))
    1.5
    """
    return _divide(market_cap, coin_nav)


def accretion_issue_and_buy(share_frac: Figure, mnav: Figure) -> Figure:
    """Give the growth of coins per share when shares are issued to buy coins: (1 + s m) / (1 + s) - 1.

    Parameters
    ----------
    share_frac
        New shares over shares before, s, above -1.
    mnav
        Multiple at which they are sold, m: on the same share count, gross of debt, net of fees.

    Returns
    -------
    float or array
        Fraction: above 0 where m > 1.

    Examples
    --------
    >>> round(float(accretion_issue_and_buy(0.1, 2.0)), 12)
    0.090909090909
    """
    return _divide(1.0 + share_frac * mnav, 1.0 + share_frac) - 1.0


def accretion_sell_and_buyback(coin_frac: Figure, mnav: Figure) -> Figure:
    """Give the growth of coins per share when coins are sold to buy back shares: (1 - x) / (1 - x / m) - 1.

    Parameters
    ----------
    coin_frac
        Coins sold over coins before, x.
    mnav
        Multiple at which shares are bought, m: on the same share count, gross of debt.

    Returns
    -------
    float or array
        Fraction: above 0 where m < 1. nan where x >= m, which would buy back every share.

    Examples
    --------
    >>> round(float(accretion_sell_and_buyback(0.2, 0.5)), 12)
    0.333333333333
    """
    return _divide(1.0 - coin_frac, _above_zero(1.0 - _divide(coin_frac, mnav))) - 1.0


def holdings_per_share(units: Figure, shares: Figure) -> Figure:
    """Give the coins per share.

    Parameters
    ----------
    units
        Coins held (gross), or coins less claims (net).
    shares
        The stated share count: basic, assumed diluted or fully diluted.

    Returns
    -------
    float or array
        Coins per share; nan without shares. Times 1e8 it is satoshis per share.

    Examples
    --------
    >>> float(holdings_per_share(50, 200))
    0.25
    """
    return _divide(units, shares)


def coin_yield(hps_start: Figure, hps_end: Figure) -> Figure:
    """Give the growth of holdings per share over a period: end / start - 1. It compounds over periods.

    Parameters
    ----------
    hps_start, hps_end
        Holdings per share on one share count at the two ends of the period.

    Returns
    -------
    float or array
        Fraction, not per year; nan where nothing was held at the start.

    Examples
    --------
    >>> float(coin_yield(0.25, 0.5))
    1.0
    """
    return _divide(hps_end, hps_start) - 1.0


def coin_yield_additive(hps_start: Figure, hps_end: Figure, *, hps_year_start: Figure) -> Figure:
    """Give the growth of holdings per share over those at the start of the year; it adds up over quarters.

    Parameters
    ----------
    hps_start, hps_end
        Holdings per share at the two ends of the quarter.
    hps_year_start
        Holdings per share at the start of the year.

    Returns
    -------
    float or array
        Fraction; nan where nothing was held at the start of the year.

    Notes
    -----
    The definition Strategy uses from 2026 on.

    Examples
    --------
    >>> float(coin_yield_additive(125.0, 150.0, hps_year_start=100.0))
    0.25
    """
    return _divide(hps_end - hps_start, hps_year_start)


def coin_gain(units_start: Figure, yield_frac: Figure) -> Figure:
    """Give the coins that a yield is worth: coins at the start of the period times the yield.

    Parameters
    ----------
    units_start
        Coins at the start of the period.
    yield_frac
        `coin_yield` of the period.

    Returns
    -------
    float or array
        Coins. The gains of four quarters do not add up to that of the year.

    Examples
    --------
    >>> coin_gain(10_000, 0.25)
    2500.0
    """
    return units_start * yield_frac


def days_to_cover_mnav(mnav: Figure, daily_yield: Figure) -> Figure:
    """Give the days at a constant yield until coins per share grew by the multiple: ln(m) / ln(1 + y).

    Parameters
    ----------
    mnav
        Multiple, above 0.
    daily_yield
        Fraction per day.

    Returns
    -------
    float or array
        Days; below 0 where the multiple is below 1 already, nan where yield or multiple is not above 0.

    Examples
    --------
    >>> round(float(days_to_cover_mnav(2.0, 0.0012)), 2)
    577.97
    """
    days: Figure = _divide(np.log(_above_zero(mnav)), np.log1p(_above_zero(daily_yield)))
    return days


def _above_zero(figure: Figure) -> Figure:
    return np.where(np.asarray(figure) > 0, figure, np.nan)  # type: ignore[return-value]


def _divide(numerator: Figure, denominator: Figure) -> Figure:
    return numerator / np.where(np.asarray(denominator) == 0, np.nan, denominator)  # type: ignore[return-value]
