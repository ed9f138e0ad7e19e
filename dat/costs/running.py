"""Cost of running a treasury: each mode has its own."""

from dataclasses import dataclass

__all__ = ["RunningCosts"]

_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class RunningCosts:
    """Management cost and the yield of idle cash, simple interest on actual days over 365.

    Parameters
    ----------
    fixed_per_year
        Base currency per year.
    per_decision
        Base currency for each decision that the strategy is asked for.
    nav_bps_per_year
        Basis points of NAV per year.
    cash_rate_per_year
        Interest on cash, a fraction per year.
    """

    fixed_per_year: float = 0.0
    per_decision: float = 0.0
    nav_bps_per_year: float = 0.0
    cash_rate_per_year: float = 0.0

    def accrued(self, nav: float, days: float) -> float:
        """Management cost of `days` days at a NAV, without decisions; base currency.

        Examples
        --------
        >>> RunningCosts(fixed_per_year=36_500, nav_bps_per_year=100).accrued(3_650_000, 1)
        200.0
        """
        per_year = self.fixed_per_year + self.nav_bps_per_year * 1e-4 * max(nav, 0.0)
        return per_year * days / _DAYS_PER_YEAR

    def interest(self, cash: float, days: float) -> float:
        """Interest on positive cash over `days` days; base currency."""
        return max(cash, 0.0) * self.cash_rate_per_year * days / _DAYS_PER_YEAR
