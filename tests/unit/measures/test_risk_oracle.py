"""Risk, return and drawdown figures against empyrical-reloaded, on seeded series with and without gaps."""

import math
from collections.abc import Callable
from typing import Any

import empyrical
import numpy as np
import pytest

from dat.market.series import Floats
from dat.measures.drawdown import calmar, drawdown_series, max_drawdown
from dat.measures.returns import annualised_return, growth_index, time_weighted_return
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

TARGET = 0.0002


def series(kind: str) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(20261122)
    market = draw.standard_t(4, 800) * 0.02 + 0.001
    own = 0.6 * market + draw.normal(0.0005, 0.01, 800)
    if kind == "short":
        return own[:7], market[:7]
    if kind == "gaps":
        own[[0, 17, 400]] = np.nan
    return own, market


def depth(returns: Floats) -> float:
    return max_drawdown(growth_index(returns, with_opening=True))


ALONE: dict[str, tuple[Callable[[Floats], float], Callable[[Floats], Any]]] = {
    "time-weighted": (time_weighted_return, empyrical.cum_returns_final),
    "annual volatility": (
        lambda r: volatility(r, periods_per_year=365),
        lambda r: empyrical.annual_volatility(r, annualization=365),
    ),
    "downside deviation": (
        lambda r: downside_deviation(r, periods_per_year=365, target_per_period=TARGET),
        lambda r: empyrical.downside_risk(r, TARGET, annualization=365),
    ),
    "Sharpe": (
        lambda r: sharpe(r, periods_per_year=365, risk_free_per_period=TARGET),
        lambda r: empyrical.sharpe_ratio(r, TARGET, annualization=365),
    ),
    "Sortino": (
        lambda r: sortino(r, periods_per_year=365, target_per_period=TARGET),
        lambda r: empyrical.sortino_ratio(r, TARGET, annualization=365),
    ),
    "max drawdown": (depth, empyrical.max_drawdown),
    "VaR 95": (
        lambda r: value_at_risk_historical(r, tail_frac=0.05),
        lambda r: empyrical.value_at_risk(r[~np.isnan(r)], 0.05),
    ),
    "VaR 99": (
        lambda r: value_at_risk_historical(r, tail_frac=0.01),
        lambda r: empyrical.value_at_risk(r[~np.isnan(r)], 0.01),
    ),
    "CVaR 95": (
        lambda r: conditional_value_at_risk(r, tail_frac=0.05),
        lambda r: empyrical.conditional_value_at_risk(r, 0.05),
    ),
}


@pytest.mark.parametrize("kind", ["whole", "gaps", "short"])
@pytest.mark.parametrize("name", ALONE)
def test_one_series_agrees_with_empyrical(name: str, kind: str) -> None:
    ours, theirs = ALONE[name]
    returns, _ = series(kind)
    assert ours(returns) == pytest.approx(float(theirs(returns)), rel=1e-11)


@pytest.mark.parametrize("kind", ["whole", "short"])
def test_annualised_return_and_calmar_agree_with_empyrical(kind: str) -> None:
    # Only without gaps: empyrical counts a missing row as a period, we do not.
    returns, _ = series(kind)
    annual = empyrical.annual_return(returns, annualization=365)
    assert annualised_return(returns, periods_per_year=365) == pytest.approx(annual, rel=1e-11)
    assert calmar(returns, periods_per_year=365) == pytest.approx(
        empyrical.calmar_ratio(returns, annualization=365), rel=1e-11
    )


@pytest.mark.parametrize("kind", ["whole", "gaps", "short"])
def test_beta_agrees_with_empyrical(kind: str) -> None:
    returns, market = series(kind)
    assert beta(returns, market) == pytest.approx(empyrical.beta(returns, market), rel=1e-11)


@pytest.mark.parametrize("kind", ["whole", "gaps", "short"])
def test_information_ratio_is_the_yearly_excess_sharpe_of_empyrical(kind: str) -> None:
    returns, market = series(kind)
    theirs = empyrical.excess_sharpe(returns, market) * math.sqrt(365)
    assert information_ratio(returns, market, periods_per_year=365) == pytest.approx(theirs, rel=1e-11)


@pytest.mark.parametrize("kind", ["whole", "gaps", "short"])
def test_tracking_error_is_the_volatility_of_the_difference_in_empyrical(kind: str) -> None:
    returns, market = series(kind)
    theirs = empyrical.annual_volatility(returns - market, annualization=365)
    assert tracking_error(returns, market, periods_per_year=365) == pytest.approx(theirs, rel=1e-11)


def test_growth_and_falls_agree_with_empyrical_row_by_row() -> None:
    returns, _ = series("whole")
    assert growth_index(returns) == pytest.approx(empyrical.cum_returns(returns, 100), rel=1e-11)
    ours = drawdown_series(growth_index(returns, with_opening=True))[1:]
    assert ours == pytest.approx(empyrical.stats.drawdown_series(returns), abs=1e-12)
