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

    def impact_scale(self, *, sigma_daily: Floats, adv: Floats) -> Floats:
        """Give k * sigma_daily / sqrt(ADV), so that impact is this times sqrt(notional).

        Parameters
        ----------
        sigma_daily
            Standard deviation of daily log returns, known before the trade; any shape.
        adv
            Average daily volume in base currency, known before the trade; shape of `sigma_daily`.

        Returns
        -------
        ndarray
            Shape of `sigma_daily`; 0 where volatility or volume is not yet known.
        """
        known = (adv > 0) & np.isfinite(sigma_daily)
        scale = self.impact_coefficient * sigma_daily / np.sqrt(np.where(known, adv, 1.0))
        return np.where(known, scale, 0.0)

    def slip_frac(self, notional: Floats, *, impact_scale: Floats) -> Floats:
        """Give half-spread and impact as a fraction of mid, together at most 1: no price is below 0.

        Parameters
        ----------
        notional
            Shape (assets,), size of each trade at mid, base currency, any sign.
        impact_scale
            Shape (assets,), from `impact_scale`.

        Examples
        --------
        >>> costs = TradingCosts(half_spread_bps=5, impact_coefficient=0.5)
        >>> scale = costs.impact_scale(sigma_daily=np.array([0.04]), adv=np.array([1e8]))
        >>> costs.slip_frac(np.array([1e6]), impact_scale=scale)
        array([0.0025])
        """
        if not self.impact_coefficient:
            return np.full(len(notional), self.spread_frac)
        return np.minimum(self.spread_frac + impact_scale * np.sqrt(np.abs(notional)), 1.0)
