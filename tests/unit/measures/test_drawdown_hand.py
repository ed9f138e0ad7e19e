"""Falls of short series, read off by eye."""

import math

import numpy as np
import pytest

from dat.errors import InputError
from dat.measures.drawdown import (
    Drawdown,
    calmar,
    deepest_drawdown,
    drawdown_series,
    drawdowns,
    longest_underwater,
    max_drawdown,
)

NAN = math.nan
THREE_FALLS = [100, 75, 100, 100, 50, 60, 128, 96, 112]


def test_three_falls_deepest_first_and_the_earlier_of_equals_first() -> None:
    assert drawdowns(THREE_FALLS) == (
        Drawdown(peak_index=3, trough_index=4, recovery_index=6, depth_frac=-0.5),
        Drawdown(peak_index=0, trough_index=1, recovery_index=2, depth_frac=-0.25),
        Drawdown(peak_index=6, trough_index=7, recovery_index=None, depth_frac=-0.25),
    )
    assert deepest_drawdown(THREE_FALLS) == drawdowns(THREE_FALLS)[0]


def test_series_measures_and_length_of_three_falls() -> None:
    assert drawdown_series(THREE_FALLS).tolist() == [0, -0.25, 0, 0, -0.5, -0.4, 0, -0.25, -0.125]
    assert max_drawdown(THREE_FALLS) == -0.5
    assert longest_underwater(THREE_FALLS) == 2


def test_missing_rows_are_passed_over_and_indices_stay_those_of_the_input() -> None:
    values = [NAN, 100, NAN, 50, 50, NAN, 100, NAN]
    assert drawdowns(values) == (Drawdown(1, 3, 6, -0.5),)
    assert deepest_drawdown(values) == Drawdown(1, 3, 6, -0.5)
    assert longest_underwater(values) == 2
    assert np.array_equal(drawdown_series(values), [NAN, 0, NAN, -0.5, -0.5, NAN, 0, NAN], equal_nan=True)


@pytest.mark.parametrize("values", [[100], [100, 100, 100], [1, 2, 3]], ids=["one", "flat", "rising"])
def test_a_value_that_never_falls(values: list[float]) -> None:
    assert drawdowns(values) == ()
    assert deepest_drawdown(values) is None
    assert max_drawdown(values) == 0.0
    assert longest_underwater(values) == 0


@pytest.mark.parametrize("values", [[], [NAN], [0, 0, NAN]], ids=["empty", "missing", "zero"])
def test_without_a_value_above_zero_there_is_nothing_to_fall_from(values: list[float]) -> None:
    assert drawdowns(values) == ()
    assert deepest_drawdown(values) is None
    assert math.isnan(max_drawdown(values))
    assert longest_underwater(values) == 0


def test_total_loss_after_leading_zeros() -> None:
    assert drawdowns([0, 5, 0, 0]) == (Drawdown(1, 2, None, -1.0),)
    assert longest_underwater([0, 5, 0, 0]) == 2


def test_a_fall_in_the_last_bit_is_rounding() -> None:
    assert drawdowns([1.0, np.nextafter(1.0, 0.0), 1.0]) == ()


def test_negative_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"values is -1\.0 at row 2"):
        drawdown_series([1, 0, -1])


def test_calmar_counts_the_opening_as_a_peak() -> None:
    # 1 falls to 0.8 in the first half year and rises to 1.44 in the second: 44 % a year over a fall of 20 %.
    assert calmar([-0.2, 0.8], periods_per_year=2) == pytest.approx(0.44 / 0.2)


@pytest.mark.parametrize(
    "returns", [[], [NAN], [0.0, 0.0], [0.1, 0.2]], ids=["none", "missing", "cash", "rising"]
)
def test_calmar_without_a_fall_is_undefined(returns: list[float]) -> None:
    assert math.isnan(calmar(returns, periods_per_year=365))
