"""When a decision is due and when an answer is worth a trade: every calendar, both bands, both roles."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from dat.errors import InputError
from dat.orders.book import Book, LastDecision
from dat.orders.targets import Targets
from dat.strategy.when import CALENDARS, Rule

HOLD = Targets.hold("before")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def book_of(
    last: str | None, targets: Targets = HOLD, *, liquid: Mapping[str, float] | None = None, **changes: Any
) -> Book:
    coins = dict(liquid or {"BTC": 5.0, "ETH": 0.0})
    decision = None if last is None else LastDecision(at(last), targets)
    return Book(at("2023-12-28"), 500.0, coins, {}, dict.fromkeys(coins, 100.0), last=decision, **changes)


CASES = [
    # calendar, last decision, now, is due: 2024-01-01 is a Monday
    ("bar", "2024-01-01T00:00", "2024-01-01T04:00", True),
    ("daily", "2024-01-01T00:00", "2024-01-01T20:00", False),
    ("daily", "2024-01-01T20:00", "2024-01-02T00:00", True),
    ("weekly", "2024-01-01", "2024-01-07", False),
    ("weekly", "2024-01-07", "2024-01-08", True),  # Sunday to Monday
    ("weekly", "2023-12-31", "2024-01-01", True),  # a new year on a Monday
    ("weekly", "2024-12-30", "2025-01-05", False),  # a week over the turn of the year
    ("weekly", "2024-01-01", "2024-02-26", True),  # months of missing bars
    ("monthly", "2024-01-01", "2024-01-31", False),
    ("monthly", "2024-01-31", "2024-02-01", True),
    ("monthly", "2023-02-10", "2024-02-10", True),
    ("quarterly", "2024-01-01", "2024-03-31", False),
    ("quarterly", "2024-03-31", "2024-04-01", True),
    ("quarterly", "2023-12-31", "2024-01-01", True),
    ("yearly", "2024-01-01", "2024-12-31", False),
    ("yearly", "2024-12-31", "2025-01-01", True),
    ("once", "2024-01-01", "2044-01-01", False),
    ("7d", "2023-12-28", "2024-01-03", False),  # inception is 28 December
    ("7d", "2023-12-28", "2024-01-04", True),
    ("7d", "2024-01-10", "2024-01-11", True),  # days are counted from inception, not from the last decision
    ("7d", "2024-01-11", "2024-01-17", False),
    ("30d", "2023-12-28", "2024-01-26", False),
    ("30d", "2023-12-28", "2024-01-27", True),
]


@pytest.mark.parametrize(("calendar", "last", "now", "is_due"), CASES)
def test_a_calendar(calendar: str, last: str, now: str, is_due: bool) -> None:
    expected = f"calendar {calendar}" if is_due else None
    assert Rule(calendar).trigger(at(now), book_of(last)) == expected


def test_every_calendar_has_a_case() -> None:
    assert {calendar for calendar, *_ in CASES} >= set(CALENDARS)


def test_what_makes_a_decision_due_and_in_which_order() -> None:
    rule, now = Rule("daily", band_abs=0.01, band_role="trigger"), at("2024-01-02")
    drifted = Targets.weights({"BTC": 0.9}, "before")
    owing: dict[str, Any] = {"released": 1.0, "calls_due": 1.0, "calls_unanswered": 1.0}
    assert rule.trigger(now, book_of(None, **owing)) == "inception"
    assert rule.trigger(now, book_of("2024-01-01", approved=drifted, **owing)) == "calendar daily"
    assert rule.trigger(now, book_of("2024-01-02", approved=drifted, **owing)) == "obligation"
    assert rule.trigger(now, book_of("2024-01-02", approved=drifted, released=1.0)) == "band"
    assert rule.trigger(now, book_of("2024-01-02", released=1.0)) == "new money"
    assert rule.trigger(now, book_of("2024-01-02", calls_due=1.0)) is None  # answered before
    assert rule.trigger(now, book_of("2024-01-02")) is None


def test_the_calendar_is_due_once_a_period_whatever_else_asks() -> None:
    rule = Rule("7d")
    assert rule.is_scheduled(at("2024-01-04"), book_of(None))
    assert rule.is_scheduled(at("2024-01-04"), book_of("2024-01-03", released=1.0))
    assert not rule.is_scheduled(at("2024-01-05"), book_of("2024-01-04", released=1.0))


def bands(
    target: float, *, band_abs: float | None = None, band_rel: float | None = None
) -> tuple[bool, bool]:
    """Give, for half in BTC against a target: is it asked between dates, and is it traded at a date."""
    wanted, now = Targets.weights({"BTC": target}, "target"), at("2024-01-02")
    asked = Rule("once", band_abs, band_rel, "trigger").trigger(now, book_of("2024-01-01", approved=wanted))
    traded = Rule("once", band_abs, band_rel, "filter").is_worth_trading(book_of("2024-01-01"), wanted)
    return asked == "band", traded


@pytest.mark.parametrize(
    ("target", "band_abs", "band_rel", "is_out"),
    [
        (0.5, 0.25, None, False),
        (0.75, 0.25, None, False),  # on the band is within it
        (0.25, 0.25, None, False),
        (0.76, 0.25, None, True),
        (0.24, 0.25, None, True),
        (0.4, None, 0.25, False),  # a quarter of 40 points is 10: on the band
        (0.39, None, 0.25, True),
        (0.6, None, 0.15, True),  # 9 points allowed, 10 off
        (0.6, None, 0.17, False),
        (0.6, 0.2, 0.15, True),  # either band is enough
        (0.6, 0.05, 0.9, True),
        (0.6, 0.2, 0.9, False),
    ],
)
def test_bands(target: float, band_abs: float | None, band_rel: float | None, is_out: bool) -> None:
    assert bands(target, band_abs=band_abs, band_rel=band_rel) == (is_out, is_out)


def test_a_coin_that_is_held_and_not_wanted_has_drifted() -> None:
    wanted = Targets.weights({"ETH": 0.5}, "ETH only")
    book = book_of("2024-01-01", wanted, liquid={"BTC": 5.0, "ETH": 5.0})
    for rule in (Rule(band_abs=0.3), Rule(band_rel=0.3)):
        assert rule.is_worth_trading(book, wanted)


@pytest.mark.parametrize("role", ["filter", "trigger"])
def test_without_a_band_an_answer_is_worth_trading_and_nothing_is_asked_between_dates(
    role: Literal["filter", "trigger"],
) -> None:
    rule, wanted = Rule("once", band_role=role), Targets.weights({"BTC": 0.9}, "far")
    assert rule.is_worth_trading(book_of("2024-01-01"), wanted)
    assert rule.trigger(at("2024-01-02"), book_of("2024-01-01", approved=wanted)) is None


def test_bands_are_for_weights_only() -> None:
    rule, spend = Rule("once", band_abs=0.01, band_role="trigger"), Targets.spend({"BTC": 1.0}, "buy")
    assert rule.trigger(at("2024-01-02"), book_of("2024-01-01", approved=spend)) is None
    assert Rule(band_abs=0.9).is_worth_trading(book_of("2024-01-01"), spend)


@pytest.mark.parametrize("calendar", ["fortnightly", "0d", "-1d", "d", "1.5d", "7D", "1h", ""])
def test_an_unknown_calendar_is_refused(calendar: str) -> None:
    with pytest.raises(
        InputError, match=f"calendar '{calendar}' is unknown; use bar, daily, .* or such as 7d"
    ):
        Rule(calendar)


@pytest.mark.parametrize("band", [0.0, -0.1, float("nan")])
def test_a_band_of_nothing_is_refused(band: float) -> None:
    with pytest.raises(InputError, match="a band must be greater than 0"):
        Rule(band_abs=band)
    with pytest.raises(InputError, match="a band must be greater than 0"):
        Rule(band_rel=band)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("7d"), "Asked every 7 days."),
        (Rule("bar"), "Asked at every bar."),
        (Rule("once"), "Asked once."),
        (
            Rule("weekly", 0.05, 0.2),
            "Asked weekly; trades only when a weight is off target by more than "
            "5 points of liquid NAV or 20% of the target.",
        ),
        (
            Rule("quarterly", band_rel=0.25, band_role="trigger"),
            "Asked quarterly; also asked when a weight is off target by more than 25% of the target.",
        ),
    ],
)
def test_a_rule_in_words(rule: Rule, words: str) -> None:
    assert rule.in_words() == words
