"""Connect to the books: each unit of work has a connection of its own, which is closed when it ends."""

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from dat.adapters.sql.address import Address
from dat.adapters.sql.faults import WAIT_S
from dat.core.money import EXACT, plain
from dat.errors import StoreError

__all__ = ["Mode", "engine_of"]

Mode = Literal["read", "write", "create"]
_OPENED: dict[Mode, str] = {"read": "ro", "write": "rw", "create": "rwc"}
_CACHE_KIB = 65_536


def engine_of(address: Address, mode: Mode, *, wait_s: float = WAIT_S) -> Engine:
    """Make an engine for the books.

    Parameters
    ----------
    address
        Where they are kept.
    mode
        ``read`` sees one state of the books however long it reads; ``write`` takes its turn when it begins;
        ``create`` also makes the file.
    wait_s
        How long to wait for a turn, seconds.

    Raises
    ------
    StoreError
        When the driver of PostgreSQL is not installed.
    """
    if address.url is None:
        return _sqlite(address, mode, wait_s)
    return _postgres(address, mode, wait_s)


def _sqlite(address: Address, mode: Mode, wait_s: float) -> Engine:
    where = f"file:{quote(str(address.path))}?mode={_OPENED[mode]}"

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(where, uri=True, timeout=wait_s, isolation_level=None)
        made.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if mode == "read":
            made.execute("PRAGMA query_only = ON")
            return made
        tables = {row[0] for row in made.execute("SELECT name FROM sqlite_master")}
        if "entries" in tables or (mode == "create" and not tables):  # the file of another program is left be
            made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        made.create_function("exact_sum", 2, _exact_sum, deterministic=True)
        return made

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)
    _on_begin(engine, "BEGIN" if mode == "read" else "BEGIN IMMEDIATE")
    return engine


def _postgres(address: Address, mode: Mode, wait_s: float) -> Engine:
    assert address.url is not None
    known = {"application_name": "dat", "connect_timeout": "10"} | dict(address.url.query)
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if mode == "read" else {}
    try:
        engine = create_engine(address.url.set(query=known), poolclass=NullPool, **options)
    except ModuleNotFoundError:
        raise StoreError(
            f"{address}: PostgreSQL needs its driver: pip install dat-treasury[postgres]"
        ) from None
    if mode == "read":
        return engine.execution_options(postgresql_readonly=True)
    _on_begin(engine, f"SET LOCAL lock_timeout = {round(wait_s * 1000)}")
    return engine


def _on_begin(engine: Engine, statement: str) -> None:
    begin: Callable[[Connection], object] = lambda connection: connection.exec_driver_sql(statement)  # noqa: E731
    event.listen(engine, "begin", begin)


def _exact_sum(left: str, right: str) -> str:
    return plain(EXACT.add(Decimal(left), Decimal(right)))
