"""Trading and running costs, worked out by hand."""

import math

import numpy as np
import pytest

from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts


def test_rates_are_basis_points() -> None:
    costs = TradingCosts(fee_bps=10, half_spread_bps=2.5)
    assert (costs.fee_frac, costs.spread_frac) == pytest.approx((0.001, 0.00025), rel=1e-15)


def test_impact_is_k_sigma_root_of_q_over_adv() -> None:
    costs = TradingCosts(half_spread_bps=5, impact_coefficient=0.8)
    scale = costs.impact_scale(sigma_daily=np.array([0.05, 0.02]), adv=np.array([4e6, 1e8]))
    slip = costs.slip_frac(np.array([-40_000.0, 1e6]), impact_scale=scale)
    # 0.8 * 5 % * sqrt(1 %) = 0.4 %; 0.8 * 2 % * sqrt(1 %) = 0.16 %
    np.testing.assert_allclose(slip, [0.0005 + 0.004, 0.0005 + 0.0016], rtol=1e-13)


def test_impact_grows_with_the_root_of_size() -> None:
    costs = TradingCosts(impact_coefficient=1.0)
    scale = costs.impact_scale(sigma_daily=np.array([0.04]), adv=np.array([1e6]))
    once, four_times = (costs.slip_frac(np.array([size]), impact_scale=scale) for size in (100.0, 400.0))
    assert four_times[0] == pytest.approx(2 * once[0], rel=1e-14)


@pytest.mark.parametrize(
    ("sigma", "adv"), [(math.nan, 1e6), (0.05, math.nan), (0.05, 0.0), (math.nan, math.nan)]
)
def test_impact_is_nothing_where_liquidity_is_not_known(sigma: float, adv: float) -> None:
    costs = TradingCosts(impact_coefficient=1.0)
    assert costs.impact_scale(sigma_daily=np.array([sigma]), adv=np.array([adv])).tolist() == [0.0]


def test_spread_and_impact_together_are_at_most_the_whole_price() -> None:
    costs = TradingCosts(half_spread_bps=100, impact_coefficient=1.0)
    assert costs.slip_frac(np.array([1e12]), impact_scale=np.array([1.0])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("costs", "nav", "days", "expected"),
    [
        (RunningCosts(fixed_per_year=730.0), 1e6, 1.0, 2.0),
        (RunningCosts(fixed_per_year=730.0), -5.0, 7.0, 14.0),
        (RunningCosts(nav_bps_per_year=50.0), 730_000.0, 1.0, 10.0),
        (RunningCosts(nav_bps_per_year=50.0), -730_000.0, 1.0, 0.0),  # no fee on a negative NAV
        (RunningCosts(730.0, 99.0, 50.0), 730_000.0, 0.5, 6.0),  # a decision is charged apart
    ],
)
def test_management_cost(costs: RunningCosts, nav: float, days: float, expected: float) -> None:
    assert costs.accrued(nav, days) == pytest.approx(expected, rel=1e-14)


def test_interest_is_simple_on_positive_cash() -> None:
    costs = RunningCosts(cash_rate_per_year=0.05)
    assert costs.interest(7_300.0, 2.0) == pytest.approx(2.0, rel=1e-14)
    assert costs.interest(-7_300.0, 2.0) == 0.0
