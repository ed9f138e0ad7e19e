"""How charts look: colours by role on a light and on a dark ground."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dat.report.record import Chart

__all__ = ["THEMES", "chart_config"]

# Hues of Okabe and Ito, darkened or lightened until text and thin lines reach a contrast of 3 on each ground;
# neighbours differ in lightness too, so that they stay apart in grey and for every kind of colour blindness.
_ASSETS_LIGHT = ("#0b4f7d", "#d98a1f", "#2f9e7e", "#a8467f", "#63acdb", "#7d5f2a", "#d4b92f", "#4d4f63")
_ASSETS_DARK = ("#5fb0de", "#eda94a", "#56c9a6", "#dd8fbd", "#a9d6f3", "#c9ab72", "#efe07a", "#a9abc2")

THEMES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "light": {
            "ink": "#16202b",
            "muted": "#55616d",
            "rule": "#dfe4e9",
            "main": "#0b4f7d",
            "benchmark": "#c2600f",
            "money": "#7a8694",
            "cash": "#bcc5ce",
            "ventures": "#7b5fa8",
            "asset": _ASSETS_LIGHT,
        },
        "dark": {
            "ink": "#e8edf2",
            "muted": "#a3b2c0",
            "rule": "#2c3844",
            "main": "#6fbbe8",
            "benchmark": "#f0a04b",
            "money": "#8b99a6",
            "cash": "#5f6c78",
            "ventures": "#ab93d6",
            "asset": _ASSETS_DARK,
        },
    }
)
"""Colours by role, on a light and on a dark ground."""


def chart_config(chart: Chart, theme: str) -> dict[str, Any]:
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
        "axis": {
            "labelColor": muted,
            "labelFontSize": 11,
            "domainColor": muted,
            "tickColor": muted,
            "gridColor": rule,
            "labelPadding": 5,
            "title": None,
        },
        "text": {"fontSize": 11.5, "fontWeight": 600, "color": ink},
        "rule": {"color": muted},
        "legend": {
            "labelColor": ink,
            "labelFontSize": 11.5,
            "title": None,
            "symbolType": "square",
            "symbolSize": 90,
        },
    }


def _colours(chart: Chart, colours: Mapping[str, Any]) -> list[str]:
    assets = iter(colours["asset"] * (1 + len(chart.series) // len(colours["asset"])))
    return [next(assets) if series.role == "asset" else colours[series.role] for series in chart.series]
