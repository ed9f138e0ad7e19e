"""Which points of a chart are drawn, with how many digits, and where the names of its lines stand."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from dat.report.record import Chart, Series

__all__ = ["chart_columns", "kept_rows", "label_shifts", "last_plotted"]

_LABEL_HEIGHT = 13
_DIGITS: Mapping[str, int | None] = MappingProxyType(
    {",.0f": 0, ",.2f": 2, ".2%": 4, ".3f": 3, ",.6~g": None}
)


def chart_columns(chart: Chart, *, rows_max: int) -> dict[str, list[Any]]:
    """Give the data of a chart by field: t, then s0, s1 … in the order of its series.

    Parameters
    ----------
    chart
        What to show.
    rows_max
        Rows to keep at most; the ends, the extremes of every series and the shape are kept.

    Returns
    -------
    dict
        Columns of equal length; numbers have the digits that the chart writes; nan is None.
    """
    rows = kept_rows(chart, rows_max)
    columns: dict[str, list[Any]] = {"t": [chart.times[row] for row in rows]}
    for place, series in enumerate(chart.series):
        columns[f"s{place}"] = [_plotted(chart, series.values[row]) for row in rows]
    return columns


def kept_rows(chart: Chart, rows_max: int) -> tuple[int, ...]:
    """Choose rows to draw: the ends, each series' extremes, the first series' extremes per slice of time.

    Examples
    --------
    >>> line = Series("s", "main", (0.0,) * 9)
    >>> flat = Chart("k", "t", "m", "a", "lines", "u", "f", tuple(range(9)), (line,))
    >>> kept_rows(flat, 100)
    (0, 1, 2, 3, 4, 5, 6, 7, 8)
    """
    count = len(chart.times)
    if count <= rows_max:
        return tuple(range(count))
    kept = {0, count - 1}
    for series in chart.series:
        kept |= _extremes(series.values, 0, count)
    slices = max(1, (rows_max - len(kept)) // 2)
    edges = [round(count * place / slices) for place in range(slices + 1)]
    for start, end in pairwise(edges):
        kept |= _extremes(chart.series[0].values, start, end)
    return tuple(sorted(kept))


def last_plotted(chart: Chart, series: Series) -> float | None:
    """Give the last value that can be drawn, None without one."""
    values = (_plotted(chart, value) for value in reversed(series.values))
    return next((value for value in values if value is not None), None)


def label_shifts(chart: Chart, *, height: float) -> list[float]:
    """Push the names at the ends of lines apart where they would touch: pixels down, by series."""
    heights = _end_heights(chart, height)
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    spread = list(heights)
    for below, above in pairwise(order):
        spread[above] = max(spread[above], spread[below] + _LABEL_HEIGHT)
    slack = [(spread[place] - heights[place]) for place in order]
    back = max(0.0, sum(slack) / max(1, sum(1 for push in slack if push))) / 2 if any(slack) else 0.0
    return [heights[place] - spread[place] + back for place in range(len(heights))]


def _extremes(values: Sequence[float], start: int, end: int) -> set[int]:
    part = np.asarray(values[start:end], dtype=np.float64)
    if not len(part) or np.isnan(part).all():
        return {start} if start < end else set()
    return {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}


def _plotted(chart: Chart, value: float) -> float | None:
    # As many digits as the chart writes; nothing at or below zero has a place on a logarithmic axis.
    if not math.isfinite(value) or (chart.is_log and value <= 0):
        return None
    digits = _DIGITS[chart.number]
    rounded = float(f"{value:.6g}") if digits is None else round(value, digits)
    return int(rounded) if rounded.is_integer() else rounded


def _end_heights(chart: Chart, height: float) -> list[float]:
    levels = [value for series in chart.series for value in series.values if math.isfinite(value)]
    levels = [value for value in levels if value > 0] if chart.is_log else levels
    low, high = (min(levels), max(levels)) if levels else (0.0, 1.0)
    low = min(low, 0.0) if chart.kind == "area" else low
    scale = math.log if chart.is_log else float
    reach = (scale(high) - scale(low)) or 1.0
    lasts = [last_plotted(chart, series) for series in chart.series]
    return [height * (scale(low if last is None else last) - scale(low)) / reach for last in lasts]
