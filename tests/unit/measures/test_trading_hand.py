"""Turnover and cost drag, worked out by hand."""

import math

import pytest

from dat.errors import InputError
from dat.measures.trading import cost_drag, turnover

NAN = math.nan


def test_turnover_is_half_of_both_sides_over_the_average_value() -> None:
    # 300 traded on an average of 150 is one replacement of the value in 2 periods; 4 periods a year.
    assert turnover([300, 0], [100, 200], periods_per_year=4) == pytest.approx(2.0)


def test_cost_drag_is_costs_over_the_average_value() -> None:
    assert cost_drag([2, 1], [100, 200], periods_per_year=4) == pytest.approx(0.04)


def test_missing_rows_are_left_out() -> None:
    assert turnover([300, NAN, 0, 9], [100, 7, 200, NAN], periods_per_year=4) == pytest.approx(2.0)


@pytest.mark.parametrize(
    "nav", [[], [NAN, NAN], [0, 0], [-5, 5], [-5, -5]], ids=["none", "missing", "zero", "cancels", "negative"]
)
def test_without_value_both_are_undefined(nav: list[float]) -> None:
    amounts = [1.0] * len(nav)
    assert math.isnan(turnover(amounts, nav, periods_per_year=365))
    assert math.isnan(cost_drag(amounts, nav, periods_per_year=365))


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="traded_notional 1, nav 2"):
        turnover([1], [1, 2], periods_per_year=365)
    with pytest.raises(InputError, match="costs 1, nav 2"):
        cost_drag([1], [1, 2], periods_per_year=365)
    with pytest.raises(InputError, match="periods_per_year is 0"):
        cost_drag([1], [1], periods_per_year=0)
