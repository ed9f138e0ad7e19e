"""What holds in any books, whatever happens in them: random histories, every lot method."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.core.money import EXACT
from dat.core.time import epoch_us
from dat.errors import LedgerError
from dat.ledger.books import Books
from dat.ledger.checks import Auditor, Finding, Projections, RawEntry, StoredEntry, read_event
from dat.ledger.entry import GENESIS, Entry, entry_hash, move_rows, posting_rows
from dat.ledger.event import Event, event_from_json, event_from_texts, event_json, packed, unpacked
from dat.ledger.replay import lots_at
from tests.property.second_lots import SecondLots

METHODS = ("fifo", "lifo", "hifo", "lofo", "average")
START, NOW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
COINS, WALLETS = ("BTC", "ETH"), ("hot", "cold")
Place = tuple[str, str]


class Step(NamedTuple):
    """One thing that may happen, as numbers that any history can use."""

    kind: str
    day: int
    wallet: int
    coin: int
    units: int
    price: int
    fee: str


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ("buy", "buy", "buy", "sell", "transfer", "stake", "unstake", "reward", "slash", "undo")
        ),
        st.integers(0, 40),
        st.integers(0, 1),
        st.integers(0, 1),
        st.integers(1, 10**9),
        st.integers(1, 10**7),
        st.sampled_from(("", "", "USD", "own", "BNB")),
    ),
    min_size=1,
    max_size=25,
)


class World:
    """Books and the entries in them; a step that they refuse leaves no trace."""

    def __init__(self, method: str) -> None:
        self.method, self.entries = method, list[Entry]()
        self.tell(0, kind="open", source_id="open", currency="USD", method=method)
        self.tell(0, kind="deposit", source_id="bnb", wallet="hot", asset="BNB", units="1000", value="300000")

    def tell(self, day: int, **fields: str) -> bool:
        event = event_from_texts({"at": (START + timedelta(days=day)).isoformat(), **fields})
        return self.take(event)

    def take(self, event: Event) -> bool:
        books = self.replayed()
        try:
            target = next((e for e in self.entries if e.event.source_id == event.ref), None)
            self.entries.append(books.record(event, recorded_at=NOW, target=target))
        except LedgerError:
            return False
        return True

    def replayed(self) -> Books:
        books = Books()
        for entry in self.entries:
            target = next((e for e in self.entries if e.event.source_id == entry.event.ref), None)
            books.record(entry.event, recorded_at=NOW, target=target)
        return books

    def play(self, steps: Sequence[Step]) -> None:
        for number, step in enumerate(steps):
            self.tell(step.day, source_id=f"e{number}", **self._fields(step, number))

    def _fields(self, step: Step, number: int) -> dict[str, str]:
        coin, wallet = COINS[step.coin], WALLETS[step.wallet]
        units, worth = Decimal(step.units).scaleb(-8), Decimal(step.price).scaleb(-2)
        common = {"wallet": wallet, "asset": coin, "units": f"{units:f}"}
        fee = {"own": coin}.get(step.fee, step.fee)
        paid = {"fee": f"{units / 100:.8f}" if fee == coin else "0.01", "fee_asset": fee} if fee else {}
        valued = paid | ({"fee_value": "3"} if fee == "BNB" else {})
        if step.kind in ("buy", "sell"):
            sign = "" if step.kind == "buy" else "-"
            trade = {"kind": "trade", "currency": "USD", "amount": f"{worth:f}", **valued}
            return common | trade | {"units": f"{sign}{units:f}"}
        if step.kind == "transfer":
            moved = {"kind": "transfer", "to_wallet": WALLETS[1 - step.wallet]}
            return common | moved | (valued | {"fee_value": "1"} if fee == coin else {})
        if step.kind == "undo":
            ref = f"e{step.units % max(number, 1)}"
            return {"kind": "correction", "ref": ref}
        return common | {"kind": step.kind} | ({"value": f"{worth:f}"} if step.kind == "reward" else {})

    def tell_undo(self, day: int, ref: str) -> bool:
        return self.tell(day, kind="correction", ref=ref, source_id=f"reverse:{ref}")


def played(method: str, steps: Sequence[Step]) -> World:
    world = World(method)
    for number, step in enumerate(steps):
        if step.kind == "undo":
            world.tell_undo(step.day, f"e{step.units % max(number, 1)}")
        else:
            world.play([step]) if not number else world.tell(
                step.day, source_id=f"e{number}", **world._fields(step, number)
            )
    return world


def balances(entries: Sequence[Entry], day: float | None = None) -> Mapping[Place, Decimal]:
    limit = NOW if day is None else START + timedelta(days=day)
    sums: defaultdict[Place, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for entry in entries:
            for account, commodity, amount in entry.postings if entry.event.at <= limit else ():
                sums[account, commodity] += amount
    return sums


def sums_of_lots(lots: Sequence[tuple[str, str, Any]]) -> tuple[dict[Place, Decimal], dict[str, Decimal]]:
    units: defaultdict[Place, Decimal] = defaultdict(Decimal)
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, commodity, lot in lots:
        assert lot.units > 0
        assert lot.cost >= 0
        units[account, commodity] += lot.units
        costs[commodity] += lot.cost
    return dict(units), dict(costs)


def open_now(world: World) -> list[tuple[str, str, Any]]:
    piles = world.replayed().lots.piles()
    return [(account, name, lot) for (account, name), pile in piles.items() for lot in pile.lots.values()]


@pytest.mark.parametrize("method", METHODS)
@given(steps=STEPS)
@settings(max_examples=25)
def test_lots_hold_what_the_balances_say_in_units_and_cost(method: str, steps: list[Step]) -> None:
    world = played(method, steps)
    sums = balances(world.entries)
    units, costs = sums_of_lots(open_now(world))
    held = {
        place: amount
        for place, amount in sums.items()
        if place[0].startswith("assets:") and place[1] != "USD" and amount
    }
    assert units == held
    for coin in (*COINS, "BNB"):
        assert sums[f"equity:trading:{coin}", "USD"] == costs.get(coin, 0)
    for entry in world.entries:
        for commodity in {posting.commodity for posting in entry.postings}:
            assert sum(p.amount for p in entry.postings if p.commodity == commodity) == 0


@pytest.mark.parametrize("method", METHODS)
@given(steps=STEPS, day=st.integers(0, 41))
@settings(max_examples=15)
def test_lots_and_balances_agree_at_any_past_instant(method: str, steps: list[Step], day: int) -> None:
    world = played(method, steps)
    sums = balances(world.entries, day)
    units, costs = sums_of_lots(lots_at(world.entries, START + timedelta(days=day)))
    held = {
        place: amount
        for place, amount in sums.items()
        if place[0].startswith("assets:") and place[1] != "USD" and amount
    }
    assert units == held
    for coin in (*COINS, "BNB"):
        assert sums[f"equity:trading:{coin}", "USD"] == costs.get(coin, 0)


@pytest.mark.parametrize("method", METHODS)
@given(steps=STEPS, prices=st.tuples(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6)))
@settings(max_examples=20)
def test_realised_and_unrealised_gain_is_value_less_cost(
    method: str, steps: list[Step], prices: tuple[int, int, int]
) -> None:
    world = played(method, steps)
    sums = balances(world.entries)
    _, costs = sums_of_lots(open_now(world))
    mark = dict(zip((*COINS, "BNB"), map(Decimal, prices), strict=True))
    value = sum(amount * mark[c] for (a, c), amount in sums.items() if a.startswith("assets:") and c != "USD")
    unrealised = value - sum(costs.values())
    realised = -sum(amount for (a, _), amount in sums.items() if a.startswith("income:realised"))
    income = -sum(amount for (a, _), amount in sums.items() if a.startswith("income:staking"))
    lost = sum(amount for (a, _), amount in sums.items() if a.startswith("expenses:"))
    put_in = -sum(amount for (a, c), amount in sums.items() if a.startswith("equity:external") and c == "USD")
    cash = sum(amount for (a, c), amount in sums.items() if a.startswith("assets:") and c == "USD")
    assert value + cash - put_in == realised + unrealised + income - lost


def sell_all(world: World, coin: str) -> None:
    """Sell a third of what a wallet holds of a coin, and then the rest."""
    held = balances(world.entries)["assets:hot", coin]
    third = (held / 3).quantize(Decimal("1e-8"))
    trade = {"kind": "trade", "wallet": "hot", "asset": coin, "currency": "USD", "amount": "1000"}
    for part, units in (("a", third), ("b", held - third)):
        assert not units or world.tell(60, source_id=f"{coin}{part}", units=f"-{units:f}", **trade)


@given(steps=STEPS)
@settings(max_examples=15)
def test_all_methods_realise_the_same_once_everything_is_sold(steps: list[Step]) -> None:
    buys = [step._replace(kind="buy", day=index, wallet=0, fee="") for index, step in enumerate(steps)]
    found = set()
    for method in METHODS:
        world = played(method, buys)
        for coin in COINS:
            sell_all(world, coin)
        sums = balances(world.entries)
        found.add(sum(sums[f"income:realised:{coin}", "USD"] for coin in COINS))
    assert len(found) == 1


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "lofo"])
@given(steps=STEPS)
@settings(max_examples=40)
def test_a_second_implementation_draws_the_same_lots(method: str, steps: list[Step]) -> None:
    world, second = World(method), SecondLots(method)
    for number, raw in enumerate(steps):
        step = raw._replace(
            coin=0, fee="", kind=raw.kind if raw.kind in ("buy", "sell", "transfer") else "buy"
        )
        wallet, at = WALLETS[step.wallet], epoch_us(START + timedelta(days=step.day))
        units, cost = Fraction(step.units, 10**8), Fraction(step.price, 100)
        is_taken = world.tell(step.day, source_id=f"e{number}", **world._fields(step, number))
        if step.kind == "buy":
            assert is_taken
            second.buy(wallet, f"e{number}", at=at, units=units, cost=cost)
            continue
        assert is_taken == second.can_take(wallet, units, at=at)
        if is_taken:
            taken = second.take(wallet, units, at=at)
            drawn = [move for move in world.entries[-1].moves if move.units < 0]
            assert [(m.lot, Fraction(-m.units), Fraction(-m.cost), m.acquired_us) for m in drawn] == [
                (piece.name, piece.units, piece.cost, piece.at) for piece in taken
            ]
            for piece in taken if step.kind == "transfer" else ():
                second.put(WALLETS[1 - step.wallet], piece)


@given(steps=STEPS)
@settings(max_examples=25)
def test_the_chain_and_the_events_say_themselves_again(steps: list[Step]) -> None:
    world = played("fifo", steps)
    previous = GENESIS
    for entry in world.entries:
        rows = posting_rows(entry.postings), move_rows(entry.moves)
        recorded = epoch_us(entry.recorded_at)
        assert entry.hash == entry_hash(
            previous, entry.number, recorded, event_text=entry.event_text, rows=rows
        )
        assert event_json(event_from_json(entry.event_text)) == entry.event_text
        assert unpacked(packed(entry.event)) == entry.event
        previous = entry.hash


def stored(entries: Sequence[Entry]) -> list[StoredEntry]:
    """Give entries as rows, as a database would."""
    found = []
    for entry in entries:
        told = (
            epoch_us(entry.event.at),
            epoch_us(entry.recorded_at),
            entry.event.kind,
            entry.event.source_id,
        )
        raw = RawEntry(entry.number, *told, entry.event_text, entry.hash)
        postings = [(entry.number, line, *row) for line, row in enumerate(posting_rows(entry.postings), 1)]
        moves = [(entry.number, line, *row) for line, row in enumerate(move_rows(entry.moves), 1)]
        found.append(StoredEntry(raw, postings, moves))  # type: ignore[arg-type]
    return found


def audited(entries: Sequence[Entry], rows: Sequence[StoredEntry]) -> list[Finding]:
    by_source = {entry.event.source_id: entry for entry in entries}
    auditor = Auditor(by_source.get, Projections([], [], {}, {}))
    findings = [f for row in rows for f in auditor.entry(row, read_event(row.raw.event))]
    return findings + [finding for finding in auditor.totals() if finding.table != "open_lots"]


@given(steps=STEPS, data=st.data())
@settings(max_examples=30)
def test_an_auditor_finds_nothing_in_honest_rows_and_any_change_of_one_character(
    steps: list[Step], data: st.DataObject
) -> None:
    entries = played("hifo", steps).entries
    rows = stored(entries)
    assert audited(entries, rows) == []
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    field = data.draw(
        st.sampled_from(["raw", *(["postings"] if row.postings else []), *(["moves"] if row.moves else [])])
    )
    line = data.draw(st.integers(0, len(getattr(row, field)) - 1)) if field != "raw" else 0
    old: Any = row.raw if field == "raw" else getattr(row, field)[line]
    first = 0 if field == "raw" else 1  # a line of another entry is found by whoever reads them together
    column = data.draw(st.integers(first, len(old) - 1))
    value = old[column]
    bad = value ^ 1 if isinstance(value, int) else changed(value, data)
    fresh = (*old[:column], bad, *old[column + 1 :])
    if field == "raw":
        rows[place] = row._replace(raw=RawEntry(*fresh))
    else:
        lines = list(getattr(row, field))
        lines[line] = fresh
        rows[place] = row._replace(postings=lines) if field == "postings" else row._replace(moves=lines)
    assert audited(entries, rows) != []


def changed(text: str, data: st.DataObject) -> str:
    where = data.draw(st.integers(0, len(text) - 1))
    return text[:where] + chr(ord(text[where]) ^ 1) + text[where + 1 :]
