"""The words of a report: tables, charts and sections as frozen records that every output prints alike."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = [
    "Block",
    "Cell",
    "Chart",
    "Column",
    "Comparison",
    "Cover",
    "Facts",
    "Figures",
    "Listing",
    "Prose",
    "Report",
    "Row",
    "Section",
    "Series",
    "Statement",
    "StatementLine",
    "Table",
    "Tile",
]

Cell = Decimal | int | str | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    key, title
        Name in JSON; heading in print.
    kind
        How cells are written; a key of `writing.WRITERS`.
    places
        Decimals of prices, units and ratios; ignored by other kinds.
    width
        Share of the free width for text columns; 0 takes what the text needs.
    """

    key: str
    title: str
    kind: str = "text"
    places: int = 2
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in column order; `tone` is one of plain, group, total, alert, quiet."""

    cells: tuple[Cell, ...]
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with all its rows, or the first and last ones of a very long one.

    Parameters
    ----------
    key, title, columns, rows
        Name in JSON, caption, columns, rows.
    row_count
        Rows that exist; more than `rows` holds when the table was cut at the source.
    note
        One line under the table.
    pointer
        Where all rows are, when some are left out.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    row_count: int
    note: str = ""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line or band; `role` gives its colour: main, benchmark, money, cash, ventures or asset."""

    name: str
    role: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows, not how it is drawn.

    Parameters
    ----------
    key, title
        Name in JSON; heading in print.
    message
        What the chart says, in one exact sentence.
    alt
        The same for those who do not see it.
    kind
        lines, area or stack.
    unit
        Of the vertical axis.
    number
        d3 format of a value, such as ",.0f".
    times
        Milliseconds since 1970, UTC, one per value.
    series
        Lines or bands; of equal length.
    is_log
        Whether the vertical axis is logarithmic.
    """

    key: str
    title: str
    message: str
    alt: str
    kind: str
    unit: str
    number: str
    times: tuple[int, ...]
    series: tuple[Series, ...]
    is_log: bool = False

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to see: a value, and, where lines are compared, one that moves."""
        levels = [[value for value in line.values if math.isfinite(value)] for line in self.series]
        if not any(levels):
            return False
        moves = any(_moves(values) for values in levels)
        return moves or len(self.series) == 1 or self.kind == "stack" or len(self.times) == 1


def _moves(values: list[float]) -> bool:
    return bool(values) and not math.isclose(min(values), max(values), rel_tol=1e-6)


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one a line; `is_code` sets the values in a fixed width."""

    key: str
    title: str
    items: tuple[tuple[str, str], ...]
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """Sentences: paragraphs, or a list when `is_list`."""

    key: str
    title: str
    lines: tuple[str, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A file, word for word."""

    key: str
    title: str
    text: str


Block = Table | Chart | Facts | Prose | Listing


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report; `lead` is what a hurried reader must know of it."""

    key: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure for the first page; `tone` is plain, good or bad and never the only carrier of meaning."""

    key: str
    label: str
    value: str
    detail: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of the NAV statement.

    Parameters
    ----------
    item, state
        What is held; in which state.
    units, price
        None for money.
    value
        Base currency, rounded to the cent.
    source
        Where the price comes from, such as ``binance BTC/USDT``.
    marked_at
        Close of the bar that gave the price; None for money.
    is_stale
        Whether that bar is not the last one.
    """

    item: str
    state: str
    units: Decimal | None
    price: Decimal | None
    value: Decimal
    source: str = ""
    marked_at: datetime | None = None
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """The NAV at one instant, exact: `total` is the sum of the printed values.

    Parameters
    ----------
    as_of
        Close of the last bar.
    lines
        Coins by state, cash, ventures at cost, payable (negative).
    total
        Exact sum of the lines.
    rounding
        NAV of the run, to the cent, minus `total`.
    shares, nav_per_share
        None without shares.
    unfunded
        Promised to ventures and not paid, whether due or not yet called; outside the total.
    calls_due, closes_overdue
        Capital calls that are due and not paid; closes of the run at which there were any.
    """

    as_of: datetime
    lines: tuple[StatementLine, ...]
    total: Decimal
    rounding: Decimal
    shares: Decimal | None
    nav_per_share: Decimal | None
    unfunded: Decimal
    calls_due: Decimal
    closes_overdue: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of the run as exact figures; None where one is undefined. Fractions have 8 decimals.

    The benchmark is holding the core coin from the first open; `coin_yield` is gross, units of the core coin
    per share; `coin_yield_net` counts all coins and cash less what is payable, in core coins per share.
    """

    nav: Decimal
    time_weighted_return: Decimal | None
    annualised_return: Decimal | None
    money_weighted_return: Decimal | None
    benchmark_return: Decimal | None
    benchmark_money_weighted_return: Decimal | None
    volatility: Decimal | None
    downside_deviation: Decimal | None
    sharpe: Decimal | None
    sortino: Decimal | None
    calmar: Decimal | None
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    conditional_value_at_risk: Decimal | None
    beta: Decimal | None
    tracking_error: Decimal | None
    information_ratio: Decimal | None
    turnover: Decimal | None
    cost_ratio: Decimal | None
    coin_yield: Decimal | None
    coin_yield_net: Decimal | None
    nav_per_share_return: Decimal | None
    mnav: Decimal | None
    periods_per_year: Decimal
    periods: int


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first page states.

    Parameters
    ----------
    treasury, company
        Name, as every text and table says it; legal name that holds it, None without one.
    mode, mode_words
        Key of the mode; what the mode means.
    base, core
        Base currency; core coin.
    start, as_of
        Open of the first bar; close of the last.
    bars
        Number and length of the bars, in words.
    money_in
        External money over the whole run, base currency: the start, contributions and shares sold.
    banner
        What the figures are, so that nobody takes them for holdings.
    run_id, dat_version
        What made it.
    """

    treasury: str
    company: str | None
    mode: str
    mode_words: str
    base: str
    core: str
    start: datetime
    as_of: datetime
    bars: str
    money_in: Decimal
    banner: str
    run_id: str
    dat_version: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that any output of a run prints."""

    cover: Cover
    summary: tuple[str, ...]
    tiles: tuple[Tile, ...]
    statement: Statement
    figures: Figures
    growth: Chart
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> Iterator[Block]:
        """Every block of every section, in print order."""
        return (block for section in self.sections for block in section.blocks)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts, in print order."""
        return tuple(block for block in self.blocks if isinstance(block, Chart))

    def table(self, key: str) -> Table:
        """Find a table by its key.

        Raises
        ------
        KeyError
            When the report has no such table.
        """
        return {block.key: block for block in self.blocks if isinstance(block, Table)}[key]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several treasuries over the dates they share; `treasuries` are their names and what they hold."""

    title: str
    start: datetime
    as_of: datetime
    banner: str
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    treasuries: tuple[tuple[str, str], ...]
    run_ids: tuple[str, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts, in print order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return tuple(block for block in blocks if isinstance(block, Chart))
