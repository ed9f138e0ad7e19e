"""Charts as Vega-Lite: one specification serves the interactive page and the still picture of the PDF."""

import math
from types import MappingProxyType
from typing import Any

from dat.report.points import label_shifts, last_plotted
from dat.report.record import Chart

__all__ = ["HEIGHT", "WIDTH", "chart_spec"]

Spec = dict[str, Any]

WIDTH, HEIGHT = 700, 240
_LABEL_ROOM = 165
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

_STROKES = MappingProxyType({"main": (2.0, None), "benchmark": (1.6, [4, 3]), "money": (1.4, [5, 3])})
_AXIS_LABEL = MappingProxyType(
    {
        ",.0f": "replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'T', ' tn')",
        ",.2f": "format(datum.value, ',')",
        ".2%": "format(datum.value, '.2~%')",
        ".3f": "format(datum.value, '.2~f')",
        ",.6~g": "format(datum.value, '.6~g')",
    }
)
_DATE_LABEL = (
    "till - since > 31536e6 * 5"
    " || (utcmonth(datum.value) == 0 && utcdate(datum.value) == 1) && till - since > 864e7"
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
        Reads the fields of `chart_columns` from its data, and `since` and `till` (milliseconds) as its time
        range.
    """
    layers = {"stack": _stack_layers, "area": _area_layers, "fall": _area_layers}.get(
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
    # The main line is drawn on top, but for a dashed benchmark: of two that are equal both are seen.
    order = sorted(range(len(chart.series)), key=lambda n: (chart.series[n].role == "benchmark", -n))
    lines = [_line(chart, place, **scale) for place in order]
    return [*lines, *_label_layers(chart, **scale)] if len(chart.series) > 1 else lines


def _area_layers(chart: Chart) -> list[Spec]:
    ground = {
        "mark": {"type": "area", "opacity": 0.10, "clip": True},
        "encoding": {"y": _y_axis(chart, 0, zero=True), "color": _colour(chart, 0)},
    }
    return [ground, *_line_layers(chart, zero=True)]


def _stack_layers(chart: Chart) -> list[Spec]:
    fields = [f"s{place}" for place in range(len(chart.series))]
    names = [series.name for series in chart.series]
    mark = {"type": "area", "opacity": 0.92, "clip": True, "strokeWidth": 0.5}
    look = {"orient": "top", "direction": "horizontal", "labelLimit": 170, "columns": 6, "offset": 2}
    named = " : ".join(f"datum.key == '{field}' ? {place}" for place, field in enumerate(fields))
    encoding: Spec = {
        "y": {
            "field": "value",
            "type": "quantitative",
            "stack": "zero",
            "axis": {"labelExpr": _AXIS_LABEL[chart.number], "tickCount": 5, "domain": False, "ticks": False},
        },
        "color": {
            "field": "band",
            "type": "nominal",
            "scale": {"domain": names, "range": "category"},
            "legend": look,
        },
        "order": {"field": "place", "type": "quantitative"},
    }
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
            "data": {"values": [{"t": chart.times[-1], f"s{place}": last_plotted(chart, series)}]},
            "mark": {"type": "text", "align": "left", "dx": 7, "dy": shift, "limit": _LABEL_ROOM},
            "encoding": {
                "y": _y_axis(chart, place, **scale),
                "color": _colour(chart, place),
                "text": {"value": series.name},
            },
        }
        for place, (series, shift) in enumerate(
            zip(chart.series, label_shifts(chart, height=HEIGHT), strict=True)
        )
        if last_plotted(chart, series) is not None
    ]


def _hover_layers(chart: Chart) -> list[Spec]:
    tips = [
        {"field": f"s{place}", "type": "quantitative", "title": series.name, "format": chart.number}
        for place, series in enumerate(chart.series)
    ]
    day = {
        "field": "t",
        "type": "temporal",
        "title": "Close, UTC",
        "timeUnit": "utcyearmonthdatehoursminutes",
        "format": "%-d %b %Y %H:%M",
    }
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
