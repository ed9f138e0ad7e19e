"""Instants and bar sizes. Every instant is an aware UTC datetime."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dat.errors import InputError

__all__ = ["BarSize", "epoch_us", "from_epoch_us", "iso", "parse_instant"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_BAR = re.compile(r"^([1-9][0-9]*)([mhdw])$")


def parse_instant(value: str | date | datetime) -> datetime:
    """Read an instant as aware UTC.

    Parameters
    ----------
    value
        ISO 8601 text, a date (midnight UTC) or a datetime (naive means UTC).

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    InputError
        When the text is no ISO 8601 date or date-time, or lies outside the years 1 to 9999 in UTC.

    Examples
    --------
    >>> parse_instant("2021-11-10").isoformat()
    '2021-11-10T00:00:00+00:00'
    >>> parse_instant("2021-11-10T08:00:00+08:00").isoformat()
    '2021-11-10T00:00:00+00:00'
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(
                f"'{value}' is no date or instant; write 2021-11-10 or 2021-11-10T00:00:00Z"
            ) from None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise InputError(f"{value.isoformat()} lies outside the years 1 to 9999 in UTC") from None


def iso(instant: datetime) -> str:
    """Write an instant the one way that files and reports use.

    Examples
    --------
    >>> iso(parse_instant("2021-11-10"))
    '2021-11-10T00:00:00Z'
    """
    if instant.tzinfo is not UTC:
        instant = parse_instant(instant)
    return f"{instant.isoformat()[:-6]}Z"


def epoch_us(instant: datetime) -> int:
    """Count the microseconds since 1970, exactly.

    Examples
    --------
    >>> epoch_us(parse_instant("1970-01-02"))
    86400000000
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_epoch_us(count: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC instant.

    Examples
    --------
    >>> iso(from_epoch_us(86_400_000_000))
    '1970-01-02T00:00:00Z'
    """
    return _EPOCH + timedelta(microseconds=count)


@dataclass(frozen=True, slots=True, order=True)
class BarSize:
    """Length of a bar, such as ``1d`` or ``4h``.

    Parameters
    ----------
    text
        A count and one of m, h, d, w.

    Raises
    ------
    InputError
        When the text has another form.

    Examples
    --------
    >>> BarSize("4h").delta
    datetime.timedelta(seconds=14400)
    >>> BarSize("1d").per_year
    365.0
    """

    text: str

    def __post_init__(self) -> None:
        if not _BAR.match(self.text):
            raise InputError(f"'{self.text}' is no bar size; write a count and a unit, such as 1m, 4h or 1d")

    @property
    def delta(self) -> timedelta:
        """Length as a timedelta."""
        return timedelta(seconds=int(self.text[:-1]) * _UNIT_SECONDS[self.text[-1]])

    @property
    def per_year(self) -> float:
        """Bars in a year of 365 days; a market that never closes has no other year."""
        return timedelta(days=365) / self.delta

    def __str__(self) -> str:
        return self.text
