"""Seeded inputs of the benchmarks: the same prices wherever they are made."""

import numpy as np

from dat.core.time import BarSize
from dat.market.panel import Panel
from dat.market.series import Floats

__all__ = ["ASSETS", "daily_closes", "daily_panel"]

_ROWS, _ASSETS, _PER_YEAR, _SEED = 3652, 10, 365, 11
_VOLATILITY_SPREAD = 0.35
ASSETS = tuple(f"A{number:03d}" for number in range(_ASSETS))


def daily_closes() -> Floats:
    """Make ten years of daily closes of ten assets; shape (3652, 10), all positive.

    Geometric Brownian motion with Merton jumps, one common factor, and volatility that wanders (log AR(1),
    half life 20 days). The order of the draws is part of the definition.
    """
    rng, dt = np.random.default_rng(_SEED), 1.0 / _PER_YEAR
    drift, sigma = rng.uniform(0.05, 0.45, _ASSETS), rng.uniform(0.45, 0.95, _ASSETS)
    drift[0], sigma[0] = 0.35, 0.60
    beta = rng.uniform(0.55, 0.85, _ASSETS)
    common, own = rng.standard_normal(_ROWS)[:, None], rng.standard_normal((_ROWS, _ASSETS))
    shocks = beta * common + np.sqrt(1.0 - beta**2) * own
    volatility = _wandering(rng.standard_normal(_ROWS))[:, None]
    jumps = _jumps(rng, dt, beta)
    steps = (drift - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * volatility * shocks + jumps
    first = rng.uniform(1.0, 500.0, _ASSETS)
    first[0] = 400.0
    closes: Floats = first * np.exp(np.cumsum(steps, axis=0))
    return closes


def daily_panel(count: int = _ASSETS) -> Panel:
    """Give the first `count` of them as bars that open at the last close, with volumes drawn apart."""
    close = daily_closes()[:, :count].copy()
    opens = np.vstack([close[:1], close[:-1]])
    volume = np.random.default_rng(_SEED).lognormal(14.0, 1.0, close.shape)
    days = np.datetime64("2015-01-01", "us") + np.arange(_ROWS) * np.timedelta64(1, "D")
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    return Panel(ASSETS[:count], BarSize("1d"), days, opens, high, low, close, volume)


def _wandering(draws: Floats) -> Floats:
    keep = 0.5 ** (1.0 / (20.0 * _PER_YEAR / 365))
    level, levels = 0.0, np.empty(len(draws))
    for row, draw in enumerate(draws):
        level = keep * level + _VOLATILITY_SPREAD * np.sqrt(1.0 - keep**2) * draw
        levels[row] = level
    return np.exp(levels - 0.5 * _VOLATILITY_SPREAD**2)


def _jumps(rng: np.random.Generator, dt: float, beta: Floats) -> Floats:
    common = (rng.random(_ROWS) < 4.0 * dt)[:, None] * rng.normal(-0.02, 0.06, _ROWS)[:, None]
    own = (rng.random((_ROWS, _ASSETS)) < 4.0 * dt) * rng.normal(-0.01, 0.07, (_ROWS, _ASSETS))
    return common * beta + own
