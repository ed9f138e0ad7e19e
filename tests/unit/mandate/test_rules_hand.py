"""Each rule of a mandate, one by one: at the limit, just over it, and the words of the breach."""

import math
from typing import Any

import pytest

from dat.core.time import parse_instant
from dat.mandate.mandate import RULES, Mandate, check_mandate, projected_weights
from dat.orders.book import Book
from dat.orders.targets import Targets
from dat.treasury.venture import Commitment

BOTH = ("BTC", "ETH")
# 600 of BTC, 100 of ETH, 300 of cash: 1000
BOOK = Book(
    parse_instant("2024-01-01"),
    300.0,
    {"BTC": 6.0, "ETH": 1.0},
    {},
    {"BTC": 100.0, "ETH": 100.0, "SOL": math.nan},
)


def broken(mandate: Mandate, targets: Targets, book: Book = BOOK) -> list[str]:
    return [f"{breach.rule}: {breach.text}" for breach in check_mandate(mandate, book, targets)]


def weights(**amounts: float) -> Targets:
    return Targets.weights(amounts, "test")


def fund(amount: float, deal: str = "Fund") -> Commitment:
    return Commitment(deal, amount, 1)


def promise(*commitments: Commitment) -> Targets:
    return Targets.weights({"BTC": 0.5}, "test", commitments=commitments)


ONE, STRANGER = {"eligible": ("BTC",)}, ["eligible: ETH is not eligible; allowed: BTC"]
MOST, LEAST = {"weight_max": {"BTC": 0.7}}, {"weight_min": {"BTC": 0.4}}
FIVE = {"weight_max": {"ETH": 0.05}}
CASES: list[tuple[dict[str, Any], Targets, list[str]]] = [
    (ONE, weights(BTC=1.0), []),
    (ONE, weights(BTC=0.9, ETH=0.1), STRANGER),
    (ONE, weights(BTC=0.9, ETH=0.0), []),  # to leave an asset is always allowed
    (ONE, Targets.spend({"ETH": 1.0}, ""), STRANGER),
    (ONE, Targets.units({"ETH": 0.5}, ""), STRANGER),
    (MOST, weights(BTC=0.7), []),
    (MOST, weights(BTC=0.71), ["weight_max: BTC would be 71%, over 70%"]),
    (MOST, Targets.spend({"BTC": 100.0}, ""), []),
    (MOST, Targets.spend({"BTC": 101.0}, ""), ["weight_max: BTC would be 70.1%, over 70%"]),
    (MOST, Targets.units({"BTC": 7.0}, ""), []),
    (MOST, Targets.units({"BTC": 7.5}, ""), ["weight_max: BTC would be 75%, over 70%"]),
    (FIVE, Targets.spend({"BTC": 1.0}, ""), ["weight_max: ETH would be 10%, over 5%"]),
    (LEAST, weights(BTC=0.4), []),
    (LEAST, weights(BTC=0.39), ["weight_min: BTC would be 39%, under 40%"]),
    ({"weight_min": {"ETH": 0.2}}, weights(BTC=0.5), ["weight_min: ETH would be 0%, under 20%"]),
    ({"weight_min": {"ETH": 0.2}}, Targets.spend({"ETH": 100.0}, ""), []),
    (LEAST, Targets.units({"BTC": 3.0}, ""), ["weight_min: BTC would be 30%, under 40%"]),
    ({"cash_min_frac": 0.1}, weights(BTC=0.9), []),
    ({"cash_min_frac": 0.1}, weights(BTC=0.9, ETH=0.05), ["cash_min: cash would be 5%, under 10%"]),
    ({"cash_min_frac": 0.1}, Targets.spend({"BTC": 200.0}, ""), []),
    ({"cash_min_frac": 0.1}, Targets.spend({"BTC": 999.0}, ""), ["cash_min: cash would be 0%, under 10%"]),
    ({"cash_min_frac": 0.0}, Targets.spend({"BTC": 999.0, "ETH": 999.0}, ""), []),  # cut to the cash there is
    ({"cash_min_frac": 0.0}, Targets.units({"BTC": 9.5}, ""), ["cash_min: cash would be -5%, under 0%"]),
    ({"staked_max_frac": 0.5}, Targets.weights({"ETH": 0.5}, "", staked_frac={"ETH": 0.5}), []),
    (
        {"staked_max_frac": 0.5},
        Targets.weights({"ETH": 0.5}, "", staked_frac={"ETH": 0.6}),
        ["staked_max: staked ETH would be 60%, over 50%"],
    ),
    ({"illiquid_max_frac": 0.2, "deal_max_frac": 0.2}, promise(fund(200.0)), []),
    (
        {"illiquid_max_frac": 0.2, "deal_max_frac": 0.15},
        promise(fund(140.0), fund(70.0, "Other")),
        ["illiquid_max: all ventures would be 21%, over 20%"],
    ),
    (
        {"illiquid_max_frac": 0.2, "deal_max_frac": 0.1},
        promise(fund(101.0)),
        ["deal_max: Fund would be 10.1%, over 10%"],
    ),
    (
        {},
        promise(fund(1.0)),
        ["illiquid_max: all ventures would be 0.1%, over 0%", "deal_max: Fund would be 0.1%, over 0%"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "targets", "expected"), CASES, ids=range(len(CASES)))
def test_a_rule(limits: dict[str, Any], targets: Targets, expected: list[str]) -> None:
    assert broken(Mandate(**{"eligible": BOTH} | limits), targets) == expected


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert {text.partition(":")[0] for *_, expected in CASES for text in expected} == set(RULES)


def test_to_hold_breaks_nothing() -> None:
    strict = Mandate((), weight_min={"BTC": 0.9}, cash_min_frac=1.0)
    assert broken(strict, Targets.hold("nothing")) == []


def test_what_was_promised_before_counts() -> None:
    book = Book(
        parse_instant("2024-01-01"), 800.0, {"BTC": 0.0}, {}, {"BTC": 1.0}, venture_value=200.0, unfunded=50.0
    )
    mandate = Mandate(BOTH, illiquid_max_frac=0.3, deal_max_frac=1.0)
    assert broken(mandate, promise(fund(50.0)), book) == []
    assert broken(mandate, promise(fund(51.0)), book) == [
        "illiquid_max: all ventures would be 30.1%, over 30%"
    ]


def test_without_a_nav_no_promise_is_within_any_limit() -> None:
    book = Book(parse_instant("2024-01-01"), 10.0, {"BTC": 0.0}, {}, {"BTC": 1.0}, payable=10.0)
    rules = [
        text.partition(":")[0]
        for text in broken(Mandate(BOTH, illiquid_max_frac=1.0, deal_max_frac=1.0), promise(fund(1.0)), book)
    ]
    assert rules == ["illiquid_max", "deal_max"]


def test_weights_that_targets_accept_are_not_denied_for_the_rounding_of_an_optimiser() -> None:
    assert broken(Mandate(BOTH), weights(BTC=0.5, ETH=0.5 + 9e-7)) == []


def test_limits_are_of_liquid_nav_after_what_is_owed() -> None:
    # 1000 in all, 100 reserved, 60 payable and 40 of calls due: liquid NAV is 800, BTC 600 of it
    owing = Book(
        parse_instant("2024-01-01"), 300.0, {"BTC": 6.0, "ETH": 1.0}, {}, BOOK.price,
        reserved=100.0, payable=60.0, calls_due=40.0,
    )  # fmt: skip
    assert projected_weights(owing, Targets.spend({"BTC": 500.0}, "")) == pytest.approx(
        {"BTC": 0.875, "ETH": 0.125}
    )
    assert projected_weights(owing, Targets.units({"SOL": 5.0}, ""))["SOL"] == 0.0  # no price yet


def test_a_mandate_says_every_limit_in_words() -> None:
    mandate = Mandate(BOTH, {"ETH": 0.1}, {"BTC": 0.9}, cash_min_frac=0.02, staked_max_frac=0.6,
                      illiquid_max_frac=0.2, deal_max_frac=0.05)  # fmt: skip
    assert mandate.in_words() == (
        "Only BTC, ETH may be held.",
        "BTC may be at most 90% of liquid NAV.",
        "ETH must be at least 10% of liquid NAV.",
        "At least 2% of liquid NAV stays in cash after a rebalance.",
        "At most 60% of any coin may be staked.",
        "Ventures, promises included, may be at most 20% of NAV at commitment, one deal at most 5%.",
        "What would break a limit is not traded, and the refusal is recorded.",
        "A limit that prices alone have passed is cured at the next date of the calendar.",
    )
    assert "No commitment to illiquid ventures is allowed." in Mandate(BOTH).in_words()
