"""What the charts of a run show: series, a message in words and a text for those who do not see it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd

from dat.core.money import exact_or_none
from dat.market.series import Floats
from dat.measures.drawdown import drawdown_series
from dat.report.record import Chart, Figures, Series, Statement
from dat.report.track import Track
from dat.report.writing import day_of, money, number, percent

__all__ = [
    "closes_of",
    "described",
    "drawdown_chart",
    "growth_chart",
    "holdings_chart",
    "milliseconds",
    "nav_chart",
]

_LOG_RATIO = 12.0


def nav_chart(track: Track, statement: Statement) -> Chart:
    """NAV at each close, against the money put in until then."""
    daily, base = track.result.daily, track.result.base
    nav = daily["nav"].to_numpy(dtype=np.float64)
    paid = (daily["flow_open"] + daily["flow_close"]).cumsum().to_numpy(dtype=np.float64)
    top = int(np.nanargmax(nav))
    message = f"NAV was {money(statement.total)} {base} at the end, after {_amount(paid[-1])} {base} put in. "
    message += (
        "That is its highest close."
        if top == len(nav) - 1
        else f"Its highest close was {_amount(nav[top])} {base} on {day_of(track.times[top + 1])}."
    )
    series = (
        Series("NAV", "main", tuple(nav.tolist())),
        Series("Money put in", "money", tuple(paid.tolist())),
    )
    return Chart(
        "nav",
        "Net asset value",
        message,
        described("Net asset value and money put in", message),
        "area",
        base,
        _money_format(nav),
        closes_of(track),
        series,
    )


def growth_chart(track: Track, figures: Figures) -> Chart:
    """Growth of 100, external money taken out, against the core coin."""
    core = track.result.core
    series = [Series("Treasury", "main", tuple(track.growth.tolist()))]
    if figures.benchmark_return is not None:
        series.append(Series(f"Holding {core}", "benchmark", tuple(track.core_growth.tolist())))
    message = f"100 became {number(_end(track.growth), 2)}"
    message += (
        f"; held in {core} from the first open it became {number(_end(track.core_growth), 2)}."
        if len(series) > 1
        else "."
    )
    is_log = _spread(track.growth, track.core_growth) > _LOG_RATIO
    unit = "100 at the start" + (", logarithmic scale" if is_log else "")
    return Chart(
        "growth",
        f"Growth of 100 against holding {core}",
        message,
        described("Growth of 100", message),
        "lines",
        unit,
        ",.2f",
        milliseconds(track.times),
        tuple(series),
        is_log,
    )


def drawdown_chart(track: Track, figures: Figures) -> Chart:
    """Fall from the highest value so far, of the treasury and of the core coin."""
    core = track.result.core
    series = [Series("Treasury", "main", tuple(drawdown_series(track.growth).tolist()))]
    if figures.benchmark_return is not None:
        fall = drawdown_series(track.core_growth)
        series.append(Series(f"Holding {core}", "benchmark", tuple(fall.tolist())))
    deepest = track.summary.drawdown_frac_max
    message = f"The deepest fall was {percent(-(exact_or_none(deepest, 8) or Decimal(0)))}"
    core_deepest = exact_or_none(track.core_summary.drawdown_frac_max, 8)
    message += f"; that of {core} was {percent(-core_deepest)}." if core_deepest is not None else "."
    return Chart(
        "drawdown",
        "Fall from the highest value so far",
        message,
        described("Drawdown", message),
        "fall",
        "per cent of the highest value",
        ".2%",
        milliseconds(track.times),
        tuple(series),
    )


def holdings_chart(track: Track) -> Chart:
    """Value by asset over time, ventures and cash on top."""
    result = track.result
    values = result.holdings.pivot_table(index="as_of", columns="asset", values="value", sort=False)
    bands = [_band(asset, "asset", values[asset]) for asset in result.assets if asset in values]
    bands.append(_band("Ventures, at cost", "ventures", result.daily["venture_value"]))
    bands.append(_band("Cash", "cash", result.daily["cash"]))
    shown = tuple(band for band in bands if any(value > 0 for value in band.values))
    parts = _parts(shown)
    message = f"At the end: {parts}." if parts else "Nothing was held."
    return Chart(
        "holdings",
        "Holdings by value",
        message,
        described("Holdings by value", message, file="holdings.parquet and daily.parquet"),
        "stack",
        result.base,
        _money_format(result.daily["nav"].to_numpy(dtype=np.float64)),
        closes_of(track),
        shown,
    )


def milliseconds(times: Sequence[datetime]) -> tuple[int, ...]:
    """Milliseconds since 1970 of each instant."""
    return tuple(round(instant.timestamp() * 1000) for instant in times)


def closes_of(track: Track) -> tuple[int, ...]:
    """Milliseconds since 1970 of each close."""
    return milliseconds(track.times[1:])


def _band(name: str, role: str, values: "pd.Series[float]") -> Series:
    return Series(name, role, tuple(values.fillna(0.0).tolist()))


def _parts(bands: tuple[Series, ...]) -> str:
    total = sum(band.values[-1] for band in bands)
    held = [band for band in bands if band.values[-1] > 0 and total > 0]
    return ", ".join(f"{band.name} {band.values[-1] / total:.1%}" for band in held)


def described(what: str, message: str, *, file: str = "daily.parquet") -> str:
    """Describe a chart for those who do not see it, and name the file that holds its figures."""
    return f"Chart of {what}. {message} It is drawn from {file}, in the folder of this run."


def _money_format(values: Floats) -> str:
    # Whole units of the base currency, unless it is one of which little is much, such as a coin.
    top = float(np.nanmax(values))
    return ",.0f" if top >= 1e5 else ",.2f" if top >= 10 else ",.6~g"


def _amount(value: float) -> str:
    exact = exact_or_none(float(value), 2)
    return "–" if exact is None else money(exact)


def _end(growth: Floats) -> Decimal:
    return exact_or_none(float(growth[-1]), 2) or Decimal(0)


def _spread(*paths: Floats) -> float:
    levels = np.concatenate(paths)
    levels = levels[levels > 0]
    return float(levels.max() / levels.min()) if len(levels) else 1.0
