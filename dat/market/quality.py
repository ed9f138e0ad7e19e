"""What is wrong with a series of bars. Found and named, never repaired."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from dat.errors import DataError
from dat.market.bars import BarKey, normalise_bars
from dat.market.doubts import DOUBTS
from dat.market.faults import FAULTS
from dat.market.finding import Case, Finding, Limits, instant_of

__all__ = ["Finding", "Limits", "Quality", "check_bars", "require_clean"]


@dataclass(frozen=True, slots=True)
class Quality:
    """The findings on one series, in order of time.

    Parameters
    ----------
    key
        The series.
    as_of
        The instant of the check, aware UTC.
    bars
        How many bars were checked.
    first, last
        Open time of the first and last bar; None when there is none.
    findings
        Errors and warnings.
    """

    key: BarKey
    as_of: datetime
    bars: int
    first: datetime | None
    last: datetime | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that a run never accepts."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings for a person to judge."""
        return tuple(f for f in self.findings if f.severity == "warning")


def check_bars(frame: pd.DataFrame, key: BarKey, *, as_of: datetime, limits: Limits | None = None) -> Quality:
    """Find all that is wrong or doubtful in a series of bars.

    Parameters
    ----------
    frame
        Bars in the schema of `dat.market.bars`; they need not be sorted.
    key
        Names the series and its bar size.
    as_of
        The instant of the check, aware UTC: a bar that has not closed by then is an error.
    limits
        From where on a bar is doubtful.

    Returns
    -------
    Quality
        Findings in order of time.

    Raises
    ------
    DataError
        When the frame is not in the schema.

    Notes
    -----
    The scale of an outlier is 1.4826 times the median absolute log return of the trailing bars (the median
    absolute deviation about zero); where that is nil, 1.2533 times their mean (Iglewicz and Hoaglin, How to
    Detect and Handle Outliers, 1993, section 3). It never includes the return that is judged.

    Examples
    --------
    >>> from dat.core.time import BarSize, parse_instant
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-05"], utc=True)
    >>> bars = pd.DataFrame({"open_time": days, "open": 9.0, "high": 9.5, "low": 8.0, "close": 9.0})
    >>> found = check_bars(bars.assign(volume=[1.0, 2.0, 3.0]), BarKey("binance", "BTC/USDT", BarSize("1d")),
    ...                    as_of=parse_instant("2024-01-06"))
    >>> [finding.text for finding in found.findings]
    ['binance BTC/USDT 1d: 2 bars missing from 2024-01-03T00:00:00Z to 2024-01-04T00:00:00Z']
    """
    case = Case(key, _in_schema(frame, key), as_of, limits or Limits())
    found = [finding for rule in (*FAULTS, *DOUBTS) for finding in rule(case)]
    opens = case.frame["open_time"]
    return Quality(
        key=key,
        as_of=as_of,
        bars=len(opens),
        first=instant_of(case.opens[0]) if len(opens) else None,
        last=instant_of(case.opens[-1]) if len(opens) else None,
        findings=tuple(sorted(found, key=lambda finding: finding.open_time)),
    )


def require_clean(frame: pd.DataFrame, key: BarKey, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Refuse bars that a run can never accept.

    Parameters
    ----------
    frame
        Bars in the schema of `dat.market.bars`.
    key
        Names the series in an error.
    as_of
        When given, bars that close after it are refused too.

    Returns
    -------
    DataFrame
        The same bars, sorted by open time.

    Raises
    ------
    DataError
        When there is no bar, or one is not finite, not positive, impossible (a high below the close),
        duplicated, off the grid of its size, or not closed yet; names pair, instant and value.
    """
    case = Case(key, _in_schema(frame, key), as_of)
    for rule in FAULTS:
        found = list(rule(case))
        if found:
            more = f" (and {len(found) - 1} more of this kind)" if len(found) > 1 else ""
            raise DataError(found[0].text + more)
    return case.frame


def _in_schema(frame: pd.DataFrame, key: BarKey) -> pd.DataFrame:
    clean = normalise_bars(frame, key)
    if clean["open_time"].isna().any():
        raise DataError(f"{key}: {int(clean['open_time'].isna().sum())} bar(s) have no open time")
    return clean
