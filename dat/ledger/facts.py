"""What a rule may know beside its event, and the two moves that most rules are made of."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from dat.core.money import EXACT
from dat.errors import LedgerError
from dat.ledger.accounts import trading
from dat.ledger.commodity import Commodities
from dat.ledger.rates import Rates
from dat.ledger.step import Acquire, Dispose, Post, Step

if TYPE_CHECKING:
    from dat.ledger.entry import Entry

__all__ = ["Facts"]


class Facts(NamedTuple):
    """Facts of the books at an event: nothing here is changed by a rule.

    Parameters
    ----------
    base
        Currency in which cost, gains and income are kept.
    commodities
        What the books know by name.
    rates
        Stored rates.
    target
        The entry that a correction reverses.
    """

    base: str
    commodities: Commodities
    rates: Rates
    target: "Entry | None" = None

    def worth(self, name: str, amount: Decimal, at: datetime) -> Decimal:
        """Value an amount in the base currency: at the stored rate, else at the peg of a stablecoin.

        Raises
        ------
        LedgerError
            When the commodity is unknown, or no fresh rate is stored.
        """
        if name == self.base:
            return amount
        commodity = self.commodities[name]
        rate = self.rates.find(name, at)
        if rate is None and commodity.peg and not self.rates.is_stored(name, at):
            if commodity.peg == self.base:
                return amount
            rate = self.rates.at(commodity.peg, at)
        if rate is None:
            rate = self.rates.at(name, at)
        return self.commodities[self.base].quantise(EXACT.multiply(amount, rate))

    def pay(
        self, account: str, name: str, amount: Decimal, *, value: Decimal, lots: tuple[str, ...] = ()
    ) -> list[Step]:
        """Take an amount out of an account; the base legs of the steps sum to minus `value`."""
        if name == self.base:
            return [Post(account, name, -amount)]
        if self.commodities[name].has_lots:
            return [Dispose(account, name, amount, value, lots)]
        return self._exchange(account, name, -amount, value=-value)

    def receive(self, account: str, name: str, amount: Decimal, *, value: Decimal) -> list[Step]:
        """Put an amount into an account; the base legs of the steps sum to plus `value`."""
        if name == self.base:
            return [Post(account, name, amount)]
        if self.commodities[name].has_lots:
            return [Acquire(account, name, amount, value)]
        return self._exchange(account, name, amount, value=value)

    def require_known(self, name: str) -> None:
        """Refuse a commodity that the books do not know.

        Raises
        ------
        LedgerError
            When it is unknown.
        """
        self.commodities[name]

    def require_money(self, name: str) -> None:
        """Refuse a coin or share where only money will do.

        Raises
        ------
        LedgerError
            When the commodity is unknown or a coin or share.
        """
        if self.commodities[name].kind not in ("fiat", "stable"):
            raise LedgerError(f"{name} is no money; this event is paid in a currency or stablecoin")

    def require_no_share(self, name: str) -> None:
        """Refuse a share class of the treasury itself where something is held or paid.

        Raises
        ------
        LedgerError
            When the commodity is unknown or a share.
        """
        if self.commodities[name].kind == "share":
            raise LedgerError(
                f"{name} is a share class; it is issued and bought back, never held or paid with"
            )

    def _exchange(self, account: str, name: str, amount: Decimal, *, value: Decimal) -> list[Step]:
        self.require_no_share(name)
        mirror = trading(name)
        return [Post(account, name, amount), Post(mirror, name, -amount), Post(mirror, self.base, value)]
