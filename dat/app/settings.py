"""The treasury file as models: every key has a description, a unit and limits; nothing else is allowed."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, field_validator

from dat.app.quantities import Asset, CountOrNone, Day, Fraction, PositiveFraction, Seed, Text
from dat.app.section import Section
from dat.app.settings_capital import CapitalSection, CostsSection, StakingSection
from dat.app.settings_market import MarketSection
from dat.errors import InputError
from dat.strategy.when import Rule

__all__ = [
    "BacktestSection",
    "LedgerSection",
    "MandateSection",
    "Mode",
    "RebalanceSection",
    "ReportSection",
    "StrategySection",
    "TreasuryFile",
    "TreasurySection",
]

Mode = Literal["passive", "active", "multi_asset", "ecosystem"]
_ZERO, _ONE = Decimal(0), Decimal(1)
_DAYS_MAX = 3_650  # as for every number of days in the file


class TreasurySection(Section):
    """Who the treasury is and when it runs."""

    name: Text = Field(description="Name of the treasury; it names the output directory")
    mode: Mode = Field(description="How the treasury is run")
    base_currency: Asset = Field(default="USD", description="Currency of NAV, cash and costs")
    inception: Day = Field(description="First day of the run, UTC")
    end: Day | None = Field(default=None, description="Last day of the run, UTC; without it, the last bar")
    core: Asset | None = Field(
        default=None, description="Coin followed per share; without it, the first traded asset"
    )


class StrategySection(Section):
    """What to hold."""

    name: Text = Field(description="Installed strategy (`dat strategies` lists them) or module:Class")
    params: dict[str, Any] = Field(
        default_factory=dict, description="Parameters of the strategy, by its own names"
    )


class RebalanceSection(Section):
    """When to trade, apart from what to hold."""

    calendar: Text = Field(
        default="monthly",
        description="When the strategy is asked: bar, daily, weekly, monthly, quarterly, yearly, once, "
        "or every N days such as 7d",
    )
    band_abs: PositiveFraction | None = Field(
        default=None, description="Drift in points of liquid NAV that matters"
    )
    band_rel: PositiveFraction | None = Field(
        default=None, description="Drift over the target weight that matters"
    )
    band_role: Literal["filter", "trigger"] = Field(
        default="filter",
        description="filter: on a calendar date, trade only outside the band; "
        "trigger: also ask between dates when a weight leaves its band",
    )

    @field_validator("calendar")
    @classmethod
    def _is_known(cls, calendar: str) -> str:
        if calendar.endswith("d") and calendar[:-1].isdecimal() and int(calendar[:-1][:9]) > _DAYS_MAX:
            raise ValueError(f"must be at most {_DAYS_MAX}d")
        try:
            return Rule(calendar).calendar
        except InputError as error:
            raise ValueError(str(error)) from None


class MandateSection(Section):
    """Limits set by the board; what breaks one is not traded."""

    eligible: tuple[Asset, ...] | None = Field(
        default=None, min_length=1, description="Assets that may be held; without it, those of the strategy"
    )
    weight_min: dict[Asset, Fraction] = Field(
        default_factory=dict, description="Least weight by asset, of liquid NAV"
    )
    weight_max: dict[Asset, Fraction] = Field(
        default_factory=dict, description="Largest weight by asset, of liquid NAV"
    )
    cash_min_frac: Fraction = Field(default=_ZERO, description="Least cash after a rebalance, of liquid NAV")
    staked_max_frac: Fraction = Field(default=_ONE, description="Largest staked share of any asset")
    illiquid_max_frac: Fraction = Field(
        default=_ZERO, description="Ventures with their promises, of NAV at commitment; 0 allows none"
    )
    deal_max_frac: Fraction = Field(default=_ZERO, description="One deal, of NAV at commitment")


class BacktestSection(Section):
    """How decisions become fills."""

    fill: Literal["next_open", "same_close"] = Field(
        default="next_open",
        description="next_open: trade at the open after the decision; same_close: at the close it rests on",
    )
    seed: Seed = Field(default=0, description="Recorded in the manifest; no part of this run is random")


class LedgerSection(Section):
    """The books."""

    books: Text | None = Field(
        default=None,
        description="SQLite file, relative to this one, or PostgreSQL URL; without it, books.db by the run",
    )
    lot_method: Literal["fifo", "lifo", "hifo", "lofo", "average", "specific"] = Field(
        default="fifo", description="Which lots a disposal draws on; laid down when the books are opened"
    )
    wash_sale_days: CountOrNone = Field(
        default=0, description="Days of the wash-sale rule before and after a sale; 0 is off"
    )


class ReportSection(Section):
    """The board report."""

    company: Text | None = Field(
        default=None, description="Legal name on the cover; without it, the treasury's name"
    )
    out: Text | None = Field(
        default=None,
        description="Output directory, relative to this file; without it, reports/out/TREASURY/DATE",
    )


class TreasuryFile(Section):
    """A treasury: its market, mandate, capital, costs and report."""

    treasury: TreasurySection
    strategy: StrategySection
    rebalance: RebalanceSection = RebalanceSection()
    market: MarketSection = MarketSection()
    mandate: MandateSection = MandateSection()
    capital: CapitalSection
    staking: dict[Asset, StakingSection] = Field(default_factory=dict, description="Staking terms by asset")
    costs: CostsSection = CostsSection()
    backtest: BacktestSection = BacktestSection()
    ledger: LedgerSection = LedgerSection()
    report: ReportSection = ReportSection()
