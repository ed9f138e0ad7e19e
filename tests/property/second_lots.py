"""The lot methods a second time, from their description alone: plain lists, sorted anew for each disposal."""

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["SecondLots"]


@dataclass
class Piece:
    """What is left of a purchase in one wallet."""

    name: str
    order: int
    at: int
    units: Fraction
    cost: Fraction
    price: Fraction
    came: int  # when units of it last came into this wallet


ORDERS = {
    "fifo": lambda piece: (piece.at, piece.order),
    "lifo": lambda piece: (-piece.at, -piece.order),
    "hifo": lambda piece: (-piece.price, piece.at, piece.order),
    "lofo": lambda piece: (piece.price, piece.at, piece.order),
}


class SecondLots:
    """Purchases, disposals and transfers of one coin: exact fractions, 8 decimals where cost is cut."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.wallets: dict[str, list[Piece]] = {}
        self.bought = 0

    def buy(self, wallet: str, name: str, *, at: int, units: Fraction, cost: Fraction) -> None:
        self.bought += 1
        price = rounded(cost / units, 18)
        self.put(wallet, Piece(name, self.bought, at, units, cost, price, at))

    def put(self, wallet: str, piece: Piece) -> None:
        held = self.wallets.setdefault(wallet, [])
        for other in held:
            if other.name == piece.name:
                other.units, other.cost = other.units + piece.units, other.cost + piece.cost
                other.came = max(other.came, piece.came)
                return
        held.append(piece)

    def can_take(self, wallet: str, units: Fraction, *, at: int) -> bool:
        return sum(piece.units for piece in self.wallets.get(wallet, []) if piece.came <= at) >= units

    def take(self, wallet: str, units: Fraction, *, at: int) -> list[Piece]:
        """Take units out of a wallet; gives what each purchase gave."""
        held = self.wallets[wallet]
        taken: list[Piece] = []
        for piece in sorted((piece for piece in held if piece.came <= at), key=ORDERS[self.method]):
            part = min(units, piece.units)
            if not part:
                break
            cost = piece.cost if part == piece.units else rounded(piece.cost * part / piece.units, 8)
            taken.append(Piece(piece.name, piece.order, piece.at, part, cost, piece.price, at))
            piece.units, piece.cost, units = piece.units - part, piece.cost - cost, units - part
        self.wallets[wallet] = [piece for piece in held if piece.units]
        return taken


def rounded(value: Fraction, places: int) -> Fraction:
    """Round half to even, as Python rounds a fraction."""
    return Fraction(round(value * 10**places), 10**places)
