"""When the parts of a commitment fall due, month ends included; what is refused."""

import math
from datetime import UTC, datetime

import pytest

from dat.errors import InputError
from dat.treasury.capital import AtmRule, issue_shares
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment, Venture


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("promised", "due"),
    [
        ("2024-01-15", ["2024-02-15", "2024-03-15", "2024-04-15"]),
        ("2024-01-31", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2023-01-30", ["2023-02-28", "2023-03-30", "2023-04-30"]),
        ("2023-11-30T16:00", ["2023-12-30T16:00", "2024-01-30T16:00", "2024-02-29T16:00"]),
        ("2024-02-29", ["2024-03-29", "2024-04-29", "2024-05-29"]),
    ],
)
def test_a_part_falls_due_each_month(promised: str, due: list[str]) -> None:
    venture = Venture(Commitment("Fund", 300.0, 3), at(promised))
    for number, date in enumerate(due, start=1):
        instant = at(date)
        assert venture.due(instant) == pytest.approx(100.0 * number)
        assert venture.due(instant.replace(minute=0, hour=0, microsecond=0)) <= venture.due(instant)
        assert venture.due(datetime.fromtimestamp(instant.timestamp() - 1, UTC)) == pytest.approx(
            100.0 * (number - 1)
        )
    assert venture.due(at("2031-01-01")) == pytest.approx(300.0)


def test_a_paid_part_is_value_at_cost_and_is_not_due_again() -> None:
    venture = Venture(Commitment("Fund", 300.0, 3), at("2024-01-31")).pay_one()
    assert (venture.called, venture.unfunded) == pytest.approx((100.0, 200.0))
    assert venture.due(at("2024-02-29")) == 0.0
    assert venture.due(at("2024-03-31")) == pytest.approx(100.0)
    done = venture.pay_one().pay_one()
    assert (done.called, done.unfunded, done.due(at("2030-01-01"))) == (300.0, 0.0, 0.0)


@pytest.mark.parametrize(("amount", "calls"), [(0.0, 1), (-5.0, 1), (math.nan, 1), (math.inf, 1), (5.0, 0)])
def test_a_promise_of_nothing_is_refused(amount: float, calls: int) -> None:
    with pytest.raises(InputError, match="deal Fund: an amount above 0 and at least 1 call are needed"):
        Commitment("Fund", amount, calls)


@pytest.mark.parametrize(
    ("shares", "coin_value", "mnav"),
    [(0.0, 100.0, 2.0), (10.0, 0.0, 2.0), (10.0, 100.0, 1.19), (10.0, 100.0, math.nan)],
)
def test_nothing_is_issued_without_shares_coins_or_a_premium(
    shares: float, coin_value: float, mnav: float
) -> None:
    assert (
        issue_shares(AtmRule(1.2, 0.1), shares=shares, coin_value=coin_value, nav=coin_value, mnav=mnav)
        is None
    )


def test_shares_are_issued_at_the_minimum_itself() -> None:
    sold = issue_shares(AtmRule(1.2, 0.1), shares=10.0, coin_value=100.0, nav=110.0, mnav=1.2)
    assert sold is not None
    assert (sold.shares_issued, sold.price, sold.proceeds) == pytest.approx((1.0, 12.0, 12.0))
    assert sold.accretion_frac == pytest.approx(1.12 / 1.1 - 1, rel=1e-12)  # (1 + s m) / (1 + s) - 1
    assert sold.price_to_nav == pytest.approx(120.0 / 110.0, rel=1e-14)


@pytest.mark.parametrize(
    ("mnav_min", "nav", "is_sold"),
    [
        (1.0, 120.0, True),  # 100 of coins at 1.2 are a market value of 120
        (1.0, 120.1, False),  # cash lifts NAV above it: each new share would dilute NAV per share
        (0.9, 130.0, True),  # a minimum of 0.9 accepts a discount of a tenth
        (0.9, 134.0, False),
    ],
)
def test_shares_are_not_sold_under_their_nav(mnav_min: float, nav: float, is_sold: bool) -> None:
    sold = issue_shares(AtmRule(mnav_min, 0.1), shares=10.0, coin_value=100.0, nav=nav, mnav=1.2)
    assert (sold is not None) is is_sold


def test_a_validator_keeps_its_commission() -> None:
    assert StakingTerms(commission_frac=0.25).reward(730.0, 0.10, 2.0) == pytest.approx(0.3, rel=1e-14)
