"""The summary in words: generated sentences, each figure from the record."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

import pandas as pd

from dat.core.money import exact
from dat.measures.drawdown import Drawdown, drawdowns
from dat.report.record import Figures, Statement
from dat.report.statement import total_of
from dat.report.track import Track, placed_shares
from dat.report.writing import count_of, day_of, money, number, percent

__all__ = ["BANNER", "MODE_WORDS", "episodes", "summary_of"]

BANNER = (
    "Backtest on historical prices. These figures are simulated and are not actual holdings of any company."
)

MODE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "passive": "Passive: holds one coin on a fixed policy, whatever the price",
        "active": "Active: holds one coin and trades it on a forecast",
        "multi_asset": "Multi-asset: holds several coins at set weights",
        "ecosystem": "Ecosystem: holds a coin and funds ventures around it",
    }
)
"""What each mode means, for the cover."""

_COST_NAMES = {
    "management": "management",
    "fee": "trading fees",
    "spread": "half-spread",
    "impact": "market impact",
}


def summary_of(track: Track, statement: Statement, figures: Figures) -> tuple[str, ...]:
    """Write the summary, one sentence or two for each question a board asks.

    Returns
    -------
    tuple of str
        What was held; return against the core coin; the deepest fall; costs; shares; the mandate.
    """
    sentences = (
        _held(track, statement),
        _returned(track, figures),
        _fell(track, figures),
        _cost(track, figures),
        *_shares(track, figures),
        _mandate(track),
    )
    return tuple(sentences)


def episodes(track: Track) -> tuple[tuple[Drawdown, datetime, datetime, datetime | None], ...]:
    """List the falls, deepest first, with the instants of peak, trough and recovery."""
    times = track.times
    return tuple(
        (
            fall,
            times[fall.peak_index],
            times[fall.trough_index],
            None if fall.recovery_index is None else times[fall.recovery_index],
        )
        for fall in drawdowns(track.growth)
    )


def _held(track: Track, statement: Statement) -> str:
    coins: dict[str, Decimal] = {}
    for line in statement.lines:
        if line.units is not None:
            coins[line.item] = coins.get(line.item, Decimal(0)) + line.units
    words = [f"{number(units, 8)} {asset}" for asset, units in coins.items()]
    ventures = [line for line in statement.lines if line.state.startswith("venture")]
    if ventures:
        words.append(
            f"{count_of(len(ventures), 'venture')} at a cost of {money(total_of(v.value for v in ventures))}"
        )
    cash = next(line.value for line in statement.lines if line.item == "Cash")
    words.append(f"{money(cash)} of cash")
    base = track.result.base
    return (
        f"On {day_of(track.as_of)} {track.result.treasury} held {_listed(words)}. "
        f"Its net asset value was {money(statement.total)} {base}."
    )


def _returned(track: Track, figures: Figures) -> str:
    value, core = figures.time_weighted_return, figures.benchmark_return
    if value is None:
        return "No return is defined over this time."
    text = f"The time-weighted return since {day_of(track.times[0])} was {percent(value, signed=True)}"
    if figures.annualised_return is not None and track.years > 1:
        text += f" ({percent(figures.annualised_return, signed=True)} a year)"
    if core is None:
        return text + "."
    points = number(abs(value - core) * 100, 2)
    side = "more" if value > core else "less"
    end = f"{points} percentage points {side} than" if value != core else "the same as"
    return f"{text}: {end} holding {track.result.core}, which returned {percent(core, signed=True)}."


def _fell(track: Track, figures: Figures) -> str:
    falls = episodes(track)
    if not falls or figures.max_drawdown is None:
        return "The value never closed below an earlier one."
    _, peak, trough, back = falls[0]
    text = f"The deepest fall was {percent(-figures.max_drawdown)}, from {day_of(peak)} to {day_of(trough)}; "
    return text + (f"it was recovered on {day_of(back)}." if back else "it was not recovered by the end.")


def _cost(track: Track, figures: Figures) -> str:
    base = track.result.base
    amounts = track.costs
    total = total_of(iter(amounts.values()))
    if not total:
        return "There were no costs."
    parts = [f"{_COST_NAMES[kind]} {money(amount)}" for kind, amount in amounts.items() if amount]
    ratio = figures.cost_ratio
    a_year = f", {percent(ratio, places=3)} of average NAV a year" if ratio is not None else ""
    return f"Costs came to {money(total)} {base}{a_year}: {_listed(parts)}."


def _shares(track: Track, figures: Figures) -> Iterator[str]:
    if not track.has_shares:
        return
    issued = track.result.issuances
    core, change = track.result.core, figures.coin_yield
    text = f"{core} per share is not defined, because no {core} was held"
    if change is not None:
        verb = "rose" if change > 0 else "fell" if change < 0 else "did not change"
        text = f"{core} per share {verb}" + (f" by {percent(abs(change))}" if change else "")
    yield f"{text}; {_issued(issued, track)}."


def _issued(issued: pd.DataFrame, track: Track) -> str:
    placed = placed_shares(track)
    what = "placed for contributions" if placed > 0 else "bought back"
    others = f"{number(abs(placed), 0)} shares were {what}" if placed else ""
    if issued.empty:
        return others or "no shares were issued"
    dilutive = int((issued["accretion_frac"] < 0).sum())
    verdict = f"{dilutive:,} of them diluted it" if dilutive else "none of them diluted it"
    raised = money(exact(issued["proceeds"].sum(), 2))
    sold = f"{count_of(len(issued), 'issuance')} of shares raised {raised} {track.result.base}, and {verdict}"
    return f"{sold}; {others}" if others else sold


def _mandate(track: Track) -> str:
    decisions = track.result.decisions
    denied = decisions[decisions["outcome"] == "denied"]
    asked = count_of(len(decisions), "decision")
    if decisions.empty:
        return "No decision was due."
    if denied.empty:
        one = "The mandate was checked at the one decision; it did not break it."
        return one if len(decisions) == 1 else f"The mandate was checked at each of {asked}; none broke it."
    first = denied.iloc[0]
    start = f"The mandate denied {len(denied):,} of {asked}, first on {day_of(first['as_of'])}"
    return f"{start}: {first['breaches']}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
