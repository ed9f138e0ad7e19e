"""The lots a second time, from their description alone: plain lists, sorted for each draw, and fractions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

__all__ = ["LotRefusal", "Moved", "SecondLedger"]

POOL = "average"
Place = tuple[str, str]


class LotRefusal(Exception):  # noqa: N818
    """The lots do not allow it."""


class Moved(NamedTuple):
    """What a lot gained or lost in an account."""

    account: str
    coin: str
    lot: str
    units: Fraction
    cost: Fraction
    acquired: int


@dataclass
class Piece:
    """What is left of a lot in one account."""

    name: str
    order: int
    acquired: int
    since: int
    units: Fraction
    cost: Fraction
    price: Fraction


ORDERS: dict[str, Callable[[Piece], tuple[Fraction | int, ...]]] = {
    "fifo": lambda piece: (piece.acquired, piece.order),
    "lifo": lambda piece: (-piece.acquired, -piece.order),
    "hifo": lambda piece: (-piece.price, piece.acquired, piece.order),
    "lofo": lambda piece: (piece.price, piece.acquired, piece.order),
    "average": lambda piece: (0,),
}


class SecondLedger:
    """Lots of any coin in any account. Cost is cut to 8 decimals, half to even."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.held: dict[Place, list[Piece]] = {}
        self.births: dict[str, tuple[int, Fraction]] = {}

    def save(self) -> object:
        """Give what `restore` takes."""
        held = {place: [replace(piece) for piece in pieces] for place, pieces in self.held.items()}
        return held, dict(self.births)

    def restore(self, saved: object) -> None:
        """Make undone what was done since `save`."""
        self.held, self.births = saved  # type: ignore[misc]

    def get(self, place: Place, units: Fraction, cost: Fraction, *, lot: str, at: int) -> list[Moved]:
        """Acquire a lot."""
        self.births[lot] = (len(self.births), cost / units)
        return [self._add(place, lot, (units, cost), acquired=at, at=at)]

    def give(self, place: Place, units: Fraction, *, at: int, named: Sequence[str] = ()) -> list[Moved]:
        """Draw on what lay in the account by then."""
        taken: list[Moved] = []
        for piece in self._in_order(place, at, named):
            part = min(units, piece.units)
            if part:
                cost = piece.cost if part == piece.units else rounded(piece.cost * part / piece.units)
                taken.append(Moved(*place, piece.name, -part, -cost, piece.acquired))
                piece.units, piece.cost, units = piece.units - part, piece.cost - cost, units - part
        if units:
            raise LotRefusal
        self._sweep(place)
        return taken

    def move(
        self, place: Place, to: str, units: Fraction, *, at: int, named: Sequence[str] = ()
    ) -> list[Moved]:
        """Carry lots to another account."""
        gone = self.give(place, units, at=at, named=named)
        there = (to, place[1])
        return gone + [
            self._add(there, went.lot, (-went.units, -went.cost), acquired=went.acquired, at=at)
            for went in gone
        ]

    def undo(self, moves: Sequence[Moved], *, at: int) -> list[Moved]:
        """Reverse what an event moved."""
        back: list[Moved] = []
        for moved in reversed(moves):
            place = (moved.account, moved.coin)
            if moved.units < 0:
                what = (-moved.units, -moved.cost)
                back.append(self._add(place, moved.lot, what, acquired=moved.acquired, at=at))
            else:
                self._take_back(place, moved, at)
                back.append(moved._replace(units=-moved.units, cost=-moved.cost))
        return back

    def _add(
        self, place: Place, lot: str, what: tuple[Fraction, Fraction], *, acquired: int, at: int
    ) -> Moved:
        name = POOL if self.method == "average" else lot
        for piece in self.held.setdefault(place, []):
            if piece.name == name:
                piece.units, piece.cost = piece.units + what[0], piece.cost + what[1]
                piece.since = max(piece.since, at)
                break
        else:
            order, price = self.births.get(lot, (0, Fraction(0)))
            self.held[place].append(Piece(name, order, acquired, at, *what, price))
        return Moved(*place, name, *what, acquired)

    def _take_back(self, place: Place, moved: Moved, at: int) -> None:
        for piece in self.held.get(place, []):
            if piece.name == moved.lot:
                piece.units, piece.cost = piece.units - moved.units, piece.cost - moved.cost
                is_odd = piece.units < 0 or piece.cost < 0 or (not piece.units and piece.cost)
                if is_odd or piece.since > at:
                    raise LotRefusal
                self._sweep(place)
                return
        raise LotRefusal

    def _in_order(self, place: Place, at: int, named: Sequence[str]) -> list[Piece]:
        here = [piece for piece in self.held.get(place, []) if piece.since <= at]
        if self.method == "specific":
            return [piece for name in named for piece in here if piece.name == name]
        return sorted(here, key=ORDERS[self.method])

    def _sweep(self, place: Place) -> None:
        self.held[place] = [piece for piece in self.held[place] if piece.units]


def rounded(value: Fraction) -> Fraction:
    """Round to 8 decimals, half to even, as Python rounds a fraction."""
    return Fraction(round(value * 10**8), 10**8)
