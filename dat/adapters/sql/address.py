"""Where books are kept: a file of SQLite, or a database of PostgreSQL. No error text shows a password."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dat.errors import StoreError

__all__ = ["Address", "address_of"]

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_SECRET = ("password", "passfile", "sslpassword", "sslkey")


@dataclass(frozen=True, slots=True)
class Address:
    """Where books are kept; as text without secrets.

    Parameters
    ----------
    path
        The file of SQLite; None for PostgreSQL.
    url
        The database of PostgreSQL; None for SQLite.
    """

    path: Path | None = None
    url: URL | None = None

    def __str__(self) -> str:
        if self.url is None:
            return str(self.path)
        shown = self.url.set(drivername="postgresql").difference_update_query(_SECRET)
        return shown.render_as_string(hide_password=True)

    def without_secrets(self, text: str) -> str:
        """Blot out the password of this address in the text of a driver."""
        secrets = [] if self.url is None else [self.url.password, *map(self.url.query.get, _SECRET)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                text = text.replace(secret, "***")
        return text


def address_of(place: str | Path) -> Address:
    """Read where books are kept.

    Parameters
    ----------
    place
        Path of a file, or a URL as ``postgresql://user:password@host/database``.

    Raises
    ------
    StoreError
        When the URL cannot be read or names another database.

    Examples
    --------
    >>> str(address_of("books.db"))
    'books.db'
    >>> str(address_of("postgresql://ann:secret@db.example/books"))
    'postgresql://ann:***@db.example/books'
    """
    text = str(place)
    if "://" not in text:
        return Address(path=Path(place))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # its text would show the password
        raise StoreError(
            "the URL of the books cannot be read; write postgresql://user@host/database"
        ) from None
    if url.drivername == "sqlite":
        return Address(path=Path(url.database or ""))
    if url.drivername not in _POSTGRES:
        raise StoreError(f"books are kept in a file or on postgresql://, not on {url.drivername}://")
    return Address(url=url.set(drivername="postgresql+psycopg"))
