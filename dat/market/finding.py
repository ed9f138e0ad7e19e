"""One thing that is wrong or doubtful about bars, and what bars are held against."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from dat.market.bars import BarKey
from dat.market.series import Floats, Instants

__all__ = ["Case", "Finding", "Limits", "Rule", "Severity", "instant_of"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a bar is doubtful.

    Parameters
    ----------
    outlier_multiple
        A close is an outlier when its absolute log return exceeds this many times the trailing scale.
    outlier_lookback_bars
        Returns before the judged one that make up the scale; at least 20 must be there.
    stale_bars
        This many equal bars, or bars without volume, at the end make a stale tail.
    late_bars
        The last bar may have closed at most this many bars before `as_of`.
    """

    outlier_multiple: float = 10.0
    outlier_lookback_bars: int = 90
    stale_bars: int = 3
    late_bars: int = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful.

    Parameters
    ----------
    kind
        no_bars, not_finite, not_positive, impossible, duplicate, off_grid, future (errors);
        gap, outlier, stale_tail, late (warnings).
    severity
        An error is what a run never accepts; a warning is for a person to judge.
    open_time, until
        Open of the first and of the last bar concerned, aware UTC.
    value, limit
        What was found and what it was held against.
    text
        The finding in words, with asset, instant, value and limit.
    """

    kind: str
    severity: Severity
    open_time: datetime
    until: datetime
    value: float
    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """The bars under judgement, with what they are held against."""

    key: BarKey
    frame: pd.DataFrame
    as_of: datetime | None
    limits: Limits = field(default_factory=Limits)

    @property
    def opens(self) -> Instants:
        """Open times, shape (bars,)."""
        return self.frame["open_time"].to_numpy(dtype="datetime64[us]")

    @property
    def step(self) -> np.timedelta64:
        """Length of a bar."""
        return np.timedelta64(self.key.bar.delta // timedelta(microseconds=1), "us")

    def column(self, name: str) -> Floats:
        """Give one column, shape (bars,)."""
        return self.frame[name].to_numpy(dtype="float64")


Rule = Callable[[Case], Iterator[Finding]]
"""A rule looks at a case and gives what it finds."""


def instant_of(time: np.datetime64) -> datetime:
    """Turn a datetime64 in UTC into an aware datetime."""
    moment: datetime = time.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)
