"""Active single asset: follow the trend of one coin between two bounds of exposure."""

from dataclasses import dataclass

import numpy as np

from dat.strategy import Floats, Needs, PriceStrategy, param, require, rolling_mean

__all__ = ["Active"]


@dataclass(frozen=True)
class Active(PriceStrategy):
    """Hold more of one coin while its fast moving average is above the slow one, less otherwise."""

    asset: str = param("BTC", "coin that is traded")
    fast_bars: int = param(20, "length of the fast average, bars")
    slow_bars: int = param(100, "length of the slow average, bars")
    exposure_min: float = param(0.0, "fraction of liquid NAV held in a falling trend")
    exposure_max: float = param(1.0, "fraction of liquid NAV held in a rising trend")

    def __post_init__(self) -> None:
        ordered = 1 <= self.fast_bars < self.slow_bars
        require(ordered, f"need 1 <= fast_bars < slow_bars; got {self.fast_bars} and {self.slow_bars}")
        bounds = 0 <= self.exposure_min <= self.exposure_max <= 1
        require(
            bounds,
            f"need 0 <= exposure_min <= exposure_max <= 1; got {self.exposure_min} and {self.exposure_max}",
        )

    @property
    def needs(self) -> Needs:
        """One coin over the slow average."""
        return Needs((self.asset,), lookback_bars=self.slow_bars)

    def weights(self, close: Floats) -> Floats:
        """Give the exposure of each row; nan until the slow average is known or where a bar is missing."""
        fast, slow = rolling_mean(close, self.fast_bars), rolling_mean(close, self.slow_bars)
        exposure = np.where(fast > slow, self.exposure_max, self.exposure_min)
        return np.where(np.isnan(slow), np.nan, exposure)

    def reason(self, row: Floats) -> str:
        """Name the trend and the exposure."""
        rising = row[0] == self.exposure_max
        sign, trend = (">", "rising") if rising else ("<=", "falling")
        means = f"mean of {self.fast_bars} bars {sign} mean of {self.slow_bars}"
        return f"trend {trend}: {means}; exposure {row[0]:.0%}"
