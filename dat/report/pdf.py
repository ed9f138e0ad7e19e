"""The report as PDF: tagged, archivable, the same bytes every time."""

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from dat.errors import StoreError
from dat.report.drawing import FONT_FILES, draw_chart
from dat.report.record import Chart, Comparison, Report
from dat.report.view import View, comparison_view, report_view

if TYPE_CHECKING:
    from typst import PDFStandard as Standard

__all__ = ["PDF_ROWS_MAX", "render_comparison_pdf", "render_pdf"]

PDF_ROWS_MAX = 60
"""A longer table prints its ends and says where all rows are."""

_NO_GLYPH = "could not be displayed"

# A name may be written in a script that our font lacks. The machine's own fonts are asked next; where they
# lack it too, the archive standard, which forbids a missing glyph, gives way before the report does.
_ATTEMPTS: tuple[tuple[bool, list["Standard"]], ...] = (
    (True, ["a-2a", "ua-1"]),
    (False, ["a-2a", "ua-1"]),
    (False, []),
)


def render_pdf(report: Report, *, templates: Path) -> bytes:
    """Set a report as PDF/A-2a and PDF/UA-1.

    Parameters
    ----------
    report
        The record.
    templates
        Folder that holds `report.typ` and `board.typ`.

    Returns
    -------
    bytes
        The same for the same record: its time stamp is the report's as-of instant. Text in a script that
        Source Sans lacks takes the machine's fonts, so that such a report differs between machines.

    Raises
    ------
    StoreError
        When a template is missing or does not compile.
    """
    view = report_view(report, rows_max=PDF_ROWS_MAX)
    return _typeset(templates / "report.typ", view, charts=report.charts, as_of=report.cover.as_of)


def render_comparison_pdf(comparison: Comparison, *, templates: Path) -> bytes:
    """Set a comparison as PDF; as `render_pdf`."""
    view = comparison_view(comparison, rows_max=PDF_ROWS_MAX)
    return _typeset(templates / "comparison.typ", view, charts=comparison.charts, as_of=comparison.as_of)


def _typeset(template: Path, view: View, *, charts: tuple[Chart, ...], as_of: datetime) -> bytes:
    inputs = {f"chart-{chart.key}": draw_chart(chart) for chart in charts}
    inputs["view"] = json.dumps(view, ensure_ascii=False)
    failure = ""
    with tempfile.TemporaryDirectory() as folder:
        _link_fonts(Path(folder))
        for is_own_only, standards in _ATTEMPTS:
            fonts = typst.Fonts(include_system_fonts=not is_own_only, font_paths=[Path(folder)])
            try:
                return _compile(template, inputs, fonts=fonts, standards=standards, as_of=as_of)
            except typst.TypstError as error:
                failure = str(error)
            if _NO_GLYPH not in failure:
                break
    raise StoreError(f"{template} does not compile: {failure}")


def _compile(
    template: Path,
    inputs: dict[str, str],
    *,
    fonts: typst.Fonts,
    standards: list["Standard"],
    as_of: datetime,
) -> bytes:
    compiler = typst.Compiler(template, root=template.parent, font_paths=fonts, sys_inputs=inputs)
    pages = compiler.compile(pdf_standards=standards, timestamp=as_of)
    if not isinstance(pages, bytes):
        raise StoreError(f"{template} compiles to no single file")
    return pages


def _link_fonts(folder: Path) -> None:
    # The font package has each face twice, and which one is found first depends on the disk: link only ours.
    for file in FONT_FILES:
        (folder / file.name).symlink_to(file)
