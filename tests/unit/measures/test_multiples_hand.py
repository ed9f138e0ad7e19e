"""Per-share figures and multiples: the algebra by hand, scalars and arrays, and where they are undefined."""

import math
from fractions import Fraction

import numpy as np
import pytest

from dat.measures.multiples import (
    accretion_issue_and_buy,
    accretion_sell_and_buyback,
    coin_gain,
    coin_yield,
    coin_yield_additive,
    days_to_cover_mnav,
    holdings_per_share,
    mnav_basic,
)

NAN = math.nan


@pytest.mark.parametrize(("share", "mnav"), [("1/10", "2"), ("1/4", "4/5"), ("-1/5", "3/2"), ("1/3", "1")])
def test_issue_and_buy_is_what_the_share_count_says(share: str, mnav: str) -> None:
    # 100 shares over 100 coins at a coin price of 1: a share sells at m and its money buys m coins.
    new, multiple = 100 * Fraction(share), Fraction(mnav)
    expected = (100 + new * multiple) / (100 + new) - 1
    found = accretion_issue_and_buy(float(Fraction(share)), float(multiple))
    assert found == pytest.approx(float(expected), abs=1e-15)


@pytest.mark.parametrize(("sold", "mnav"), [("1/10", "1/2"), ("1/4", "4/5"), ("1/5", "3/2"), ("1/3", "1")])
def test_sell_and_buyback_is_what_the_share_count_says(sold: str, mnav: str) -> None:
    coins, multiple = 100 * Fraction(sold), Fraction(mnav)
    expected = (100 - coins) / (100 - coins / multiple) - 1
    found = accretion_sell_and_buyback(float(Fraction(sold)), float(multiple))
    assert found == pytest.approx(float(expected), abs=1e-15)


def test_scalars_give_floats() -> None:
    found = [
        mnav_basic(3, 2),
        accretion_issue_and_buy(0.5, 2),
        accretion_sell_and_buyback(0.5, 1),
        holdings_per_share(3, 2),
        coin_yield(2, 3),
        coin_yield_additive(2, 3, hps_year_start=1),
        coin_gain(3.0, 0.5),
        days_to_cover_mnav(1, 0.1),
    ]
    assert [isinstance(figure, float) for figure in found] == [True] * 8
    assert found == [1.5, pytest.approx(1 / 3), 0.0, 1.5, 0.5, 1.0, 1.5, 0.0]


def test_arrays_give_arrays_with_nan_where_undefined() -> None:
    units = np.array([1.0, 2.0, NAN, 4.0])
    shares = np.array([2.0, 0.0, 1.0, 8.0])
    for divided in (mnav_basic(units, shares), holdings_per_share(units, shares)):
        assert np.array_equal(divided, [0.5, NAN, NAN, 0.5], equal_nan=True)
    assert np.array_equal(coin_yield(shares, units), [-0.5, NAN, NAN, -0.5], equal_nan=True)
    assert np.array_equal(coin_gain(units, shares), [2.0, 0.0, NAN, 32.0], equal_nan=True)


def test_accretion_of_arrays() -> None:
    shares, mnavs = np.array([0.5, -1.0]), np.array([2.5, 2.5])
    assert np.array_equal(accretion_issue_and_buy(shares, mnavs), [0.5, NAN], equal_nan=True)
    # Selling half the coins at half the value, or at none, would buy back every share and more.
    coins, mnavs = np.array([0.5, 0.5, 0.5, 0.5]), np.array([1.0, 0.5, 0.25, 0.0])
    assert np.array_equal(accretion_sell_and_buyback(coins, mnavs), [0.0, NAN, NAN, NAN], equal_nan=True)


def test_days_to_cover() -> None:
    # 1.21 is two days of 10 %; a multiple of 1 / 1.1 was covered a day ago.
    mnavs = np.array([1.21, 1 / 1.1, 0.0, -1.0, 2.0, 2.0])
    yields = np.array([0.1, 0.1, 0.1, 0.1, 0.0, -0.1])
    found = days_to_cover_mnav(mnavs, yields)
    assert found[:2] == pytest.approx([2.0, -1.0])
    assert np.isnan(found[2:]).all()


def test_additive_yields_of_quarters_sum_to_the_year_and_chained_ones_multiply() -> None:
    hps = np.array([100.0, 110.0, 125.0, 120.0, 150.0])
    added = coin_yield_additive(hps[:-1], hps[1:], hps_year_start=np.full(4, hps[0]))
    assert added.sum() == pytest.approx(0.5)
    assert np.prod(1 + coin_yield(hps[:-1], hps[1:])) == pytest.approx(1.5)
