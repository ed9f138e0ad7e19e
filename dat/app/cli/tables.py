"""Tables of a report on the terminal: the same cells as in print."""

from collections.abc import Iterable

from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from dat.app.cli.console import out
from dat.report.record import Report, Table
from dat.report.writing import is_figure, write

__all__ = ["report_table", "show", "tiles_table"]

_UNBOUNDED = 1_000
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
    for number in shown:
        column = table.columns[number]
        figure = is_figure(column)
        made.add_column(Text(column.title), justify="right" if figure else "left", no_wrap=figure)
    for row in table.rows:
        cells = (Text(write(row.cells[number], table.columns[number])) for number in shown)
        made.add_row(*cells, style=_STYLES.get(row.tone))
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
    out.print(made, width=max(out.width, needed), crop=False, no_wrap=True)
