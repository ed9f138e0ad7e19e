"""Which lots a disposal draws on, and what the wash-sale rule moves: worked out by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dat.errors import LedgerError
from dat.ledger.books import Books
from dat.ledger.entry import Entry
from dat.ledger.event import Event, event_from_texts

NOW = datetime(2030, 1, 1, tzinfo=UTC)
START = datetime(2024, 1, 1, tzinfo=UTC)


class Bench:
    """Books of one coin in one wallet, a day an event."""

    def __init__(self, method: str = "fifo", days: int | None = None) -> None:
        self.books, self.entries = Books(), dict[str, Entry]()
        rule = {} if days is None else {"days": str(days)}
        self.tell(0, kind="open", source_id="open", currency="USD", method=method, **rule)

    def tell(self, day: float, **fields: str) -> Entry:
        at = (START + timedelta(days=day)).isoformat()
        event: Event = event_from_texts({"at": at, **fields})
        entry = self.books.record(event, recorded_at=NOW, target=self.entries.get(event.ref))
        self.entries[event.source_id] = entry
        return entry

    def buy(self, day: float, units: object, cost: object, name: str) -> Entry:
        return self._trade(day, units, cost, name)

    def sell(self, day: float, units: object, amount: object, name: str, **more: str) -> Decimal:
        """Sell, and give the gain."""
        entry = self._trade(day, f"-{units}", amount, name, **more)
        return -sum((p.amount for p in entry.postings if p.account == "income:realised:BTC"), Decimal(0))

    def _trade(self, day: float, units: object, amount: object, name: str, **more: str) -> Entry:
        told = {"units": str(units), "amount": str(amount), "currency": "USD", **more}
        return self.tell(day, kind="trade", source_id=name, wallet="hot", asset="BTC", **told)

    def lots(self, account: str = "assets:hot") -> Mapping[str, tuple[Decimal, Decimal]]:
        held = self.books.lots.pile(account, "BTC").lots
        return {name: (lot.units, lot.cost) for name, lot in held.items()}


def dec(*numbers: object) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(number)) for number in numbers)


@pytest.mark.parametrize(
    ("method", "gain"), [("fifo", 200), ("lifo", 600), ("hifo", -50), ("lofo", 850), ("average", 400)]
)
def test_the_gain_of_each_method_on_three_lots(method: str, gain: int) -> None:
    # 10 at 50, 10 at 100, 10 at 10; 15 are sold at 80.
    bench = Bench(method)
    for day, price in enumerate((50, 100, 10), start=1):
        bench.buy(day, 10, 10 * price, f"b{day}")
    assert bench.sell(5, 15, 15 * 80, "s") == gain


def test_specific_lots_are_drawn_in_the_order_in_which_they_are_named() -> None:
    bench = Bench("specific")
    for day, price in enumerate((50, 100, 10), start=1):
        bench.buy(day, 10, 10 * price, f"b{day}")
    assert bench.sell(5, 15, 15 * 80, "s", lots="b3 b1") == 15 * 80 - 100 - 250
    assert bench.lots() == {"b1": dec(5, 250), "b2": dec(10, 1000)}
    with pytest.raises(
        LedgerError, match=r"assets:hot holds 5 BTC of the named lots at .*, and 6 are to leave it"
    ):
        bench.sell(6, 6, 1, "s2", lots="b1")


def test_specific_lots_must_be_named_and_others_may_not() -> None:
    bench = Bench("specific")
    bench.buy(1, 1, 10, "b1")
    with pytest.raises(
        LedgerError, match="lots is missing: these books draw on the lots of assets:hot BTC by name"
    ):
        bench.sell(2, 1, 20, "s")
    plain = Bench("fifo")
    plain.buy(1, 1, 10, "b1")
    with pytest.raises(LedgerError, match="these books draw by fifo; only the method specific takes names"):
        plain.sell(2, 1, 20, "s", lots="b1")


@pytest.mark.parametrize(
    ("method", "first"), [("fifo", "b1"), ("lifo", "b2"), ("hifo", "b1"), ("lofo", "b1")]
)
def test_lots_of_one_instant_and_price_are_drawn_as_they_were_recorded(method: str, first: str) -> None:
    bench = Bench(method)
    bench.buy(1, 1, 10, "b1")
    bench.buy(1, 1, 10, "b2")
    bench.sell(2, 1, 20, "s")
    assert first not in bench.lots()


def test_cost_is_conserved_to_the_last_digit_in_three_thirds() -> None:
    bench = Bench()
    bench.buy(1, 3, "100.00000001", "b1")
    gains = [bench.sell(day, 1, 50, f"s{day}") for day in (2, 3, 4)]
    # A third is 33.333333336…, half of the rest 33.333333335, which goes to the even digit; the rest is left.
    assert gains == [Decimal("16.66666666"), Decimal("16.66666666"), Decimal("16.66666667")]
    assert sum(gains) == Decimal(150) - Decimal("100.00000001")
    assert bench.lots() == {}


def test_a_transfer_carries_lots_with_cost_and_date_and_they_come_back_as_one() -> None:
    bench = Bench()
    bench.buy(1, 2, 100, "b1")
    bench.buy(2, 2, 300, "b2")
    told = {"asset": "BTC", "kind": "transfer"}
    bench.tell(3, source_id="x1", wallet="hot", to_wallet="cold", units="3", **told)
    assert bench.lots("assets:cold") == {"b1": dec(2, 100), "b2": dec(1, 150)}
    moved = bench.books.lots.pile("assets:cold", "BTC").lots["b1"]
    assert moved.acquired_us == int((START + timedelta(days=1)).timestamp()) * 1_000_000
    bench.tell(4, source_id="x2", wallet="cold", to_wallet="hot", units="2.5", **told)
    assert bench.lots() == {"b1": dec(2, 100), "b2": dec("1.5", 225)}
    assert bench.sell(5, 2, 400, "s") == 300


def test_a_late_sale_draws_only_on_what_was_held_then() -> None:
    bench = Bench()
    bench.buy(5, 1, 100, "b5")
    bench.buy(2, 1, 50, "b2")
    assert bench.sell(3, 1, 80, "s3") == 30
    assert bench.lots() == {"b5": dec(1, 100)}
    with pytest.raises(
        LedgerError, match="assets:hot holds 0 BTC at 2024-01-05T00:00:00Z, and 1 are to leave it"
    ):
        bench.sell(4, 1, 80, "s4")


def test_the_average_pool_wants_its_wallet_in_time_order() -> None:
    bench = Bench("average")
    bench.buy(1, 1, 10, "b1")
    bench.buy(3, 1, 30, "b2")
    with pytest.raises(LedgerError, match="holds 0 BTC at 2024-01-03"):
        bench.sell(2, 1, 20, "s")


def test_a_purchase_that_was_drawn_on_is_not_reversed_before_the_sale() -> None:
    bench = Bench()
    bench.buy(1, 2, 100, "b1")
    bench.sell(2, 1, 80, "s1")
    with pytest.raises(LedgerError, match="lot b1 of assets:hot has been drawn on"):
        bench.tell(3, kind="correction", source_id="reverse:b1", ref="b1")


@pytest.mark.parametrize(
    ("day", "is_washed"), [(81, False), (80, True), (55, True), (20, True), (19.5, False)]
)
def test_a_loss_is_washed_by_a_purchase_within_thirty_days_on_each_side(day: float, is_washed: bool) -> None:
    bench = Bench("specific", 30)
    bench.buy(1, 1, 100, "old")
    if day < 50:
        bench.buy(day, 1, 70, "new")
    taken = bench.sell(50, 1, 60, "s", lots="old")
    if day > 50:
        entry = bench.buy(day, 1, 70, "new")
        taken -= sum((p.amount for p in entry.postings if p.account == "income:realised:BTC"), Decimal(0))
    assert taken == (0 if is_washed else -40)
    assert bench.lots() == {"new": dec(1, 110 if is_washed else 70)}


def test_a_loss_is_washed_in_part_and_each_unit_replaces_one_other() -> None:
    bench = Bench("specific", 30)
    bench.buy(1, 4, 400, "old")
    assert bench.sell(50, 2, 120, "s1", lots="old") == -80  # 40 a unit
    bench.buy(55, 1, 70, "new")
    assert bench.lots()["new"] == dec(1, 110)
    assert bench.sell(56, 2, 120, "s2", lots="old") == -80  # the one new unit is used up
    assert bench.lots() == {"new": dec(1, 110)}
    bench.buy(57, 5, 350, "newer")  # one unit is left of the first loss, two of the second
    assert bench.lots()["newer"] == dec(5, 350 + 40 + 80)


def test_gains_are_never_washed_and_the_rule_is_off_by_default() -> None:
    gain, off = Bench("fifo", 30), Bench("fifo")
    for bench, price in ((gain, 150), (off, 60)):
        bench.buy(1, 1, 100, "old")
        assert bench.sell(50, 1, price, "s") == price - 100
        bench.buy(51, 1, 70, "new")
        assert bench.lots() == {"new": dec(1, 70)}


def sold_old_at_a_loss(day: float = 50) -> Bench:
    """Give books in which one coin that cost 100 was sold for 60, and no other was bought near it."""
    bench = Bench("specific", 30)
    bench.buy(1, 1, 100, "old")
    assert bench.sell(day, 1, 60, "s", lots="old") == -40
    return bench


def undo(bench: Bench, day: float, name: str) -> Entry:
    return bench.tell(day, kind="correction", source_id=f"reverse:{name}", ref=name)


def realised(bench: Bench) -> Decimal:
    postings = [p for entry in bench.entries.values() for p in entry.postings]
    return -sum((p.amount for p in postings if p.account == "income:realised:BTC"), Decimal(0))


def test_a_sale_that_is_reversed_leaves_no_loss_to_wash() -> None:
    bench = sold_old_at_a_loss()
    undo(bench, 51, "s")
    bench.buy(52, 1, 70, "new")
    assert bench.lots() == {"old": dec(1, 100), "new": dec(1, 70)}
    assert realised(bench) == 0


def test_a_purchase_that_is_reversed_hands_its_loss_to_the_next() -> None:
    bench = sold_old_at_a_loss()
    bench.buy(52, 1, 700, "wrong")
    undo(bench, 53, "wrong")
    assert realised(bench) == -40
    bench.buy(52, 1, 70, "right")
    assert bench.lots() == {"right": dec(1, 110)}
    assert realised(bench) == 0


def test_a_sale_whose_loss_was_taken_over_is_reversed_after_the_purchase() -> None:
    bench = sold_old_at_a_loss()
    bench.buy(52, 1, 70, "new")
    with pytest.raises(
        LedgerError, match="its loss is part of the cost of lot new since: reverse that purchase first"
    ):
        undo(bench, 53, "s")


def test_a_sale_that_made_an_earlier_purchase_dearer_is_reversed_with_it() -> None:
    bench = Bench("specific", 30)
    bench.buy(1, 1, 100, "old")
    bench.buy(40, 1, 70, "new")
    assert bench.sell(50, 1, 60, "s", lots="old") == 0
    assert bench.lots() == {"new": dec(1, 110)}
    undo(bench, 51, "s")
    assert bench.lots() == {"old": dec(1, 100), "new": dec(1, 70)}
    assert bench.sell(52, 1, 60, "s2", lots="old") == 0  # the unit of `new` is free to replace again
    assert bench.lots() == {"new": dec(1, 110)}


def test_a_late_sale_is_washed_by_a_purchase_that_was_recorded_before_it() -> None:
    bench = Bench("specific", 30)
    bench.buy(1, 1, 100, "old")
    bench.buy(60, 1, 70, "new")
    assert bench.sell(50, 1, 60, "s", lots="old") == 0
    assert bench.lots() == {"new": dec(1, 110)}


def test_a_late_purchase_washes_a_loss_that_was_recorded_before_it() -> None:
    bench = sold_old_at_a_loss()
    bench.buy(40, 1, 70, "new")
    assert bench.lots() == {"new": dec(1, 110)}
    assert realised(bench) == 0


def test_a_gain_on_one_lot_does_not_hide_the_loss_on_another() -> None:
    # 2 are sold for 120: 40 are lost on `dear`, 40 are gained on `cheap`; the loss is washed, the gain stays.
    bench = Bench("specific", 30)
    bench.buy(1, 1, 100, "dear")
    bench.buy(2, 1, 20, "cheap")
    bench.buy(45, 3, 210, "new")
    assert bench.sell(50, 2, 120, "s", lots="dear cheap") == 40
    assert bench.lots() == {"new": dec(3, 250)}


def test_what_is_left_of_the_lot_that_was_sold_does_not_replace_it() -> None:
    bench = Bench("specific", 30)
    bench.buy(45, 2, 200, "old")
    assert bench.sell(50, 1, 60, "s", lots="old") == -40
    assert bench.lots() == {"old": dec(1, 100)}


def test_what_is_left_of_another_lot_of_the_same_sale_replaces_a_loss() -> None:
    # `old` loses 40; of `new`, bought 5 days before, one goes at its cost and the other replaces `old`.
    bench = Bench("fifo", 30)
    bench.buy(1, 1, 100, "old")
    bench.buy(45, 2, 120, "new")
    assert bench.sell(50, 2, 120, "s") == 0
    assert bench.lots() == {"new": dec(1, 100)}


def test_a_lot_in_two_wallets_replaces_as_many_units_as_it_has_in_both() -> None:
    bench = Bench("specific", 30)
    bench.buy(1, 3, 300, "old")
    bench.buy(45, 2, 140, "new")
    moved = {"wallet": "hot", "to_wallet": "cold", "asset": "BTC", "units": "1", "lots": "new"}
    bench.tell(46, kind="transfer", source_id="x", **moved)
    assert bench.sell(50, 1, 60, "s1", lots="old") == 0
    assert bench.sell(51, 1, 60, "s2", lots="old") == 0
    assert bench.sell(52, 1, 60, "s3", lots="old") == -40
    assert bench.lots() == {"new": dec(1, 110)}
    assert bench.lots("assets:cold") == {"new": dec(1, 110)}


def test_a_washed_lot_is_the_dearest_from_then_on() -> None:
    bench = Bench("hifo", 30)
    bench.buy(1, 1, 100, "old")
    bench.buy(45, 1, 90, "mid")
    bench.buy(46, 1, 80, "low")
    assert bench.sell(50, 1, 60, "s1") == 0  # the 40 go to `mid`, which was bought first
    assert bench.lots() == {"mid": dec(1, 130), "low": dec(1, 80)}
    bench.buy(100, 1, 120, "new")
    assert bench.sell(101, 1, 140, "s2") == 10  # 140 - 130


def test_a_lot_that_was_carried_here_is_not_drawn_on_before_it_came() -> None:
    bench = Bench()
    bench.buy(1, 2, 100, "b1")
    moved = {"kind": "transfer", "wallet": "hot", "to_wallet": "cold", "asset": "BTC", "units": "2"}
    bench.tell(5, source_id="x1", **moved)
    late = {
        "kind": "trade",
        "wallet": "cold",
        "asset": "BTC",
        "units": "-1",
        "currency": "USD",
        "amount": "80",
    }
    with pytest.raises(
        LedgerError, match="assets:cold holds 0 BTC at 2024-01-04T00:00:00Z, and 1 are to leave it"
    ):
        bench.tell(3, source_id="s1", **late)


def test_a_lot_that_a_correction_gave_back_is_not_drawn_on_before_that() -> None:
    bench = Bench()
    bench.buy(1, 1, 100, "b1")
    bench.sell(2, 1, 120, "s1")
    bench.tell(9, kind="correction", source_id="reverse:s1", ref="s1")
    with pytest.raises(
        LedgerError, match="assets:hot holds 0 BTC at 2024-01-06T00:00:00Z, and 1 are to leave it"
    ):
        bench.sell(5, 1, 120, "s2")
    assert bench.books.locked_until is None
