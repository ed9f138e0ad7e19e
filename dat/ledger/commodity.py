"""What the books count in: currencies, stablecoins, coins and shares, each with a declared scale."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple

from dat.core.money import EXACT, STEPS, plain
from dat.errors import LedgerError

__all__ = ["AMOUNT_MAX", "CLASSES", "COMMODITIES", "Commodities", "Commodity", "declare"]

CLASSES = ("fiat", "stable", "coin", "share")
AMOUNT_MAX = Decimal(10) ** 20
"""Amounts are below this: 38 digits in all, 18 of them after the point, is what PostgreSQL stores."""
_SCALE_MAX = 18


class Commodity(NamedTuple):
    """One thing that is counted.

    Parameters
    ----------
    name
        Capital letters and digits, such as BTC.
    kind
        ``fiat`` and ``stable`` are money: no lots, valued by a stored rate. A ``coin`` has lots. A ``share``
        is counted only.
    scale
        Decimals that are kept, 0 to 18.
    peg
        Currency that one unit of a stablecoin counts as, while no rate is stored for it; empty for none.

    Examples
    --------
    >>> Commodity("BTC", "coin", 8).quantise(Decimal("0.123456789"))
    Decimal('0.12345679')
    """

    name: str
    kind: Literal["fiat", "stable", "coin", "share"]
    scale: int
    peg: str = ""

    @property
    def has_lots(self) -> bool:
        """Whether what is held is kept in lots."""
        return self.kind == "coin"

    def quantise(self, amount: Decimal) -> Decimal:
        """Round an amount to the scale, half to even."""
        return amount.quantize(STEPS[self.scale], None, EXACT)


def _table(*rows: Commodity) -> Mapping[str, Commodity]:
    return MappingProxyType({row.name: row for row in rows})


_FIAT = (
    *("AED", "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "ILS", "INR", "JPY", "KRW"),
    *("MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR"),
)
_STABLE = {
    "EUR": ("EURC", "EURI"),
    "USD": ("BUSD", "DAI", "FDUSD", "PYUSD", "RLUSD", "TUSD", "USDC", "USDE", "USDP", "USDS", "USDT"),
}
_COINS = {
    6: ("ADA", "TRX", "XRP"),
    8: ("BCH", "BTC", "DOGE", "LTC", "ZEC"),
    9: ("SOL", "SUI", "TON"),
    10: ("DOT",),
    18: (
        *("AAVE", "ARB", "AVAX", "BNB", "ENA", "ETH", "HYPE", "LDO", "LINK"),
        *("MATIC", "OP", "POL", "STETH", "UNI", "WSTETH"),
    ),
}

COMMODITIES: Mapping[str, Commodity] = _table(
    *(Commodity(name, "fiat", 8) for name in _FIAT),
    *(Commodity(name, "stable", 8, peg) for peg, names in _STABLE.items() for name in names),
    *(Commodity(name, "coin", scale) for scale, names in _COINS.items() for name in names),
    Commodity("COMMON", "share", 8),
    Commodity("PREFERRED", "share", 8),
)
"""Known without being declared. Books rest on it: a row may be added, never changed."""


class Commodities(dict[str, Commodity]):
    """What some books know by name: `COMMODITIES`, and what they have declared themselves.

    Asking for another name raises `LedgerError`.

    Examples
    --------
    >>> Commodities()["ETH"].scale
    18
    """

    def __init__(self) -> None:
        super().__init__(COMMODITIES)

    def __missing__(self, name: str) -> Commodity:
        """Refuse an unknown name."""
        raise LedgerError(
            f"unknown asset '{name}'; known are {', '.join(sorted(self))}. "
            f"Declare it first: kind=declare asset={name} method=coin units=8"
        )


def declare(name: str, kind: str, *, scale: Decimal, peg: str) -> Commodity:
    """Make a commodity of what a declaration says.

    Raises
    ------
    LedgerError
        When the kind is unknown, the scale no whole number of 0 to 18, or what is pegged no stablecoin.
    """
    if kind not in CLASSES:
        raise LedgerError(f"asset {name} cannot be of class '{kind}'; classes are {', '.join(CLASSES)}")
    if peg and kind != "stable":
        raise LedgerError(f"asset {name} is a {kind} and has no peg; only a stablecoin has one")
    if scale != int(scale) or not 0 <= scale <= _SCALE_MAX:
        raise LedgerError(f"asset {name} cannot have {plain(scale)} decimals; 0 to {_SCALE_MAX} are possible")
    return Commodity(name, kind, int(scale), peg)  # type: ignore[arg-type]
