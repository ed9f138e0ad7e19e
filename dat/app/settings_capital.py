"""Money in a treasury file: capital, staking and costs."""

from decimal import Decimal

from pydantic import Field

from dat.app.quantities import (
    Bps,
    Count,
    CountOrNone,
    Day,
    Days,
    Fraction,
    Money,
    Multiple,
    Number,
    PositiveFraction,
    PositiveMoney,
    Rate,
    Shares,
    Text,
)
from dat.app.section import Section

__all__ = ["AtmSection", "CapitalSection", "ContributionSection", "CostsSection", "StakingSection"]

_ZERO = Decimal(0)


class AtmSection(Section):
    """At-the-market issuance keyed to mNAV."""

    mnav_min: Multiple = Field(description="Shares are issued only while mNAV is at least this")
    issue_frac_per_month: PositiveFraction = Field(
        description="Fraction of the shares outstanding issued at the first close of each month"
    )
    deploy_days: Count = Field(
        default=1, description="The proceeds are released for deployment in this many equal daily parts"
    )
    cost_bps: Bps = Field(default=_ZERO, description="Underwriting cost, of the gross proceeds")


class ContributionSection(Section):
    """Money that comes in on a date."""

    date: Day = Field(description="Day on which it comes in")
    amount: PositiveMoney = Field(description="Amount")
    shares: Shares = Field(default=_ZERO, description="Shares issued for it; 0 for none")
    deploy_days: CountOrNone = Field(
        default=1, description="It is released in this many equal daily parts; 0 leaves it to the strategy"
    )


class CapitalSection(Section):
    """Where the money comes from, and the shares."""

    cash: Money = Field(description="Cash at inception")
    shares: Shares = Field(default=_ZERO, description="Shares outstanding at inception; 0 counts none")
    mnav: Multiple | None = Field(
        default=None, description="Constant premium: share price times shares over coin value"
    )
    mnav_series: Text | None = Field(default=None, description="Name of a series that holds the premium path")
    atm: AtmSection | None = Field(default=None, description="Issuance rule")
    contributions: tuple[ContributionSection, ...] = Field(default=(), description="Dated contributions")


class StakingSection(Section):
    """Terms on which one coin is staked."""

    apr_series: Text | None = Field(
        default=None, description="Name of a series of annual rates, fractions per year"
    )
    apr_frac: Rate | None = Field(default=None, description="Constant annual rate, when there is no series")
    unbonding_days: Days = Field(default=_ZERO, description="Days between the request and liquid coins")
    commission_frac: Fraction = Field(
        default=_ZERO, description="Share of the reward that the validator keeps"
    )


class CostsSection(Section):
    """What trading and running the treasury costs."""

    fee_bps: Bps = Field(default=_ZERO, description="Venue fee on the executed notional")
    half_spread_bps: Bps = Field(default=_ZERO, description="Half the quoted spread, of the mid price")
    impact_coefficient: Number = Field(
        default=_ZERO, description="k of k * daily volatility * sqrt(trade / average daily volume); 0 is off"
    )
    management_fixed_per_year: Money = Field(default=_ZERO, description="Fixed management cost per year")
    management_per_decision: Money = Field(default=_ZERO, description="Cost of each decision")
    management_nav_bps_per_year: Bps = Field(default=_ZERO, description="Management cost per year on NAV")
    cash_rate_per_year: Rate = Field(default=_ZERO, description="Interest on cash")
