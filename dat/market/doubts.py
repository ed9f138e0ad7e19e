"""Rules for what a person must judge; each yields warnings."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dat.core.time import iso
from dat.market.bars import BAR_COLUMNS
from dat.market.finding import Case, Finding, Rule, instant_of
from dat.market.series import Floats

__all__ = ["DOUBTS"]


def _gaps(case: Case) -> Iterator[Finding]:
    steps = np.diff(case.opens)
    for row in np.flatnonzero(steps > case.step):
        missing = int(np.ceil(steps[row] / case.step)) - 1
        first = instant_of(case.opens[row] + case.step)
        last = instant_of(case.opens[row] + missing * case.step)
        span = f"{iso(first)} to {iso(last)}"
        text = f"{case.key}: {missing} bar{'s' * (missing > 1)} missing from {span}"
        yield Finding("gap", "warning", first, last, float(missing), 0.0, text)


def _outliers(case: Case) -> Iterator[Finding]:
    returns, scale = _returns_and_scale(case)
    factors = np.divide(returns, scale, out=np.full(len(returns), np.inf), where=scale != 0)
    judged = np.isfinite(scale) & (returns > 0)
    multiple = case.limits.outlier_multiple
    for row in np.flatnonzero(judged & (factors > multiple)):
        move, factor = case.column("close")[row] / case.column("close")[row - 1] - 1, float(factors[row])
        time = instant_of(case.opens[row])
        words = f"close moved {move:+.1%}, {factor:.1f} times the usual (limit {multiple:g})"
        text = f"{case.key} at {iso(time)}: {words}"
        yield Finding("outlier", "warning", time, time, factor, multiple, text)


def _returns_and_scale(case: Case) -> tuple[Floats, Floats]:
    closes = case.column("close")
    closes = np.where(np.isfinite(closes) & (closes > 0), closes, np.nan)
    size = np.abs(np.diff(np.log(closes), prepend=np.nan))
    trailing = pd.Series(size).shift(1).rolling(case.limits.outlier_lookback_bars, min_periods=20)
    median, mean = trailing.median().to_numpy("float64"), trailing.mean().to_numpy("float64")
    return size, np.where(median == 0, 1.2533 * mean, 1.4826 * median)


def _stale_tail(case: Case) -> Iterator[Finding]:
    values = case.frame[list(BAR_COLUMNS[1:])].to_numpy()
    same = _tail((values[1:] == values[:-1]).all(axis=1))
    runs = (("equal", same + 1 if same else 0), ("without volume", _tail(case.column("volume") == 0)))
    words, bars = max(runs, key=lambda run: run[1])
    if bars < case.limits.stale_bars:
        return
    first, last = instant_of(case.opens[-bars]), instant_of(case.opens[-1])
    limit = case.limits.stale_bars
    text = f"{case.key}: the last {bars} bars are {words}, from {iso(first)} on (limit {limit})"
    yield Finding("stale_tail", "warning", first, last, float(bars), float(limit), text)


def _tail(flags: np.ndarray) -> int:
    broken = np.flatnonzero(~flags[::-1])
    return int(broken[0]) if len(broken) else len(flags)


def _late(case: Case) -> Iterator[Finding]:
    if case.as_of is None or case.frame.empty:
        return
    last = instant_of(case.opens[-1])
    behind = (case.as_of - last) / case.key.bar.delta - 1
    if behind > case.limits.late_bars:
        text = f"{case.key}: the last bar opens {iso(last)}, {behind:.1f} bars behind {iso(case.as_of)}"
        limit = float(case.limits.late_bars)
        yield Finding("late", "warning", last, last, behind, limit, f"{text} (limit {limit:g})")


DOUBTS: tuple[Rule, ...] = (_gaps, _outliers, _stale_tail, _late)
"""Gaps, outliers, a tail that does not move, a last bar that is old."""
