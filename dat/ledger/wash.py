"""The wash-sale rule: no loss is taken while the same coin is bought within so many days, before or after.

The loss of the matched units is added to the cost of the lot that replaces them; a unit replaces one other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from dat.core.money import EXACT, quantise
from dat.ledger.entry import LotMove
from dat.ledger.lots import Lot, LotBook

__all__ = ["WashSales"]

_DAY_US = 86_400_000_000
_ZERO = Decimal(0)


class _Loss(NamedTuple):
    """Units sold at a loss that nothing replaces yet."""

    at_us: int
    units: Decimal
    amount: Decimal


@dataclass
class WashSales:
    """Losses that wait for a replacement, and units that have replaced others already.

    Parameters
    ----------
    days
        Length of the window on each side of a sale.
    cost_scale
        Decimals of cost.
    """

    days: int
    cost_scale: int
    _losses: dict[str, list[_Loss]] = field(default_factory=dict)
    _used: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def sold(
        self,
        lots: LotBook,
        commodity: str,
        loss: Decimal,
        *,
        units: Decimal,
        at_us: int,
        drawn: Iterable[str],
    ) -> list[LotMove]:
        """Match a loss with lots that were acquired shortly before; what is left waits for later ones.

        Returns
        -------
        list of LotMove
            No units, and the cost that each replacement takes over.
        """
        moves: list[LotMove] = []
        left = _Loss(at_us, units, loss)
        for account, lot in self._recent(lots, commodity, at_us=at_us, but=frozenset(drawn)):
            free = EXACT.subtract(lot.units, self._used.get((commodity, lot.name), _ZERO))
            if free > 0 and left.units:
                left, added = self._take_over(left, min(free, left.units), (commodity, lot.name))
                move = LotMove(account, commodity, _ZERO, added, lot.name, lot.acquired_us)
                moves.append(self._dearer(lots, move))
        if left.units:
            self._losses.setdefault(commodity, []).append(left)
        return moves

    def bought(self, commodity: str, lot: str, units: Decimal, *, at_us: int) -> Decimal:
        """Give the cost that a new lot takes over from losses shortly before it."""
        total, free, kept = _ZERO, units, list[_Loss]()
        for loss in self._losses.get(commodity, ()):
            if free and 0 <= at_us - loss.at_us <= self.days * _DAY_US:
                taken = min(free, loss.units)
                loss, added = self._take_over(loss, taken, (commodity, lot))
                total, free = EXACT.add(total, added), EXACT.subtract(free, taken)
            if loss.units:
                kept.append(loss)
        self._losses[commodity] = kept
        return total

    def _take_over(self, loss: _Loss, units: Decimal, lot: tuple[str, str]) -> tuple[_Loss, Decimal]:
        if units == loss.units:
            added = loss.amount
        else:
            added = quantise(EXACT.divide(EXACT.multiply(loss.amount, units), loss.units), self.cost_scale)
        self._used[lot] = EXACT.add(self._used.get(lot, _ZERO), units)
        left = _Loss(loss.at_us, EXACT.subtract(loss.units, units), EXACT.subtract(loss.amount, added))
        return left, added

    def _recent(
        self, lots: LotBook, commodity: str, *, at_us: int, but: frozenset[str]
    ) -> list[tuple[str, Lot]]:
        since = at_us - self.days * _DAY_US
        found = [
            (account, lot)
            for (account, name), pile in lots.piles().items()
            if name == commodity
            for lot in pile.lots.values()
            if since <= lot.acquired_us <= at_us and lot.name not in but
        ]
        return sorted(found, key=lambda item: (item[1].acquired_us, item[1].number, item[0]))

    def _dearer(self, lots: LotBook, move: LotMove) -> LotMove:
        pile = lots.pile(move.account, move.commodity)
        lot = pile.lots[move.lot].plus(_ZERO, move.cost)
        pile.put(lot._replace(unit_cost=quantise(EXACT.divide(lot.cost, lot.units), 18)))
        return move
