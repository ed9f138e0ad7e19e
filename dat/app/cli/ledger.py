"""``dat ledger``: record events, import and export them, and read the books back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from dat.app.cli.console import err
from dat.app.cli.ledger_options import (
    AddOptions,
    ExportOptions,
    ImportOptions,
    InstantOptions,
    MigrateOptions,
    ShowOptions,
    VerifyOptions,
    WriteOptions,
)
from dat.app.cli.options import takes
from dat.core.time import parse_instant
from dat.ledger.accounts import is_under

if TYPE_CHECKING:
    from collections.abc import Callable

    from dat.app.books import BooksPlace, Wanted

__all__ = ["ledger_app"]

# sqlalchemy and pyarrow take long to import: each command imports what it needs when it runs.
ledger_app = typer.Typer(
    name="ledger", help="Keep the books: events, balanced entries, lots.", no_args_is_help=True
)


@ledger_app.command("add")
@takes(AddOptions)
def add(options: AddOptions) -> None:
    """Record one event, given as FIELD=VALUE; without `at` it happens now.

    New books are opened by the first event. A `source_id` that the books hold already is no change when the
    event says the same, and refused when it does not.

    JSON: books, dry_run; new, known, entries, head; entry, as `dat ledger show` gives it.
    """
    from dat.app.books import event_of_fields, record
    from dat.app.cli.ledger_report import print_added

    place, now = _place(options.books), _now()
    event = event_of_fields(options.fields, now=now)
    done = record(place, [event], now=now, wanted=_wanted(options), keep=not options.dry_run)
    print_added(place, done, dry_run=options.dry_run, as_json=options.as_json)


@ledger_app.command("import")
@takes(ImportOptions)
def import_files(options: ImportOptions) -> None:
    """Import events from CSV files, in the order of their instants: all of them, or none.

    Every error names the file and the row. An event that the books hold already is passed over, so the same
    file can be imported twice.

    JSON: books, dry_run, files; new, known, entries, head.
    """
    from dat.app.books import import_events
    from dat.app.cli.ledger_report import print_imported

    place = _place(options.books)
    with _counter("events") as count:
        done = import_events(
            place,
            options.files,
            now=_now(),
            wanted=_wanted(options),
            keep=not options.dry_run,
            progress=count,
        )
    print_imported(place, options.files, done, dry_run=options.dry_run, as_json=options.as_json)


@ledger_app.command("export")
@takes(ExportOptions)
def export(options: ExportOptions) -> None:
    """Write the books as CSV of events, as Parquet tables, or as a plain-text journal for beancount.

    JSON: books, format, files, entries.
    """
    from dat.app.books import export_books
    from dat.app.cli.ledger_report import print_exported

    place = _place(options.books)
    files, count = export_books(place, options.to, form=options.form)
    print_exported(place, files, form=options.form, count=count, as_json=options.as_json)


@ledger_app.command("balance")
@takes(InstantOptions)
def balance(options: InstantOptions) -> None:
    """Show the balance of every account and commodity at an instant; debits are positive.

    JSON: books, as_of, head; balances, a list of {account, commodity, amount}.
    """
    from dat.app.books import reading
    from dat.app.cli.ledger_report import print_balances

    as_of = _instant(options.as_of)
    place = _place(options.books)
    with reading(place) as ledger:
        chosen = [
            (account, name, amount)
            for (account, name), amount in sorted(ledger.balances(as_of).items())
            if is_under(account, options.account) and options.asset in (None, name)
        ]
        head = ledger.head()
    print_balances(place, chosen, as_of=as_of, head=head, as_json=options.as_json)


@ledger_app.command("lots")
@takes(InstantOptions)
def lots(options: InstantOptions) -> None:
    """Show the open lots of every account: units, cost, and when they were acquired.

    JSON: books, as_of; base_currency; lots, a list of {account, asset, lot, acquired_at, units, cost,
    unit_cost}.
    """
    from dat.app.books import open_lots
    from dat.app.cli.ledger_report import print_lots

    as_of, place = _instant(options.as_of), _place(options.books)
    found, base = open_lots(place, as_of=as_of)
    chosen = [row for row in found if is_under(row[0], options.account) and options.asset in (None, row[1])]
    print_lots(place, chosen, as_of=as_of, base=base, as_json=options.as_json)


@ledger_app.command("show")
@takes(ShowOptions)
def show(options: ShowOptions) -> None:
    """Show entries: the event, its postings, its lots, and its hash.

    JSON: books; entries, a list of {number, kind, at, recorded_at, source_id, event, postings, lot_moves,
    previous, hash}; postings are {account, commodity, amount}, lot_moves {account, commodity, units, cost,
    lot, acquired_at}.
    """
    from dat.app.books import Choice, entries_of
    from dat.app.cli.ledger_report import print_entries

    place = _place(options.books)
    choice = Choice(
        which=tuple(options.which or ()),
        account=options.account,
        kind=options.kind,
        since=_instant(options.since),
        until=_instant(options.until),
        last=options.last,
    )
    print_entries(place, entries_of(place, choice), as_json=options.as_json)


@ledger_app.command("verify")
@takes(VerifyOptions)
def verify(options: VerifyOptions) -> None:
    """Read everything again: chain, balance, lots against balances, events against entries.

    Exit code 1 when anything is not as it must be; each finding names table, row, what is stored and what it
    must be.

    JSON: books, entries, head; findings, a list of {table, key, text}.
    """
    from dat.app.books import verify_books
    from dat.app.cli.ledger_report import print_verified

    place = _place(options.books)
    with _counter("entries") as count:
        found = verify_books(place, head=options.head, progress=count)
    print_verified(place, found, as_json=options.as_json)
    if found.findings:
        raise typer.Exit(1)


@ledger_app.command("migrate")
@takes(MigrateOptions)
def migrate(options: MigrateOptions) -> None:
    """Bring books of an older version to this one, with a backup before each step; or put the backup back.

    JSON: books, restored, revision, backups.
    """
    from dat.app.books import migrate_books
    from dat.app.cli.ledger_report import print_migrated

    place = _place(options.books)
    done = migrate_books(place, restored=options.restore, now=_now())
    print_migrated(place, done, restored=options.restore, as_json=options.as_json)


def _place(text: str) -> "BooksPlace":
    from dat.app.books import books_place

    return books_place(text)


def _wanted(options: WriteOptions) -> "Wanted":
    from dat.app.books import Wanted

    return Wanted(options.base, options.method, options.wash_days)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _now() -> datetime:
    from dat.adapters.clock import SystemClock

    return SystemClock().now()


@contextmanager
def _counter(what: str) -> "Iterator[Callable[[int], None]]":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} " + what), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)
