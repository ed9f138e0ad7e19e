"""What every store of the books must do: one battery for memory, SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dat.errors import LedgerError, StoreError
from dat.ledger.books import Settings
from dat.ledger.entry import Entry, Head
from dat.ledger.event import Event, event_from_texts, event_json
from dat.ledger.lots import Lot
from dat.operations.bookkeeping import Recorded, record_events
from dat.ports import JournalRow, UnitOfWork
from tests.contract.conftest import STORES, books_of

Begin = Callable[[], UnitOfWork]
NOW = datetime(2025, 1, 1, tzinfo=UTC)
USD = Settings("USD", "fifo")
NEW_AND_KNOWN = """
    rate 2024-01-10 f2 asset=HKD currency=USD price=0.128
    rate 2024-01-11 d1 asset=HKD currency=USD price=0.128
"""
HISTORY = """
    deposit  2024-01-01 d1 wallet=bank asset=USD units=1000000
    trade    2024-01-02 t1 wallet=hot cash_wallet=bank asset=BTC units=3 currency=USD price=40000
    trade    2024-01-03 t2 wallet=hot cash_wallet=bank asset=ETH units=10.000000001 currency=USD amount=20000
    transfer 2024-01-04 x1 wallet=hot to_wallet=cold asset=BTC units=1 fee=0.001 fee_asset=BTC fee_value=40
    stake    2024-01-05 s1 wallet=hot asset=ETH units=4
    reward   2024-01-06 r1 wallet=hot asset=ETH units=0.1 value=210 state=staked
    trade    2024-01-07 t3 wallet=hot cash_wallet=bank asset=BTC units=-1.5 currency=USD price=45000
    rate     2024-01-08 f1 asset=HKD currency=USD price=0.128
    deposit  2024-01-08 d2 wallet=bank asset=HKD units=1000
    correction 2024-01-09 reverse:t3 ref=t3
"""


def events(text: str) -> list[Event]:
    """Read one event a line: kind, instant, source, and its fields."""
    rows = [line.split() for line in text.strip().splitlines()]
    return [
        event_from_texts(
            {"kind": kind, "at": at, "source_id": source, **dict(word.split("=", 1) for word in fields)}
        )
        for kind, at, source, *fields in rows
    ]


def keep(begin: Begin, told: Iterable[Event], now: datetime = NOW) -> Recorded:
    with begin() as work:
        done = record_events(work, told, clock=lambda _: now, settings=USD)
        work.commit()
    return done


def at(day: int) -> datetime:
    return datetime(2024, 1, day, tzinfo=UTC)


def test_empty_books_begin_at_the_genesis(begin: Begin) -> None:
    with begin() as work:
        assert work.ledger.head() == Head(0, "0" * 64)
        assert list(work.ledger.entries()) == []
        assert dict(work.ledger.balances()) == {}
        assert list(work.ledger.open_lots()) == []


def test_entries_come_back_as_they_were_recorded(begin: Begin) -> None:
    done = keep(begin, events(HISTORY))
    with begin() as work:
        kept = list(work.ledger.entries())
        assert work.ledger.head() == done.head == kept[-1].head
    assert [entry.number for entry in kept] == list(range(1, 12))
    assert [entry.event for entry in kept[1:]] == events(HISTORY)
    assert kept[3].postings[0].amount == -20_000
    assert kept[3].moves[0].units == Decimal("10.000000001")
    assert all(entry.recorded_at == NOW for entry in kept)
    assert [entry.previous for entry in kept[1:]] == [entry.hash for entry in kept[:-1]]


def test_entries_are_found_by_number_kind_and_source(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    with begin() as work:
        ledger = work.ledger

        def sources(**asked: object) -> list[str]:
            return [entry.event.source_id for entry in ledger.entries(**asked)]  # type: ignore[arg-type]

        assert sources(after=9) == ["d2", "reverse:t3"]
        assert sources(kinds=["open", "rate"]) == ["open", "f1"]
        assert sources(source_ids=["t2", "nobody", "d1"]) == ["d1", "t2"]
        assert sources(source_ids=["t2", "d1"], kinds=["trade"]) == ["t2"]
        assert sources(source_ids=["nobody"]) == []


def test_balances_at_past_instants_are_worked_out_by_hand(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    with begin() as work:
        first, third, end = (work.ledger.balances(instant) for instant in (at(1), at(7), None))
    assert first == {("assets:bank", "USD"): 1_000_000, ("equity:external:unknown", "USD"): -1_000_000}
    assert third["assets:bank", "USD"] == 1_000_000 - 120_000 - 20_000 + 67_500
    assert third["assets:hot", "BTC"] == Decimal("0.499")
    assert third["income:realised:BTC", "USD"] == -(67_500 - 60_000)
    assert ("income:realised:BTC", "USD") not in end
    assert end["assets:hot", "BTC"] == Decimal("1.999")
    assert end["assets:hot:staked", "ETH"] == Decimal("4.1")
    assert end["equity:trading:HKD", "USD"] == 128


def test_open_lots_are_what_is_left_of_them(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    with begin() as work:
        lots = {
            (account, name, lot.name): (lot.units, lot.cost) for account, name, lot in work.ledger.open_lots()
        }
        only = [account for account, _, _ in work.ledger.open_lots("assets:cold", "BTC")]
    assert lots["assets:cold", "BTC", "t1"] == (Decimal(1), Decimal(40_000))
    assert lots["assets:hot", "BTC", "t1"] == (Decimal("1.999"), Decimal(79_960))
    assert lots["assets:hot:staked", "ETH", "r1"] == (Decimal("0.1"), Decimal(210))
    assert only == ["assets:cold"]


def test_a_late_event_counts_at_its_instant(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    keep(begin, events("deposit 2024-01-02 late wallet=bank asset=USD units=7"))
    with begin() as work:
        before, after = (work.ledger.balances(at(day))["assets:bank", "USD"] for day in (1, 2))
    assert [before, after] == [1_000_000, 1_000_000 - 120_000 + 7]


def test_what_is_not_committed_leaves_nothing(begin: Begin) -> None:
    before = keep(begin, events(HISTORY))
    with begin() as work:
        record_events(
            work, events("deposit 2024-02-01 d9 wallet=bank asset=USD units=7"), clock=lambda _: NOW
        )
        work.journal.append(JournalRow("i1", "intended", NOW, "{}"))
        work.leases.acquire("writer", "a", now=NOW, ttl=timedelta(seconds=5))
    with begin() as work:
        assert work.ledger.head() == before.head
        assert list(work.journal.rows()) == []
        assert work.leases.acquire("writer", "b", now=NOW, ttl=timedelta(seconds=5)) == 1


def test_books_journal_and_lease_are_committed_together(begin: Begin) -> None:
    line = JournalRow("i1", "filled", NOW, '{"trade":"t1"}')
    with begin() as work:
        record_events(work, events(HISTORY), clock=lambda _: NOW, settings=USD)
        work.journal.append(line)
        epoch = work.leases.acquire("writer", "a", now=NOW, ttl=timedelta(seconds=5))
        work.commit()
    with begin() as work:
        assert work.ledger.head().number == 11
        assert list(work.journal.rows()) == [line]
        assert list(work.journal.rows("i2")) == []
        work.leases.require("writer", "a", epoch=epoch, now=NOW)


def test_the_same_events_again_are_no_change(begin: Begin) -> None:
    first = keep(begin, events(HISTORY))
    again = keep(begin, events(HISTORY))
    assert (again.new, again.known, again.head) == (0, 10, first.head)


def test_a_source_that_says_something_else_is_refused_by_name(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    with pytest.raises(LedgerError, match=r"deposit d1 .* is entry 2 of the books already"):
        keep(begin, events("deposit 2024-01-01 d1 wallet=bank asset=USD units=8"))


def test_entries_that_do_not_follow_the_head_are_refused(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    with begin() as work:
        old = list(work.ledger.entries(after=10))
        with pytest.raises(LedgerError, match=r"is entry 11 after .* and the books end with entry 11"):
            work.ledger.append(old, ())


def test_a_refused_append_leaves_nothing_even_when_the_rest_is_committed(begin: Begin) -> None:
    keep(begin, events(HISTORY))
    ghost = Lot("ghost", 1, 0, Decimal(1), Decimal(1), Decimal(1), 0)
    with begin() as work:
        head, before = work.ledger.head(), list(work.ledger.open_lots())
        told = [(event, event_json(event)) for event in events(NEW_AND_KNOWN)]
        new = Entry.made(told[0], (), (), head=head, recorded_at=NOW)
        known = Entry.made(told[1], (), (), head=new.head, recorded_at=NOW)
        with pytest.raises(LedgerError, match="source_id d1 is in the books already"):
            work.ledger.append([new, known], [("assets:hot", "BTC", "ghost", ghost)])
        assert work.ledger.head() == head
        work.ledger.append([new], ())
        work.commit()
    with begin() as work:
        assert work.ledger.head() == new.head
        assert list(work.ledger.open_lots()) == before


def test_amounts_of_38_digits_come_back_exactly(begin: Begin) -> None:
    huge = "99999999999999999999.999999999999999999"
    told = events(f"""
        declare 2024-01-01 c1 asset=WEI method=coin units=18
        deposit 2024-01-01 d1 wallet=hot asset=WEI units={huge} value=0.00000001
    """)
    keep(begin, told)
    with begin() as work:
        assert work.ledger.balances()["assets:hot", "WEI"] == Decimal(huge)
        (_, _, lot), *_ = work.ledger.open_lots()
        assert [lot.units, lot.cost] == [Decimal(huge), Decimal("1E-8")]


def test_a_lease_has_one_holder_and_each_holding_a_higher_epoch(begin: Begin) -> None:
    ttl, later = timedelta(seconds=10), NOW + timedelta(seconds=11)
    with begin() as work:
        leases = work.leases
        assert leases.acquire("writer", "a", now=NOW, ttl=ttl) == 1
        assert leases.acquire("writer", "a", now=NOW + timedelta(seconds=5), ttl=ttl) == 1
        with pytest.raises(StoreError, match="lease writer is held by a until 2025-01-01T00:00:15Z"):
            leases.acquire("writer", "b", now=later, ttl=ttl)
        assert leases.acquire("writer", "b", now=later + ttl, ttl=ttl) == 2
        with pytest.raises(StoreError, match="lease writer of a, epoch 1, is lost: b in epoch 2 has it now"):
            leases.require("writer", "a", epoch=1, now=later)
        with pytest.raises(StoreError, match="lease writer of b expired"):
            leases.require("writer", "b", epoch=2, now=later + 3 * ttl)
        leases.release("writer", "b", epoch=2)
        leases.release("writer", "a", epoch=1)
        assert leases.acquire("writer", "a", now=later + ttl, ttl=ttl) == 3


def test_every_store_gives_the_same_hashes_balances_and_lots(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    found = []
    for store in STORES:
        begin = books_of(store, tmp_path, request)
        keep(begin, events(HISTORY)[:6])
        keep(begin, events(HISTORY)[6:] + events("deposit 2024-01-02 late wallet=bank asset=USD units=7"))
        with begin() as work:
            hashes = [entry.hash for entry in work.ledger.entries()]
            past = [dict(work.ledger.balances(at(day))) for day in range(1, 10)]
            found.append((hashes, past, list(work.ledger.open_lots())))
    assert found[0] == found[1] == found[2]
