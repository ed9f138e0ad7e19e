"""What the commands of `dat ledger` take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = [
    "AddOptions",
    "ExportOptions",
    "ImportOptions",
    "InstantOptions",
    "MigrateOptions",
    "ShowOptions",
    "VerifyOptions",
]

_AsOf = typer.Option("--as-of", help="Instant, such as 2024-12-31 or 2024-12-31T16:00:00-05:00; now.")
_Account = typer.Option("--account", help="Only this account and those under it, such as assets:binance.")
_Asset = typer.Option("--asset", help="Only this commodity, such as BTC.")


@dataclass(frozen=True, kw_only=True)
class BooksOptions:
    """Options of every command."""

    books: Annotated[
        str,
        typer.Option(
            envvar="DAT_BOOKS", help="The books: a SQLite file, a PostgreSQL URL, or a treasury file (.toml)."
        ),
    ] = "books.db"
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False


@dataclass(frozen=True, kw_only=True)
class WriteOptions(BooksOptions):
    """Options of the commands that open books where there are none."""

    base: Annotated[str | None, typer.Option(help="Base currency of new books; USD.")] = None
    method: Annotated[
        str | None,
        typer.Option(help="Lot method of new books: fifo, lifo, hifo, lofo, average or specific; fifo."),
    ] = None
    wash_days: Annotated[
        int | None, typer.Option(min=0, max=366, help="Days of the wash-sale rule of new books; 0, off.")
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything and keep nothing: what would happen?")
    ] = False


@dataclass(frozen=True, kw_only=True)
class AddOptions(WriteOptions):
    """Options of ``dat ledger add``."""

    fields: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="Fields of the event, such as kind=trade asset=BTC."),
    ]


@dataclass(frozen=True, kw_only=True)
class ImportOptions(WriteOptions):
    """Options of ``dat ledger import``."""

    files: Annotated[list[Path], typer.Argument(help="CSV files of events.")]


@dataclass(frozen=True, kw_only=True)
class ExportOptions(BooksOptions):
    """Options of ``dat ledger export``."""

    to: Annotated[Path, typer.Argument(help="File to write; for parquet a directory.")]
    form: Annotated[
        Literal["csv", "parquet", "journal"],
        typer.Option(
            "--format", help="csv: events, to import again; parquet: all tables; journal: for beancount."
        ),
    ] = "csv"


@dataclass(frozen=True, kw_only=True)
class InstantOptions(BooksOptions):
    """Options of ``dat ledger balance`` and ``dat ledger lots``."""

    as_of: Annotated[str | None, _AsOf] = None
    account: Annotated[str | None, _Account] = None
    asset: Annotated[str | None, _Asset] = None


@dataclass(frozen=True, kw_only=True)
class ShowOptions(BooksOptions):
    """Options of ``dat ledger show``."""

    which: Annotated[
        list[str] | None, typer.Argument(metavar="[NUMBER|SOURCE_ID]...", help="Entries; all by default.")
    ] = None
    account: Annotated[str | None, _Account] = None
    kind: Annotated[str | None, typer.Option(help="Only events of this kind, such as trade.")] = None
    since: Annotated[str | None, typer.Option(help="Only events at or after this instant.")] = None
    until: Annotated[str | None, typer.Option(help="Only events before this instant.")] = None
    last: Annotated[int, typer.Option(min=1, help="The last so many of them.")] = 20


@dataclass(frozen=True, kw_only=True)
class VerifyOptions(BooksOptions):
    """Options of ``dat ledger verify``."""

    head: Annotated[
        str | None, typer.Option(help="Hash that a report or signed close prints: it must be in the chain.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class MigrateOptions(BooksOptions):
    """Options of ``dat ledger migrate``."""

    restore: Annotated[
        bool, typer.Option("--restore", help="Put the backup of the last migration back instead.")
    ] = False
