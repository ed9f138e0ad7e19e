"""Many rows at once, past the per-row work of SQLAlchemy: one value after the other in one flat list."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable, Table

__all__ = ["BLOCK", "Row", "fetch", "insert", "run_many", "stream"]

Row = tuple[Any, ...]
BLOCK = 2_048
"""Rows that one statement of SQLite takes at most: its work for a statement is as much as for a row."""
_BLOCKS = (BLOCK, 128, 8, 1)
_PAGE = 2_000
_MARK: Mapping[str, str] = MappingProxyType({"sqlite": "?", "postgresql": "%s"})


def insert(connection: Connection, table: Table, flat: list[Any]) -> None:
    """Add rows to a table.

    Parameters
    ----------
    connection
        With a transaction.
    table
        Its columns give the order of the values.
    flat
        The values of one row after the other; amounts as canonical text.
    """
    if connection.dialect.name == "postgresql":
        _copy(connection, table, flat)
        return
    width, start = len(table.columns), 0
    for rows in _BLOCKS:
        size = width * rows
        end = start + (len(flat) - start) // size * size
        values = [tuple(flat[at : at + size]) for at in range(start, end, size)]
        if values:
            connection.exec_driver_sql(_insert(table, rows), values)
        start = end


def run_many(connection: Connection, statement: str, rows: Iterable[Row]) -> None:
    """Run a statement for each row; it marks values as SQLite does, by question marks."""
    values = list(rows)
    if values:
        connection.exec_driver_sql(statement.replace("?", _MARK[connection.dialect.name]), values)


def fetch(connection: Connection, query: Executable, **values: Any) -> list[Row]:
    """Give the rows of a query as the driver gives them, all at once."""
    with connection.execute(query, values) as result:
        return cast("list[Row]", _cursor(result).fetchall())


def stream(connection: Connection, query: Executable, **values: Any) -> Iterator[Row]:
    """Give the rows of a query one after the other, without holding all of them."""
    if connection.dialect.name == "postgresql":  # its driver would hold all of them
        with connection.execute(query, values, execution_options={"yield_per": _PAGE}) as result:
            yield from map(tuple, result)
        return
    with connection.execute(query, values) as result:
        cursor = _cursor(result)
        while page := cursor.fetchmany(_PAGE):
            yield from page


def _cursor(result: CursorResult[Any]) -> Any:
    assert result.cursor is not None
    return result.cursor


@lru_cache(maxsize=256)
def _insert(table: Table, rows: int) -> str:
    names = ", ".join(column.name for column in table.columns)
    row = f"({', '.join('?' * len(table.columns))})"
    return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([row] * rows)}"


def _copy(connection: Connection, table: Table, flat: list[Any]) -> None:
    names = ", ".join(column.name for column in table.columns)
    cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
    with cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in zip(*[iter(flat)] * len(table.columns), strict=True):
            copy.write_row(row)
