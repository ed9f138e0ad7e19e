"""The public battery that every strategy must pass; run it on your own from any test tool.

>>> from strategies.passive import Passive
>>> check_all(Passive(asset="BTC"))
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from dat.core.time import BarSize
from dat.errors import StrategyError
from dat.market.panel import Panel
from dat.market.series import Floats, Series
from dat.market.window import Window
from dat.orders.book import Book, LastDecision
from dat.orders.targets import Targets
from dat.strategy.contract import PriceStrategy, Strategy

__all__ = ["CHECKS", "check_all", "make_world"]

Flags = npt.NDArray[np.bool_]
_ROWS_MORE = 60
_START = np.datetime64("2021-01-01", "us")


def make_world(strategy: Strategy, *, seed: int = 7) -> Panel:
    """Make seeded random bars for a strategy's assets, longer than its lookback by sixty bars.

    Examples
    --------
    >>> from strategies.active import Active
    >>> make_world(Active(fast_bars=2, slow_bars=5)).close.shape
    (65, 1)
    """
    rng, assets = np.random.default_rng(seed), strategy.needs.assets
    shape = (strategy.needs.lookback_bars + _ROWS_MORE, len(assets))
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.04, shape), axis=0))
    start = np.vstack([np.full(shape[1], 100.0), close[:-1]])
    high, low = np.maximum(start, close) * 1.01, np.minimum(start, close) * 0.99
    times = _START + np.arange(shape[0]) * np.timedelta64(1, "D")
    volume = rng.lognormal(8.0, 1.0, shape)
    return Panel(assets, BarSize("1d"), times, open=start, high=high, low=low, close=close, volume=volume)


def check_all(strategy: Strategy, *, seed: int = 7) -> None:
    """Run every check of `CHECKS`.

    Raises
    ------
    StrategyError
        At the first check that fails, with its name, the instant, and both answers.
    """
    for check in CHECKS.values():
        check(strategy, make_world(strategy, seed=seed))


def same_on_truncated_history(strategy: Strategy, panel: Panel) -> None:
    """Look-ahead: the answer must not change when the future is cut off or is another one."""
    for rows in _sample_rows(panel):
        seen = _decide(strategy, panel, rows)
        cut, other = panel.head(rows), _poison(panel, rows)
        _same(strategy, seen, _decide(strategy, cut, rows), what=f"truncated history, {rows} bars")
        _same(strategy, seen, _decide(strategy, other, rows), what=f"another future after {rows} bars")


def same_twice(strategy: Strategy, panel: Panel) -> None:
    """Determinism: the same inputs must give the same answer."""
    for rows in _sample_rows(panel):
        first, second = _decide(strategy, panel, rows), _decide(strategy, panel, rows)
        _same(strategy, first, second, what=f"asked twice, {rows} bars")


def same_vectorised(strategy: Strategy, panel: Panel) -> None:
    """A strategy on prices alone must give the same weights stepped and as one array."""
    if not isinstance(strategy, PriceStrategy):
        return
    weights = strategy.weights(panel.close)
    for rows in _sample_rows(panel):
        row = weights[rows - 1]
        stepped = _decide(strategy, panel, rows)
        array = Targets.hold("") if np.isnan(row).any() else Targets.weights(_named(panel, row), "")
        _same(strategy, stepped, array, what=f"one array, {rows} bars")


def honours_lookback(strategy: Strategy, panel: Panel) -> None:
    """Bars older than the declared lookback must not matter."""
    rows, keep = len(panel), strategy.needs.lookback_bars
    recent = _tail(panel, keep)
    _same(
        strategy,
        _decide(strategy, panel, rows),
        _decide(strategy, recent, keep),
        what=f"lookback, {rows} bars",
    )


def honours_assets(strategy: Strategy, panel: Panel) -> None:
    """Only declared assets may be named, and the order of columns must not matter."""
    order = np.arange(len(panel.assets))[::-1]
    other = _columns(panel, order)
    for rows in _sample_rows(panel):
        seen = _decide(strategy, panel, rows)
        strangers = [asset for asset in seen.amounts if asset not in strategy.needs.assets]
        if strangers:
            raise StrategyError(
                f"{_name(strategy)} names {', '.join(strangers)}, which its needs do not declare"
            )
        _same(strategy, seen, _decide(strategy, other, rows), what=f"order of columns, {rows} bars")


def tolerates_gaps(strategy: Strategy, panel: Panel) -> None:
    """Missing bars must lead to an answer with finite amounts, not to an exception."""
    holes = np.random.default_rng(3).random(panel.close.shape) < 0.1
    holes[-1, 0] = True
    _all_finite(strategy, _with_holes(panel, holes), "missing bars")


def tolerates_late_listing(strategy: Strategy, panel: Panel) -> None:
    """An asset that lists late must not stop the others."""
    holes = np.zeros(panel.close.shape, dtype=bool)
    holes[: len(panel) // 2, -1] = True
    _all_finite(strategy, _with_holes(panel, holes), "late listing")


def tolerates_short_history(strategy: Strategy, panel: Panel) -> None:
    """With one visible bar the answer may be to hold, not an exception."""
    _all_finite(strategy, panel.head(1), "one bar")


CHECKS: Mapping[str, Callable[[Strategy, Panel], None]] = MappingProxyType(
    {
        "same_on_truncated_history": same_on_truncated_history,
        "same_twice": same_twice,
        "same_vectorised": same_vectorised,
        "honours_lookback": honours_lookback,
        "honours_assets": honours_assets,
        "tolerates_gaps": tolerates_gaps,
        "tolerates_late_listing": tolerates_late_listing,
        "tolerates_short_history": tolerates_short_history,
    }
)
"""Check name to function of (strategy, panel); each raises StrategyError."""


def _sample_rows(panel: Panel) -> Iterator[int]:
    yield from sorted({len(panel), *range(1, len(panel), max(1, len(panel) // 12))})


def _decide(strategy: Strategy, panel: Panel, rows: int) -> Targets:
    window = Window(panel, rows, _series(strategy, panel))
    try:
        return strategy.decide(window, _book(panel, rows))
    except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
        text = f"{_name(strategy)} failed at {window.as_of}Z on {rows} bars: {type(error).__name__}: {error}"
        raise StrategyError(text) from error


def _series(strategy: Strategy, panel: Panel) -> dict[str, Series]:
    # A value depends on its own day and bar only: a cut leaves it, another future changes what comes after.
    days = panel.as_of.astype("datetime64[D]").astype(np.float64)
    close = np.nan_to_num(panel.close[:, panel.assets.index(strategy.needs.assets[0])])
    values = 0.03 + 0.01 * np.sin(days) + 1e-6 * close
    return {name: Series(name, np.array(panel.as_of), values.copy()) for name in strategy.needs.series}


def _book(panel: Panel, rows: int) -> Book:
    now = panel.as_of[rows - 1].astype("datetime64[us]").item().replace(tzinfo=UTC)
    liquid = dict.fromkeys(panel.assets, 10.0)
    price = _named(panel, panel.marks[rows - 1])
    held = {asset: 0.0 if np.isnan(price[asset]) else units for asset, units in liquid.items()}
    last = LastDecision(now - timedelta(days=40), Targets.hold("before"))
    inception, locked = datetime(2021, 1, 2, tzinfo=UTC), dict.fromkeys(panel.assets, 0.0)
    return Book(inception, 1e6, held, locked, price, released=1e4, shares=1e6, last=last)


def _same(strategy: Strategy, first: Targets, second: Targets, *, what: str) -> None:
    if _answer(first) != _answer(second):
        answers = f"{_answer(first)} against {_answer(second)}"
        raise StrategyError(f"{_name(strategy)} answers differently ({what}): {answers}")


def _answer(targets: Targets) -> tuple[Any, ...]:
    return targets.kind, dict(targets.amounts), dict(targets.staked_frac), targets.commitments


def _all_finite(strategy: Strategy, panel: Panel, what: str) -> None:
    for rows in _sample_rows(panel):
        amounts = _decide(strategy, panel, rows).amounts
        if not all(np.isfinite(amount) for amount in amounts.values()):
            raise StrategyError(
                f"{_name(strategy)} asks for {dict(amounts)} with {what} at {panel.as_of[rows - 1]}Z"
            )


def _map(panel: Panel, change: Callable[[Floats], Floats]) -> Panel:
    fields = ("open", "high", "low", "close", "volume")
    changed: dict[str, Any] = {name: change(np.array(getattr(panel, name))) for name in fields}
    return replace(panel, **changed)


def _poison(panel: Panel, rows: int) -> Panel:
    def other_future(values: Floats) -> Floats:
        values[rows:] = values[rows:][::-1] * 3.0
        return values

    return _map(panel, other_future)


def _with_holes(panel: Panel, holes: Flags) -> Panel:
    return _map(panel, lambda values: np.where(holes, np.nan, values))


def _tail(panel: Panel, rows: int) -> Panel:
    return replace(_map(panel, lambda values: values[-rows:]), open_time=np.array(panel.open_time[-rows:]))


def _columns(panel: Panel, order: npt.NDArray[np.int64]) -> Panel:
    return replace(_map(panel, lambda values: values[:, order]), assets=tuple(panel.assets[n] for n in order))


def _named(panel: Panel, row: Floats) -> dict[str, float]:
    return dict(zip(panel.assets, row.tolist(), strict=True))


def _name(strategy: Strategy) -> str:
    return type(strategy).__name__
