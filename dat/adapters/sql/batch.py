"""Many rows at once, past the per-row work of SQLAlchemy: one value after the other in one flat list."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Connection, Executable, Table

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
    return next(_pages(connection, query, values, size=0))


def stream(connection: Connection, query: Executable, **values: Any) -> Iterator[Row]:
    """Give the rows of a query one after the other, without holding all of them."""
    for page in _pages(connection, query, values, size=_PAGE):
        yield from page


def _pages(
    connection: Connection, query: Executable, values: Mapping[str, Any], *, size: int
) -> Iterator[list[Row]]:
    with connection.execute(query, values, execution_options={"stream_results": size > 0}) as result:
        cursor = result.cursor
        assert cursor is not None
        while True:
            page = cast("list[Row]", cursor.fetchmany(size) if size else cursor.fetchall())
            yield page
            if len(page) < size or not size:
                return


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
