"""What the report needs from a run before it writes a word: the linked track record and its measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pandas as pd

from dat.backtest.result import RunResult
from dat.core.money import exact, exact_or_none
from dat.errors import DataError
from dat.market.series import Floats
from dat.measures.returns import growth_index, linked_returns
from dat.measures.summary import Summary, TrackRecord, summarise
from dat.report.record import Figures

__all__ = ["COST_KINDS", "MEASURES", "Track", "figures_of", "placed_shares", "track_of"]

COST_KINDS = ("management", "fee", "spread", "impact")
_FRAC_PLACES, _FRAC_LIMIT = 8, 1e6

MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "time_weighted_return": "time_weighted_return_frac",
        "annualised_return": "annualised_return_frac",
        "money_weighted_return": "money_weighted_return_frac",
        "volatility": "volatility_frac",
        "downside_deviation": "downside_deviation_frac",
        "sharpe": "sharpe",
        "sortino": "sortino",
        "calmar": "calmar",
        "max_drawdown": "drawdown_frac_max",
        "value_at_risk": "value_at_risk_95_frac",
        "conditional_value_at_risk": "conditional_value_at_risk_95_frac",
        "beta": "beta",
        "tracking_error": "tracking_error_frac",
        "information_ratio": "information_ratio",
        "turnover": "turnover_frac",
        "cost_ratio": "cost_drag_frac",
    }
)
"""Field of `Figures` to field of the measures' summary."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A run as a track record; arrays are float64.

    Parameters
    ----------
    result
        The run.
    times
        Open of the first bar, then the close of each: n + 1 instants.
    returns
        Shape (n,), of the treasury with external money taken out; nan where nothing was held.
    core_returns
        Shape (n,), of the core coin from close to close, the first from the open of the first bar; 0 before
        it has a price.
    growth, core_growth
        Shape (n + 1,), 100 at the open of the first bar, of both: they cover the same time.
    summary, core_summary
        Measures of both; the coin's are without cost, with the same external money put into it.
    """

    result: RunResult
    times: tuple[datetime, ...]
    returns: Floats
    core_returns: Floats
    growth: Floats
    core_growth: Floats
    summary: Summary
    core_summary: Summary

    @property
    def as_of(self) -> datetime:
        """Close of the last bar."""
        return self.times[-1]

    @property
    def last(self) -> "pd.Series[float]":
        """The last row of the daily table."""
        return self.result.daily.iloc[-1]

    @property
    def has_shares(self) -> bool:
        """Whether the treasury counts shares."""
        return bool((self.result.daily["shares"] > 0).any())

    def first_day(self, column: str) -> datetime:
        """Find the first close at which a column of the daily table is above 0; without one, the last."""
        rows = np.flatnonzero(self.result.daily[column].to_numpy(dtype=np.float64) > 0)
        return self.times[rows[0] + 1] if len(rows) else self.as_of

    @property
    def price_to_nav(self) -> Decimal | None:
        """Share price over NAV per share at the last close; None where one of them is undefined."""
        per_share = float(self.last["nav_per_share"])
        return _meaningful(float(self.last["share_price"]) / per_share) if per_share > 0 else None

    @property
    def money_in(self) -> Decimal:
        """External money over the whole run, to the cent: put in, less taken out."""
        daily = self.result.daily
        return exact(float(daily["flow_open"].sum() + daily["flow_close"].sum()), 2)

    @property
    def costs(self) -> dict[str, Decimal]:
        """Total of each kind of cost, to the cent."""
        return {kind: exact(self.result.costs[kind], 2) for kind in COST_KINDS}

    @property
    def years(self) -> float:
        """Length of the run in years of 365 days."""
        return len(self.returns) / self.result.bar.per_year


def track_of(result: RunResult) -> Track:
    """Link the returns of a run and measure them and its core coin.

    Raises
    ------
    DataError
        When the run has no rows.
    """
    daily = result.daily
    if daily.empty:
        raise DataError(f"the run of {result.treasury} has no rows; there is nothing to report")
    returns = linked_returns(daily["nav"], flow_open=daily["flow_open"], flow_close=daily["flow_close"])
    core_returns = daily["core_return"].to_numpy(dtype=np.float64)
    record = _record(result, returns, core_returns)
    closes = tuple(instant.to_pydatetime() for instant in daily["as_of"])
    return Track(
        result=result,
        times=(closes[0] - result.bar.delta, *closes),
        returns=returns,
        core_returns=core_returns,
        growth=growth_index(returns, with_opening=True),
        core_growth=growth_index(core_returns, with_opening=True),
        summary=summarise(record),
        core_summary=summarise(_held(record, _invested(daily))),
    )


def figures_of(track: Track, *, nav: Decimal) -> Figures:
    """Make the measures exact, 8 decimals of a fraction; undefined ones are None.

    Parameters
    ----------
    track
        The record.
    nav
        Total of the NAV statement.
    """
    summary, last = track.summary, track.last
    measured = {name: _meaningful(float(getattr(summary, field))) for name, field in MEASURES.items()}
    return Figures(
        nav=nav,
        benchmark_return=_meaningful(track.core_summary.time_weighted_return_frac),
        benchmark_money_weighted_return=_meaningful(track.core_summary.money_weighted_return_frac),
        coin_yield=_meaningful(last["coin_yield"]) if track.has_shares else None,
        coin_yield_net=_meaningful(last["coin_yield_net"]) if track.has_shares else None,
        nav_per_share_return=_per_share_return(track) if track.has_shares else None,
        mnav=_meaningful(last["mnav"]) if track.has_shares else None,
        periods_per_year=exact(summary.periods_per_year, 2),
        periods=summary.n_periods,
        **measured,
    )


def placed_shares(track: Track) -> Decimal:
    """Count the shares that came apart from the issuance rule; below 0 when more were bought back."""
    shares, issued = track.result.daily["shares"], track.result.issuances["shares_issued"]
    return exact(shares.iloc[-1] - shares.iloc[0] - issued.sum(), 0)


def _meaningful(value: float) -> Decimal | None:
    # A day's gain taken to the year can be astronomic: such a figure says nothing and is left out.
    return exact_or_none(value, _FRAC_PLACES) if abs(value) < _FRAC_LIMIT else None


def _per_share_return(track: Track) -> Decimal | None:
    # From the money behind one share at the first open; where shares came later, from their first close.
    daily = track.result.daily
    values, shares = daily["nav_per_share"].to_numpy(dtype=np.float64), daily["shares"].to_numpy()
    paid = daily["flow_open"].iloc[0]
    defined = values[np.isfinite(values)]
    start = paid / shares[0] if shares[0] > 0 and paid > 0 else defined[0] if len(defined) else np.nan
    return _meaningful(values[-1] / start - 1.0) if start > 0 else None


def _invested(daily: pd.DataFrame) -> Floats:
    # The same external money, put into the core coin on its dates, at each close.
    values, value = [], 0.0
    for into, grown, late in zip(daily["flow_open"], daily["core_return"], daily["flow_close"], strict=True):
        value = (value + into) * (1.0 + grown) + late
        values.append(value)
    return np.array(values)


def _record(result: RunResult, returns: Floats, core_returns: Floats) -> TrackRecord:
    daily = result.daily
    day = (daily["as_of"] - daily["as_of"].iloc[0]) / pd.Timedelta(days=1)
    bar_days = result.bar.delta / pd.Timedelta(days=1).to_pytimedelta()
    flows = np.concatenate([daily["flow_open"], daily["flow_close"]])
    days = np.concatenate([day - bar_days, day])
    return TrackRecord(
        returns=returns,
        benchmark_returns=core_returns,
        nav=daily["nav"].to_numpy(dtype=np.float64),
        traded_notional=daily["traded"].to_numpy(dtype=np.float64),
        costs=daily[[f"{kind}_cost" for kind in COST_KINDS]].to_numpy(dtype=np.float64).sum(axis=1),
        flows=flows[flows != 0],
        flow_days=days[flows != 0],
        closing_day=float(day.iloc[-1]),
        periods_per_year=result.bar.per_year,
        risk_free_per_period=0.0,
    )


def _held(record: TrackRecord, value: Floats) -> TrackRecord:
    # The coin itself, bought with the same money on the same dates and held: no trades, no costs.
    nothing = np.zeros(len(value))
    return TrackRecord(
        returns=record.benchmark_returns,
        benchmark_returns=record.benchmark_returns,
        nav=value,
        traded_notional=nothing,
        costs=nothing,
        flows=record.flows,
        flow_days=record.flow_days,
        closing_day=record.closing_day,
        periods_per_year=record.periods_per_year,
        risk_free_per_period=0.0,
    )
