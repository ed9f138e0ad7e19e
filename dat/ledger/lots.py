"""Lots per account: which ones a disposal draws on, as a table of methods.

A lot is acquired once, is drawn on in parts, and keeps its cost and date when it is carried elsewhere. A draw
takes only lots that lay in the account by the instant of the event, in the order of the method. Cost is
drawn in proportion to units, and the last draw takes what is left: cost is conserved to the last digit.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from dat.core.money import EXACT, plain, quantise
from dat.core.time import from_epoch_us, iso
from dat.errors import LedgerError
from dat.ledger.entry import LotMove

__all__ = ["METHODS", "POOL", "Lot", "LotBook", "Pile", "cost_of_one"]

_ZERO = Decimal(0)
_PLACES = 18  # of a unit cost, which only puts lots in order
POOL = "average"
"""Name of the one lot that an account has under the average method."""


class Lot(NamedTuple):
    """What is left of a lot in one account.

    Parameters
    ----------
    name
        `source_id` of the event that acquired it.
    number
        Entry that acquired it; puts lots of one instant in order.
    acquired_us
        When, microseconds since 1970.
    units, cost
        What is left; cost in the base currency.
    unit_cost
        Cost of one unit when it was acquired, 18 decimals; puts lots in order.
    since_us
        When units of it last came into this account: a late event before that does not draw on it.
    """

    name: str
    number: int
    acquired_us: int
    units: Decimal
    cost: Decimal
    unit_cost: Decimal
    since_us: int

    def plus(self, units: Decimal, cost: Decimal) -> "Lot":
        """Give the lot with a change of units and cost."""
        return self._replace(units=EXACT.add(self.units, units), cost=EXACT.add(self.cost, cost))


Key = tuple[int | Decimal, ...]

METHODS: Mapping[str, Callable[[Lot], Key]] = MappingProxyType(
    {
        "fifo": lambda lot: (lot.acquired_us, lot.number),
        "lifo": lambda lot: (-lot.acquired_us, -lot.number),
        "hifo": lambda lot: (-lot.unit_cost, lot.acquired_us, lot.number),
        "lofo": lambda lot: (lot.unit_cost, lot.acquired_us, lot.number),
        "average": lambda lot: (lot.acquired_us, lot.number),
        "specific": lambda lot: (lot.acquired_us, lot.number),
    }
)
"""Name to the order of drawing. ``average`` keeps one pool an account; ``specific`` must name its lots."""


class Pile:
    """The open lots of one commodity in one account, in the order of a method."""

    def __init__(self, key: Callable[[Lot], Key], lots: Iterable[Lot] = ()) -> None:
        self._key = key
        self.lots: dict[str, Lot] = {lot.name: lot for lot in lots}
        self._queue = [(key(lot), lot.name) for lot in self.lots.values()]
        heapq.heapify(self._queue)

    def put(self, lot: Lot) -> None:
        """Keep what a lot has become; one without units is gone."""
        before = self.lots.get(lot.name)
        if not lot.units:
            self.lots.pop(lot.name, None)
            return
        self.lots[lot.name] = lot
        if before is None or self._key(before) != self._key(lot):
            heapq.heappush(self._queue, (self._key(lot), lot.name))

    def first(self, at_us: int, later: list[tuple[Key, str]]) -> Lot | None:
        """Give the first lot in order that lay here by an instant; those that came later are set aside."""
        while self._queue:
            key, name = self._queue[0]
            lot = self.lots.get(name)
            if lot is not None and lot.since_us <= at_us and self._key(lot) == key:
                return lot
            heapq.heappop(self._queue)
            if lot is not None and self._key(lot) == key:
                later.append((key, name))  # the others were used up, or have a new key
        return None

    def put_back(self, later: list[tuple[Key, str]]) -> None:
        """Put lots back in order that `first` set aside."""
        for item in later:
            heapq.heappush(self._queue, item)


Loader = Callable[[str, str], Iterable[Lot]]


class LotBook:
    """All open lots; what is asked for and not held here yet comes from `load`.

    Parameters
    ----------
    method
        One of `METHODS`.
    cost_scale
        Decimals of cost.
    load
        Gives the stored open lots of an account and commodity.
    """

    def __init__(self, method: str, *, cost_scale: int, load: Loader | None = None) -> None:
        self.method, self._key, self._scale = method, METHODS[method], cost_scale
        self._load: Loader = load or (lambda _account, _commodity: ())
        self._piles: dict[tuple[str, str], Pile] = {}

    def pile(self, account: str, commodity: str) -> Pile:
        """Give the open lots of one commodity in one account."""
        place = (account, commodity)
        found = self._piles.get(place)
        if found is None:
            found = self._piles[place] = Pile(self._key, self._load(account, commodity))
        return found

    def piles(self) -> Mapping[tuple[str, str], Pile]:
        """Give every pile that is held here, by account and commodity."""
        return MappingProxyType(self._piles)

    def put_in(self, move: LotMove, *, number: int, at_us: int, unit_cost: Decimal | None = None) -> LotMove:
        """Add units and cost to a lot of an account at an instant, making it where it is new."""
        pile = self.pile(move.account, move.commodity)
        if self.method == "average":
            move = move._replace(lot=POOL)
        held = pile.lots.get(move.lot)
        if held is not None:
            grown = held.plus(move.units, move.cost)
            pile.put(grown._replace(since_us=max(held.since_us, at_us)))
            return move
        each = cost_of_one(move) if unit_cost is None else unit_cost
        pile.put(Lot(move.lot, number, move.acquired_us, move.units, move.cost, each, at_us))
        return move

    def draw(
        self, account: str, commodity: str, units: Decimal, *, at_us: int, named: tuple[str, ...] = ()
    ) -> list[tuple[LotMove, Lot]]:
        """Take units out of an account.

        Returns
        -------
        list of (LotMove, Lot)
            What each lot gave, negative, and the lot as it was before.

        Raises
        ------
        LedgerError
            When the account holds too little that lay there by then, or lots are named and should not be.
        """
        pile = self.pile(account, commodity)
        self._require_naming(account, commodity, named)
        drawn: list[tuple[LotMove, Lot]] = []
        left, later, names = units, list[tuple[Key, str]](), iter(named)
        while left:
            lot = self._named(pile, names, at_us) if named else pile.first(at_us, later)
            if lot is None:
                break
            take = min(left, lot.units)
            cost = self._cost_of(lot, take)
            pile.put(lot.plus(-take, -cost))
            drawn.append((LotMove(account, commodity, -take, -cost, lot.name, lot.acquired_us), lot))
            left = EXACT.subtract(left, take)
        pile.put_back(later)
        if left:
            held, at = plain(EXACT.subtract(units, left)), iso(from_epoch_us(at_us))
            which = "of the named lots " if named else ""
            raise LedgerError(
                f"{account} holds {held} {commodity} {which}at {at}, and {plain(units)} are to leave it"
            )
        return drawn

    def undo(self, move: LotMove, *, number: int, at_us: int) -> LotMove:
        """Do the opposite of a move at an instant.

        Raises
        ------
        LedgerError
            When the lot has been drawn on or added to since, so that it cannot be taken back.
        """
        back = move._replace(units=-move.units, cost=-move.cost)
        held = self.pile(move.account, move.commodity).lots.get(move.lot)
        if back.units > 0 or (not back.units and back.cost > 0 and held is not None):
            return self.put_in(back, number=number, at_us=at_us)
        left = held.plus(back.units, back.cost) if held is not None else None
        is_short = left is None or left.units < 0 or left.cost < 0 or (not left.units and left.cost)
        if left is None or is_short or left.since_us > at_us:
            raise LedgerError(
                f"lot {move.lot} of {move.account} has been drawn on or added to since: "
                "reverse the later events first"
            )
        self.pile(move.account, move.commodity).put(left)
        return back

    def _require_naming(self, account: str, commodity: str, named: tuple[str, ...]) -> None:
        if named and self.method != "specific":
            raise LedgerError(
                f"lots are named, and these books draw by {self.method}; only the method specific takes names"
            )
        if self.method == "specific" and not named:
            raise LedgerError(
                f"lots is missing: these books draw on the lots of {account} {commodity} by name"
            )

    @staticmethod
    def _named(pile: Pile, names: Iterator[str], at_us: int) -> Lot | None:
        for name in names:
            lot = pile.lots.get(name)
            if lot is not None and lot.since_us <= at_us:
                return lot
        return None

    def _cost_of(self, lot: Lot, units: Decimal) -> Decimal:
        if units == lot.units:
            return lot.cost
        return quantise(EXACT.divide(EXACT.multiply(lot.cost, units), lot.units), self._scale)


def cost_of_one(coins: LotMove | Lot) -> Decimal:
    """Give the cost of one unit of a lot or move, 18 decimals; 0 where there is none."""
    return quantise(EXACT.divide(coins.cost, coins.units), _PLACES) if coins.units else _ZERO
