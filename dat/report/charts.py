"""Charts as Vega-Lite: one specification serves the interactive page and the still picture of the PDF."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from dat.report.record import Chart, Series

__all__ = ["HEIGHT", "THEMES", "WIDTH", "chart_columns", "chart_config", "chart_spec", "kept_rows"]

Spec = dict[str, Any]

WIDTH, HEIGHT = 700, 240
_LABEL_ROOM, _LABEL_HEIGHT = 130, 13
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

# Hues of Okabe and Ito, darkened or lightened until text and thin lines reach a contrast of 3 on each ground;
# neighbours differ in lightness too, so that they stay apart in grey and for every kind of colour blindness.
_ASSETS_LIGHT = ("#0b4f7d", "#d98a1f", "#2f9e7e", "#a8467f", "#63acdb", "#7d5f2a", "#d4b92f", "#4d4f63")
_ASSETS_DARK = ("#5fb0de", "#eda94a", "#56c9a6", "#dd8fbd", "#a9d6f3", "#c9ab72", "#efe07a", "#a9abc2")

THEMES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "light": {"ink": "#16202b", "muted": "#55616d", "rule": "#dfe4e9", "main": "#0b4f7d", "benchmark": "#c2600f",
                  "money": "#7a8694", "cash": "#bcc5ce", "ventures": "#7b5fa8", "asset": _ASSETS_LIGHT},
        "dark": {"ink": "#e8edf2", "muted": "#a3b2c0", "rule": "#2c3844", "main": "#6fbbe8", "benchmark": "#f0a04b",
                 "money": "#8b99a6", "cash": "#5f6c78", "ventures": "#ab93d6", "asset": _ASSETS_DARK},
    }
)  # fmt: skip
"""Colours by role, on a light and on a dark ground."""

_STROKES = MappingProxyType({"main": (2.0, None), "benchmark": (1.6, None), "money": (1.4, [5, 3])})
_AXIS_LABEL = MappingProxyType(
    {
        ",.0f": "replace(replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'T', ' tn'), 'k', 'k')",
        ",.2f": "format(datum.value, ',')",
        ".2%": "format(datum.value, '.2~%')",
        ".3f": "format(datum.value, '.2~f')",
        ",.6~g": "format(datum.value, '.6~g')",
    }
)
_DIGITS: Mapping[str, int | None] = MappingProxyType(
    {",.0f": 0, ",.2f": 2, ".2%": 4, ".3f": 3, ",.6~g": None}
)
_DATE_LABEL = (
    "till - since > 31536e6 * 5 || (utcmonth(datum.value) == 0 && utcdate(datum.value) == 1) && till - since > 864e7"
    " ? utcFormat(datum.value, '%Y') : till - since > 864e7 ? utcFormat(datum.value, '%b')"
    " : utcFormat(datum.value, '%-d %b')"
)


def chart_spec(chart: Chart) -> Spec:
    """Draw a chart as a Vega-Lite specification without data, colours or size.

    Parameters
    ----------
    chart
        What to show.

    Returns
    -------
    dict
        Reads the fields of `chart_columns` from its data and `since` and `till` (milliseconds) as its time range.
    """
    layers = {"stack": _stack_layers, "area": _area_layers, "fall": _fall_layers}.get(
        chart.kind, _line_layers
    )
    return {
        "$schema": _SCHEMA,
        "description": chart.alt,
        "params": [{"name": "since", "value": chart.times[0]}, {"name": "till", "value": chart.times[-1]}],
        "transform": [{"filter": "datum.t >= since && datum.t <= till"}],
        "encoding": {"x": _x_axis(chart)},
        "layer": [*layers(chart), *_hover_layers(chart)],
    }


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


def chart_config(chart: Chart, theme: str) -> Spec:
    """Give the look of a chart on a light or dark ground, with a colour for each series."""
    colours = THEMES[theme]
    ink, muted, rule = colours["ink"], colours["muted"], colours["rule"]
    font = (
        "Source Sans Pro, sans-serif"  # a family unknown to vl-convert would make it measure all text wrongly
    )
    return {
        "background": None,
        "font": font,
        "padding": {"left": 2, "top": 6, "right": 4, "bottom": 2},
        "view": {"stroke": None},
        "range": {"category": _colours(chart, colours)},
        "axis": {"labelColor": muted, "labelFontSize": 11, "domainColor": muted, "tickColor": muted, "gridColor": rule,
                 "labelPadding": 5, "title": None},
        "text": {"fontSize": 11.5, "fontWeight": 600, "color": ink},
        "rule": {"color": muted},
        "legend": {"labelColor": ink, "labelFontSize": 11.5, "title": None, "symbolType": "square", "symbolSize": 90},
    }  # fmt: skip


def kept_rows(chart: Chart, rows_max: int) -> tuple[int, ...]:
    """Choose rows to draw: the ends, each series' extremes, and per slice of time the extremes of the first series.

    Examples
    --------
    >>> flat = Chart("k", "t", "m", "a", "lines", "u", "f", tuple(range(9)), (Series("s", "main", (0.0,) * 9),))
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
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        kept |= _extremes(chart.series[0].values, start, end)
    return tuple(sorted(kept))


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


def _colours(chart: Chart, colours: Mapping[str, Any]) -> list[str]:
    assets = iter(colours["asset"] * (1 + len(chart.series) // len(colours["asset"])))
    return [next(assets) if series.role == "asset" else colours[series.role] for series in chart.series]


def _x_axis(chart: Chart) -> Spec:
    days = (chart.times[-1] - chart.times[0]) / 864e5
    count: int | str = "day" if 1 <= days < 12 else 8 if days else 1
    return {
        "field": "t",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False},
        "axis": {
            "grid": False,
            "labelExpr": _DATE_LABEL,
            "labelOverlap": True,
            "tickCount": count,
            "labelFlush": True,
        },
    }


def _y_axis(chart: Chart, place: int, **scale: Any) -> Spec:
    marks = {"values": _log_marks(chart)} if chart.is_log else {"tickCount": 5}
    kind = {"type": "log", "nice": False} if chart.is_log else {"zero": False, "nice": True} | scale
    return {
        "field": f"s{place}",
        "type": "quantitative",
        "scale": kind,
        "axis": {"labelExpr": _AXIS_LABEL[chart.number], "domain": False, "ticks": False} | marks,
    }


def _log_marks(chart: Chart) -> list[float]:
    # 1, 2, 5, 10 … as far as the series reach; only the tens when that is a crowd.
    levels = [value for series in chart.series for value in series.values if value > 0]
    tens = range(math.floor(math.log10(min(levels))), math.ceil(math.log10(max(levels))) + 1)
    marks = [float(f"{first}e{ten}") for ten in tens for first in (1, 2, 5)]
    inside = [mark for mark in marks if min(levels) <= mark <= max(levels)]
    return inside if len(inside) <= 8 else [mark for mark in inside if f"{mark:e}".startswith("1")]


def _colour(chart: Chart, place: int) -> Spec:
    names = [series.name for series in chart.series]
    return {
        "datum": names[place],
        "type": "nominal",
        "scale": {"domain": names, "range": "category"},
        "legend": None,
    }


def _line(chart: Chart, place: int, **scale: Any) -> Spec:
    width, dash = _STROKES.get(chart.series[place].role, (1.8, None))
    mark: Spec = {"type": "line", "strokeWidth": width, "strokeJoin": "round", "clip": True}
    mark |= {"strokeDash": dash} if dash else {}
    mark |= {"point": {"size": 50}} if len(chart.times) == 1 else {}
    return {"mark": mark, "encoding": {"y": _y_axis(chart, place, **scale), "color": _colour(chart, place)}}


def _line_layers(chart: Chart, **scale: Any) -> list[Spec]:
    # The main line is drawn last, on top of what it is compared with.
    lines = [_line(chart, place, **scale) for place in reversed(range(len(chart.series)))]
    return [*lines, *_label_layers(chart, **scale)] if len(chart.series) > 1 else lines


def _area_layers(chart: Chart) -> list[Spec]:
    ground = {"mark": {"type": "area", "opacity": 0.10, "clip": True},
              "encoding": {"y": _y_axis(chart, 0, zero=True), "color": _colour(chart, 0)}}  # fmt: skip
    return [ground, *_line_layers(chart, zero=True)]


def _fall_layers(chart: Chart) -> list[Spec]:
    return _area_layers(chart)


def _stack_layers(chart: Chart) -> list[Spec]:
    fields = [f"s{place}" for place in range(len(chart.series))]
    names = [series.name for series in chart.series]
    mark = {"type": "area", "opacity": 0.92, "clip": True, "strokeWidth": 0.5}
    look = {"orient": "top", "direction": "horizontal", "labelLimit": 170, "columns": 6, "offset": 2}
    named = " : ".join(f"datum.key == '{field}' ? {place}" for place, field in enumerate(fields))
    encoding: Spec = {
        "y": {"field": "value", "type": "quantitative", "stack": "zero",
              "axis": {"labelExpr": _AXIS_LABEL[chart.number], "tickCount": 5, "domain": False, "ticks": False}},
        "color": {"field": "band", "type": "nominal", "scale": {"domain": names, "range": "category"}, "legend": look},
        "order": {"field": "place", "type": "quantitative"},
    }  # fmt: skip
    transform = [
        {"fold": fields, "as": ["key", "value"]},
        {"calculate": f"{named} : 0" if fields else "0", "as": "place"},
        {
            "lookup": "key",
            "from": {"data": {"values": _names(fields, names)}, "key": "key", "fields": ["band"]},
        },
    ]
    if len(chart.times) == 1:
        mark = {"type": "bar", "width": 40}
    return [{"transform": transform, "mark": mark, "encoding": encoding}] if fields else []


def _names(fields: list[str], names: list[str]) -> list[Spec]:
    return [{"key": field, "band": name} for field, name in zip(fields, names, strict=True)]


def _label_layers(chart: Chart, **scale: Any) -> list[Spec]:
    return [
        {
            "name": f"label_{place}",
            "data": {"values": [{"t": chart.times[-1], f"s{place}": _last(chart, series)}]},
            "mark": {"type": "text", "align": "left", "dx": 7, "dy": shift, "limit": _LABEL_ROOM},
            "encoding": {
                "y": _y_axis(chart, place, **scale),
                "color": _colour(chart, place),
                "text": {"value": series.name},
            },
        }
        for place, (series, shift) in enumerate(zip(chart.series, _label_shifts(chart), strict=True))
        if _last(chart, series) is not None
    ]


def _last(chart: Chart, series: Series) -> float | None:
    values = (_plotted(chart, value) for value in reversed(series.values))
    return next((value for value in values if value is not None), None)


def _label_shifts(chart: Chart) -> list[float]:
    # Labels at the ends of lines are pushed apart where they would touch, in pixels.
    heights = _end_heights(chart)
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    spread = list(heights)
    for below, above in zip(order[:-1], order[1:], strict=True):
        spread[above] = max(spread[above], spread[below] + _LABEL_HEIGHT)
    slack = [(spread[place] - heights[place]) for place in order]
    back = max(0.0, sum(slack) / max(1, sum(1 for push in slack if push))) / 2 if any(slack) else 0.0
    return [heights[place] - spread[place] + back for place in range(len(heights))]


def _end_heights(chart: Chart) -> list[float]:
    levels = [value for series in chart.series for value in series.values if math.isfinite(value)]
    levels = [value for value in levels if value > 0] if chart.is_log else levels
    low, high = (min(levels), max(levels)) if levels else (0.0, 1.0)
    low = min(low, 0.0) if chart.kind == "area" else low
    scale = math.log if chart.is_log else float
    reach = (scale(high) - scale(low)) or 1.0
    lasts = [_last(chart, series) for series in chart.series]
    return [HEIGHT * (scale(low if last is None else last) - scale(low)) / reach for last in lasts]


def _hover_layers(chart: Chart) -> list[Spec]:
    tips = [{"field": f"s{place}", "type": "quantitative", "title": series.name, "format": chart.number}
            for place, series in enumerate(chart.series)]  # fmt: skip
    day = {"field": "t", "type": "temporal", "title": "Close, UTC", "timeUnit": "utcyearmonthdatehoursminutes",
           "format": "%-d %b %Y %H:%M"}  # fmt: skip
    point = {"type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True, "encodings": ["x"]}
    return [
        {
            "name": "hover",
            "params": [{"name": "near", "select": point}],
            "mark": {"type": "rule", "strokeWidth": 1, "tooltip": True},
            "encoding": {
                "opacity": {"condition": {"param": "near", "empty": False, "value": 0.8}, "value": 0},
                "tooltip": [day, *tips],
            },
        }
    ]
