"""Books that refuse, entries that do not balance, and text that is no event."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from dat.core.time import parse_instant
from dat.errors import LedgerError
from dat.ledger.commodity import COMMODITIES
from dat.ledger.entry import balanced
from dat.ledger.event import Event, event_from_json, event_from_texts
from dat.ledger.step import Post
from tests.kept_books import NOW, KeptBooks, open_event

AT = parse_instant("2024-01-02")
BUY = Event(
    "trade",
    AT,
    "b1",
    wallet="cold",
    asset="BTC",
    units=Decimal(1),
    currency="USD",
    amount=Decimal(5),
)


@pytest.mark.parametrize("change", [{"wallet": None}, {"kind": ["trade"]}, {"asset": ["BTC"]}])
def test_what_no_check_expects_fails_before_anything_is_changed(change: dict[str, Any]) -> None:
    books = KeptBooks([open_event()])
    with pytest.raises(TypeError):
        books.record(BUY._replace(**change))
    assert books.record(BUY) == KeptBooks([open_event(), BUY]).entries[-1]


def test_books_that_refused_an_event_take_no_other_until_they_are_opened_again() -> None:
    books = KeptBooks([open_event()])
    with pytest.raises(LedgerError, match="must not be 0"):
        books.record(BUY._replace(units=Decimal(0)))
    with pytest.raises(LedgerError, match=r"^these books refused an event before; open them again$"):
        books.record(BUY)
    books.reopen()
    assert books.record(BUY).number == 2


def test_an_event_that_fails_half_way_leaves_no_trace_once_the_books_are_opened_again() -> None:
    # The transfer moves a coin before its fee is refused.
    transfer = Event(
        "transfer",
        AT,
        "t1",
        wallet="cold",
        to_wallet="hot",
        asset="BTC",
        units=Decimal(1),
        fee=Decimal(1),
        fee_asset="BNB",
        fee_value=Decimal(1),
    )
    books = KeptBooks([open_event(), BUY])
    assert "holds 0 BNB" in books.refuse(transfer)
    entry = books.record(transfer._replace(fee=None, fee_asset="", fee_value=None))
    assert entry == KeptBooks([open_event(), BUY, entry.event]).entries[-1]


def test_a_correction_takes_only_the_entry_that_it_names() -> None:
    books = KeptBooks([open_event(), BUY])
    correction = Event("correction", AT, "reverse:b9", ref="b9")
    with pytest.raises(
        LedgerError, match=r"ref = 'b9' is not what is to be reversed, trade b1 at 2024-01-02T00:00:00Z$"
    ):
        books.books.record(correction, recorded_at=NOW, target=books.entries[-1])


def test_postings_that_rounding_would_hide_or_no_store_can_hold_are_refused() -> None:
    with pytest.raises(LedgerError, match=r"^unbalanced by 0\.000000001 USD$"):
        balanced([Post("a", "USD", Decimal("1.000000001")), Post("b", "USD", Decimal(-1))], COMMODITIES)
    with pytest.raises(LedgerError, match=r"^a: 100000000000000000000 USD is not below 1e\+20$"):
        balanced([Post("a", "USD", Decimal(10) ** 20), Post("b", "USD", -(Decimal(10) ** 20))], COMMODITIES)


def test_an_entry_cannot_be_made_of_unbalanced_postings() -> None:
    entry = KeptBooks([open_event(), BUY]).entries[-1]
    first = entry.postings[0]
    more = first._replace(amount=first.amount + 1)
    with pytest.raises(LedgerError, match=r"^trade b1 at 2024-01-02T00:00:00Z: unbalanced by 1 (BTC|USD)$"):
        replace(entry, postings=(more, *entry.postings[1:]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[]", ""),
        ("null", ""),
        ('{"kind":"lock","source_id":"k"}', "'at'"),
        (
            '{"at":"2024-01-02","kind":"lock","source_id":"k","unit":"1"}',
            "unexpected keyword argument 'unit'",
        ),
        ('{"at":"2024-01-02","kind":"deposit","source_id":"d","units":0.1}', "units = 0.1 is no text"),
        ('{"at":"2024-01-02","kind":"deposit","source_id":"d","units":"x"}', ""),
        ('{"at":"2024-01-02","kind":"deposit","source_id":5}', "source_id = 5 is no text"),
        (
            '{"at":"2024-01-02","kind":"deposit","source_id":"d","lots":"abc"}',
            "lots = 'abc' is no list of texts",
        ),
        ('{"at":"2024-01-02","kind":"deposit","source_id":"d","lots":[1]}', "lots = [1] is no list of texts"),
        ('{"at":' + "[" * 100_000, ""),
    ],
)
def test_json_that_is_no_event_is_refused(text: str, why: str) -> None:
    with pytest.raises(LedgerError) as caught:
        event_from_json(text)
    assert str(caught.value).startswith(f"no event can be read from {text[:80]!r}: ")
    assert why in str(caught.value)


def test_an_instant_outside_the_years_of_utc_is_refused() -> None:
    texts = {"kind": "lock", "at": "9999-12-31T23:00:00-08:00", "source_id": "k1"}
    with pytest.raises(
        LedgerError, match=r"^at: 9999-12-31T23:00:00-08:00 lies outside the years 1 to 9999 in UTC$"
    ):
        event_from_texts(texts)


def test_an_instant_of_another_zone_is_the_same_event() -> None:
    hong_kong = BUY._replace(at=datetime(2024, 1, 2, 8, tzinfo=timezone(timedelta(hours=8))))
    assert (
        KeptBooks([open_event(), hong_kong]).entries[-1].hash
        == KeptBooks([open_event(), BUY]).entries[-1].hash
    )
