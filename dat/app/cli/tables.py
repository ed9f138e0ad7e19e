"""Tables of a report on the terminal: the same cells as in print."""

import textwrap
from collections.abc import Iterable

from rich.cells import cell_len
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from dat.app.cli.console import out
from dat.report.record import Column, Report, Table
from dat.report.writing import is_figure, write

__all__ = ["report_table", "show", "tiles_table"]

_UNBOUNDED = 1_000
_HEADING_WIDTH = 12  # a heading over narrower figures is broken into lines of this width
_STYLES = {"total": "bold", "group": "bold", "alert": "red", "quiet": "dim"}


def report_table(table: Table, *, without: Iterable[str] = ()) -> RichTable:
    """Set a table of a report for the terminal.

    Parameters
    ----------
    table
        As `dat.report.contents` or `dat.report.comparison` gave it.
    without
        Keys of columns to leave out.
    """
    shown = [number for number, column in enumerate(table.columns) if column.key not in set(without)]
    made = RichTable(title=Text(table.title), title_justify="left", title_style="bold")
    written = [[write(row.cells[number], table.columns[number]) for number in shown] for row in table.rows]
    for place, number in enumerate(shown):
        _add_column(made, table.columns[number], [line[place] for line in written])
    for row, line in zip(table.rows, written, strict=True):
        made.add_row(*map(Text, line), style=_STYLES.get(row.tone))
    return made


def tiles_table(report: Report) -> RichTable:
    """Set the figures of the first page for the terminal."""
    made = RichTable(title=Text(report.cover.treasury), title_justify="left", title_style="bold")
    made.show_header = False
    made.add_column("label")
    made.add_column("value", justify="right", style="bold")
    made.add_column("detail")
    for tile in report.tiles:
        made.add_row(*map(Text, (tile.label, tile.value, tile.detail)))
    return made


def show(made: RichTable) -> None:
    """Print a table; a figure is never cut, even where the terminal is too narrow for its line."""
    free = out.options.update(max_width=_UNBOUNDED)
    needed = Measurement.get(out, free, made).minimum
    if needed > out.width:
        made.width = needed  # the console alone would squeeze it to its own width
    out.print(made, crop=False, no_wrap=True)


def _add_column(made: RichTable, column: Column, cells: list[str]) -> None:
    figure = is_figure(column)
    heading = _broken(column.title, cells) if figure else column.title
    whole = figure or not made.columns  # what a line is about is not broken, nor is a figure
    made.add_column(
        Text(heading),
        justify="right" if figure else "left",
        no_wrap=whole,
        min_width=max(map(cell_len, _parts((heading, *cells), whole=whole)), default=1),
    )


def _broken(heading: str, cells: Iterable[str]) -> str:
    width = max(_HEADING_WIDTH, *map(cell_len, cells), 0)
    return "\n".join(textwrap.wrap(heading, width, break_long_words=False, break_on_hyphens=False))


def _parts(texts: Iterable[str], *, whole: bool) -> list[str]:
    return [part for text in texts for part in (text.splitlines() if whole else text.split())]
