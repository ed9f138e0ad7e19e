"""An exact balance beside the float one of a run: what is rounding, and what no longer is."""

from dataclasses import dataclass
from decimal import Decimal

from dat.core.money import EXACT, exact, plain
from dat.errors import LedgerError

__all__ = ["FLOAT_FRAC", "Balance", "Rounding"]

FLOAT_FRAC = Decimal("1e-11")
"""Share of what goes through a balance that the engine itself takes for float rounding."""
_ZERO = Decimal(0)


@dataclass(slots=True)
class Rounding:
    """What rounding can have done to the balances of one commodity.

    A run computes in float64 and its events are rounded one by one, so the sale of all coins may ask for a
    hair more or less than there is. A hair is half a unit in the last place for each event, and `FLOAT_FRAC`
    of all that came, went, or changed its place.

    Parameters
    ----------
    places
        Decimals of the commodity.
    """

    places: int
    events: int = 1
    passed: Decimal = _ZERO

    def exact(self, value: float) -> Decimal:
        """Round a float to the decimals of the commodity."""
        return exact(value, self.places)

    def count(self, amount: Decimal) -> None:
        """Count an event, and an amount of which the engine takes a share for rounding."""
        self.events, self.passed = self.events + 1, EXACT.add(self.passed, EXACT.abs(amount))

    @property
    def hair(self) -> Decimal:
        """How much may be rounding."""
        steps = Decimal(5 * self.events).scaleb(-self.places - 1, EXACT)
        return EXACT.fma(self.passed, FLOAT_FRAC, steps)


class Balance:
    """What posted events have put in and taken out.

    What would leave a hair takes all; what asks for a hair too much gets what there is.

    Parameters
    ----------
    name
        What is counted, for messages.
    rounding
        That of its commodity, shared by all balances of it.

    Examples
    --------
    >>> coins = Balance("BTC", Rounding(8))
    >>> for units in (0.1, 0.200000004, 0.200000004):
    ...     coins.put(coins.rounding.exact(units))
    >>> coins.all_or(coins.rounding.exact(0.500000008))
    Decimal('0.50000000')
    """

    def __init__(self, name: str, rounding: Rounding) -> None:
        self.name, self.rounding, self.held = name, rounding, _ZERO

    def put(self, amount: Decimal) -> None:
        """Add an exact amount; one below 0 is taken out."""
        self.held = EXACT.add(self.held, amount)
        self.rounding.count(amount)

    def most(self, amount: Decimal) -> Decimal:
        """Give what can be taken of an amount: no more than is held.

        Raises
        ------
        LedgerError
            When it is more than is held by over two hairs; one may have gone with what took all before.
        """
        over, limit = EXACT.subtract(amount, self.held), EXACT.multiply(2, self.rounding.hair)
        if over > limit:
            raise LedgerError(
                f"{plain(amount)} {self.name} are to leave, and {plain(self.held)} are held; "
                f"rounding explains a difference of {plain(limit)}"
            )
        return min(amount, self.held)

    def all_or(self, amount: Decimal) -> Decimal:
        """Give what can be taken of an amount: all that is held where no more than a hair would be left.

        Raises
        ------
        LedgerError
            As `most` does.
        """
        taken = self.most(amount)
        return self.held if EXACT.subtract(self.held, taken) <= self.rounding.hair else taken
