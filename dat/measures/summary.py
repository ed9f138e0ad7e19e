"""All measures of one track record in one frozen record: what the comparison table and the report print."""

import math
from dataclasses import dataclass

import numpy as np

from dat.errors import InputError
from dat.market.series import Floats
from dat.measures.drawdown import Drawdown, calmar, deepest_drawdown, longest_underwater
from dat.measures.returns import (
    annualised_return,
    growth_index,
    money_weighted_return,
    time_weighted_return,
)
from dat.measures.risk import (
    beta,
    conditional_value_at_risk,
    downside_deviation,
    information_ratio,
    sharpe,
    sortino,
    tracking_error,
    value_at_risk_historical,
    volatility,
)
from dat.measures.trading import cost_drag, turnover
from dat.measures.vectors import as_vector, check_lengths, present

__all__ = ["Summary", "TrackRecord", "summarise"]


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """What happened, one row a period.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period, external flows taken out (`linked_returns`).
    benchmark_returns
        Shape (n,), of the same periods, such as holding the coin; all nan where there is none.
    nav
        Shape (n,), value at the close of each period.
    traded_notional
        Shape (n,), buys plus sells of each period, both positive.
    costs
        Shape (n,), costs of each period, positive.
    flows
        Shape (k,), external money put in (positive) and taken out (negative), opening capital included.
    flow_days
        Shape (k,), day of each flow, counted from any day.
    closing_day
        Day of the last row of `nav`, on the same count.
    periods_per_year
        Above 0; 365 for daily crypto.
    risk_free_per_period
        Fraction per period; also the target of downside deviation and Sortino.
    """

    returns: Floats
    benchmark_returns: Floats
    nav: Floats
    traded_notional: Floats
    costs: Floats
    flows: Floats
    flow_days: Floats
    closing_day: float
    periods_per_year: float
    risk_free_per_period: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Measures of one track record; nan where a measure is undefined, never infinite.

    Parameters
    ----------
    periods_per_year
        What the yearly figures were made with.
    n_periods
        Rows with a return. Without any, every figure that needs returns is nan.
    time_weighted_return_frac
        Over the whole time.
    annualised_return_frac
        Per year.
    money_weighted_return_frac
        Per year (XIRR); nan when no rate fits, as with no flows or nothing left.
    volatility_frac, downside_deviation_frac
        Per year; volatility is nan below two rows.
    sharpe, sortino, calmar
        Yearly; nan when nothing varies, nothing fell short, nothing fell: all three when all is cash.
    drawdown_frac_max
        From -1 to 0.
    drawdown_deepest
        Where it was, in rows of `returns`; None when the value never fell. A peak at the open of the first
        period is given as row 0.
    underwater_periods_max
        Rows below the peak in the longest spell without a new one.
    value_at_risk_95_frac, conditional_value_at_risk_95_frac
        Of one period, historical, signed: a loss is negative.
    beta
        Against the benchmark; nan when that does not move or is missing.
    tracking_error_frac, information_ratio
        Yearly, against the benchmark; nan without it, the ratio also when nothing differs.
    turnover_frac, cost_drag_frac
        Per year of the average value; nan when that is not above zero.
    """

    periods_per_year: float
    n_periods: int
    time_weighted_return_frac: float
    annualised_return_frac: float
    money_weighted_return_frac: float
    volatility_frac: float
    downside_deviation_frac: float
    sharpe: float
    sortino: float
    calmar: float
    drawdown_frac_max: float
    drawdown_deepest: Drawdown | None
    underwater_periods_max: int
    value_at_risk_95_frac: float
    conditional_value_at_risk_95_frac: float
    beta: float
    tracking_error_frac: float
    information_ratio: float
    turnover_frac: float
    cost_drag_frac: float


def summarise(record: TrackRecord) -> Summary:
    """Measure a track record.

    Parameters
    ----------
    record
        What happened, through its last row: nothing later is used.

    Returns
    -------
    Summary
        One figure each; undefined ones are nan.

    Raises
    ------
    InputError
        When lengths differ, a value is infinite, or `periods_per_year` is not above 0.

    Examples
    --------
    >>> nothing = np.zeros(2)
    >>> summary = summarise(
    ...     TrackRecord(
    ...         returns=np.array([-0.5, 1.5]),
    ...         benchmark_returns=np.array([-0.25, 0.75]),
    ...         nav=np.array([50.0, 125.0]),
    ...         traded_notional=nothing,
    ...         costs=nothing,
    ...         flows=np.array([100.0]),
    ...         flow_days=np.array([0.0]),
    ...         closing_day=730.0,
    ...         periods_per_year=1,
    ...         risk_free_per_period=0.0,
    ...     )
    ... )
    >>> summary.time_weighted_return_frac, round(summary.money_weighted_return_frac, 12), summary.beta
    (0.25, 0.11803398875, 2.0)
    >>> summary.drawdown_deepest
    Drawdown(peak_index=0, trough_index=0, recovery_index=1, depth_frac=-0.5)
    """
    _check(record)
    returns, market, periods = record.returns, record.benchmark_returns, record.periods_per_year
    target = record.risk_free_per_period
    n_periods = len(present(returns, name="returns"))
    path = growth_index(returns, start=1.0, with_opening=True)
    deepest = deepest_drawdown(path)
    depth = deepest.depth_frac if deepest else 0.0
    return Summary(
        periods_per_year=float(periods),
        n_periods=n_periods,
        time_weighted_return_frac=time_weighted_return(returns),
        annualised_return_frac=annualised_return(returns, periods_per_year=periods),
        money_weighted_return_frac=_money_weighted(record),
        volatility_frac=volatility(returns, periods_per_year=periods),
        downside_deviation_frac=downside_deviation(
            returns, periods_per_year=periods, target_per_period=target
        ),
        sharpe=sharpe(returns, periods_per_year=periods, risk_free_per_period=target),
        sortino=sortino(returns, periods_per_year=periods, target_per_period=target),
        calmar=calmar(returns, periods_per_year=periods),
        drawdown_frac_max=depth if n_periods else math.nan,
        drawdown_deepest=_by_row(deepest),
        underwater_periods_max=longest_underwater(path),
        value_at_risk_95_frac=value_at_risk_historical(returns, tail_frac=0.05),
        conditional_value_at_risk_95_frac=conditional_value_at_risk(returns, tail_frac=0.05),
        beta=beta(returns, market),
        tracking_error_frac=tracking_error(returns, market, periods_per_year=periods),
        information_ratio=information_ratio(returns, market, periods_per_year=periods),
        turnover_frac=turnover(record.traded_notional, record.nav, periods_per_year=periods),
        cost_drag_frac=cost_drag(record.costs, record.nav, periods_per_year=periods),
    )


def _check(record: TrackRecord) -> None:
    check_lengths(
        returns=record.returns,
        benchmark_returns=record.benchmark_returns,
        nav=record.nav,
        traded_notional=record.traded_notional,
        costs=record.costs,
    )
    check_lengths(flows=record.flows, flow_days=record.flow_days)


def _money_weighted(record: TrackRecord) -> float:
    closing = as_vector(record.nav, name="nav")[-1:]
    amounts = np.append(-as_vector(record.flows, name="flows"), closing)
    days = np.append(as_vector(record.flow_days, name="flow_days"), np.full(len(closing), record.closing_day))
    try:
        return money_weighted_return(amounts, days)
    except InputError:  # a value is missing or no rate fits: undefined
        return math.nan


def _by_row(fall: Drawdown | None) -> Drawdown | None:
    # The path starts one row earlier than the returns, with the opening value.
    if fall is None:
        return None
    back = fall.recovery_index
    return Drawdown(
        peak_index=max(fall.peak_index - 1, 0),
        trough_index=fall.trough_index - 1,
        recovery_index=None if back is None else back - 1,
        depth_frac=fall.depth_frac,
    )
