"""The door to vl-convert: still pictures of charts, and the script that draws them in a browser."""

import json
import re
from functools import cache, lru_cache
from pathlib import Path

import font_source_sans_pro  # type: ignore[import-untyped]
import vl_convert

from dat.report.charts import HEIGHT, WIDTH, chart_spec
from dat.report.looks import chart_config
from dat.report.points import chart_columns
from dat.report.record import Chart

__all__ = ["FONT_FILES", "draw_chart", "vega_script"]

_VEGA_LITE = "6.4"
_GLOBALS = "window.vegaEmbed=vegaEmbed;"
_STILL_ROWS_MAX = 500
_FONT_FOLDER = Path(font_source_sans_pro.font_directory)

_FACES = ("Light", "Regular", "It", "Semibold", "Bold")

FONT_FILES = tuple(_FONT_FOLDER / f"SourceSansPro-{face}.otf" for face in _FACES)
"""The faces that reports use."""


def draw_chart(chart: Chart) -> str:
    """Draw a chart as SVG on a light ground.

    Parameters
    ----------
    chart
        What to show.

    Returns
    -------
    str
        An SVG whose ids begin with the chart's key; the same text on every call and in every process.
    """
    columns = chart_columns(chart, rows_max=_STILL_ROWS_MAX)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    spec = chart_spec(chart) | {"data": {"values": rows}, "width": WIDTH, "height": HEIGHT}
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    spec["layer"] = [layer for layer in spec["layer"] if layer.get("name") != "hover"]
    return _tidy(_svg(json.dumps(spec), json.dumps(chart_config(chart, "light"))), chart.key)


@cache
def vega_script() -> str:
    """Bundle Vega, Vega-Lite and Vega-Embed for use without a network: 0.9 MB, about 1 s once a process."""
    _register_fonts()
    return vl_convert.javascript_bundle(_GLOBALS, vl_version=_VEGA_LITE)


@lru_cache(maxsize=64)
def _svg(spec: str, config: str) -> str:
    # HTML and PDF show the same picture: the second one finds it here.
    _register_fonts()
    return str(
        vl_convert.vegalite_to_svg(
            spec, vl_version=_VEGA_LITE, config=json.loads(config), allowed_base_urls=[]
        )
    )


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(_FONT_FOLDER))


def _tidy(svg: str, key: str) -> str:
    # Vega counts clip paths through the whole process: numbered anew they are the same every time.
    # A tenth of a pixel is finer than any print of a line.
    svg = re.sub(r' d="[^"]+"', lambda path: re.sub(r"(\.\d)\d+", r"\1", path.group()), svg)
    names = dict.fromkeys(re.findall(r'id="([A-Za-z_]+\d+)"', svg))
    for place, name in enumerate(names):
        svg = re.sub(rf'(id="|url\(#){name}("|\))', rf"\g<1>{key}-{place}\g<2>", svg)
    return svg
