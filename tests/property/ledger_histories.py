"""Random histories of a treasury: events as they may come, and what each means for lots, told beside."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from dat.core.time import epoch_us, parse_instant
from dat.ledger.entry import Entry
from dat.ledger.event import Event
from tests.kept_books import KeptBooks, open_event
from tests.property.second_ledger import LotRefusal, Moved, SecondLedger

__all__ = ["COINS", "METHODS", "START", "STEPS", "History", "Step", "played"]

METHODS = ("fifo", "lifo", "hifo", "lofo", "average", "specific")
START = parse_instant("2024-01-01")
COINS, WALLETS = ("BTC", "ETH"), ("hot", "cold")
PLACES = Decimal("0.0001")  # of units, so that no part of a lot is too small to have a price
STATES = {
    "stake": ("", ":staked"),
    "unstake": (":staked", ":unbonding"),
    "unlock": (":unbonding", ""),
    "pledge": ("", ":pledged"),
    "release": (":pledged", ""),
}
OUT = ("withdrawal", "grant", "fee")
KINDS = ("buy", "buy", "buy", "swap", "sell", "sell", "transfer", "transfer", *STATES, *OUT)
MORE_KINDS = ("reward", "deposit", "slash", "write_off", "loan_out", "loan_back", "undo", "undo")


class Step(NamedTuple):
    """One thing that may happen, as numbers that any history can use."""

    kind: str
    wallet: int
    coin: int
    share: int  # eighths of what is held
    price: int
    fee: str
    days_late: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from((*KINDS, *MORE_KINDS)),
        st.integers(0, 1),
        st.integers(0, 1),
        st.integers(1, 8),
        st.integers(1, 900),
        st.sampled_from(("", "", "USD", "own", "BNB")),
        st.sampled_from((0, 0, 0, 0, 1, 2, 5, 20)),
    ),
    min_size=12,
    max_size=30,
)


class Op(NamedTuple):
    """What an event does to lots: get, give, lose or move. `worth` is the cost, or the proceeds."""

    what: str
    account: str
    coin: str
    units: Decimal
    worth: Decimal = Decimal(0)
    to: str = ""


class Told(NamedTuple):
    """An event that the books took, what it meant, and how lots moved by the second implementation."""

    event: Event
    ops: tuple[Op, ...]
    moves: tuple[Moved, ...]


class History:
    """Books and their second implementation, side by side: they agree on each event or the history ends."""

    def __init__(self, method: str) -> None:
        self.kept = KeptBooks([open_event(method=method)])
        self.second = SecondLedger(method)
        self.method = method
        self.told: dict[str, Told] = {}
        self.steps = 0
        self.refusals: list[str] = []
        start = Op("get", "assets:hot", "BNB", Decimal(5), Decimal(1500))
        self._tell(Event("deposit", START, "bnb", wallet="hot", asset="BNB", **_valued(start)), [start])

    def play(self, step: Step) -> None:
        """Let one step happen, unless it cannot be said with what is held."""
        self.steps += 1
        late = timedelta(days=min(step.days_late, self.steps))
        at = START + timedelta(days=self.steps, seconds=self.steps) - late
        if step.kind == "undo":
            self._undo(f"e{step.price % self.steps}", at)
            return
        fields, ops = self._meaning(step)
        event = Event(fields.pop("kind", step.kind), at, f"e{self.steps}", **fields)
        self._tell(event._replace(lots=self._names(step, ops)), ops)

    def held(self, account: str, coin: str) -> Decimal:
        """What an account holds."""
        lots = self.second.held.get((account, coin), [])
        return sum((Decimal(p.units.numerator) / p.units.denominator for p in lots), Decimal(0))

    def standing(self) -> list[Told]:
        """Give what was told and not reversed."""
        reversed_names = {told.event.ref for told in self.told.values()}
        return [
            told
            for name, told in self.told.items()
            if name not in reversed_names and told.event.kind != "correction"
        ]

    def _tell(self, event: Event, ops: Iterable[Op], *, undone: Told | None = None) -> None:
        saved, moves = self.second.save(), list[Moved]()
        try:
            if undone is not None:
                if undone.event.at > event.at:
                    raise LotRefusal
                moves = self.second.undo(undone.moves, at=epoch_us(event.at))
            for op in ops:
                moves += self._carry_out(op, event)
        except LotRefusal:
            self.second.restore(saved)
            self.refusals.append(self.kept.refuse(event))
            return
        entry = self.kept.record(event)
        assert _moves(entry) == sorted(moves), event
        self.told[event.source_id] = Told(event, tuple(ops), tuple(moves))

    def _carry_out(self, op: Op, event: Event) -> list[Moved]:
        place, units, at = (op.account, op.coin), Fraction(op.units), epoch_us(event.at)
        if op.what == "get":
            return self.second.get(place, units, Fraction(op.worth), lot=event.source_id, at=at)
        if op.what == "move":
            return self.second.move(place, op.to, units, at=at, named=event.lots)
        return self.second.give(place, units, at=at, named=event.lots)

    def _undo(self, ref: str, at: Any) -> None:
        name = f"reverse:{ref}"
        if ref in self.told and name not in self.told:
            self._tell(Event("correction", at, name, ref=ref), (), undone=self.told[ref])

    def _names(self, step: Step, ops: Iterable[Op]) -> tuple[str, ...]:
        if self.method != "specific":
            return ()
        drawn = {(op.account, op.coin) for op in ops if op.what != "get"}
        names = sorted({piece.name for place in drawn for piece in self.second.held.get(place, [])})
        turn = step.price % max(1, len(names))
        return tuple(names[turn:] + names[:turn])

    def _meaning(self, step: Step) -> tuple[dict[str, Any], list[Op]]:
        wallet, coin = WALLETS[step.wallet], COINS[step.coin]
        here, price = f"assets:{wallet}", Decimal(step.price * 100 + self.steps)  # no two prices are the same
        fields: dict[str, Any] = {"wallet": wallet, "asset": coin}
        if step.kind in ("buy", "reward", "deposit"):
            units = Decimal(step.price * step.share) / 100
            return self._comes(step, fields, Op("get", here, coin, units, units * price))
        source = _source(step.kind, here)
        held = self.held(source, COINS[1 - step.coin] if step.kind == "swap" else coin)
        if not held and step.price % 8:  # now and then what is not there is asked for
            return self._meaning(step._replace(kind="buy"))
        if step.kind == "swap":
            return self._swaps(step, fields, price)
        units = (held * step.share / 8).quantize(PLACES) or Decimal(1)
        return self._goes(step, fields, Op("give", source, coin, units, units * price))

    def _comes(self, step: Step, fields: dict[str, Any], got: Op) -> tuple[dict[str, Any], list[Op]]:
        if step.kind != "buy":
            return fields | _valued(got), [got]
        fields |= {"kind": "trade", "units": got.units, "currency": "USD", "amount": got.worth}
        if step.fee == "own":
            fee = (got.units / 10).quantize(PLACES)
            return fields | {"fee": fee, "fee_asset": got.coin}, [got._replace(units=got.units - fee)]
        paid, extra = self._fee(step, got.account)
        return fields | paid, [got._replace(worth=got.worth + _worth(step, paid)), *extra]

    def _swaps(self, step: Step, fields: dict[str, Any], price: Decimal) -> tuple[dict[str, Any], list[Op]]:
        here, other = f"assets:{fields['wallet']}", COINS[1 - step.coin]
        paid = (self.held(here, other) * step.share / 16).quantize(PLACES) or Decimal(1)
        units, value = Decimal(step.price) / 100, paid * price
        fields |= {"kind": "trade", "units": units, "currency": other, "amount": paid, "value": value}
        if step.fee == "own":  # of the coin that is paid with, at the rate of the trade
            fee = (paid / 8).quantize(PLACES)
            worth = (value * fee / paid).quantize(Decimal("1e-8")) if fee else Decimal(0)
            fields |= {"fee": fee, "fee_asset": other} if fee else {}
            gone = Op("give", here, other, paid + fee, value + worth)
            return fields, [gone, Op("get", here, fields["asset"], units, value + worth)]
        fee_fields, extra = self._fee(step, here)
        got = Op("get", here, fields["asset"], units, value + _worth(step, fee_fields))
        return fields | fee_fields, [Op("give", here, other, paid, value), got, *extra]

    def _goes(self, step: Step, fields: dict[str, Any], gone: Op) -> tuple[dict[str, Any], list[Op]]:
        kind, here = step.kind, f"assets:{fields['wallet']}"
        if kind in STATES:
            return fields | {"units": gone.units}, [gone._replace(what="move", to=here + STATES[kind][1])]
        if kind in ("loan_out", "loan_back"):
            to = "assets:lent:desk" if kind == "loan_out" else here
            return fields | {"units": gone.units, "instrument": "desk"}, [gone._replace(what="move", to=to)]
        if kind in ("slash", "write_off"):
            return fields | {"units": gone.units}, [gone._replace(what="lose")]
        if kind in OUT:
            more = {"instrument": "devs"} if kind == "grant" else {}
            return fields | more | _valued(gone), [gone]
        if kind == "sell":
            return self._sells(step, fields, gone)
        to = WALLETS[1 - step.wallet]
        fee, extra = self._fee(step, here, own=gone)
        moved = gone._replace(what="move", to=f"assets:{to}")
        return fields | {"to_wallet": to, "units": gone.units} | fee, [moved, *extra]

    def _sells(self, step: Step, fields: dict[str, Any], gone: Op) -> tuple[dict[str, Any], list[Op]]:
        fields |= {"kind": "trade", "units": -gone.units, "currency": "USD", "amount": gone.worth}
        if step.fee == "own":
            fee = (gone.units / 10).quantize(PLACES)
            own: dict[str, Any] = {"fee": fee, "fee_asset": gone.coin} if fee else {}
            return fields | own, [gone._replace(units=gone.units + fee)]
        paid, extra = self._fee(step, gone.account)
        if step.fee == "USD" and paid["fee"] >= gone.worth:
            paid, extra = {}, []
        return fields | paid, [gone._replace(worth=gone.worth - _worth(step, paid)), *extra]

    def _fee(self, step: Step, here: str, own: Op | None = None) -> tuple[dict[str, Any], list[Op]]:
        if step.fee == "USD":
            return {"fee": Decimal("1.5"), "fee_asset": "USD"}, []
        if step.fee == "BNB":
            units, value = Decimal("0.25"), Decimal(step.price) / 8
            paid = {"fee": units, "fee_asset": "BNB", "fee_value": value}
            return paid, [Op("give", here, "BNB", units, value)]
        if step.fee == "own" and own is not None:
            units, value = max(PLACES, (own.units / 10).quantize(PLACES)), Decimal(step.price) / 4
            paid = {"fee": units, "fee_asset": own.coin, "fee_value": value}
            return paid, [Op("give", here, own.coin, units, value)]
        return {}, []


def played(method: str, steps: Iterable[Step]) -> History:
    """Play a history from its start."""
    history = History(method)
    for step in steps:
        history.play(step)
    return history


def _source(kind: str, here: str) -> str:
    if kind == "loan_back":
        return "assets:lent:desk"
    return here + (STATES[kind][0] if kind in STATES else (":staked" if kind == "slash" else ""))


def _valued(op: Op) -> dict[str, Any]:
    return {"units": op.units, "value": op.worth}


def _worth(step: Step, paid: dict[str, Any]) -> Decimal:
    value: Decimal = paid.get("fee_value", paid.get("fee", Decimal(0)))
    return value


def _moves(entry: Entry) -> list[Moved]:
    return sorted(
        Moved(m.account, m.commodity, m.lot, Fraction(m.units), Fraction(m.cost), m.acquired_us)
        for m in entry.moves
    )
