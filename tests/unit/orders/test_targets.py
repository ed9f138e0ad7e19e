"""An answer that makes no sense is refused where it is made."""

import math
from collections.abc import Callable

import pytest

from dat.core.time import parse_instant
from dat.errors import StrategyError
from dat.orders.book import Book
from dat.orders.targets import Targets

NAN, INF = math.nan, math.inf


def test_weights_may_sum_to_one_and_leave_cash() -> None:
    assert Targets.weights({"BTC": 0.6, "ETH": 0.4}, "full").amounts == {"BTC": 0.6, "ETH": 0.4}
    assert Targets.weights({}, "all cash").kind == "weights"
    assert Targets.weights({"BTC": 1.0 + 9e-7}, "float noise").kind == "weights"


@pytest.mark.parametrize(
    "amounts",
    [{"BTC": -0.1}, {"BTC": 1.1}, {"BTC": 0.6, "ETH": 0.5}, {"BTC": NAN}, {"BTC": INF}, {"BTC": 1.000002}],
)
def test_impossible_weights_are_refused(amounts: dict[str, float]) -> None:
    with pytest.raises(StrategyError, match="must be at least 0 and sum to at most 1; their sum is"):
        Targets.weights(amounts, "why")


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN])
def test_impossible_staked_shares_are_refused(share: float) -> None:
    with pytest.raises(StrategyError, match="staked shares must be between 0 and 1"):
        Targets.weights({"ETH": 1.0}, "why", staked_frac={"ETH": share})


@pytest.mark.parametrize("build", [Targets.units, Targets.spend])
@pytest.mark.parametrize("amount", [-1.0, NAN, INF])
def test_impossible_amounts_are_refused(
    build: Callable[[dict[str, float], str], Targets], amount: float
) -> None:
    with pytest.raises(StrategyError, match=r"must be at least 0 and finite; got \{'BTC': "):
        build({"ETH": 1.0, "BTC": amount}, "why")


def test_to_hold_names_nothing() -> None:
    targets = Targets.hold("nothing to do")
    assert (targets.kind, dict(targets.amounts), targets.reason) == ("hold", {}, "nothing to do")


def test_a_book_counts_by_hand() -> None:
    book = Book(
        parse_instant("2024-01-01"),
        500.0,
        {"BTC": 2.0, "ETH": 0.0, "SOL": 0.0},
        {"BTC": 1.0, "ETH": 10.0, "SOL": 0.0},
        {"BTC": 100.0, "ETH": 20.0, "SOL": NAN},
        reserved=50.0,
        payable=30.0,
        calls_due=20.0,
        venture_value=70.0,
        unfunded=999.0,
    )
    assert (book.units("BTC"), book.value("BTC"), book.value("SOL")) == (3.0, 300.0, 0.0)
    assert book.coin_value == 500.0
    assert book.spendable == 400.0  # 500 less 50 reserved, 30 payable, 20 of calls
    assert book.liquid_nav == 900.0
    assert book.nav == 1040.0  # 500 of coins, 500 of cash, 70 of ventures, less 30 payable
    assert book.weights() == {"BTC": 300 / 900, "ETH": 200 / 900, "SOL": 0.0}


def test_a_book_that_owes_more_than_it_has_weighs_nothing() -> None:
    book = Book(parse_instant("2024-01-01"), 10.0, {"BTC": 1.0}, {}, {"BTC": 5.0}, payable=40.0)
    assert (book.spendable, book.liquid_nav, book.weights()) == (-30.0, 0.0, {"BTC": 0.0})
