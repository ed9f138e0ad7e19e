"""Add rows to tables; many of them in a thread, so that the database works while more rows are made.

SQLite works without the lock of the interpreter once it has the values of a statement. So rows go in blocks, as
one statement each: the thread asks for that lock once a block and not once a row.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Table

from dat.adapters.sql.batch import BLOCK, insert

__all__ = ["RowWriter"]

_MANY = 500  # rows of the last table of a batch, from which on a batch is put into blocks


class RowWriter:
    """Adds rows. Whoever uses the connection for anything else calls `settle` first.

    Parameters
    ----------
    connection
        With a transaction, and of a driver that lets threads hand it on.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._has_blocks = connection.dialect.name == "sqlite"
        self._waiting: dict[Table, list[Any]] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._written: Future[None] | None = None

    def write(self, batch: Sequence[tuple[Table, list[Any]]]) -> None:
        """Add rows: the values of each table in one flat list, tables in this order.

        A large batch for SQLite may be written later, in part or in whole; `settle` writes the rest.
        """
        last, values = batch[-1]
        for table, flat in batch:
            self._waiting.setdefault(table, []).extend(flat)
        if not self._has_blocks or len(values) < _MANY * len(last.columns):
            self.settle()
            return
        blocks = [(table, block) for table, _ in batch if (block := self._blocks(table))]
        self._wait()
        self._thread = self._thread or ThreadPoolExecutor(1, "rows")
        self._written = self._thread.submit(self._insert, blocks)

    def settle(self) -> None:
        """Write what is left and wait until all rows are in the database; raises what went wrong with them."""
        self._wait()
        waiting, self._waiting = self._waiting, {}
        self._insert(waiting.items())

    def end(self) -> None:
        """Wait for the thread, whatever became of its rows, and let it go."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None

    def _blocks(self, table: Table) -> list[Any]:
        """Take the whole blocks of what waits for a table."""
        flat, size = self._waiting[table], BLOCK * len(table.columns)
        whole = len(flat) // size * size
        self._waiting[table] = flat[whole:]
        return flat[:whole]

    def _wait(self) -> None:
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def _insert(self, batch: Iterable[tuple[Table, list[Any]]]) -> None:
        for table, flat in batch:
            insert(self._connection, table, flat)
