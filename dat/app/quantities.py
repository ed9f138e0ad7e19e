"""The kinds of value in a treasury file: each knows its unit, its limits and how it is refused."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, Strict, StringConstraints, WithJsonSchema

__all__ = [
    "LARGEST",
    "Asset",
    "Bps",
    "Count",
    "CountOrNone",
    "Day",
    "Days",
    "Fraction",
    "Money",
    "Multiple",
    "Number",
    "PositiveFraction",
    "PositiveMoney",
    "Quantity",
    "Rate",
    "Seed",
    "Shares",
    "Text",
    "Units",
]

LARGEST = 10**15
"""Largest amount that a file may say: float64, in which a run computes, tells eighths of a unit there."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit and limits; calling it checks a value that TOML gave.

    Parameters
    ----------
    unit
        In words, as the documentation prints it.
    low, high
        Limits, both allowed; None for no limit.
    above_low
        Whether `low` itself is refused.
    is_whole
        Whether only whole numbers are allowed.
    """

    unit: str
    low: int | None = 0
    high: int | None = None
    above_low: bool = False
    is_whole: bool = False

    def __call__(self, value: Any) -> Decimal | int:
        """Give the value as Decimal, or as int when whole.

        Raises
        ------
        ValueError
            When it is no number or outside the limits; pydantic collects it.

        Examples
        --------
        >>> Quantity("basis points", 0, 10_000)(Decimal("2.5"))
        Decimal('2.5')
        """
        wanted = int if self.is_whole else (int, Decimal)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"must be {self.in_words}, written without quotes")
        if not self._allows(Decimal(value)):
            raise ValueError(f"must be {self.in_words}{self._hint(value)}")
        return value if self.is_whole else Decimal(value)

    @property
    def in_words(self) -> str:
        """Kind and limits for a message.

        Examples
        --------
        >>> Quantity("fraction", 0, 1).in_words
        'a number from 0 to 1 (fraction)'
        """
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind}{self._limits} ({self.unit})"

    @property
    def json_schema(self) -> dict[str, Any]:
        """The same as JSON Schema; `unit` is an annotation of ours."""
        low = {} if self.low is None else {"exclusiveMinimum" if self.above_low else "minimum": self.low}
        high = {} if self.high is None else {"maximum": self.high}
        return {"type": "integer" if self.is_whole else "number", **low, **high, "unit": self.unit}

    @property
    def _limits(self) -> str:
        if self.low is None:
            return ""
        low = f"above {self.low}" if self.above_low else f"from {self.low}"
        if self.high is None:
            return f" {low}" if self.above_low else f", at least {self.low}"
        return f" {low} and at most {self.high}" if self.above_low else f" {low} to {self.high}"

    def _allows(self, value: Decimal) -> bool:
        if not value.is_finite():
            return False
        low = self.low is None or (value > self.low if self.above_low else value >= self.low)
        return low and (self.high is None or value <= self.high)

    def _hint(self, value: Any) -> str:
        high = Decimal(self.high or 0)
        if self.unit.startswith(("fraction", "multiple")) and high < value <= 100 * high:
            return f", never per cent: write {Decimal(value) / 100:f} for {value} %"
        return ""


_FRACTION = Quantity("fraction", 0, 1)
_POSITIVE_FRACTION = Quantity("fraction", 0, 1, above_low=True)
_RATE = Quantity("fraction per year", 0, 1)
_MONEY = Quantity("base currency", 0, LARGEST)
_POSITIVE_MONEY = Quantity("base currency", 0, LARGEST, above_low=True)
_SHARES = Quantity("shares", 0, LARGEST)
_UNITS = Quantity("units of the asset", 0, LARGEST)
_MULTIPLE = Quantity("multiple", 0, 50, above_low=True)
_BPS = Quantity("basis points", 0, 10_000)
_NUMBER = Quantity("pure number", 0, 10)
_DAYS = Quantity("days", 0, 3_650)
_COUNT = Quantity("days", 1, 3_650, is_whole=True)
_COUNT_OR_NONE = Quantity("days", 0, 3_650, is_whole=True)
_SEED = Quantity("seed", 0, LARGEST, is_whole=True)

Fraction = Annotated[Decimal, PlainValidator(_FRACTION), WithJsonSchema(_FRACTION.json_schema)]
PositiveFraction = Annotated[
    Decimal, PlainValidator(_POSITIVE_FRACTION), WithJsonSchema(_POSITIVE_FRACTION.json_schema)
]
Rate = Annotated[Decimal, PlainValidator(_RATE), WithJsonSchema(_RATE.json_schema)]
Money = Annotated[Decimal, PlainValidator(_MONEY), WithJsonSchema(_MONEY.json_schema)]
PositiveMoney = Annotated[
    Decimal, PlainValidator(_POSITIVE_MONEY), WithJsonSchema(_POSITIVE_MONEY.json_schema)
]
Shares = Annotated[Decimal, PlainValidator(_SHARES), WithJsonSchema(_SHARES.json_schema)]
Units = Annotated[Decimal, PlainValidator(_UNITS), WithJsonSchema(_UNITS.json_schema)]
Multiple = Annotated[Decimal, PlainValidator(_MULTIPLE), WithJsonSchema(_MULTIPLE.json_schema)]
Bps = Annotated[Decimal, PlainValidator(_BPS), WithJsonSchema(_BPS.json_schema)]
Number = Annotated[Decimal, PlainValidator(_NUMBER), WithJsonSchema(_NUMBER.json_schema)]
Days = Annotated[Decimal, PlainValidator(_DAYS), WithJsonSchema(_DAYS.json_schema)]
Count = Annotated[int, PlainValidator(_COUNT), WithJsonSchema(_COUNT.json_schema)]
CountOrNone = Annotated[int, PlainValidator(_COUNT_OR_NONE), WithJsonSchema(_COUNT_OR_NONE.json_schema)]
Seed = Annotated[int, PlainValidator(_SEED), WithJsonSchema(_SEED.json_schema)]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Asset = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,15}$")]
Day = Annotated[date, Strict()]
