"""Prices and liquidity for each row of a panel, as they were known before a fill."""

import numpy as np
import pandas as pd

from dat.backtest.scenario import Lot, Scenario
from dat.backtest.sizing import Market
from dat.market.series import Floats

__all__ = ["Venue", "build_venue"]

_LOOKBACK_DAYS = 30
_BARS_MIN = 5


class Venue:
    """Where a run trades: gives the market of a row.

    Parameters
    ----------
    scenario
        Bars, costs, lots, and whether fills are at the next open or the same close.
    impact_scale, adv
        Shape (bars, assets); row t is known at the close of bar t.
    """

    __slots__ = ("_adv", "_costs", "_impact_scale", "_lag", "_mid", "_notional_min", "_step", "_tradable")

    def __init__(self, scenario: Scenario, *, impact_scale: Floats, adv: Floats) -> None:
        panel, lots = scenario.panel, [scenario.lots.get(asset, Lot()) for asset in scenario.panel.assets]
        price = panel.close if scenario.fill == "same_close" else panel.open
        self._lag = 0 if scenario.fill == "same_close" else 1
        self._tradable = np.isfinite(price)
        self._mid = np.nan_to_num(np.where(self._tradable, price, panel.marks))  # no bar: the last close
        self._impact_scale, self._adv, self._costs = impact_scale, adv, scenario.trading
        self._step = _unless_zero([lot.step for lot in lots])
        self._notional_min = _unless_zero([lot.notional_min for lot in lots])

    def market(self, row: int) -> Market:
        """Give the market of a fill in bar `row`; liquidity is that of the close before the fill."""
        known = max(row - self._lag, 0)
        return Market(
            self._mid[row],
            self._tradable[row],
            self._impact_scale[known],
            adv=self._adv[known],
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
    scale = scenario.trading.impact_scale(sigma_daily=sigma, adv=adv)
    return Venue(scenario, impact_scale=scale, adv=np.where(adv > 0, adv, np.nan))


def _unless_zero(values: list[float]) -> Floats | None:
    return np.array(values) if any(values) else None
