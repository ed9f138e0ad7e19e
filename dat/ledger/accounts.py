"""The chart of accounts: the one place that knows how an account is called.

Five roots: assets, liabilities, equity, income, expenses. A debit is positive, a credit negative.
"""

__all__ = [
    "COMMITTED",
    "HOLDERS",
    "PAYABLE",
    "ROOTS",
    "ROUNDING",
    "STATES",
    "borrowed",
    "capital",
    "commitment",
    "dividends",
    "expense",
    "external",
    "income",
    "is_under",
    "lent",
    "liability",
    "realised",
    "shares",
    "trading",
    "treasury_shares",
    "valuation",
    "venture",
    "wallet",
]

ROOTS = ("assets", "liabilities", "equity", "income", "expenses")
STATES = ("liquid", "staked", "unbonding", "locked", "pledged", "transit")
"""States of a coin in a wallet; only liquid coins can be sold."""

COMMITTED = "equity:committed"
HOLDERS = "equity:holders"
PAYABLE = "liabilities:payable"
ROUNDING = "equity:rounding"


def is_under(account: str, asked: str | None) -> bool:
    """Tell whether an account is the one that is asked for, or lies under it; None asks for all.

    Examples
    --------
    >>> is_under("assets:binance:staked", "assets:binance"), is_under("assets:binance2", "assets:binance")
    (True, False)
    """
    return asked is None or account == asked or account.startswith(f"{asked}:")


def wallet(name: str, state: str = "liquid") -> str:
    """What a wallet, bank or venue account holds in one state.

    Examples
    --------
    >>> wallet("binance"), wallet("binance", "staked")
    ('assets:binance', 'assets:binance:staked')
    """
    return f"assets:{name}" if state in ("", "liquid") else f"assets:{name}:{state}"


def lent(party: str) -> str:
    """What a borrower owes back."""
    return f"assets:lent:{party}"


def venture(deal: str) -> str:
    """A venture at cost, base currency."""
    return f"assets:venture:{deal}"


def valuation(position: str) -> str:
    """Fair value over cost of a coin or venture, base currency."""
    return f"assets:valuation:{position}"


def liability(instrument: str) -> str:
    """What is owed on a note, loan or credit line."""
    return f"liabilities:{instrument}"


def trading(commodity: str) -> str:
    """Counterpart of a commodity: minus its units, plus its cost in the base currency."""
    return f"equity:trading:{commodity}"


def borrowed(commodity: str) -> str:
    """Counterpart of coins that are owed: plus their units, minus their value when they came."""
    return f"equity:borrowed:{commodity}"


def capital(share_class: str) -> str:
    """Paid-in capital of a share class."""
    return f"equity:capital:{share_class}"


def dividends(share_class: str) -> str:
    """Dividends paid on a share class, out of equity."""
    return f"equity:dividends:{share_class}"


def treasury_shares(share_class: str) -> str:
    """Money paid to buy shares back."""
    return f"equity:treasury:{share_class}"


def shares(share_class: str) -> str:
    """Minus the shares of a class that are outstanding."""
    return f"equity:shares:{share_class}"


def commitment(deal: str) -> str:
    """Minus what is promised to a venture and not called."""
    return f"equity:commitments:{deal}"


def external(party: str) -> str:
    """Counterpart of deposits and withdrawals: an owner, or who it was."""
    return f"equity:external:{party or 'unknown'}"


def realised(commodity: str) -> str:
    """Gain on disposals of a commodity, base currency."""
    return f"income:realised:{commodity}"


def income(kind: str) -> str:
    """Income of one kind."""
    return f"income:{kind}"


def expense(kind: str) -> str:
    """Expense of one kind."""
    return f"expenses:{kind}"
