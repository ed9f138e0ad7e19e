"""How figures are written: one function per kind, so that HTML, PDF and the command line read alike."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from dat.core.money import quantise
from dat.report.record import Cell, Column

__all__ = [
    "INSTANTS",
    "NONE",
    "WRITERS",
    "close_of",
    "count_of",
    "day_of",
    "decimals_needed",
    "instant_of",
    "is_figure",
    "listed",
    "money",
    "number",
    "percent",
    "short_money",
    "write",
]

NONE = "–"
INSTANTS = (
    "Dates without a time are 00:00 UTC; a close carries the instant of the close, so that of a day is dated "
    "the next day."
)
"""What the notes of tables of instants say."""

_MINUS = "−"
_SCALES = ((Decimal("1e12"), "tn"), (Decimal("1e9"), "bn"), (Decimal("1e6"), "m"))


def number(value: Decimal, places: int, *, signed: bool = False) -> str:
    """Write with thousands separators, a true minus and a stated number of decimals.

    Examples
    --------
    >>> number(Decimal("-1234.5"), 2)
    '−1,234.50'
    >>> number(Decimal("0.001"), 2, signed=True)
    '0.00'
    """
    rounded = quantise(value, places)
    text = f"{abs(rounded):,f}"
    if not rounded:
        return text
    return (_MINUS if rounded < 0 else "+" if signed else "") + text


def money(value: Decimal) -> str:
    """Write an amount to the cent.

    Examples
    --------
    >>> money(Decimal("1234567.891"))
    '1,234,567.89'
    """
    return number(value, 2)


def percent(value: Decimal, *, signed: bool = False, places: int = 2) -> str:
    """Write a fraction as per cent.

    Examples
    --------
    >>> percent(Decimal("-0.12345"), signed=True)
    '−12.34%'
    """
    return number(value * 100, places, signed=signed) + "%"


def short_money(value: Decimal) -> str:
    """Write an amount in at most eight characters or so, for tiles.

    Examples
    --------
    >>> short_money(Decimal("70227266.75")), short_money(Decimal("999.5"))
    ('70.23 m', '999.50')
    """
    for scale, word in _SCALES:
        if abs(value) >= scale:
            return f"{number(value / scale, 2)} {word}"
    return number(value, 0 if abs(value) >= 100_000 else 2)


def day_of(value: date) -> str:
    """Write a day for a sentence.

    Examples
    --------
    >>> day_of(date(2022, 11, 9))
    '9 Nov 2022'
    """
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def instant_of(value: datetime) -> str:
    """Write an instant for a sentence, in UTC.

    Examples
    --------
    >>> instant_of(datetime(2022, 11, 9))
    '9 Nov 2022, 00:00 UTC'
    """
    return f"{day_of(value)}, {value:%H:%M} UTC"


def close_of(value: datetime) -> str:
    """Write the instant of a close; one at midnight UTC belongs to the day before, which is named.

    Examples
    --------
    >>> close_of(datetime(2025, 9, 19)), close_of(datetime(2025, 9, 19, 8))
    ('19 Sep 2025, 00:00 UTC (the close of 18 Sep 2025)', '19 Sep 2025, 08:00 UTC')
    """
    is_midnight = (value.hour, value.minute) == (0, 0)
    return instant_of(value) + (f" (the close of {day_of(value - timedelta(days=1))})" if is_midnight else "")


def count_of(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> count_of(1, "decision"), count_of(2000, "decision")
    ('1 decision', '2,000 decisions')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: list[str]) -> str:
    """Join words as a sentence does; such as hold a comma themselves are set apart by semicolons.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a, 1", "b, 2"])
    ('a, b and c', 'a, 1; and b, 2')
    """
    if len(words) < 2:
        return "".join(words)
    mark, last = ("; ", "; and ") if any(", " in word for word in words) else (", ", " and ")
    return mark.join(words[:-1]) + last + words[-1]


def decimals_needed(values: tuple[Decimal, ...], *, least: int = 2) -> int:
    """Count the decimals that show every value in full, at least `least`.

    Examples
    --------
    >>> decimals_needed((Decimal("1.50"), Decimal("0.12340000")))
    4
    """
    exponents = (value.normalize().as_tuple().exponent for value in values if value)
    return max([least, *(-exponent for exponent in exponents if isinstance(exponent, int))])


def write(cell: Cell, column: Column) -> str:
    """Write a cell as its column says; an undefined one is a dash, and text stands as it is."""
    if cell is None or isinstance(cell, str):
        return NONE if cell is None else cell
    return WRITERS[column.kind](cell, column)


def is_figure(column: Column) -> bool:
    """Say whether a column is set flush right."""
    return column.kind not in ("text", "day", "time", "code")


def _day_cell(cell: Cell, column: Column) -> str:
    assert isinstance(cell, datetime)
    return f"{cell:%Y-%m-%d}" + (f" {cell:%H:%M}" if (cell.hour, cell.minute) != (0, 0) else "")


def _time_cell(cell: Cell, column: Column) -> str:
    assert isinstance(cell, datetime)
    return f"{cell:%Y-%m-%d %H:%M}"


def _decimal(cell: Cell) -> Decimal:
    assert isinstance(cell, Decimal | int)
    return Decimal(cell)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

WRITERS: Mapping[str, Callable[[Cell, Column], str]] = MappingProxyType(
    {
        "text": lambda cell, column: str(cell),
        "code": lambda cell, column: str(cell),
        "mixed": lambda cell, column: str(cell),
        "day": _day_cell,
        "time": _time_cell,
        "count": lambda cell, column: number(_decimal(cell), 0),
        "money": lambda cell, column: money(_decimal(cell)),
        "signed_money": lambda cell, column: number(_decimal(cell), 2, signed=True),
        "number": lambda cell, column: number(_decimal(cell), column.places),
        "points": lambda cell, column: number(_decimal(cell) * 100, column.places),
        "percent": lambda cell, column: percent(_decimal(cell), places=column.places),
        "change": lambda cell, column: percent(_decimal(cell), signed=True, places=column.places),
    }
)
"""Kind of a column to the way its cells are written; `mixed` holds figures already written, flush right."""
