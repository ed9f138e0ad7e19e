"""Rules for what a run can never accept; each yields one error per bar concerned."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from dat.core.time import iso
from dat.market.bars import BAR_COLUMNS, PRICE_COLUMNS
from dat.market.finding import Case, Finding, Rule, instant_of

__all__ = ["FAULTS"]


def _at(case: Case, row: int | np.intp, *, kind: str, value: float, limit: float, words: str) -> Finding:
    time = instant_of(case.opens[row])
    return Finding(kind, "error", time, time, float(value), limit, f"{case.key} at {iso(time)}: {words}")


def _no_bars(case: Case) -> Iterator[Finding]:
    if case.frame.empty:
        time = case.as_of or datetime.fromtimestamp(0, UTC)
        yield Finding("no_bars", "error", time, time, 0.0, 1.0, f"{case.key}: there are no bars")


def _not_finite(case: Case) -> Iterator[Finding]:
    for name in BAR_COLUMNS[1:]:
        values = case.column(name)
        for row in np.flatnonzero(~np.isfinite(values)):
            words = f"{name} is {values[row]}, not a finite number"
            yield _at(case, row, kind="not_finite", value=values[row], limit=np.inf, words=words)


def _not_positive(case: Case) -> Iterator[Finding]:
    for name in BAR_COLUMNS[1:]:
        values = case.column(name)
        bad, bound = (values < 0, "at least 0") if name == "volume" else (values <= 0, "above 0")
        for row in np.flatnonzero(bad):
            words = f"{name} is {values[row]}; it must be {bound}"
            yield _at(case, row, kind="not_positive", value=values[row], limit=0.0, words=words)


def _impossible(case: Case) -> Iterator[Finding]:
    prices = np.column_stack([case.column(name) for name in PRICE_COLUMNS])
    for row in np.flatnonzero(prices[:, 1] < prices.max(axis=1)):
        high, top = prices[row, 1], prices[row].max()
        words = f"high {high} is below another price of the bar, {top}"
        yield _at(case, row, kind="impossible", value=high, limit=top, words=words)
    for row in np.flatnonzero(prices[:, 2] > prices.min(axis=1)):
        low, floor = prices[row, 2], prices[row].min()
        words = f"low {low} is above another price of the bar, {floor}"
        yield _at(case, row, kind="impossible", value=low, limit=floor, words=words)


def _duplicates(case: Case) -> Iterator[Finding]:
    for row in np.flatnonzero(np.diff(case.opens) == np.timedelta64(0)) + 1:
        close, before = case.column("close")[row], case.column("close")[row - 1]
        words = f"duplicate bar, closes {before} and {close}"
        yield _at(case, row, kind="duplicate", value=close, limit=before, words=words)


def _off_grid(case: Case) -> Iterator[Finding]:
    # Weeks open on a Monday and some venues on an hour of their own: the grid is where most bars open.
    phase = case.opens.astype("int64") % case.step.astype("int64")
    phases, counts = np.unique(phase, return_counts=True)
    for row in np.flatnonzero(phase != phases[counts.argmax()]) if len(phases) > 1 else ():
        off_s = float(phase[row] - phases[counts.argmax()]) / 1e6
        words = f"opens {off_s:g} s off the grid of {case.key.bar} bars"
        yield _at(case, row, kind="off_grid", value=off_s, limit=0.0, words=words)


def _future(case: Case) -> Iterator[Finding]:
    if case.as_of is None:
        return
    closes = case.opens + case.step
    for row in np.flatnonzero(closes > np.datetime64(case.as_of.replace(tzinfo=None), "us")):
        ahead = (instant_of(closes[row]) - case.as_of) / case.key.bar.delta
        words = f"bar closes {iso(instant_of(closes[row]))}, after the clock's {iso(case.as_of)}"
        yield _at(case, row, kind="future", value=ahead, limit=0.0, words=words)


FAULTS: tuple[Rule, ...] = (
    _no_bars,
    _not_finite,
    _not_positive,
    _impossible,
    _duplicates,
    _off_grid,
    _future,
)
"""In the order in which a refusal names them."""
