"""Tables of performance: by month and year, falls, and every measure with its definition."""

from decimal import Decimal

import pandas as pd

from dat.core.money import exact_or_none
from dat.measures.returns import time_weighted_return
from dat.report.record import Cell, Column, Figures, Row, Table
from dat.report.track import MEASURES, Track
from dat.report.wording import episodes
from dat.report.writing import NONE, number, percent

__all__ = ["calendar_table", "drawdown_table", "measures_table"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FALLS_SHOWN = 5

_DEFINITIONS = (
    (
        "time_weighted_return",
        "Time-weighted return",
        "change",
        "Returns of each bar with external money taken out, linked over the whole time. {core}: held from "
        "the first open, without cost.",
    ),
    (
        "annualised_return",
        "Annualised return",
        "change",
        "(1 + time-weighted return) to the power of {periods} over the number of periods, minus 1.",
    ),
    (
        "money_weighted_return",
        "Money-weighted return, a year",
        "change",
        "XIRR, act/365: the yearly rate at which all money put in and the closing NAV are worth 0. {core}: "
        "the same money, put into {core} on the same dates.",
    ),
    (
        "volatility",
        "Volatility, a year",
        "percent",
        "Standard deviation of returns (n - 1) times the square root of {periods}.",
    ),
    (
        "downside_deviation",
        "Downside deviation, a year",
        "percent",
        "Root mean square of returns below 0, over all periods, times the square root of {periods}.",
    ),
    ("sharpe", "Sharpe ratio", "number", "Mean return over volatility, per year; risk-free rate 0."),
    ("sortino", "Sortino ratio", "number", "Mean return over downside deviation, per year; target 0."),
    ("calmar", "Calmar ratio", "number", "Annualised return over the depth of the deepest fall, whole time."),
    (
        "max_drawdown",
        "Deepest fall",
        "change",
        "Lowest value over the highest before it, minus 1; opening value included.",
    ),
    (
        "value_at_risk",
        "Value at risk 95%, one period",
        "change",
        "The return that 5% of periods fell short of, historical; a loss is negative.",
    ),
    (
        "conditional_value_at_risk",
        "Expected shortfall 95%, one period",
        "change",
        "Mean of the worst 5% of periods, historical.",
    ),
    ("beta", "Beta to {core}", "number", "Covariance of returns with {core} over the variance of {core}."),
    (
        "tracking_error",
        "Tracking error to {core}, a year",
        "percent",
        "Standard deviation of the difference of returns times the square root of {periods}.",
    ),
    (
        "information_ratio",
        "Information ratio to {core}",
        "number",
        "Mean difference of returns over tracking error, per year.",
    ),
    (
        "nav_per_share_return",
        "NAV per share, whole time",
        "change",
        "NAV of one share at the end over the money behind one at the first open, minus 1: for who held one "
        "share. It is no return on its market price.",
    ),
    (
        "coin_yield_net",
        "Coin yield net, whole time",
        "change",
        "Change of (coins + cash - payable) / price of {core} / shares since the first day.",
    ),
    (
        "coin_yield",
        "Coin yield gross, whole time",
        "change",
        "Change of units of {core} / shares since the first close with coins; no other coin counts.",
    ),
    ("turnover", "Turnover, a year", "percent", "Half of all bought and sold over average NAV, per year."),
    (
        "cost_ratio",
        "Cost ratio, a year",
        "percent",
        "Management, fees, half-spread and impact over average NAV, per year.",
    ),
)
_OF_A_SHARE = frozenset({"nav_per_share_return", "coin_yield_net", "coin_yield"})
_OF_THE_COIN = frozenset(
    {
        "time_weighted_return",
        "annualised_return",
        "money_weighted_return",
        "volatility",
        "downside_deviation",
        "sharpe",
        "sortino",
        "calmar",
        "max_drawdown",
        "value_at_risk",
        "conditional_value_at_risk",
    }
)


def calendar_table(track: Track) -> Table:
    """Returns by calendar month and year; a bar belongs to the month in which it lies, whenever it closes."""
    inside = pd.DatetimeIndex(track.result.daily["as_of"]) - pd.Timedelta(microseconds=1)
    returns = pd.DataFrame({"own": track.returns, "core": track.core_returns}, index=inside)
    rows = tuple(_year(int(str(year)), group) for year, group in returns.groupby(inside.year))
    core = track.result.core
    columns = (
        Column("year", "Year"),
        *(Column(month.lower(), month, "points", places=1, width=1.0) for month in _MONTHS),
        Column("total", "Full year", "points", places=1, width=1.3),
        Column("core", core, "points", places=1, width=1.1),
    )
    note = (
        f"Per cent, time-weighted, months in UTC; {core} is the year's return of holding it, without cost. "
        "The first and last may be partial."
    )
    return Table("calendar", "Returns by month and year", columns, rows, len(rows), note)


def drawdown_table(track: Track) -> Table:
    """The deepest falls with their dates, deepest first."""
    falls = episodes(track)
    columns = (
        Column("depth", "Depth", "change"),
        Column("peak", "Highest on", "day", width=1.0),
        Column("trough", "Lowest on", "day", width=1.0),
        Column("recovery", "Recovered on", "day", width=1.0),
        Column("days_down", "Days down", "count"),
        Column("days_total", "Days to recover", "count"),
    )
    rows = tuple(
        Row(
            (
                exact_or_none(fall.depth_frac, 8),
                peak,
                low,
                back,
                (low - peak).days,
                (back - peak).days if back else None,
            )
        )
        for fall, peak, low, back in falls[:_FALLS_SHOWN]
    )
    note = f"{len(falls):,} falls in all. {NONE} in “Recovered on” means: not yet, at the end."
    return Table(
        "drawdowns", "Deepest falls", columns, rows, len(rows), note if rows else "The value never fell."
    )


def measures_table(track: Track, figures: Figures) -> Table:
    """Every measure, that of holding the core coin, and its definition."""
    core, periods = track.result.core, number(figures.periods_per_year, 0)
    names = {"core": core, "periods": periods}
    rows = tuple(
        Row(
            (
                label.format(**names),
                _written(getattr(figures, key), kind),
                _coin(track, key, kind),
                text.format(**names),
            )
        )
        for key, label, kind, text in _DEFINITIONS
        if track.has_shares or key not in _OF_A_SHARE
    )
    columns = (
        Column("measure", "Measure", width=1.25),
        Column("value", "Treasury", "mixed"),
        Column("core", f"Holding {core}", "mixed"),
        Column("definition", "Definition", width=2.4),
    )
    note = (
        f"{figures.periods:,} periods of {track.result.bar}; {periods} periods a year. {NONE}: not defined."
    )
    return Table("measures", "Measures and their definitions", columns, rows, len(rows), note)


def _year(year: int, returns: pd.DataFrame) -> Row:
    months = pd.DatetimeIndex(returns.index).month
    cells: list[Cell] = [_linked(returns["own"][months == month]) for month in range(1, 13)]
    return Row((str(year), *cells, _linked(returns["own"]), _linked(returns["core"])))


def _linked(returns: "pd.Series[float]") -> Decimal | None:
    return exact_or_none(time_weighted_return(returns.to_numpy()), 8) if len(returns) else None


def _coin(track: Track, key: str, kind: str) -> str:
    if key not in _OF_THE_COIN:
        return ""
    value = float(getattr(track.core_summary, MEASURES[key]))
    return _written(exact_or_none(value, 8) if abs(value) < 1e6 else None, kind)


def _written(value: Decimal | None, kind: str) -> str:
    if value is None:
        return NONE
    return number(value, 2) if kind == "number" else percent(value, signed=kind == "change")
