"""What holds for every track record: linking, scale, bounds, roots, and that nothing undefined escapes."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dat.market.series import Floats
from dat.measures.drawdown import deepest_drawdown, drawdown_series, drawdowns, longest_underwater
from dat.measures.returns import growth_index, linked_returns, money_weighted_return, time_weighted_return
from dat.measures.risk import (
    beta,
    conditional_value_at_risk,
    sharpe,
    tracking_error,
    value_at_risk_historical,
    volatility,
)
from dat.measures.summary import Summary, TrackRecord, summarise

steady = settings(deadline=None, max_examples=60)

RETURN = st.floats(-0.9, 2.0).map(lambda value: round(value, 6))
RETURNS = st.lists(RETURN, min_size=1, max_size=40).map(np.array)
MONEY = st.floats(0.0, 1e6).map(lambda value: round(value, 4))
VALUES = st.lists(MONEY | st.just(math.nan), max_size=40).map(np.array)
WILD = st.sampled_from([0.0, 0.1, -0.1, -1.0, -3.0, 1e-16, 1e6, math.nan]) | st.floats(-2.0, 2.0)


@steady
@given(RETURNS, RETURNS)
def test_linking_is_associative(first: Floats, second: Floats) -> None:
    whole = time_weighted_return(np.concatenate((first, second)))
    assert time_weighted_return([time_weighted_return(first), time_weighted_return(second)]) == pytest.approx(
        whole, rel=1e-9, abs=1e-9
    )


@steady
@given(RETURNS, st.floats(1.0, 1e9), st.floats(0.0, 2.0))
def test_deposits_do_not_change_returns(returns: Floats, start: float, deposit_frac: float) -> None:
    # Build values by hand: a deposit at each open, then the return of the period.
    nav: list[float] = []
    deposits: list[float] = []
    value = 0.0
    for growth in 1 + returns:
        deposits.append(start if not nav else deposit_frac * value)
        value = (value + deposits[-1]) * growth
        nav.append(value)
    found = linked_returns(nav, flow_open=deposits, flow_close=np.zeros(len(nav)))
    assert found == pytest.approx(returns, abs=1e-9)


@steady
@given(RETURNS, st.floats(0.1, 10.0))
def test_ratios_do_not_change_with_scale_and_spreads_do(returns: Floats, scale: float) -> None:
    assume(np.ptp(returns) > 1e-3)
    assert sharpe(scale * returns, periods_per_year=365) == pytest.approx(
        sharpe(returns, periods_per_year=365)
    )
    assert volatility(scale * returns, periods_per_year=365) == pytest.approx(
        scale * volatility(returns, periods_per_year=365)
    )
    assert beta(scale * returns, returns) == pytest.approx(scale)


@steady
@given(RETURNS)
def test_a_benchmark_has_beta_one_to_itself_and_no_tracking_error(returns: Floats) -> None:
    assume(np.ptp(returns) > 1e-3)
    assert beta(returns, returns) == pytest.approx(1.0)
    assert tracking_error(returns, returns, periods_per_year=365) == 0.0


@steady
@given(RETURNS, st.floats(0.01, 0.99))
def test_the_tail_is_ordered(returns: Floats, tail: float) -> None:
    conditional = conditional_value_at_risk(returns, tail_frac=tail)
    quantile = value_at_risk_historical(returns, tail_frac=tail)
    assert returns.min() - 1e-12 <= conditional <= quantile + 1e-12
    assert quantile <= returns.max() + 1e-12


@steady
@given(VALUES)
def test_falls_are_from_minus_one_to_zero(values: Floats) -> None:
    falls = drawdown_series(values)
    falls = falls[~np.isnan(falls)]
    assert ((falls >= -1) & (falls <= 0)).all()


@steady
@given(VALUES, st.sampled_from([0.25, 2.0, 1024.0]))
def test_falls_do_not_change_with_scale(values: Floats, scale: float) -> None:
    assert np.array_equal(drawdown_series(scale * values), drawdown_series(values), equal_nan=True)


@steady
@given(VALUES)
def test_every_fall_is_what_the_values_say(values: Floats) -> None:
    found = drawdowns(values)
    assert [fall.depth_frac for fall in found] == sorted(fall.depth_frac for fall in found)
    assert deepest_drawdown(values) == (found[0] if found else None)
    for fall in found:
        end = len(values) if fall.recovery_index is None else fall.recovery_index
        spell = values[fall.peak_index + 1 : end]
        assert np.nanmax(spell) < values[fall.peak_index]
        assert np.nanmin(spell) == values[fall.trough_index]
        assert fall.depth_frac == values[fall.trough_index] / values[fall.peak_index] - 1
        assert (~np.isnan(spell)).sum() <= longest_underwater(values)


@steady
@given(
    st.lists(st.tuples(st.floats(0.01, 1e6), st.integers(0, 4000)), min_size=1, max_size=30),
    st.floats(0.01, 1e8),
)
def test_money_weighted_return_is_a_root(paid: list[tuple[float, int]], closing: float) -> None:
    amounts = np.array([-amount for amount, _ in paid] + [closing])
    days = np.array([day for _, day in paid] + [4365.0])
    years = (days - days.min()) / 365
    rate = money_weighted_return(amounts, days)
    worths = amounts * (1 + rate) ** -years
    assert abs(worths.sum()) <= 1e-8 * np.abs(worths).sum()


@steady
@given(
    st.lists(WILD, max_size=12),
    st.lists(WILD, max_size=12),
    st.sampled_from([1.0, 12.0, 365.0, 8760.0]),
)
def test_a_summary_has_no_infinity_no_warning_and_no_error(
    returns: list[float], market: list[float], periods: float
) -> None:
    rows = min(len(returns), len(market))
    own, other = np.array(returns[:rows]), np.array(market[:rows])
    record = TrackRecord(
        returns=own,
        benchmark_returns=other,
        nav=1000 * growth_index(own) - 500 * np.abs(other),
        traded_notional=np.abs(other),
        costs=0.1 * np.abs(other),
        flows=other[:1],
        flow_days=np.zeros(len(other[:1])),
        closing_day=float(rows),
        periods_per_year=periods,
        risk_free_per_period=1e-4,
    )
    summary = summarise(record)
    figures = [getattr(summary, field.name) for field in fields(Summary)]
    numbers = [figure for figure in figures if isinstance(figure, float)]
    assert len(numbers) == len(figures) - 3
    assert not any(math.isinf(number) for number in numbers)
