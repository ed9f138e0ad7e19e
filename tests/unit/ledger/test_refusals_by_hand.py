"""Bad input: each is refused with a message that says what is wrong, and nothing is changed by it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dat.adapters.memory_ledger import MemoryBooks, MemoryUnitOfWork
from dat.errors import LedgerError
from dat.ledger.books import Settings
from dat.ledger.event import Event, event_from_texts
from dat.operations.bookkeeping import record_events
from tests.kept_books import NOW, KeptBooks, open_event


def event(kind: str, at: str = "2024-03-01", source_id: str = "bad", **fields: str) -> Event:
    return event_from_texts({"kind": kind, "at": at, "source_id": source_id, **fields})


def books(method: str = "fifo") -> KeptBooks:
    """Give books with 2 BTC at 100, 10 BNB at 300 and 5 BTC that are staked."""
    bought = {"wallet": "hot", "asset": "BTC", "currency": "USD"}
    return KeptBooks(
        [
            open_event(method=method),
            event("trade", "2024-01-02", "b1", units="2", price="100", **bought),
            event("deposit", "2024-01-03", "n1", wallet="hot", asset="BNB", units="10", value="3000"),
            event(
                "deposit",
                "2024-01-04",
                "k1",
                wallet="hot",
                asset="BTC",
                units="5",
                value="500",
                state="staked",
            ),
            event("rate", "2024-01-05", "r1", asset="EUR", currency="USD", price="1.1"),
        ]
    )


def refused(kept: KeptBooks, bad: Event) -> str:
    """Refuse an event, give why, and see that lots and balances are what they were."""
    before = kept.lots(), kept.balances(), list(kept.entries)
    text = kept.refuse(bad)
    assert (kept.lots(), kept.balances(), kept.entries) == before
    kept.record(event("deposit", "2024-03-02", "next", wallet="bank", asset="USD", units="1"))
    assert text.startswith(f"{bad.kind} {bad.source_id} at 2024-")
    return text.split("Z: ", 1)[1]


def test_a_rate_counts_for_seven_days_to_the_second() -> None:
    kept = books()
    kept.record(event("deposit", "2024-01-12", "d1", wallet="bank", asset="EUR", units="1"))
    assert kept.balances()["equity:external:unknown", "USD"] == -3000 - 500 - Decimal("1.1")


def test_a_stablecoin_does_not_fall_back_to_its_peg_once_its_rate_is_stale() -> None:
    kept = books()
    kept.record(event("rate", "2024-02-01", "r2", asset="USDC", currency="USD", price="0.88"))
    bad = event("deposit", "2024-02-09", wallet="hot", asset="USDC", units="1")
    assert refused(kept, bad).startswith("no rate of USDC in USD within 7 days before 2024-02-09T00:00:00Z")


def test_a_peg_is_worth_the_stored_rate_of_its_currency_or_nothing() -> None:
    kept = KeptBooks([open_event("JPY")])
    bad = event("deposit", wallet="hot", asset="USDC", units="1")
    assert "no rate of USD in JPY within 7 days before 2024-03-01T00:00:00Z" in kept.refuse(bad)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"currency": "BTC", "method": "fifo"}, "BTC is no money; this event is paid in a currency"),
        ({"currency": "XYZ", "method": "fifo"}, "unknown asset 'XYZ'; known are "),
        (
            {"currency": "USD", "method": "best"},
            "no lot method 'best'; methods are fifo, lifo, hifo, lofo, average, specific",
        ),
        (
            {"currency": "USD", "method": "fifo", "days": "1.5"},
            "days = 1.5: the wash-sale rule counts whole days",
        ),
        (
            {"currency": "USD", "method": "average", "days": "30"},
            "the wash-sale rule needs lots; it does not go with the average method",
        ),
        ({"currency": "USD", "method": "fifo", "days": "-1"}, "days = -1 must be at least 0"),
    ],
)
def test_an_opening_that_cannot_be_leaves_the_books_shut(fields: dict[str, str], why: str) -> None:
    kept = KeptBooks()
    assert kept.refuse(event("open", **fields)).split("Z: ", 1)[1].startswith(why)
    early = event("deposit", wallet="bank", asset="USD", units="1")
    assert kept.refuse(early).endswith("the books are not opened yet: the first event must be of kind 'open'")


def test_what_lies_ahead_by_more_than_a_day_is_refused() -> None:
    kept = books()
    for ahead, is_taken in ((timedelta(days=1), True), (timedelta(days=1, microseconds=1), False)):
        late = event("deposit", "2024-05-01", f"d{is_taken}", wallet="bank", asset="USD", units="1")
        if is_taken:
            kept.record(late, now=late.at - ahead)
        else:
            assert kept.refuse(late, now=late.at - ahead).endswith(
                "lies in the future: it is 2024-04-29T23:59:59.999999Z now"
            )


def test_one_bad_event_keeps_all_of_its_batch_out() -> None:
    stored = MemoryBooks()
    good = event("deposit", source_id="d1", wallet="bank", asset="USD", units="1")
    bad = event("deposit", source_id="d2", wallet="bank", asset="WOJAK", units="1", value="1")
    with (
        MemoryUnitOfWork(stored) as work,
        pytest.raises(LedgerError, match=r"deposit d2 at .* unknown asset"),
    ):
        record_events(work, [good, bad], clock=lambda _: NOW, settings=Settings("USD", "fifo"))
    assert stored == MemoryBooks()


def test_the_same_name_with_other_words_is_refused() -> None:
    stored = MemoryBooks()
    first = event("deposit", source_id="d1", wallet="bank", asset="USD", units="1")
    with MemoryUnitOfWork(stored) as work:
        record_events(work, [first], clock=lambda _: NOW, settings=Settings("USD", "fifo"))
        work.commit()
    before = stored.entries
    other = first._replace(units=Decimal(2))
    with MemoryUnitOfWork(stored) as work, pytest.raises(LedgerError, match=r"deposit d1 .* is entry 2 of"):
        record_events(work, [other], clock=lambda _: NOW)
    assert stored.entries == before


@pytest.mark.parametrize(
    "drawing",
    [
        event("withdrawal", "2024-02-01", "s1", wallet="hot", asset="BTC", units="0.5", value="9"),
        event("transfer", "2024-02-01", "s1", wallet="hot", to_wallet="cold", asset="BTC", units="0.5"),
        event("stake", "2024-02-01", "s1", wallet="hot", asset="BTC", units="0.5"),
        event("loan_out", "2024-02-01", "s1", wallet="hot", asset="BTC", units="0.5", instrument="desk"),
        event("write_off", "2024-02-01", "s1", wallet="hot", asset="BTC", units="0.5"),
    ],
    ids=lambda drawing: drawing.kind,
)  # fmt: skip
def test_a_purchase_is_reversed_only_once_what_drew_on_it_is(drawing: Event) -> None:
    kept = books()
    untouched = kept.lots()
    kept.record(drawing)
    undo = event("correction", source_id="reverse:b1", ref="b1")
    assert refused(kept, undo).startswith("lot b1 of assets:hot has been drawn on or added to since")
    kept.record(event("correction", source_id="reverse:s1", ref="s1"))
    assert [row[:2] + row[2][3:5] for row in kept.lots()] == [row[:2] + row[2][3:5] for row in untouched]
    kept.record(undo)
    assert ("assets:hot", "BTC") not in kept.balances()
    assert kept.balances()["equity:trading:BTC", "USD"] == 500
