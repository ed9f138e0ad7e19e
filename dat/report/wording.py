"""The summary in words: generated sentences, each figure from the record."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

import pandas as pd

from dat.core.money import exact
from dat.measures.drawdown import Drawdown, drawdowns
from dat.report.limits import closes_in_words
from dat.report.record import Figures, Statement
from dat.report.statement import total_of
from dat.report.track import Track, placed_shares
from dat.report.writing import close_of, count_of, day_of, listed, money, number, percent
from dat.strategy.when import NEW_MONEY

__all__ = ["BANNER", "MODE_WORDS", "episodes", "summary_of"]

BANNER = (
    "Backtest on historical prices. These figures are simulated and are not actual holdings of any company."
)

MODE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "passive": "Passive: holds one coin on a fixed policy, whatever the price",
        "active": "Active: holds one coin and trades it on a forecast",
        "multi_asset": "Multi-asset: holds several coins by weight",
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
        What is held at the end; return against the core coin; the deepest fall; costs; shares; the mandate:
        what it refused, and apart from that at how many closes holdings lay outside a limit; overdue calls.
    """
    sentences = (
        _held(track, statement),
        _returned(track, figures),
        _fell(track, figures),
        _cost(track, figures),
        *_shares(track, figures),
        *_mandate(track),
        *_overdue(track, statement),
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
    base = track.result.base
    coins: dict[str, Decimal] = {}
    for line in statement.lines:
        if line.units is not None:
            coins[line.item] = coins.get(line.item, Decimal(0)) + line.units
    words = [f"{number(units, 8)} {asset}" for asset, units in coins.items()]
    ventures = [line for line in statement.lines if line.state.startswith("venture")]
    if ventures:
        paid = money(total_of(venture.value for venture in ventures))
        words.append(f"{count_of(len(ventures), 'venture')} at a cost of {paid} {base}")
    cash = total_of(line.value for line in statement.lines if line.item == "Cash")
    words.append(f"{money(cash)} {base} in cash")
    return (
        f"In this backtest {track.result.treasury} ends on {close_of(track.as_of)} with {listed(words)}: "
        f"a net asset value of {money(statement.total)} {base}."
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
    end = f"{points} percentage points {side} than" if points != "0.00" else "the same as"
    held = f"holding {track.result.core} from the first open, without cost"
    return f"{text}: {end} {held}, which returned {percent(core, signed=True)}."


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
    return f"Costs came to {money(total)} {base}{a_year}: {listed(parts)}."


def _shares(track: Track, figures: Figures) -> Iterator[str]:
    if not track.has_shares:
        return
    core, net = track.result.core, figures.coin_yield_net
    text = f"{core} per share, net, is not defined"
    if net is not None:
        text = (
            f"{core} per share, net (all coins and cash less what is payable, in {core} at the day's price), "
        )
        text += f"{_moved(net)} since {day_of(track.first_day('hps_net'))}"
    yield f"{text}; {_gross(track, figures)}."
    yield from _nav_per_share(track, figures)
    yield f"{_issued(track.result.issuances, track)}."


def _gross(track: Track, figures: Figures) -> str:
    core, gross = track.result.core, figures.coin_yield
    if gross is None:
        return f"gross it is not defined, because no {core} was held"
    others = len(track.result.assets) > 1
    counted = (
        f"which counts {core} alone and none of the other coins" if others else "which counts coins alone"
    )
    change, first = percent(gross, signed=True), day_of(track.first_day("hps"))
    return f"gross, {counted} and gains when cash is spent on them, {change} from the first coin on {first}"


def _issued(issued: pd.DataFrame, track: Track) -> str:
    placed = placed_shares(track)
    what = "placed for contributions" if placed > 0 else "bought back"
    others = f"{number(abs(placed), 0)} shares were {what}" if placed else ""
    if issued.empty:
        return others or "No shares were issued"
    verdict = (
        f"{_diluted(issued['accretion_frac'] < 0, 'coins')}, and {_diluted(_dilutes_nav(issued), 'NAV')}"
    )
    raised = money(exact(issued["proceeds"].sum(), 2))
    sold = f"{count_of(len(issued), 'issuance')} of shares raised {raised} {track.result.base}; {verdict}"
    return f"{sold}; {others}" if others else sold


def _diluted(is_dilutive: "pd.Series[bool]", what: str) -> str:
    count = int(is_dilutive.sum())
    return f"{f'{count:,}' if count else 'none'} of them diluted {what} per share"


def _dilutes_nav(issued: pd.DataFrame) -> "pd.Series[bool]":
    # What a share brought in after underwriting cost, over the NAV that it came to share in.
    kept = issued["proceeds"] / (issued["shares_issued"] * issued["price"])
    return issued["price_to_nav"] * kept < 1.0


def _nav_per_share(track: Track, figures: Figures) -> Iterator[str]:
    change, multiple = figures.nav_per_share_return, track.price_to_nav
    parts = [] if change is None else [f"NAV per share {_moved(change)} over the run"]
    if multiple is not None:
        kind = "discount to" if multiple < 1 else "premium on"
        parts.append(
            f"the share price, assumed, is {number(multiple, 2)} × NAV per share at the end, "
            f"a {kind} it of {percent(abs(multiple - 1), places=1)}"
        )
    text = "; ".join(parts)
    yield from ([f"{text[:1].upper()}{text[1:]}."] if text else [])


def _moved(change: Decimal) -> str:
    return f"{'rose' if change > 0 else 'fell'} by {percent(abs(change))}" if change else "did not change"


def _mandate(track: Track) -> Iterator[str]:
    decisions = track.result.decisions
    if decisions.empty:
        yield "No decision was due."
        return
    new_money = decisions["trigger"] == NEW_MONEY
    groups = [(decisions[~new_money], "decision of the strategy", "decisions of the strategy")]
    groups += [(decisions[new_money], "deployment of new money", "deployments of new money")]
    denied = decisions[decisions["outcome"] == "denied"]
    if denied.empty:
        asked = [count_of(len(group), *nouns) for group, *nouns in groups if len(group)]
        yield f"The mandate was checked before {listed(asked)}; it refused none."
    else:
        parts = [_refused(group, *nouns) for group, *nouns in groups if len(group)]
        first = denied.iloc[0]
        yield f"The mandate refused {listed(parts)}, first on {day_of(first['as_of'])}: {first['breaches']}."
    yield closes_in_words(track)


def _refused(group: pd.DataFrame, noun: str, plural: str) -> str:
    refused = int((group["outcome"] == "denied").sum())
    return f"{f'{refused:,}' if refused else 'none'} of {count_of(len(group), noun, plural)}"


def _overdue(track: Track, statement: Statement) -> Iterator[str]:
    if statement.closes_overdue:
        closes = count_of(statement.closes_overdue, "close")
        due = f"{money(statement.calls_due)} {track.result.base}" if statement.calls_due else "none"
        yield f"Capital calls were overdue at {closes}; {due} is overdue at the end."
