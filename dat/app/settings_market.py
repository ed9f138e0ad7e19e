"""The market in a treasury file: bars, series and lots."""

from decimal import Decimal

from pydantic import Field, field_validator

from dat.app.quantities import Asset, Days, Money, Text, Units
from dat.app.section import Section
from dat.core.time import BarSize
from dat.errors import InputError

__all__ = ["LotSection", "MarketSection", "SeriesSection"]

_ZERO, _ONE = Decimal(0), Decimal(1)


class SeriesSection(Section):
    """An extra series such as a staking rate or a premium path."""

    name: Text = Field(description="How the file and a strategy call it")
    source: Text = Field(default="sample", description="`sample`, or a CSV file, relative to this file")
    column: Text | None = Field(default=None, description="Value column of the CSV, when it has several")
    known_lag_days: Days = Field(default=_ONE, description="Days until a value becomes known")


class LotSection(Section):
    """Smallest tradable steps of one asset."""

    step: Units = Field(
        default=_ZERO, description="Units are rounded down to this; 0 is fractional, 1 whole units"
    )
    notional_min: Money = Field(default=_ZERO, description="Smaller trades are dropped")


class MarketSection(Section):
    """Where prices and series come from."""

    source: Text = Field(
        default="sample",
        description="`sample` (bundled), or the directory of a bar store, relative to this file",
    )
    venue: Text = Field(default="binance", description="Venue of the bars, lower case")
    bar: Text = Field(default="1d", description="Bar size: a count and m, h, d or w")
    quote: Asset = Field(
        default="USDT", description="Currency of the bars, taken at par with the base currency"
    )
    series: tuple[SeriesSection, ...] = Field(default=(), description="Extra series")
    lots: dict[Asset, LotSection] = Field(
        default_factory=dict, description="By asset; without an entry units are fractional"
    )

    @field_validator("bar")
    @classmethod
    def _is_bar_size(cls, bar: str) -> str:
        try:
            return BarSize(bar).text
        except InputError as error:
            raise ValueError(str(error)) from None
