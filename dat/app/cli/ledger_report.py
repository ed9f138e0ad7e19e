"""What the commands of `dat ledger` print: tables for a reader, one JSON object for a script."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from dat.app.cli.console import emit_json, out
from dat.app.cli.tables import show
from dat.core.money import plain
from dat.core.time import from_epoch_us, iso
from dat.ledger.entry import Entry, Head
from dat.ledger.event import event_texts
from dat.ledger.lots import Lot

if TYPE_CHECKING:
    from dat.adapters.sql.migrate import Migrated
    from dat.app.books import BooksPlace, Done
    from dat.operations.audit import Verified

__all__ = [
    "print_added",
    "print_balances",
    "print_entries",
    "print_exported",
    "print_imported",
    "print_lots",
    "print_migrated",
    "print_verified",
]

_SHOWN = 40
_FIGURES = ("amount", "units", "cost", "unit cost")


def print_added(place: "BooksPlace", done: "Done", *, dry_run: bool, as_json: bool) -> None:
    """Print the entry that an event became."""
    entry = done.last
    if as_json:
        emit_json({**_done(place, done, dry_run=dry_run), "entry": entry and _entry(entry)})
        return
    if entry is not None:
        _print_entry(entry)
    _say_done(place, done, dry_run=dry_run)


def print_imported(
    place: "BooksPlace", files: Sequence[Path], done: "Done", *, dry_run: bool, as_json: bool
) -> None:
    """Print how many events came in."""
    if as_json:
        emit_json({**_done(place, done, dry_run=dry_run), "files": [str(file) for file in files]})
        return
    _say_done(place, done, dry_run=dry_run)


def print_exported(
    place: "BooksPlace", files: Sequence[Path], *, form: str, count: int, as_json: bool
) -> None:
    """Print what was written where."""
    if as_json:
        written = [str(file) for file in files]
        emit_json({"books": place.said, "format": form, "files": written, "entries": count})
        return
    for file in files:
        _line(f"{count:,} entries of {place.said} written to {file}")


def print_balances(
    place: "BooksPlace",
    rows: Iterable[tuple[str, str, Decimal]],
    *,
    as_of: datetime | None,
    head: Head,
    as_json: bool,
) -> None:
    """Print balances by account and commodity."""
    told = [{"account": a, "commodity": c, "amount": plain(amount)} for a, c, amount in rows]
    if as_json:
        at = as_of and iso(as_of)
        emit_json({"books": place.said, "as_of": at, "head": head.hash, "balances": told})
        return
    _print_table(f"Balances in {place.said}{_at(as_of)}", told, empty="no balance")


def print_lots(
    place: "BooksPlace",
    rows: Iterable[tuple[str, str, Lot]],
    *,
    as_of: datetime | None,
    base: str,
    as_json: bool,
) -> None:
    """Print open lots."""
    told = [_lot(account, asset, lot) for account, asset, lot in rows]
    if as_json:
        at = as_of and iso(as_of)
        emit_json({"books": place.said, "as_of": at, "base_currency": base, "lots": told})
        return
    _print_table(f"Open lots in {place.said}{_at(as_of)}; cost in {base}", told, empty="no open lot")


def print_entries(place: "BooksPlace", entries: Sequence[Entry], *, as_json: bool) -> None:
    """Print entries with all that belongs to them."""
    if as_json:
        emit_json({"books": place.said, "entries": [_entry(entry) for entry in entries]})
        return
    for entry in entries:
        _print_entry(entry)
    if not entries:
        _line(f"{place.said} holds no such entry")


def print_verified(place: "BooksPlace", found: "Verified", *, as_json: bool) -> None:
    """Print what was found, or that the books are whole."""
    if as_json:
        findings = [finding._asdict() for finding in found.findings]
        emit_json({"books": place.said, **_chain(found.head), "findings": findings})
        return
    for finding in found.findings[:_SHOWN]:
        _line(str(finding))
    if len(found.findings) > _SHOWN:
        _line(f"… and {len(found.findings) - _SHOWN} more; --json names all")
    told = f"{len(found.findings)} findings in" if found.findings else "whole:"
    _line(f"{place.said}: {told} {found.head.number:,} entries, head {found.head.hash}")


def print_migrated(place: "BooksPlace", done: "Migrated", *, restored: bool, as_json: bool) -> None:
    """Print at which revision the books are, and where the backups lie."""
    if as_json:
        told = {"restored": restored, "revision": done.revision, "backups": list(done.backups)}
        emit_json({"books": place.said, **told})
        return
    _line(f"{place.said}: {'restored to' if restored else 'at'} revision {done.revision}")
    for backup in done.backups:
        _line(f"  backup: {backup}")


def _done(place: "BooksPlace", done: "Done", *, dry_run: bool) -> dict[str, Any]:
    counts = {"new": done.recorded.new, "known": done.recorded.known}
    return {"books": place.said, "dry_run": dry_run, **counts, **_chain(done.recorded.head)}


def _chain(head: Head) -> dict[str, Any]:
    return {"entries": head.number, "head": head.hash}


def _say_done(place: "BooksPlace", done: "Done", *, dry_run: bool) -> None:
    kept = "would be recorded, nothing was kept" if dry_run else "recorded"
    known = f", {done.recorded.known:,} known already" if done.recorded.known else ""
    head = done.recorded.head
    _line(
        f"{place.said}: {done.recorded.new:,} events {kept}{known}; {head.number:,} entries, head {head.hash}"
    )


def _entry(entry: Entry) -> dict[str, Any]:
    event = entry.event
    named = {"number": entry.number, "kind": event.kind, "at": iso(event.at), "source_id": event.source_id}
    return {
        **named,
        "recorded_at": iso(entry.recorded_at),
        "event": event_texts(event),
        "postings": [
            {"account": account, "commodity": name, "amount": plain(amount)}
            for account, name, amount in entry.postings
        ],
        "lot_moves": [
            {
                "account": move.account,
                "commodity": move.commodity,
                "units": plain(move.units),
                "cost": plain(move.cost),
                "lot": move.lot,
                "acquired_at": iso(from_epoch_us(move.acquired_us)),
            }
            for move in entry.moves
        ],
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _lot(account: str, asset: str, lot: Lot) -> dict[str, str]:
    figures = {"units": plain(lot.units), "cost": plain(lot.cost), "unit_cost": plain(lot.unit_cost)}
    acquired_at = iso(from_epoch_us(lot.acquired_us))
    return {"account": account, "asset": asset, "lot": lot.name, "acquired_at": acquired_at, **figures}


def _print_entry(entry: Entry) -> None:
    _line(f"{entry.number}  {entry.event}  {entry.hash[:16]}…")
    if entry.event.memo:
        _line(f"    {entry.event.memo}")
    wide = max((len(posting.account) for posting in entry.postings), default=0)
    for account, commodity, amount in entry.postings:
        _line(f"    {account:<{wide}}  {_grouped(amount):>28} {commodity}")
    for move in entry.moves:
        _line(
            f"    lot {move.lot} in {move.account}: {_grouped(move.units)} units, cost {_grouped(move.cost)}"
        )


def _grouped(amount: Decimal) -> str:
    return f"{Decimal(plain(amount)):,f}"


def _print_table(title: str, rows: Sequence[Mapping[str, str]], *, empty: str) -> None:
    if not rows:
        _line(f"{title}: {empty}")
        return
    out.print(Text(title, style="bold"), soft_wrap=True)
    made = Table()
    for name in rows[0]:
        made.add_column(name.replace("_", " "), justify="right" if _is_figure(name) else "left", no_wrap=True)
    for row in rows:
        made.add_row(
            *(_grouped(Decimal(text)) if _is_figure(name) else Text(text) for name, text in row.items())
        )
    show(made)


def _is_figure(name: str) -> bool:
    return name.replace("_", " ") in _FIGURES


def _at(as_of: datetime | None) -> str:
    return "" if as_of is None else f" at {iso(as_of)}"


def _line(text: str) -> None:
    out.print(text, soft_wrap=True, markup=False, highlight=False)
