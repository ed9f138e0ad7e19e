"""Whether an event has the fields of its kind, with values that can be meant: each field of every kind."""

from decimal import Decimal
from typing import Any

import pytest

from dat.core.time import parse_instant
from dat.errors import LedgerError
from dat.ledger.event import (
    AMOUNTS,
    FIELDS,
    Event,
    event_from_json,
    event_from_texts,
    event_json,
    event_texts,
)
from dat.ledger.rules import KINDS
from dat.ledger.shapes import require_shape

AT = parse_instant("2024-03-01")
HUGE = Decimal(10) ** 20
LARGEST = Decimal("99999999999999999999.999999999999999999")
FIELD_VALUES: dict[str, Any] = {
    "wallet": "hot",
    "to_wallet": "cold",
    "cash_wallet": "bank",
    "asset": "BTC",
    "units": Decimal(1),
    "state": "liquid",
    "currency": "USD",
    "amount": Decimal(10),
    "price": Decimal(10),
    "value": Decimal(10),
    "fee": Decimal(1),
    "fee_asset": "USD",
    "fee_value": Decimal(1),
    "instrument": "desk",
    "principal": Decimal(1),
    "method": "fifo",
    "days": Decimal(30),
    "lots": ("b1",),
    "ref": "b1",
}
"""A value for each field that some kinds take and others do not."""


def whole(kind: str, **change: Any) -> Event:
    """Give an event with every field that its kind needs."""
    given = {name: FIELD_VALUES[name] for name in KINDS[kind].required}
    name = "reverse:b1" if kind == "correction" else "e1"
    return Event(kind, AT, name, **(given | change))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_a_kind_needs_is_asked_for(kind: str) -> None:
    for name in KINDS[kind].required:
        empty = Event._field_defaults[name]
        with pytest.raises(LedgerError, match=f"^{name} is missing; a {kind} needs .*{name}"):
            require_shape(whole(kind, **{name: empty}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_a_kind_does_not_take_is_refused(kind: str) -> None:
    assert set(FIELD_VALUES) == set(FIELDS) - {"kind", "at", "source_id", "memo"}
    for name in FIELD_VALUES.keys() - {*KINDS[kind].required, *KINDS[kind].optional}:
        with pytest.raises(LedgerError, match=f"^{name} does not go with a {kind}; it takes "):
            require_shape(whole(kind, **{name: FIELD_VALUES[name]}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "bad", [1.5, float("nan"), 1, True, "1", Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")], ids=repr
)
def test_an_amount_that_is_no_finite_decimal_is_refused_in_every_kind(kind: str, bad: Any) -> None:
    for name in set(AMOUNTS) & {*KINDS[kind].required, *KINDS[kind].optional}:
        with pytest.raises(LedgerError, match=f"^{name} = .* is no finite Decimal; floats are refused"):
            require_shape(whole(kind, **{name: bad}))


@pytest.mark.parametrize("kind", KINDS)
def test_an_amount_that_no_store_can_hold_is_refused_in_every_kind(kind: str) -> None:
    for name in set(AMOUNTS) & {*KINDS[kind].required, *KINDS[kind].optional}:
        for bad in (HUGE, -HUGE, Decimal("1E+400")):
            with pytest.raises(LedgerError, match=rf"^{name} = -?10{{20,}} is not below 1e\+20"):
                require_shape(whole(kind, **{name: bad}))


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("0." + "1" * 40, True),
        ("0." + "1" * 41, False),
        ("-99999999999999999999." + "9" * 40, True),
        ("1." + "0" * 60, True),
        ("1E-40", True),
        ("1E-41", False),
    ],
)
def test_an_amount_has_no_more_decimals_than_can_be_read_again(text: str, is_taken: bool) -> None:
    bad = Event("mark", AT, "m1", asset="BTC", amount=Decimal(text))
    if is_taken:
        require_shape(bad)
        assert event_from_texts(event_texts(bad)) == bad
        return
    with pytest.raises(LedgerError, match=r"^amount = 0\.[01]{41} has more than 40 decimals$"):
        require_shape(bad)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "gift"}, "no kind of event is called 'gift'; kinds are open, declare, rate, lock, trade, "),
        ({"kind": ""}, "no kind of event is called ''; kinds are "),
        ({"source_id": ""}, "source_id = '' must be 1 to 128 printable characters without spaces"),
        ({"source_id": "a b"}, "source_id = 'a b' must be 1 to 128"),
        ({"source_id": "a\n"}, r"source_id = 'a\\n' must be 1 to 128"),
        ({"source_id": "é"}, "source_id = 'é' must be 1 to 128"),
        ({"source_id": "reverse:b1"}, "source_id = reverse:b1: only a correction is called so"),
        ({"at": AT.replace(tzinfo=None)}, "at = 2024-03-01 00:00:00 has no time zone"),
        ({"at": "2024-01-01"}, "at = 2024-01-01 has no time zone; give an aware instant"),
        ({"memo": "two\nlines"}, "memo must be one line of at most 1000 characters, without spaces"),
        ({"memo": "m" * 1001}, "memo must be one line of at most 1000 characters"),
        ({"memo": " m"}, "memo must be one line of at most 1000 characters, without spaces around it"),
        ({"memo": 7}, "memo must be one line of at most 1000 characters, without spaces around it"),
        ({"lots": "b1"}, r"lots = 'b1' must be a tuple of names of lots, each a source_id"),
        ({"lots": ("b 1",)}, r"lots = \('b 1',\) must be a tuple of names of lots"),
        ({"lots": ("b1", "")}, r"lots = \('b1', ''\) must be a tuple of names of lots"),
        ({"wallet": 7}, "wallet = '7' is no name; use 1 to 64 letters"),
        ({"wallet": "hot\n"}, "wallet = 'hot\n' is no name; use 1 to 64 letters"),
        ({"asset": "BTC "}, "asset = 'BTC ' is no name; use 1 to 16 capital letters"),
        ({"state": "Staked"}, "state = 'Staked' is none of liquid, staked, unbonding"),
    ],
)  # fmt: skip
def test_a_word_that_is_none_is_refused(fields: dict[str, Any], why: str) -> None:
    good = Event("withdrawal", AT, "w1", wallet="hot", asset="BTC", units=Decimal(1), value=Decimal(1))
    require_shape(good)
    with pytest.raises(LedgerError, match=f"^{why}"):
        require_shape(good._replace(**fields))


def test_the_longest_words_are_taken_and_read_again_as_they_were() -> None:
    longest = Event(
        "withdrawal",
        AT.replace(microsecond=1),
        "s" * 128,
        wallet="h" * 64,
        asset="A" * 16,
        units=LARGEST,
        value=Decimal(0),
        lots=("b1", "l" * 128),
        memo='m, "é" ' * 142 + "m",
    )
    require_shape(longest)
    assert event_from_texts(event_texts(longest)) == longest
    assert event_from_json(event_json(longest)) == longest


@pytest.mark.parametrize("ref", ["a b", 7])
def test_a_correction_names_what_can_be_a_name(ref: Any) -> None:
    bad = Event("correction", AT, f"reverse:{ref}", ref=ref)
    with pytest.raises(LedgerError, match=r"is no source_id|must be 1 to 128"):
        require_shape(bad)
