"""How an exact amount is kept: canonical text on SQLite, NUMERIC on PostgreSQL, never a float."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from dat.core.money import plain, quantise
from dat.ledger.commodity import AMOUNT_MAX

__all__ = ["PLACES", "Exact", "as_text"]

PLACES = 18
"""Decimals of an amount at most."""
_DIGITS = 38


class Exact(TypeDecorator[Decimal]):
    """A column of Decimals that come back as they went in.

    Parameters
    ----------
    is_sum
        Whether it holds sums and quotients, which may have more than 20 digits before the point.

    Notes
    -----
    SQLite has no decimal type: what it calls NUMERIC is a binary float. So it keeps text, as
    `dat.core.money.plain` writes it, and sums are built in Python.
    """

    impl = Text
    cache_ok = True

    def __init__(self, *, is_sum: bool = False) -> None:
        super().__init__()
        self.is_sum = is_sum

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the database."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric() if self.is_sum else Numeric(_DIGITS, PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Write a Decimal as text; PostgreSQL reads the same text as NUMERIC.

        Raises
        ------
        TypeError
            When it is a float or anything else than a finite Decimal.
        ValueError
            When it has more digits than the column holds.
        """
        if value is None:
            return None
        if type(value) is not Decimal or not value.is_finite():
            raise TypeError(f"{value!r} is no finite Decimal; floats are refused")
        if not self.is_sum and not _fits(value):
            raise ValueError(f"{value} does not fit: {_DIGITS} digits, {PLACES} of them after the point")
        text = plain(value)
        return Decimal(text) if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read a Decimal without trailing zeros and without exponent."""
        return None if value is None else Decimal(plain(Decimal(value)))


def _fits(value: Decimal) -> bool:
    return abs(value) < AMOUNT_MAX and value == quantise(value, PLACES)


class as_text(FunctionElement[str]):  # noqa: N801  # it reads as a function of SQL
    """An exact column as the canonical text that hashes are made of, on every database alike.

    Parameters
    ----------
    column
        A column of type `Exact`.
    """

    type = Text()
    inherit_cache = True


@compiles(as_text)
def _as_stored(element: as_text, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(as_text, "postgresql")
def _as_trimmed(element: as_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(trim_scale({compiler.process(element.clauses, **options)}) AS TEXT)"
