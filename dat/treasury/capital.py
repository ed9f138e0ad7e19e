"""Capital of a simulated treasury: starting cash and shares, contributions, and an issuance rule."""

import math
from dataclasses import dataclass
from datetime import datetime

__all__ = ["AtmRule", "CapitalPlan", "Contribution", "Issuance", "issue_shares"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """Money that comes in on a date.

    Parameters
    ----------
    at
        When.
    amount
        Base currency.
    shares
        Shares issued for it; 0 for none.
    deploy_days
        The money is released for deployment in this many equal daily parts; 0 leaves it to the strategy.
    """

    at: datetime
    amount: float
    shares: float = 0.0
    deploy_days: int = 1


@dataclass(frozen=True, slots=True)
class AtmRule:
    """At-the-market issuance keyed to mNAV.

    Parameters
    ----------
    mnav_min
        Shares are issued only while mNAV is at least this.
    issue_frac_per_month
        Fraction of the shares outstanding that is issued at the first close of each month, whole shares.
    deploy_days
        The proceeds are released for deployment in this many equal daily parts; 0 leaves them to the
        strategy.
    cost_bps
        Underwriting cost, basis points of the gross proceeds.
    """

    mnav_min: float
    issue_frac_per_month: float
    deploy_days: int = 1
    cost_bps: float = 0.0


@dataclass(frozen=True, slots=True)
class CapitalPlan:
    """Where the money comes from.

    Parameters
    ----------
    cash_start
        Base currency at inception.
    shares_start
        Shares outstanding at inception; 0 means that the treasury counts none.
    contributions
        In time order.
    atm
        Issuance rule, or None.
    mnav
        Constant premium path (share price * shares / coin value), or None.
    mnav_series
        Name of a series that holds the premium path, instead of `mnav`.
    """

    cash_start: float
    shares_start: float = 0.0
    contributions: tuple[Contribution, ...] = ()
    atm: AtmRule | None = None
    mnav: float | None = None
    mnav_series: str | None = None


@dataclass(frozen=True, slots=True)
class Issuance:
    """Shares sold at one instant, and what that did to coins per share.

    Parameters
    ----------
    shares_issued, price, proceeds
        Whole number, base currency per share, base currency after underwriting cost.
    mnav
        Multiple at which they were sold.
    issued_frac
        Shares issued over shares before.
    accretion_frac
        Coins per share after, with the proceeds turned into coins at the same mark, over before, - 1.
    price_to_nav
        Price over NAV per share before: below 1 the sale dilutes NAV per share.
    """

    shares_issued: float
    price: float
    mnav: float
    proceeds: float
    issued_frac: float
    accretion_frac: float
    price_to_nav: float


def issue_shares(
    rule: AtmRule, *, shares: float, coin_value: float, nav: float, mnav: float
) -> Issuance | None:
    """Apply the rule at one close.

    Parameters
    ----------
    rule
        When and how much to issue.
    shares
        Outstanding before.
    coin_value
        Value of all coins, base currency.
    nav
        Net asset value, base currency.
    mnav
        Share price * shares / coin value.

    Returns
    -------
    Issuance or None
        None while mNAV is below the rule's minimum or undefined, while the price is below NAV per share (cash
        counts there, not in mNAV; a rule with a minimum below 1 accepts that discount), or when less than one
        share would be issued.

    Examples
    --------
    >>> sold = issue_shares(AtmRule(1.2, 0.1), shares=1000.0, coin_value=5000.0, nav=5500.0, mnav=2.0)
    >>> sold.proceeds, round(sold.accretion_frac, 6)
    (1000.0, 0.090909)
    """
    if not (shares > 0 and coin_value > 0 and mnav >= rule.mnav_min):
        return None
    price = mnav * coin_value / shares
    issued = float(math.floor(shares * rule.issue_frac_per_month * (1.0 + 1e-12)))
    if not issued or price * shares < min(1.0, rule.mnav_min) * nav:
        return None
    proceeds = issued * price * (1.0 - rule.cost_bps * 1e-4)
    after, before = (coin_value + proceeds) / (shares + issued), coin_value / shares
    accretion, to_nav = after / before - 1.0, price * shares / nav
    return Issuance(issued, price, mnav, proceeds, issued / shares, accretion, price_to_nav=to_nav)
