"""The wash-sale rule: no loss is taken while the same coin is bought within so many days, before or after.

The loss of the matched units is added to the cost of the lot that replaces them; a unit replaces one other.
What is left of a lot that was sold in part does not replace that part. Reversing an entry frees its matches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from dat.core.money import EXACT, quantise
from dat.errors import LedgerError
from dat.ledger.entry import LotMove
from dat.ledger.lots import Lot, LotBook, cost_of_one

__all__ = ["Loss", "WashSales"]

_DAY_US = 86_400_000_000
_ZERO = Decimal(0)


class Loss(NamedTuple):
    """Units of one lot that were sold at a loss.

    Parameters
    ----------
    entry
        Number of the entry that sold them.
    at_us
        When, microseconds since 1970.
    lot
        What they were drawn from.
    units, amount
        How many, and the loss on them in the base currency.
    """

    entry: int
    at_us: int
    lot: str
    units: Decimal
    amount: Decimal


class _Match(NamedTuple):
    """The part of a loss that a lot took over, and the entry that recorded it."""

    loss: Loss
    lot: str
    entry: int


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
    _waiting: dict[str, list[Loss]] = field(default_factory=dict)
    _matches: dict[str, list[_Match]] = field(default_factory=dict)
    _used: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def sold(self, lots: LotBook, commodity: str, loss: Loss) -> list[LotMove]:
        """Match a loss with lots that were acquired around it; what is left waits for those recorded later.

        Returns
        -------
        list of LotMove
            No units, and the cost that each replacement takes over.
        """
        moves: list[LotMove] = []
        for account, lot, free in self._free(lots, commodity, loss):
            if not loss.units:
                break
            loss, taken = self._split(loss, min(free, loss.units))
            self._keep(commodity, _Match(taken, lot.name, loss.entry))
            move = LotMove(account, commodity, _ZERO, taken.amount, lot.name, lot.acquired_us)
            moves.append(_dearer(lots, move))
        if loss.units:
            self._waiting.setdefault(commodity, []).append(loss)
        return moves

    def bought(self, commodity: str, lot: str, units: Decimal, *, at_us: int, entry: int) -> Decimal:
        """Give the cost that a new lot takes over from losses around it."""
        total, free, kept = _ZERO, units, list[Loss]()
        for loss in self._waiting.get(commodity, ()):
            if free and self._is_near(loss, at_us):
                loss, taken = self._split(loss, min(free, loss.units))
                self._keep(commodity, _Match(taken, lot, entry))
                total, free = EXACT.add(total, taken.amount), EXACT.subtract(free, taken.units)
            if loss.units:
                kept.append(loss)
        self._waiting[commodity] = kept
        return total

    def undo(self, entry: int) -> None:
        """Forget what a reversed entry sold, and free what it matched.

        Raises
        ------
        LedgerError
            When a later purchase has taken over its loss.
        """
        for commodity, matches in self._matches.items():
            for match in matches:
                if match.loss.entry == entry != match.entry:
                    raise LedgerError(
                        f"its loss is part of the cost of lot {match.lot} since: reverse that purchase first"
                    )
            freed = [match for match in matches if match.entry == entry]
            self._matches[commodity] = [match for match in matches if match.entry != entry]
            for match in freed:
                self._use((commodity, match.lot), -match.loss.units)
                self._waiting.setdefault(commodity, []).append(match.loss)
        for commodity, losses in self._waiting.items():
            self._waiting[commodity] = sorted(loss for loss in losses if loss.entry != entry)

    def _keep(self, commodity: str, match: _Match) -> None:
        self._matches.setdefault(commodity, []).append(match)
        self._use((commodity, match.lot), match.loss.units)

    def _use(self, lot: tuple[str, str], units: Decimal) -> None:
        self._used[lot] = EXACT.add(self._used.get(lot, _ZERO), units)

    def _split(self, loss: Loss, units: Decimal) -> tuple[Loss, Loss]:
        """Give what is left of a loss, and the part of so many units."""
        amount = loss.amount
        if units != loss.units:
            amount = quantise(EXACT.divide(EXACT.multiply(loss.amount, units), loss.units), self.cost_scale)
        left = loss._replace(
            units=EXACT.subtract(loss.units, units), amount=EXACT.subtract(loss.amount, amount)
        )
        return left, loss._replace(units=units, amount=amount)

    def _is_near(self, loss: Loss, at_us: int) -> bool:
        return abs(at_us - loss.at_us) <= self.days * _DAY_US

    def _free(self, lots: LotBook, commodity: str, loss: Loss) -> Iterator[tuple[str, Lot, Decimal]]:
        near = [
            (account, lot)
            for (account, name), pile in lots.piles().items()
            if name == commodity
            for lot in pile.lots.values()
            if self._is_near(loss, lot.acquired_us) and lot.name != loss.lot
        ]
        near.sort(key=lambda item: (item[1].acquired_us, item[1].number, item[0]))
        used = {lot.name: self._used.get((commodity, lot.name), _ZERO) for _, lot in near}
        for account, lot in near:
            taken = min(used[lot.name], lot.units)  # a lot may lie in several accounts
            used[lot.name] = EXACT.subtract(used[lot.name], taken)
            if taken < lot.units:
                yield account, lot, EXACT.subtract(lot.units, taken)


def _dearer(lots: LotBook, move: LotMove) -> LotMove:
    pile = lots.pile(move.account, move.commodity)
    lot = pile.lots[move.lot].plus(_ZERO, move.cost)
    pile.put(lot._replace(unit_cost=cost_of_one(lot)))
    return move
