"""Stored rates: what one unit of a currency or coin was worth in the base currency."""

from bisect import bisect_right
from datetime import datetime, timedelta
from decimal import Decimal

from dat.core.time import epoch_us, iso
from dat.errors import LedgerError

__all__ = ["STALE_DAYS", "Rates"]

STALE_DAYS = 7
"""A rate older than this is not used: long enough for the longest closure of a currency market."""
_STALE_US = timedelta(days=STALE_DAYS) // timedelta(microseconds=1)


class Rates:
    """Rates by commodity and instant, in the base currency.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> rates = Rates("USD")
    >>> rates.add("HKD", parse_instant("2024-01-02"), Decimal("0.128"))
    >>> rates.at("HKD", parse_instant("2024-01-05"))
    Decimal('0.128')
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self._times: dict[str, list[int]] = {}
        self._prices: dict[str, list[Decimal]] = {}

    def add(self, commodity: str, at: datetime, price: Decimal) -> None:
        """Store a rate; one at the same instant as another takes its place."""
        times, prices = self._times.setdefault(commodity, []), self._prices.setdefault(commodity, [])
        place = bisect_right(times, epoch_us(at))
        times.insert(place, epoch_us(at))
        prices.insert(place, price)

    def is_stored(self, commodity: str, at: datetime) -> bool:
        """Tell whether any rate is stored at or before an instant, however old."""
        times = self._times.get(commodity)
        return times is not None and times[0] <= epoch_us(at)

    def find(self, commodity: str, at: datetime) -> Decimal | None:
        """Give the latest rate at or before an instant, or None where there is none within `STALE_DAYS`."""
        times = self._times.get(commodity)
        if not times:
            return None
        place = bisect_right(times, epoch_us(at))
        is_fresh = place and epoch_us(at) - times[place - 1] <= _STALE_US
        return self._prices[commodity][place - 1] if is_fresh else None

    def at(self, commodity: str, at: datetime) -> Decimal:
        """Give the latest rate at or before an instant.

        Raises
        ------
        LedgerError
            When none is stored, or the latest is older than `STALE_DAYS` days.
        """
        found = self.find(commodity, at)
        if found is None:
            raise LedgerError(
                f"no rate of {commodity} in {self.base} within {STALE_DAYS} days before {iso(at)}; "
                f"give the value in {self.base}, or store a rate first: "
                f"kind=rate asset={commodity} currency={self.base} price=..."
            )
        return found
