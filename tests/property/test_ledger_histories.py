"""Whatever happens, and late: lots and balances agree, and so does a second implementation."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.core.time import epoch_us
from dat.ledger.entry import GENESIS, Entry
from dat.ledger.event import (
    AMOUNTS,
    FIELDS,
    Event,
    event_from_json,
    event_from_texts,
    event_json,
    event_texts,
)
from dat.ledger.replay import lots_at
from tests.kept_books import KeptBooks
from tests.property.ledger_histories import COINS, METHODS, START, STEPS, History, Step, played

Sums = dict[tuple[str, ...], Decimal]
TRADED = (*COINS, "BNB")
ZERO = Decimal(0)


def sums(rows: Iterable[tuple[tuple[str, ...], Decimal]]) -> Sums:
    found: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for place, amount in rows:
        found[place] += amount
    return {place: amount for place, amount in found.items() if amount}


def coins_held(entries: Iterable[Entry]) -> Sums:
    lines = (line for entry in entries for line in entry.postings)
    return sums(
        ((account, coin), amount)
        for account, coin, amount in lines
        if account.startswith("assets:") and coin in TRADED
    )


def total(history: History, account: str, coin: str = "USD") -> Decimal:
    lines = (line for entry in history.kept.entries for line in entry.postings)
    return sum((amount for name, unit, amount in lines if (name, unit) == (account, coin)), ZERO)


def digest(previous: str, entry: Entry) -> str:
    """Hash an entry as it is described: what comes before it, its place and time, and all that is in it."""

    def text(amount: Decimal) -> str:
        return f"{amount.normalize():f}" if amount else "0"

    lines = [previous, f"{entry.number} {epoch_us(entry.recorded_at)}", entry.event_text]
    lines += [f"{account} {coin} {text(amount)}" for account, coin, amount in entry.postings]
    lines += ["lots"]
    lines += [
        f"{move.account} {move.commodity} {text(move.units)} {text(move.cost)} {move.lot} {move.acquired_us}"
        for move in entry.moves
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("method", METHODS)
@given(steps=STEPS)
@settings(max_examples=50)
def test_the_books_hold_together_whatever_happens(method: str, steps: list[Step]) -> None:
    history = played(method, steps)  # each event is held against the second implementation there
    lots_are_what_the_balances_say(history)
    the_chain_is_whole(history.kept.entries)
    no_account_ever_held_less_than_nothing(history.kept.entries)
    what_came_is_what_was_put_in_and_gained(history)


def lots_are_what_the_balances_say(history: History) -> None:
    lots = history.kept.lots()
    assert sums(((account, coin), lot.units) for account, coin, lot in lots) == coins_held(
        history.kept.entries
    )
    for coin in TRADED:
        left = sum((lot.cost for _, name, lot in lots if name == coin), ZERO)
        assert total(history, f"equity:trading:{coin}") == left
    assert all(lot.units > 0 and lot.cost >= 0 for _, _, lot in lots)


def the_chain_is_whole(entries: list[Entry]) -> None:
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        assert sums(((coin,), amount) for _, coin, amount in entry.postings) == {}
        assert (entry.number, entry.previous, entry.hash) == (number, previous, digest(previous, entry))
        assert event_from_json(entry.event_text) == entry.event
        previous = entry.hash


def no_account_ever_held_less_than_nothing(entries: list[Entry]) -> None:
    held: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for entry in sorted(entries, key=lambda entry: entry.event.at):
        for account, coin, units, cost, _, acquired_us in entry.moves:
            was = held[account, coin]
            held[account, coin] = [was[0] + units, was[1] + cost]
            assert acquired_us <= epoch_us(entry.event.at)
        assert min(min(amounts) for amounts in (*held.values(), [ZERO])) >= 0, entry.event
    middle = sorted(entry.event.at for entry in entries)[len(entries) // 2]
    lots, by_then = lots_at(entries, middle), [entry for entry in entries if entry.event.at <= middle]
    assert sums(((account, coin), lot.units) for account, coin, lot in lots) == coins_held(by_then)
    assert all(lot.units > 0 and lot.cost >= 0 for _, _, lot in lots)


def what_came_is_what_was_put_in_and_gained(history: History) -> None:
    told = history.standing()
    for coin in TRADED:
        ops = [op for one in told for op in one.ops if op.coin == coin]
        put_in = sum((op.worth for op in ops if op.what == "get"), ZERO)
        came = sum((op.worth for op in ops if op.what == "give"), ZERO)
        left = sum((lot.cost for _, name, lot in history.kept.lots() if name == coin), ZERO)
        realised = -total(history, f"income:realised:{coin}")
        lost = total(history, f"expenses:slashing:{coin}") + total(history, f"expenses:write_off:{coin}")
        assert came + left == put_in + realised - lost


@pytest.mark.parametrize("method", METHODS)
@given(steps=STEPS)
@settings(max_examples=8)
def test_books_opened_again_at_any_point_make_the_same_entries(method: str, steps: list[Step]) -> None:
    kept, again = played(method, steps).kept, KeptBooks()
    for entry in kept.entries:
        again.record(entry.event)
        again.reopen()
    assert again.entries == kept.entries
    assert again.lots() == kept.lots()


@given(steps=STEPS)
@settings(max_examples=20)
def test_every_method_realises_the_same_once_all_is_gone(steps: list[Step]) -> None:
    ordered = [
        step._replace(days_late=0) for step in steps if step.kind not in ("undo", "slash", "write_off")
    ]
    realised = {method: realised_in_all(method, ordered) for method in METHODS}
    assert set(realised.values()) == {realised["fifo"]}


def realised_in_all(method: str, steps: list[Step]) -> tuple[Decimal, ...]:
    history = played(method, steps)
    for number, ((account, coin), units) in enumerate(sorted(coins_held(history.kept.entries).items())):
        lots = tuple(lot.name for place, name, lot in history.kept.lots() if (place, name) == (account, coin))
        at, value = START + timedelta(days=100), units * (number + 7)
        event = Event("withdrawal", at, f"w{number}", asset=coin, units=units, value=value)
        wallet, _, state = account.removeprefix("assets:").partition(":")
        if wallet == "lent":
            history.kept.record(
                event._replace(
                    kind="loan_back",
                    source_id=f"b{number}",
                    wallet="back",
                    instrument=state,
                    value=None,
                    lots=lots if method == "specific" else (),
                )
            )
            wallet, state = "back", ""
        named = lots if method == "specific" else ()
        history.kept.record(event._replace(wallet=wallet, state=state, lots=named))
    assert history.kept.lots() == []
    return tuple(-total(history, f"income:realised:{coin}") for coin in TRADED)


def test_histories_are_rich() -> None:
    """A history that is always refused would prove nothing: a plain one is not, and a poor one is."""
    buy = Step("buy", 0, 0, 8, 100, "", 0)
    sell, late = buy._replace(kind="sell", share=4), buy._replace(kind="sell", days_late=20)
    history = played("fifo", [buy, sell, buy._replace(kind="transfer", share=8), sell._replace(wallet=1)])
    assert history.refusals == []
    assert played("fifo", [buy, late]).refusals != []


EXACT_AMOUNTS = st.decimals(
    min_value=Decimal(-99999999999999999999),
    max_value=Decimal(99999999999999999999),
    allow_nan=False,
    allow_infinity=False,
    places=18,
)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Give an event with any fields, whether they go together or not."""
    at = START + timedelta(microseconds=draw(st.integers(-(10**15), 10**15)))
    fields: dict[str, Any] = {name: draw(st.none() | EXACT_AMOUNTS) for name in AMOUNTS}
    words: dict[str, Any] = {
        name: draw(WORDS) for name in FIELDS if name not in {"at", "lots", "memo", *AMOUNTS}
    }
    memo = draw(st.text(max_size=20)).strip()
    lots = tuple(draw(st.lists(WORDS.filter(bool), max_size=3)))
    named = {"kind": words["kind"] or "lock", "source_id": words["source_id"] or "k"}
    return Event(at=at, lots=lots, memo=memo, **(words | named), **fields)


@given(event=events())
@settings(max_examples=100)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    text = event_json(event)
    assert event_from_json(text) == event
    assert event_json(event_from_json(text)) == text
    assert event_from_texts(event_texts(event)) == event
