"""Prices and liquidity for each row of a panel, as they were known before a fill."""

import numpy as np
import pandas as pd

from dat.backtest.scenario import Scenario
from dat.backtest.sizing import Market, lots_of
from dat.market.panel import Panel
from dat.market.series import Floats

__all__ = ["Venue", "build_venue"]

_LOOKBACK_DAYS = 30
_BARS_MIN = 5


class Venue:
    """Where a run trades: gives the market of a row.

    Parameters
    ----------
    panel
        Aligned bars.
    scenario
        Costs, lots, and whether fills are at the next open or the same close.
    sigma_daily, adv
        Shape (bars, assets); row t is known at the close of bar t.
    """

    __slots__ = ("_adv", "_costs", "_mid", "_notional_min", "_same_close", "_sigma", "_step")

    def __init__(self, panel: Panel, scenario: Scenario, *, sigma_daily: Floats, adv: Floats) -> None:
        self._same_close = scenario.fill == "same_close"
        self._mid = panel.close if self._same_close else panel.open
        self._sigma, self._adv, self._costs = sigma_daily, adv, scenario.trading
        self._step, self._notional_min = lots_of(scenario.lots, panel.assets)

    def market(self, row: int) -> Market:
        """Give the market of a fill in bar `row`; liquidity is that of the close before the fill."""
        known = row if self._same_close else max(row - 1, 0)
        return Market(
            self._mid[row],
            self._sigma[known],
            self._adv[known],
            costs=self._costs,
            lot_step=self._step,
            notional_min=self._notional_min,
        )


def build_venue(scenario: Scenario) -> Venue:
    """Compute volatility and volume over the last 30 days of bars, at least 5 bars, and give the venue.

    Notes
    -----
    sigma_daily is the standard deviation of log returns per bar times sqrt(bars per day); adv is the mean of
    volume times close per bar, times bars per day.
    """
    panel = scenario.panel
    per_day = panel.bar.per_year / 365.0
    bars = max(round(_LOOKBACK_DAYS * per_day), _BARS_MIN)
    log_close = pd.DataFrame(np.log(panel.close))
    sigma = log_close.diff().rolling(bars, min_periods=_BARS_MIN).std().to_numpy() * np.sqrt(per_day)
    notional = pd.DataFrame(panel.volume * panel.close)
    adv = notional.rolling(bars, min_periods=_BARS_MIN).mean().to_numpy() * per_day
    return Venue(panel, scenario, sigma_daily=sigma, adv=adv)
