"""Returns against small cases worked out by hand, and the XIRR example that spreadsheets print."""

import math
from datetime import date

import numpy as np
import pytest

from dat.errors import InputError
from dat.measures.returns import (
    annualised_return,
    growth_index,
    linked_returns,
    modified_dietz,
    money_weighted_return,
    time_weighted_return,
)

NAN = math.nan


def test_linked_returns_take_both_flows_out() -> None:
    # 100 put in, up 10 % to 110; 90 put in at the open, 200 up 5 % to 210, 60 taken at the close; 150 flat.
    found = linked_returns([110, 150, 150], flow_open=[100, 90, 0], flow_close=[0, -60, 0])
    assert found == pytest.approx([0.10, 0.05, 0.0], abs=1e-15)


def test_first_linked_return_needs_opening_capital() -> None:
    found = linked_returns([100, 150], flow_open=[0, 0], flow_close=[0, 0])
    assert np.array_equal(found, [NAN, 0.5], equal_nan=True)


def test_linked_return_from_nothing_or_less_is_undefined() -> None:
    found = linked_returns([0, 10, -5, 5], flow_open=[1, 0, 0, 0], flow_close=[0, 10, 0, 0])
    assert np.array_equal(found, [-1.0, NAN, -1.5, NAN], equal_nan=True)


def test_missing_nav_leaves_two_returns_out() -> None:
    found = linked_returns([100, NAN, 120, 132], flow_open=[100, 0, 0, 0], flow_close=[0, 0, 0, 0])
    assert np.isnan(found).tolist() == [False, True, True, False]
    assert found[3] == pytest.approx(0.1)


def test_linked_returns_name_the_lengths_that_differ() -> None:
    with pytest.raises(InputError, match="nav 3, flow_open 2, flow_close 3"):
        linked_returns([1, 2, 3], flow_open=[0, 0], flow_close=[0, 0, 0])


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ([0.5], 0.5),
        ([0.1, 0.1, -0.5], -0.395),
        ([NAN, 1.0, NAN, 1.0], 3.0),
        ([-1.0, 5.0], -1.0),
        ([-1.5, 5.0], -1.0),
        ([0.0, 0.0], 0.0),
    ],
)
def test_time_weighted_return(returns: list[float], expected: float) -> None:
    assert time_weighted_return(returns) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("returns", [[], [NAN, NAN], [1e9] * 100], ids=["no rows", "all missing", "overflow"])
def test_time_weighted_return_undefined(returns: list[float]) -> None:
    assert math.isnan(time_weighted_return(returns))
    assert math.isnan(annualised_return(returns, periods_per_year=365))


def test_annualised_return_raises_growth_to_periods_over_rows() -> None:
    # 4 quarters of 10 %: 1.1^4; half a year of 21 %: 1.21^2.
    assert annualised_return([0.1] * 4, periods_per_year=4) == pytest.approx(0.4641, abs=1e-14)
    assert annualised_return([0.1, NAN, 0.1], periods_per_year=4) == pytest.approx(0.4641, abs=1e-14)


def test_annualised_total_loss_is_minus_one_and_an_extrapolated_overflow_is_nan() -> None:
    assert annualised_return([-1.0, 0.2], periods_per_year=365) == -1.0
    assert math.isnan(annualised_return([99.0], periods_per_year=365))


@pytest.mark.parametrize("periods", [0, -1, NAN, math.inf])
def test_periods_per_year_must_be_above_zero(periods: float) -> None:
    with pytest.raises(InputError, match="periods_per_year is"):
        annualised_return([0.1], periods_per_year=periods)


def test_growth_index_with_and_without_its_opening() -> None:
    returns = [0.25, NAN, -0.2, -1.0, 0.3]
    assert growth_index(returns).tolist() == [125.0, 125.0, 100.0, 0.0, 0.0]
    assert growth_index(returns, start=8, with_opening=True).tolist() == [8.0, 10.0, 10.0, 8.0, 0.0, 0.0]


def test_growth_index_of_nothing_is_empty_and_of_too_much_is_nan() -> None:
    assert growth_index([]).shape == (0,)
    assert growth_index([], with_opening=True).tolist() == [100.0]
    assert np.isnan(growth_index([1e300, 1e300, -1.0])).tolist() == [False, True, True]


def test_modified_dietz_weighs_a_withdrawal() -> None:
    # 1000, 200 taken after a quarter of the period, 900 at the end: (900 - 1000 + 200) / (1000 - 150).
    assert modified_dietz(1000, 900, flows=[-200], weights=[0.75]) == pytest.approx(2 / 17)


def test_modified_dietz_of_flows_at_both_ends() -> None:
    # 50 at the start is capital, 20 at the end is not: (190 - 100 - 70) / (100 + 50).
    assert modified_dietz(100, 190, flows=[50, 20], weights=[1, 0]) == pytest.approx(20 / 150)


def test_modified_dietz_without_capital_is_undefined() -> None:
    assert math.isnan(modified_dietz(0, 10, flows=[], weights=[]))
    assert math.isnan(modified_dietz(100, 10, flows=[-200], weights=[1.0]))
    assert math.isnan(modified_dietz(NAN, 10, flows=[], weights=[]))
    assert math.isnan(modified_dietz(100, NAN, flows=[], weights=[]))


def test_modified_dietz_refuses_weights_outside_the_period() -> None:
    with pytest.raises(InputError, match=r"weights is 1\.5"):
        modified_dietz(100, 110, flows=[1, 1], weights=[0.5, 1.5])
    with pytest.raises(InputError, match="flows 2, weights 1"):
        modified_dietz(100, 110, flows=[1, 1], weights=[0.5])


def test_money_weighted_return_is_the_spreadsheet_xirr() -> None:
    # The example of Excel's help page on XIRR, printed 0.373362535; Excel stops within 0.000001 percent.
    dates = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
    amounts = [-10_000, 2_750, 4_250, 3_250, 2_750]
    found = money_weighted_return(amounts, [day.toordinal() for day in dates])
    assert found == pytest.approx(0.373362535, abs=1e-8)


@pytest.mark.parametrize(
    ("amounts", "days", "expected"),
    [
        ([-100, 110], [0, 365], 0.1),
        ([110, -100], [365, 0], 0.1),
        ([100, -110], [0, 365], 0.1),
        ([-100, 100], [0, 40], 0.0),
        ([-100, 50], [0, 365], -0.5),
        ([-100, -100, 310], [0, 365, 730], (13.4**0.5 - 3) / 2),  # x^2 + x = 3.1, x = 1 + r
        ([-1000, 0.001], [0, 3650], 10**-0.6 - 1),
        ([-100, 200], [0, 1], 2.0**365 - 1),
        ([-100, 60, 60, -60, -60, 121], [0, 100, 100, 100, 100, 730], 0.1),
        ([-1, 2.3, -1.32], [0, 365, 730], 0.1),  # (x - 1.1)(x - 1.2): the root nearer to zero
    ],
)
def test_money_weighted_return(amounts: list[float], days: list[float], expected: float) -> None:
    assert money_weighted_return(amounts, days) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(
    ("amounts", "days", "text"),
    [
        ([-100, -50], [0, 10], "net by day to 2 flows of one sign"),
        ([100, 50], [0, 10], "net by day to 2 flows of one sign"),
        ([-100, 0], [0, 10], "net by day to 1 flows of one sign"),
        ([-100, 110], [5, 5], "net by day to 1 flows of one sign"),
        ([], [], "net by day to 0 flows"),
        ([-1, 2, -2], [0, 365, 730], "no yearly rate"),
        ([-100, 1000], [0, 1], "no yearly rate"),
        ([-100, NAN], [0, 1], "nan"),
        ([-100, 110], [0], "amounts 2, days 1"),
    ],
)
def test_money_weighted_return_says_why_there_is_none(
    amounts: list[float], days: list[float], text: str
) -> None:
    with pytest.raises(InputError, match=text):
        money_weighted_return(amounts, days)
