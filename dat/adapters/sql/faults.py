"""What a database answers when it cannot, said in our words: every driver error becomes a `StoreError`."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import InvalidOperation
from types import MappingProxyType

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dat.adapters.sql.address import Address
from dat.errors import StoreError

__all__ = ["NO_BOOKS", "WAIT_S", "telling"]

WAIT_S = 10.0
"""How long a writer waits for its turn, seconds."""
NO_BOOKS = "holds no books of dat"

_BUSY = f"is being written by another process, which did not end within {WAIT_S:g} s; try again"
_FULL = "the disk is full; nothing was written"
_SQLITE: Mapping[int, str] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: _BUSY,
        sqlite3.SQLITE_LOCKED: _BUSY,
        sqlite3.SQLITE_FULL: _FULL,
        sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a copy",
        sqlite3.SQLITE_NOTADB: "is no SQLite file, or is damaged",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened; is it there, and may its folder be written to?",
        sqlite3.SQLITE_READONLY: "cannot be written: the file or its folder is read-only",
        sqlite3.SQLITE_PERM: "cannot be opened: permission denied",
        sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    }
)
_POSTGRES: Mapping[str, str] = MappingProxyType(
    {
        "55P03": _BUSY,
        "40P01": _BUSY,
        "53100": _FULL,
        "42P01": NO_BOOKS,
        "3D000": "there is no such database",
        "28P01": "the server refuses the password",
        "28000": "the server refuses the user",
        "42501": "the user may not do this there",
        "25006": "cannot be written: the server is read-only",
    }
)


@contextmanager
def telling(address: Address, engine: Engine) -> Iterator[None]:
    """Turn errors of the driver into ours.

    Raises
    ------
    StoreError
        Naming the books, and what is wrong with them.
    """
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(f"{address}: {_said(original, address)}") from error
    except InvalidOperation as error:
        raise StoreError(
            f"{address}: an amount in it is no number; 'dat ledger verify --books {address}' says which"
        ) from error


def _said(error: BaseException | None, address: Address) -> str:
    text = address.without_secrets(str(error).strip() or type(error).__name__)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if text.startswith("no such table"):
        return NO_BOOKS
    return _SQLITE.get(code) or _POSTGRES.get(_sqlstate(error)) or " ".join(text.split())


def _sqlstate(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""
