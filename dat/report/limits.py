"""Limits of the mandate that prices passed: by limit, how often, how far, and whether it is so at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pandas as pd

from dat.core.money import EXACT, exact, exact_or_none, quantise
from dat.report.record import Column, Row, Table
from dat.report.track import Track
from dat.report.writing import count_of, day_of, listed, percent

__all__ = ["Passed", "closes_in_words", "limits_table", "passed_limits"]

_SIDES: Mapping[str, str] = MappingProxyType(
    {"weight_max": "at most", "weight_min": "at least", "cash_min": "at least"}
)


@dataclass(frozen=True, slots=True)
class Passed:
    """One limit that holdings were outside of at a close; `value` and `limit` are fractions of liquid NAV."""

    name: str
    side: str
    limit: float
    closes: int
    worst: float
    worst_at: datetime
    is_open: bool

    @property
    def label(self) -> str:
        """The limit in words, such as ``BNB at most 40.00%``."""
        name = self.name[:1].upper() + self.name[1:]
        return f"{name} {self.side} {percent(exact(self.limit, 8))}"


def passed_limits(track: Track) -> tuple[Passed, ...]:
    """List the limits that prices passed, the most frequent first."""
    groups = track.result.breaches.groupby(["rule", "name"], sort=False)
    found = [_passed(str(rule), str(name), rows, as_of=track.as_of) for (rule, name), rows in groups]
    return tuple(sorted(found, key=lambda one: -one.closes))


def limits_table(track: Track) -> tuple[Table, ...]:
    """Set the limits that prices passed as a table; none when there are none."""
    passed, closes = passed_limits(track), len(track.returns)
    if not passed:
        return ()
    columns = (
        Column("limit", "Limit", width=1.6),
        Column("closes", "Closes outside", "count"),
        Column("share", "Of all closes", "percent"),
        Column("worst", "Worst", "percent"),
        Column("worst_at", "On", "day"),
        Column("at_end", "On the last day", width=0.9),
    )
    note = (
        f"Weights and cash as fractions of liquid NAV, at {closes:,} closes. Nobody decided these: prices "
        "moved what was held. They say nothing of the decisions, which are counted below."
    )
    rows = tuple(_row(one, closes) for one in passed)
    return (Table("limits", "Limits passed by prices", columns, rows, len(rows), note),)


def closes_in_words(track: Track) -> str:
    """Say in one sentence at how many closes holdings lay outside a limit, which, and how far."""
    passed, closes = passed_limits(track), len(track.returns)
    if not passed:
        return "No close lay outside a limit on weights or cash."
    outside = track.result.breaches["as_of"].nunique()
    share = percent(quantise(EXACT.divide(exact(outside, 0), exact(closes, 0)), 8), places=1)
    limits = listed([_in_words(one) for one in passed])
    still = [one.label for one in passed if one.is_open]
    end = f" Still outside on the last day: {listed(still)}." if still else " On the last day all are inside."
    count = f"{outside:,} of {closes:,} closes ({share})"
    return f"Prices carried holdings outside a limit at {count}: {limits}.{end}"


def _passed(rule: str, name: str, rows: pd.DataFrame, *, as_of: datetime) -> Passed:
    values = rows["value"].to_numpy()
    worst = rows.iloc[int(values.argmax() if rule.endswith("_max") else values.argmin())]
    return Passed(
        name=name,
        side=_SIDES.get(rule, "limit"),
        limit=float(worst["limit"]),
        closes=rows["as_of"].nunique(),
        worst=float(worst["value"]),
        worst_at=worst["as_of"].to_pydatetime(),
        is_open=bool((rows["as_of"] == as_of).any()),
    )


def _row(one: Passed, closes: int) -> Row:
    share = quantise(EXACT.divide(exact(one.closes, 0), exact(closes, 0)), 8)
    end = "outside" if one.is_open else "inside"
    cells = (one.label, one.closes, share, exact_or_none(one.worst, 8), one.worst_at, end)
    return Row(cells, "alert" if one.is_open else "plain")


def _in_words(one: Passed) -> str:
    worst = f"{percent(exact(one.worst, 8))} on {day_of(one.worst_at)}"
    return f"{one.label}, {count_of(one.closes, 'close')}, worst {worst}"
