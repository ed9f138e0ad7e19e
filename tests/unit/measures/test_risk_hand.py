"""Risk figures worked out by hand, and where they are undefined."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from dat.errors import InputError
from dat.measures.risk import (
    beta,
    conditional_value_at_risk,
    downside_deviation,
    information_ratio,
    sharpe,
    sortino,
    tracking_error,
    value_at_risk_historical,
    value_at_risk_normal,
    volatility,
)

NAN = math.nan
RETURNS = [0.02, -0.01, 0.03, 0.0]  # mean 0.01, squares about it 1 4 4 1 e-4


def test_volatility_has_n_minus_one_below() -> None:
    assert volatility(RETURNS, periods_per_year=1) == pytest.approx(math.sqrt(10e-4 / 3), rel=1e-14)
    assert volatility(RETURNS, periods_per_year=365) == pytest.approx(math.sqrt(3650e-4 / 3), rel=1e-14)


def test_downside_deviation_counts_every_row_below() -> None:
    # Shortfalls below 0.01: 0.02 and 0.01, over 4 rows: sqrt(5e-4 / 4).
    found = downside_deviation(RETURNS, periods_per_year=4, target_per_period=0.01)
    assert found == pytest.approx(2 * math.sqrt(5e-4 / 4), rel=1e-14)


def test_sharpe_and_sortino_of_a_risk_free_rate() -> None:
    # Mean above 0.005 is 0.005. Shortfalls below it: 0.015 and 0.005.
    found = sharpe(RETURNS, periods_per_year=9, risk_free_per_period=0.005)
    assert found == pytest.approx(3 * 0.005 / math.sqrt(10e-4 / 3), rel=1e-13)
    found = sortino(RETURNS, periods_per_year=9, target_per_period=0.005)
    assert found == pytest.approx(3 * 0.005 / math.sqrt(2.5e-4 / 4), rel=1e-13)


def test_tail_of_five_rows() -> None:
    # Place (5 - 1) * 0.3 = 1.2: a fifth of the way from the second to the third worst; two rows in the tail.
    returns = [0.04, -0.03, 0.01, -0.08, 0.02]
    assert value_at_risk_historical(returns, tail_frac=0.3) == pytest.approx(-0.03 + 0.2 * 0.04)
    assert conditional_value_at_risk(returns, tail_frac=0.3) == pytest.approx(-0.055)


def test_tail_of_one_row_is_that_row() -> None:
    assert value_at_risk_historical([0.01, NAN], tail_frac=0.05) == 0.01
    assert conditional_value_at_risk([0.01, NAN], tail_frac=0.05) == 0.01


def test_value_at_risk_normal_uses_the_quantile_of_the_table() -> None:
    # Standard normal tables: the 5 % point is -1.6449, the 1 % point -2.3263.
    spread = math.sqrt(10e-4 / 3)
    assert value_at_risk_normal(RETURNS, tail_frac=0.05) == pytest.approx(0.01 - 1.6449 * spread, abs=1e-6)
    assert value_at_risk_normal(RETURNS, tail_frac=0.01) == pytest.approx(0.01 - 2.3263 * spread, abs=1e-6)


def test_figures_against_a_benchmark() -> None:
    # Benchmark -1, 0, 1 % with mean 0; returns 0, 1, 5 %: beta (0 + 0 + 5) / (1 + 0 + 1).
    # Differences 1, 1, 4 %: mean 2 %, squares 1 1 4 e-4.
    returns, market = [0.0, 0.01, 0.05], [-0.01, 0.0, 0.01]
    assert beta(returns, market) == pytest.approx(2.5)
    error = tracking_error(returns, market, periods_per_year=4)
    assert error == pytest.approx(2 * math.sqrt(3e-4))
    assert information_ratio(returns, market, periods_per_year=4) == pytest.approx(0.04 / math.sqrt(3e-4))


def test_a_row_missing_in_either_series_is_left_out() -> None:
    returns, market = [0.0, NAN, 0.01, 0.7, 0.05], [-0.01, 0.3, 0.0, NAN, 0.01]
    assert beta(returns, market) == pytest.approx(2.5)
    assert tracking_error(returns, market, periods_per_year=4) == pytest.approx(2 * math.sqrt(3e-4))


ALONE: dict[str, Callable[[list[float]], float]] = {
    "volatility": lambda r: volatility(r, periods_per_year=365),
    "downside": lambda r: downside_deviation(r, periods_per_year=365),
    "Sharpe": lambda r: sharpe(r, periods_per_year=365),
    "Sortino": lambda r: sortino(r, periods_per_year=365),
    "VaR": lambda r: value_at_risk_historical(r, tail_frac=0.05),
    "VaR normal": lambda r: value_at_risk_normal(r, tail_frac=0.05),
    "CVaR": lambda r: conditional_value_at_risk(r, tail_frac=0.05),
    "beta": lambda r: beta(r, r),
    "tracking error": lambda r: tracking_error(r, r, periods_per_year=365),
    "information": lambda r: information_ratio(r, r, periods_per_year=365),
}


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("returns", [[], [NAN, NAN]], ids=["none", "missing"])
def test_without_rows_every_figure_is_nan(name: str, returns: list[float]) -> None:
    assert math.isnan(ALONE[name](returns))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("volatility", NAN),
        ("downside", 0.0),
        ("Sharpe", NAN),
        ("Sortino", NAN),
        ("VaR", 0.1),
        ("VaR normal", NAN),
        ("CVaR", 0.1),
        ("beta", NAN),
        ("tracking error", NAN),
        ("information", NAN),
    ],
)
def test_one_row_is_too_few_for_a_spread(name: str, expected: float) -> None:
    assert ALONE[name]([0.1]) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3, 1e-4])
def test_returns_all_alike_have_no_ratio(level: float) -> None:
    # 0.1 repeated has a float mean that differs in the last bit: the spread must be exactly 0 all the same.
    returns = np.full(1001, level)
    assert volatility(returns, periods_per_year=365) == 0.0
    assert math.isnan(sharpe(returns, periods_per_year=365))
    assert math.isnan(sortino(returns, periods_per_year=365))
    assert math.isnan(beta(returns, returns))


def test_a_constant_growth_read_back_from_values_has_no_sharpe() -> None:
    values = 1_000_000 * 1.0001 ** np.arange(2000)
    returns = values[1:] / values[:-1] - 1
    assert np.ptp(returns) > 0
    assert math.isnan(sharpe(returns, periods_per_year=365))
    assert math.isnan(sortino(returns, periods_per_year=365, target_per_period=0.0))


@pytest.mark.parametrize("tail", [0.0, 1.0, -0.05, 5.0, NAN])
def test_tail_must_be_a_part(tail: float) -> None:
    for figure in (value_at_risk_historical, value_at_risk_normal, conditional_value_at_risk):
        with pytest.raises(InputError, match="tail_frac is"):
            figure([0.1, 0.2], tail_frac=tail)


def test_bad_vectors_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="returns 2, benchmark_returns 3"):
        beta([0.1, 0.2], [0.1, 0.2, 0.3])
    with pytest.raises(InputError, match="returns is inf at row 1"):
        volatility([0.1, math.inf], periods_per_year=365)
    with pytest.raises(InputError, match=r"returns has shape \(1, 2\)"):
        volatility(np.ones((1, 2)), periods_per_year=365)
