"""When to trade, apart from what to hold: a calendar, a band, or both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from dat.errors import InputError
from dat.orders.book import Book
from dat.orders.targets import Targets

__all__ = ["CALENDARS", "NEW_MONEY", "Rule"]

NEW_MONEY = "new money"

_EVERY_DAYS = re.compile(r"^([1-9][0-9]*)d$")
_EPOCH_ORDINAL = 719163  # 1970-01-01, a Thursday

CALENDARS: Mapping[str, Callable[[datetime], float]] = MappingProxyType(
    {
        "bar": lambda at: at.timestamp(),
        "daily": lambda at: at.toordinal(),
        "weekly": lambda at: (at.toordinal() - _EPOCH_ORDINAL + 3) // 7,  # a week begins on Monday
        "monthly": lambda at: at.year * 12 + at.month,
        "quarterly": lambda at: at.year * 4 + (at.month - 1) // 3,
        "yearly": lambda at: at.year,
        "once": lambda at: 0,
    }
)
"""Calendar name to the number of the period that an instant lies in; `Nd` counts N days from inception."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a strategy is asked, and when its answer is worth a trade.

    Parameters
    ----------
    calendar
        One of `CALENDARS`, or such as ``7d``: asked at the first close of each period.
    band_abs
        Drift from target, in points of liquid NAV; None for no band.
    band_rel
        Drift from target, as a fraction of the target weight; None for no band.
    band_role
        ``filter``: at a calendar date, trade only when a weight is outside its band.
        ``trigger``: also between dates, ask when a weight has left the band of the last approved targets.

    Raises
    ------
    InputError
        When the calendar or a band is not one of those.
    """

    calendar: str = "monthly"
    band_abs: float | None = None
    band_rel: float | None = None
    band_role: Literal["filter", "trigger"] = "filter"

    def __post_init__(self) -> None:
        if self.calendar not in CALENDARS and not _EVERY_DAYS.match(self.calendar):
            raise InputError(
                f"calendar '{self.calendar}' is unknown; use {', '.join(CALENDARS)}, or such as 7d"
            )
        for band in (self.band_abs, self.band_rel):
            if band is not None and not band > 0:
                raise InputError(f"a band must be greater than 0; got {band}")

    def trigger(self, as_of: datetime, book: Book) -> str | None:
        """Say why a decision is due at `as_of`, or None when it is not.

        An unpaid capital call makes a decision due on any date, once. New money is deployed on any date by
        the last approved targets; it does not use up the calendar.
        """
        if book.last is None:
            return "inception"
        if self.is_scheduled(as_of, book):
            return f"calendar {self.calendar}"
        if book.calls_unanswered > 0:
            return "obligation"
        if self.band_role == "trigger" and book.approved and self._has_drifted(book, book.approved):
            return "band"
        return NEW_MONEY if book.released > 0 else None

    def is_scheduled(self, as_of: datetime, book: Book) -> bool:
        """Tell whether the calendar makes a decision due: the first in its period, whatever else is due."""
        return book.last is None or self._period(as_of, book) != self._period(book.last.as_of, book)

    def is_worth_trading(self, book: Book, targets: Targets) -> bool:
        """Tell whether an answer is worth a trade: a band that filters lets small drifts pass."""
        filters = self.band_role == "filter" and targets.kind == "weights" and self._has_band
        return not filters or self._has_drifted(book, targets)

    def in_words(self) -> str:
        """Say the rule in one sentence.

        Examples
        --------
        >>> Rule("monthly", band_abs=0.05).in_words()
        'Asked monthly; trades only when a weight is off target by more than 5 points of liquid NAV.'
        """
        bands = []
        if self.band_abs is not None:
            bands.append(f"{self.band_abs * 100:.4g} points of liquid NAV")
        if self.band_rel is not None:
            bands.append(f"{self.band_rel * 100:.4g}% of the target")
        asked = f"every {self.calendar[:-1]} days" if self.calendar not in CALENDARS else self.calendar
        asked = {"bar": "at every bar", "once": "once"}.get(asked, asked)
        if not bands:
            return f"Asked {asked}."
        link = "trades only" if self.band_role == "filter" else "also asked"
        return f"Asked {asked}; {link} when a weight is off target by more than {' or '.join(bands)}."

    @property
    def _has_band(self) -> bool:
        return self.band_abs is not None or self.band_rel is not None

    def _has_drifted(self, book: Book, targets: Targets) -> bool:
        if targets.kind != "weights":
            return False
        held, wanted = book.weights(), targets.amounts
        return any(self._leaves(held.get(a, 0.0), wanted.get(a, 0.0)) for a in {*held, *wanted})

    def _period(self, at: datetime, book: Book) -> float:
        if self.calendar in CALENDARS:
            return CALENDARS[self.calendar](at)
        return (at - book.inception) // timedelta(days=int(self.calendar[:-1]))

    def _leaves(self, held: float, target: float) -> bool:
        drift = abs(held - target)
        over_abs = self.band_abs is not None and drift > self.band_abs
        return over_abs or (self.band_rel is not None and drift > self.band_rel * target)
