"""Terms on which a coin is staked."""

from dataclasses import dataclass

__all__ = ["StakingTerms"]


@dataclass(frozen=True, slots=True)
class StakingTerms:
    """What a staked coin earns and how long it takes to come back.

    Parameters
    ----------
    apr_series
        Name of the series of annual rates (fraction per year, simple, of staked units), or None.
    apr_frac
        Constant annual rate when there is no series.
    unbonding_days
        Days between the request and liquid coins.
    commission_frac
        Share of the reward that the validator keeps.
    """

    apr_series: str | None = None
    apr_frac: float = 0.0
    unbonding_days: float = 0.0
    commission_frac: float = 0.0

    def reward(self, staked_units: float, apr_frac: float, days: float) -> float:
        """Units earned over `days` days at an annual rate, after commission.

        Examples
        --------
        >>> StakingTerms(commission_frac=0.1).reward(36_500.0, 0.05, 1.0)
        4.5
        """
        return staked_units * apr_frac * (1.0 - self.commission_frac) * days / 365.0
