"""Wash sales and past lots in random histories: what must hold, whatever was matched with what."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.core.time import epoch_us, from_epoch_us
from dat.errors import LedgerError
from dat.ledger.entry import Entry
from dat.ledger.event import event_from_texts
from dat.ledger.lots import Lot
from dat.ledger.replay import lots_at
from tests.kept_books import NOW, KeptBooks, open_event

START_US, DAY_US = epoch_us(open_event().at), 86_400_000_000
METHODS = ("fifo", "lifo", "hifo", "lofo", "average")
WALLETS = ("hot", "cold")


class Act(NamedTuple):
    """What is tried on a day: buy, sell or move units, or reverse an earlier one."""

    kind: str
    day: int
    wallet: str
    units: int
    price: int


ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from(("buy", "buy", "sell", "sell", "move", "undo")),
        st.integers(1, 60),
        st.sampled_from(WALLETS),
        st.integers(1, 5),
        st.integers(1, 999),
    ),
    min_size=1,
    max_size=25,
)


def other(wallet: str) -> str:
    return WALLETS[1 - WALLETS.index(wallet)]


def tried(books: KeptBooks, act: Act, number: int, *, thirds: int = 1) -> Entry | None:
    """Record an act; None where the books refuse it."""
    name, at = f"e{number}", from_epoch_us(START_US + act.day * DAY_US).isoformat()
    units, head = f"{Decimal(act.units) / thirds:.8f}", {"at": at, "source_id": name}
    coins = {"wallet": act.wallet, "asset": "BTC", "units": units}
    if act.kind == "undo":
        ref = f"e{act.price % max(number, 1)}"
        texts = {"kind": "correction", "ref": ref, "source_id": f"reverse:{ref}"}
        if books.find(f"reverse:{ref}") is not None:
            return None
    elif act.kind == "move":
        texts = {"kind": "transfer", "to_wallet": other(act.wallet), **coins}
    else:
        sign = "-" if act.kind == "sell" else ""
        texts = {"kind": "trade", **coins, "units": sign + units, "currency": "USD", "price": f"{act.price}"}
    try:
        return books.record(event_from_texts({**head, **texts}))
    except LedgerError:
        books.reopen()
        return None


def played(books: KeptBooks, acts: Sequence[Act], *, thirds: int = 1) -> KeptBooks:
    for number, act in enumerate(acts):
        tried(books, act, number, thirds=thirds)
    return books


def realised(books: KeptBooks) -> Decimal:
    return -books.balances().get(("income:realised:BTC", "USD"), Decimal(0))


def sold_out(books: KeptBooks) -> KeptBooks:
    """Sell all that is left, long after everything else."""
    for (account, commodity), units in sorted(books.balances().items()):
        if account.startswith("assets:") and commodity == "BTC":
            wallet = account.removeprefix("assets:")
            trade = {"kind": "trade", "wallet": wallet, "asset": "BTC", "currency": "USD", "amount": "1000"}
            texts = {"at": "2020-09-01", "source_id": f"last-{wallet}", "units": f"-{units:f}"}
            books.record(event_from_texts({**trade, **texts}))
    return books


def hold_together(books: KeptBooks) -> None:
    """Lots hold what the balances say, at what the trading account says, and money tells the gain."""
    lots, sums = books.lots(), books.balances()
    units = {
        account: amount for (account, name), amount in sums.items() if name == "BTC" and "assets:" in account
    }
    assert all(lot.units > 0 and lot.cost >= 0 for _, _, lot in lots)
    assert units == {
        account: sum(lot.units for place, _, lot in lots if place == account) for account in units
    }
    cost = sum((lot.cost for _, _, lot in lots), Decimal(0))
    assert cost == sums.get(("equity:trading:BTC", "USD"), 0)
    rounding = sums.get(("equity:rounding", "USD"), 0)
    cash = sum(sums.get((f"assets:{wallet}", "USD"), Decimal(0)) for wallet in WALLETS)
    assert cash + cost + rounding == realised(books)


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "lofo"])
@given(acts=ACTS, thirds=st.sampled_from((1, 3)))
@settings(max_examples=40)
def test_washed_losses_are_put_off_and_never_lost(method: str, acts: list[Act], thirds: int) -> None:
    washed = played(KeptBooks([open_event(method=method, days=30)]), acts, thirds=thirds)
    hold_together(washed)
    if method in ("fifo", "lifo"):  # the order of the others follows the cost, which the rule changes
        assert realised(washed) >= realised(without_the_rule(washed, method))
    sold_out(washed)
    hold_together(washed)
    if method in ("fifo", "lifo"):
        assert realised(washed) == realised(without_the_rule(washed, method))


def without_the_rule(washed: KeptBooks, method: str) -> KeptBooks:
    return KeptBooks([open_event(method=method), *(entry.event for entry in washed.entries[1:])])


@pytest.mark.parametrize(("method", "days"), [*((method, None) for method in METHODS), ("fifo", 30)])
@given(acts=ACTS, day=st.integers(0, 61))
@settings(max_examples=40)
def test_past_lots_are_the_balances_then_and_the_open_lots_now(
    method: str, days: int | None, acts: list[Act], day: int
) -> None:
    books = played(KeptBooks([open_event(method=method, days=days)]), acts, thirds=3)
    then = from_epoch_us(START_US + day * DAY_US)
    lots, sums = lots_at(books.entries, then), books.balances(then)
    units: dict[tuple[str, str], Decimal] = {}
    for account, name, lot in lots:
        assert lot.units > 0
        assert lot.acquired_us <= lot.since_us <= epoch_us(then)
        units[account, name] = units.get((account, name), Decimal(0)) + lot.units
    assert units == {place: sums[place] for place in sums if place[1] == "BTC" and "assets:" in place[0]}
    cost = sums.get(("equity:trading:BTC", "USD"), 0)  # with losses that a later purchase was to take over
    assert (in_lots := sum(lot.cost for _, _, lot in lots)) == cost or (days and in_lots < cost)
    # a lot that comes back by a correction, and a pool, have another number in the books than at their birth
    is_numbered = method != "average" and "correction" not in {entry.event.kind for entry in books.entries}
    now = [(*place, *known(lot, is_numbered=is_numbered)) for *place, lot in lots_at(books.entries, NOW)]
    assert sorted(now) == [(*place, *known(lot, is_numbered=is_numbered)) for *place, lot in books.lots()]


def known(lot: Lot, *, is_numbered: bool) -> tuple[object, ...]:
    number = lot.number if is_numbered else 0
    return lot.name, number, lot.acquired_us, lot.units, lot.cost, lot.since_us
