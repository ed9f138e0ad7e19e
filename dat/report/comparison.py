"""Several treasuries side by side, over the dates that all share."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from dat.core.money import exact_or_none
from dat.errors import InputError
from dat.measures.drawdown import drawdown_series
from dat.report.record import Cell, Chart, Column, Comparison, Report, Row, Section, Series, Table
from dat.report.wording import BANNER
from dat.report.writing import NONE, count_of, day_of, listed, number, percent

__all__ = ["build_comparison"]

_LOG_RATIO = 12.0
_HASH_DIGITS = 12

_RESULTS = (
    Column("treasury", "Treasury", width=1.3),
    Column("period", "Period", width=0.9),
    Column("money_in", "Money put in", "money"),
    Column("nav", "Final NAV", "money"),
    Column("time_weighted_return", "Return", "change"),
    Column("annualised_return", "A year", "change"),
    Column("money_weighted_return", "XIRR", "change"),
    Column("benchmark_return", "Holding core", "change"),
    Column("coin_yield_net", "Yield net", "change"),
    Column("coin_yield", "Yield gross", "change"),
)
_RISKS = (
    Column("treasury", "Treasury", width=1.3),
    Column("mode", "Mode", width=0.8),
    Column("core", "Core coin", width=0.6),
    Column("volatility", "Volatility", "percent"),
    Column("sharpe", "Sharpe", "number"),
    Column("sortino", "Sortino", "number"),
    Column("max_drawdown", "Deepest fall", "change"),
    Column("turnover", "Turnover a year", "percent"),
    Column("cost_ratio", "Costs a year", "percent"),
)


def build_comparison(reports: tuple[Report, ...], *, title: str = "Treasuries side by side") -> Comparison:
    """Put reports beside one another.

    Parameters
    ----------
    reports
        At least one; in the order in which they are shown.
    title
        Of the page.

    Returns
    -------
    Comparison
        Measures of each run over its own time, and growth of 100 over the dates that all share.

    Raises
    ------
    InputError
        When there is no report, or the runs share fewer than two dates.
    """
    if not reports:
        raise InputError("there is nothing to compare; give at least one report")
    chart = _growth(reports)
    measures = "Each over its own time, net of all its costs. Its own report has every line behind a figure."
    return Comparison(
        title=title,
        start=_instant(chart.times[0]),
        as_of=_instant(chart.times[-1]),
        banner=BANNER,
        summary=_summary(reports, chart),
        sections=(
            Section(
                "growth", "Growth side by side", "Money put in or taken out is no gain or loss.", (chart,)
            ),
            Section("measures", "Measures of each run", measures, _tables(reports)),
        ),
        treasuries=tuple((report.cover.treasury, _policy(report)) for report in reports),
        run_ids=tuple(report.cover.run_id for report in reports),
    )


def _policy(report: Report) -> str:
    cover = report.cover
    return f"{cover.mode_words}; core coin {cover.core}; run {cover.run_id[:_HASH_DIGITS]}"


def _growth(reports: tuple[Report, ...]) -> Chart:
    shared, series = _shared_paths(reports)
    levels = [value for line in series for value in line.values if value > 0]
    is_log = bool(levels) and max(levels) / min(levels) > _LOG_RATIO
    ranked = sorted(series, key=lambda line: line.values[-1], reverse=True)
    ends = ", ".join(f"{line.name} {_level(line.values[-1])}" for line in ranked)
    message = f"100 on {day_of(_instant(shared[0]))} became: {ends}."
    return Chart(
        key="growth",
        title="Growth of 100 on the dates that all share",
        message=message,
        alt=f"Chart of growth of 100. {message} It is drawn from the daily.parquet of each run.",
        kind="lines",
        unit="100 at the first shared date" + (", logarithmic scale" if is_log else ""),
        number=",.2f",
        times=shared,
        series=series,
        is_log=is_log,
    )


def _shared_paths(reports: tuple[Report, ...]) -> tuple[tuple[int, ...], tuple[Series, ...]]:
    paths = [
        dict(zip(report.growth.times, report.growth.series[0].values, strict=True)) for report in reports
    ]
    shared = sorted(set(paths[0]).intersection(*paths[1:]))
    if len(shared) < 2:
        names = ", ".join(report.cover.treasury for report in reports)
        dates = count_of(len(shared), "date")
        raise InputError(f"the runs of {names} share {dates}; at least 2 are needed to compare")
    return tuple(shared), tuple(
        Series(report.cover.treasury, "asset", _rebased([path[instant] for instant in shared]))
        for report, path in zip(reports, paths, strict=True)
    )


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _rebased(values: list[float]) -> tuple[float, ...]:
    first = values[0] or float("nan")
    return tuple(value / first * 100.0 for value in values)


def _level(value: float) -> str:
    level = exact_or_none(value, 2)
    return "–" if level is None else number(level, 2)


def _summary(reports: tuple[Report, ...], chart: Chart) -> tuple[str, ...]:
    start, end = _instant(chart.times[0]), _instant(chart.times[-1])
    treasuries = count_of(len(reports), "treasury", "treasuries")
    shared = f"{treasuries} ran from {day_of(start)} to {day_of(end)}, the dates that all share."
    apart = [report.cover.treasury for report in reports if _period(report) != (start, end)]
    if apart:
        verb = "runs" if len(apart) == 1 else "run"
        own = "so that measures of whole runs are in the tables alone, each with its own period"
        return f"{shared} {listed(apart)} {verb} beyond them, {own}.", *_falls(chart)
    falls = [(report.figures.max_drawdown, report.cover.treasury) for report in reports]
    costs = [(report.figures.cost_ratio, report.cover.treasury) for report in reports]
    return (
        shared,
        *_span("The deepest fall was", falls, places=2),
        *_span("Costs a year of average NAV were", costs, places=3),
    )


def _falls(chart: Chart) -> tuple[str, ...]:
    # Measured anew, on the shared dates: a fall of the whole run may lie outside them.
    paths = ((drawdown_series(np.array(line.values)), line.name) for line in chart.series)
    falls = [(exact_or_none(float(path.min()), 8), name) for path, name in paths]
    return _span("On the shared dates the deepest fall was", falls, places=2)


def _period(report: Report) -> tuple[datetime, datetime]:
    return report.cover.start, report.cover.as_of


def _span(start: str, pairs: list[tuple[Decimal | None, str]], *, places: int) -> tuple[str, ...]:
    known = sorted((abs(value), name) for value, name in pairs if value is not None)
    if len(known) < 2:
        return ()
    if known[0][0] == known[-1][0]:
        return (f"{start} {percent(known[0][0], places=places)} for each.",)
    least, most = (
        f"{percent(value, places=places)} at the {{}} ({name})" for value, name in (known[0], known[-1])
    )
    return (f"{start} {least.format('least')} and {most.format('most')}.",)


def _tables(reports: tuple[Report, ...]) -> tuple[Table, ...]:
    money = _currencies(reports)
    results = (
        f"{money} Money put in: at the start, by contributions and for shares sold. Return is "
        "time-weighted over the run's whole time; XIRR is money-weighted, per year. "
        "Holding core: the core coin from the first open, without cost. Yield net: all coins and cash "
        "less what is payable, per share, in the core coin, since the first day. Yield gross: units of "
        "the core coin alone per share, since the first coin."
    )
    risks = "Volatility, Sharpe and Sortino are per year, with the periods a year that each report names."
    return (
        _table(
            reports, _columns(reports), key="results", title="Results", note=f"{results} {NONE}: not defined."
        ),
        _table(reports, _RISKS, key="risks", title="Risk and cost", note=risks),
    )


def _columns(reports: tuple[Report, ...]) -> tuple[Column, ...]:
    is_one = len({_period(report) for report in reports}) == 1
    return tuple(column for column in _RESULTS if not is_one or column.key != "period")


def _table(
    reports: tuple[Report, ...], columns: tuple[Column, ...], *, key: str, title: str, note: str
) -> Table:
    rows = tuple(Row(tuple(_cell(report, column.key) for column in columns)) for report in reports)
    return Table(key, title, columns, rows, len(rows), note)


def _cell(report: Report, name: str) -> Cell:
    if name == "period":
        return f"{report.cover.start:%Y-%m-%d} to {report.cover.as_of:%Y-%m-%d}"
    if name == "money_in":
        return report.cover.money_in
    if name in ("treasury", "core"):
        return str(getattr(report.cover, name))
    if name == "mode":
        return report.cover.mode.replace("_", "-")
    value: Decimal | None = getattr(report.figures, name)
    return value


def _currencies(reports: tuple[Report, ...]) -> str:
    bases = dict.fromkeys(report.cover.base for report in reports)
    return f"NAV in {next(iter(bases))}." if len(bases) == 1 else "NAV in each treasury's own base currency."
