"""The report as one HTML file that needs nothing else: no network, no folder beside it."""

import base64
import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from dat.errors import StoreError
from dat.report.activity import ROWS_MAX
from dat.report.charts import chart_spec
from dat.report.drawing import FONT_FILES, draw_chart, vega_script
from dat.report.looks import THEMES, chart_config
from dat.report.points import chart_columns
from dat.report.record import Chart, Comparison, Report
from dat.report.view import View, comparison_view, report_view

__all__ = ["HTML_POINTS_MAX", "render_comparison_html", "render_html"]

HTML_POINTS_MAX = 1_500
"""Rows of data in an interactive chart; the ends and extremes are always among them."""

HTML_BYTES_MAX = 2_500_000
"""A page that would be larger with its fonts inside does without them and takes a font of the reader's."""

_FONT_PLACE = "<!-- fonts -->"
_FACES = {"Regular": 400, "Semibold": 600}


def render_html(report: Report, *, templates: Path) -> str:
    """Write a report as one self-contained HTML page.

    Parameters
    ----------
    report
        The record.
    templates
        Folder that holds `report.html.j2` and what it includes.

    Returns
    -------
    str
        A page that loads nothing; its content policy forbids it to. The same text for the same record.

    Raises
    ------
    StoreError
        When a template is missing or names something that does not exist.
    """
    return _render(templates / "report.html.j2", report_view(report, rows_max=ROWS_MAX), report.charts)


def render_comparison_html(comparison: Comparison, *, templates: Path) -> str:
    """Write a comparison as one self-contained HTML page; as `render_html`."""
    view = comparison_view(comparison, rows_max=ROWS_MAX)
    return _render(templates / "comparison.html.j2", view, comparison.charts)


def _render(template: Path, view: View, charts: tuple[Chart, ...]) -> str:
    scripts = tuple(_safe_script(script) for script in (vega_script(), _read(template.parent / "report.js")))
    parts = {
        "style": _read(template.parent / "report.css"),
        "scripts": scripts,
        "policy": _policy(scripts),
        "charts": _json(_chart_data(charts)),
        "stills": {chart.key: draw_chart(chart) for chart in charts},
    }
    try:
        page = _environment(template.parent).get_template(template.name).render(view=view, **parts)
    except jinja2.TemplateError as error:
        raise StoreError(f"{template} does not render: {error}") from error
    return _with_fonts(page)


def _environment(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _with_fonts(page: str) -> str:
    fonts = _font_faces()
    is_small = len(page.encode()) + len(fonts) < HTML_BYTES_MAX
    return page.replace(_FONT_PLACE, f"<style>{fonts}</style>" if is_small else "", 1)


def _chart_data(charts: tuple[Chart, ...]) -> dict[str, Any]:
    return {
        chart.key: {
            "spec": chart_spec(chart),
            "columns": _packed(chart_columns(chart, rows_max=HTML_POINTS_MAX)),
            "looks": {theme: chart_config(chart, theme) for theme in THEMES},
        }
        for chart in charts
    }


def _packed(columns: dict[str, list[Any]]) -> dict[str, Any]:
    # Instants are thirteen digits each; counted in their common step they are four.
    times = columns["t"]
    step = math.gcd(*(time - times[0] for time in times)) or 1
    return columns | {"t": [(time - times[0]) // step for time in times], "start": times[0], "step": step}


def _json(value: Any) -> str:
    # Inside a script element only "<" can end it or open a comment.
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _safe_script(script: str) -> str:
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(scripts: tuple[str, ...]) -> str:
    # Only these very scripts may run; nothing may be loaded from anywhere.
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


@cache
def _font_faces() -> str:
    files = {file.stem.split("-")[-1]: file for file in FONT_FILES}
    return "\n".join(_font_face(files[face], weight) for face, weight in _FACES.items())


def _font_face(file: Path, weight: int) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        f'@font-face{{font-family:"Source Sans Pro";font-weight:{weight};font-display:swap;'
        f'src:url(data:font/otf;base64,{data}) format("opentype")}}'
    )
