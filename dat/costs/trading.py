"""Cost of a trade: fee, half-spread and square-root impact."""

from dataclasses import dataclass

import numpy as np

from dat.market.series import Floats

__all__ = ["TradingCosts"]

_BPS = 1e-4


@dataclass(frozen=True, slots=True)
class TradingCosts:
    """Rates that turn a mid price into the cash that moves.

    Parameters
    ----------
    fee_bps
        Venue fee, basis points of the executed notional, paid in the base currency.
    half_spread_bps
        Half the quoted spread, basis points of the mid price.
    impact_coefficient
        k of k * sigma_daily * sqrt(Q / ADV); 0 switches impact off.

    Notes
    -----
    A buy of x at mid costs x (1 + slip)(1 + fee); a sale of x at mid brings x (1 - slip)(1 - fee), with
    slip = half-spread + impact. Impact: Almgren et al. 2005 with the square root of practice.
    """

    fee_bps: float = 0.0
    half_spread_bps: float = 0.0
    impact_coefficient: float = 0.0

    @property
    def fee_frac(self) -> float:
        """Fee as a fraction of executed notional."""
        return self.fee_bps * _BPS

    @property
    def spread_frac(self) -> float:
        """Half-spread as a fraction of the mid price."""
        return self.half_spread_bps * _BPS

    def impact_frac(self, notional: Floats, *, sigma_daily: Floats, adv: Floats) -> Floats:
        """Impact as a fraction of the mid price, at most 1.

        Parameters
        ----------
        notional
            Shape (assets,), size of each trade at mid, base currency, any sign.
        sigma_daily
            Shape (assets,), standard deviation of daily log returns, known before the trade.
        adv
            Shape (assets,), average daily volume in base currency, known before the trade.

        Returns
        -------
        ndarray
            Shape (assets,); 0 where sigma or volume is not yet known.

        Examples
        --------
        >>> costs = TradingCosts(impact_coefficient=0.5)
        >>> costs.impact_frac(np.array([1e6]), sigma_daily=np.array([0.04]), adv=np.array([1e8]))
        array([0.002])
        """
        if not self.impact_coefficient:
            return np.zeros(len(notional))
        known = (adv > 0) & np.isfinite(sigma_daily)
        share = np.abs(notional) / np.where(known, adv, 1.0)
        impact = self.impact_coefficient * sigma_daily * np.sqrt(share)
        return np.where(known, np.minimum(impact, 1.0), 0.0)
