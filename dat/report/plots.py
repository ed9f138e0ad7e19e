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
    "drawdown_chart",
    "growth_chart",
    "holdings_chart",
    "milliseconds",
    "mnav_chart",
    "nav_chart",
    "per_share_chart",
    "share_scale",
]

_LOG_RATIO = 12.0
_SCALES = ((1.0, ""), (1e3, "1,000 "), (1e6, "1,000,000 "), (1e9, "1,000,000,000 "))


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
        _alt("Net asset value and money put in", message),
        "area",
        base,
        _money_format(nav),
        _closes(track),
        series,
    )


def growth_chart(track: Track, figures: Figures) -> Chart:
    """Growth of 100, external money taken out, against the core coin."""
    core = track.result.core
    series = [Series("Treasury", "main", tuple(track.growth.tolist()))]
    if figures.benchmark_return is not None:
        series.append(Series(f"Holding {core}", "benchmark", tuple(track.core_growth.tolist())))
    message = f"100 became {number(_end(track.growth), 2)}"
    message += f"; held in {core} it became {number(_end(track.core_growth), 2)}." if len(series) > 1 else "."
    is_log = _spread(track.growth, track.core_growth) > _LOG_RATIO
    unit = "100 at the start" + (", logarithmic scale" if is_log else "")
    return Chart(
        "growth",
        f"Growth of 100 against holding {core}",
        message,
        _alt("Growth of 100", message),
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
        _alt("Drawdown", message),
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
        _alt("Holdings by value", message),
        "stack",
        result.base,
        _money_format(result.daily["nav"].to_numpy(dtype=np.float64)),
        _closes(track),
        shown,
    )


def per_share_chart(track: Track) -> Chart:
    """Units of the core coin per share."""
    core, hps = track.result.core, track.result.daily["hps"].to_numpy(dtype=np.float64)
    scale, word = share_scale(hps)
    held = np.flatnonzero(hps > 0)
    unit = f"{core} per {word}{'share' if scale == 1 else 'shares'}"
    message = f"No {core} was held."
    if len(held):
        first, last = hps[held[0]] * scale, hps[-1] * scale
        start = day_of(track.times[held[0] + 1])
        message = f"{_figure(first)} {unit} on {start} became {_figure(last)} on {day_of(track.as_of)}."
    return Chart(
        "per_share",
        f"{core} per share",
        message,
        _alt(f"{core} per share", message),
        "lines",
        unit,
        ",.6~g",
        _closes(track),
        (Series(unit, "main", tuple(np.where(hps > 0, hps * scale, np.nan).tolist())),),
    )


def mnav_chart(track: Track) -> Chart:
    """Market value of the shares over the value of the coins."""
    mnav = track.result.daily["mnav"].to_numpy(dtype=np.float64)
    defined = mnav[np.isfinite(mnav)]
    message = (
        f"mNAV was between {defined.min():.2f} and {defined.max():.2f} and ended at {defined[-1]:.2f}."
        if len(defined)
        else "mNAV is not defined: no coins were held."
    )
    series = (
        Series("mNAV", "main", tuple(mnav.tolist())),
        Series("Parity", "money", (1.0,) * len(mnav)),
    )
    return Chart(
        "mnav",
        "mNAV: share price over coin value per share",
        message,
        _alt("mNAV", message),
        "lines",
        "multiple",
        ".3f",
        _closes(track),
        series,
    )


def share_scale(values: Floats) -> tuple[float, str]:
    """Choose for how many shares a per-share figure reads well: 1, 1,000, a million or a billion.

    Examples
    --------
    >>> share_scale(np.array([0.0, 0.0019]))
    (1000.0, '1,000 ')
    """
    last = next((float(value) for value in values[::-1] if value > 0), 1.0)
    return next((scale for scale in _SCALES if last * scale[0] >= 0.01), _SCALES[-1])


def milliseconds(times: Sequence[datetime]) -> tuple[int, ...]:
    """Milliseconds since 1970 of each instant."""
    return tuple(round(instant.timestamp() * 1000) for instant in times)


def _closes(track: Track) -> tuple[int, ...]:
    return milliseconds(track.times[1:])


def _band(name: str, role: str, values: "pd.Series[float]") -> Series:
    return Series(name, role, tuple(values.fillna(0.0).tolist()))


def _parts(bands: tuple[Series, ...]) -> str:
    total = sum(band.values[-1] for band in bands)
    held = [band for band in bands if band.values[-1] > 0 and total > 0]
    return ", ".join(f"{band.name} {band.values[-1] / total:.1%}" for band in held)


def _alt(what: str, message: str) -> str:
    return f"Chart of {what}. {message} The figures are in the tables of this report."


def _money_format(values: Floats) -> str:
    # Whole units of the base currency, unless it is one of which little is much, such as a coin.
    top = float(np.nanmax(values))
    return ",.0f" if top >= 1e5 else ",.2f" if top >= 10 else ",.6~g"


def _amount(value: float) -> str:
    exact = exact_or_none(float(value), 2)
    return "–" if exact is None else money(exact)


def _figure(value: float) -> str:
    return f"{value:,.6g}"


def _end(growth: Floats) -> Decimal:
    return exact_or_none(float(growth[-1]), 2) or Decimal(0)


def _spread(*paths: Floats) -> float:
    levels = np.concatenate(paths)
    levels = levels[levels > 0]
    return float(levels.max() / levels.min()) if len(levels) else 1.0
