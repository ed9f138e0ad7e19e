"""What the commands of `dat data` print: tables for a reader, one JSON object for a script."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from dat.adapters.foreign import ForeignBars
from dat.app.cli.console import emit_json, out
from dat.core.time import iso
from dat.market.bars import BarKey
from dat.market.finding import Finding
from dat.market.quality import Quality
from dat.operations.ingest import Pulled, Span
from dat.ports import BarReader

__all__ = ["print_checked", "print_filled", "print_imported", "print_listed", "print_pulled"]

Fills = Mapping[str, tuple[datetime, ...]]
_SHOWN = 12
_COUNTS = ("stored", "errors", "warnings", "filled")


def print_imported(store: Path, done: Sequence[tuple[ForeignBars, int]], *, as_json: bool) -> None:
    """Print what was imported and how its columns were read."""
    if as_json:
        emit_json({"store": store, "files": [_imported(foreign, new) for foreign, new in done]})
        return
    for foreign, new in done:
        guesses = f" ({' and '.join(foreign.guessed)} guessed)" if foreign.guessed else ""
        columns = ", ".join(f"{name} from '{column}'" for name, column in foreign.mapping.items())
        _line(f"{foreign.path}: {foreign.key}{guesses}")
        _line(f"  columns: {columns}")
        _line(f"  {len(foreign.frame):,} bars read, {new:,} new in {store}")


def print_pulled(store: Path, pulled: Pulled, *, as_json: bool) -> None:
    """Print what a pull brought in and what the venue does not have."""
    if as_json:
        figures = {"bars_new": pulled.bars_new, "bars_stored": pulled.bars_stored}
        ends = {"first": _text(pulled.first), "last": _text(pulled.last)}
        missing = [_span(span) for span in pulled.missing]
        emit_json({"store": store, **_key(pulled.key), **figures, **ends, "missing": missing})
        return
    held = f"{pulled.bars_stored:,} stored" if pulled.first is None else _held(pulled)
    _line(f"{pulled.key}: {pulled.bars_new:,} new bars, {held} in {store}")
    for span in pulled.missing[:_SHOWN]:
        _line(f"  the venue has none of {span.bars} bar(s) from {iso(span.since)}")
    _say_more(len(pulled.missing))


def print_checked(as_of: datetime, checked: Sequence[tuple[Quality, Fills]], *, as_json: bool) -> None:
    """Print the findings on each series."""
    if as_json:
        emit_json({"as_of": iso(as_of), "series": [_checked(quality, fills) for quality, fills in checked]})
        return
    out.print(_check_table(checked))
    for quality, fills in checked:
        _print_findings(quality, fills)


def print_filled(store: Path, key: BarKey, *, method: str, filled: Sequence[datetime], as_json: bool) -> None:
    """Print which bars were filled."""
    if as_json:
        emit_json({"store": store, **_key(key), "method": method, "filled": [iso(time) for time in filled]})
        return
    _line(f"{key}: {len(filled)} bars filled with '{method}' in {store}")
    for time in filled[:_SHOWN]:
        _line(f"  {iso(time)}")
    _say_more(len(filled))


def print_listed(store: str, reader: BarReader, *, as_json: bool) -> None:
    """Print the series of a store."""
    keys = reader.keys()
    rows = [_listed(reader, key) for key in keys]
    if as_json:
        emit_json({"store": store, "series": rows})
        return
    table = _table("venue", "pair", "bars", "stored", "first", "last", "filled", title=f"Bars in {store}")
    for row in rows:
        counts = (f"{row['bars_stored']:,}", row["first"], row["last"], str(row["filled"]))
        table.add_row(row["venue"], row["pair"], row["bars"], *counts)
    out.print(table)


def _imported(foreign: ForeignBars, new: int) -> dict[str, Any]:
    return {
        "file": foreign.path,
        **_key(foreign.key),
        "guessed": list(foreign.guessed),
        "mapping": dict(foreign.mapping),
        "bars_read": len(foreign.frame),
        "bars_new": new,
    }


def _checked(quality: Quality, fills: Fills) -> dict[str, Any]:
    return {
        **_key(quality.key),
        "bars_stored": quality.bars,
        "first": _text(quality.first),
        "last": _text(quality.last),
        "errors": len(quality.errors),
        "warnings": len(quality.warnings),
        "filled": {method: [iso(time) for time in times] for method, times in fills.items()},
        "findings": [_finding(finding) for finding in quality.findings],
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "open_time": iso(finding.open_time),
        "until": iso(finding.until),
        # As text: JSON knows neither nan nor infinity.
        "value": repr(float(finding.value)),
        "limit": repr(float(finding.limit)),
        "text": finding.text,
    }


def _listed(reader: BarReader, key: BarKey) -> dict[str, Any]:
    opens = reader.read(key)["open_time"]
    filled = sum(len(times) for times in reader.fills(key).values())
    span = {"first": iso(opens.iloc[0]), "last": iso(opens.iloc[-1])}
    return {**_key(key), "bars_stored": len(opens), **span, "filled": filled}


def _check_table(checked: Sequence[tuple[Quality, Fills]]) -> Table:
    table = _table(
        "series", "stored", "first", "last", "errors", "warnings", "filled", title="Quality of bars"
    )
    for quality, fills in checked:
        span = (_text(quality.first) or "-", _text(quality.last) or "-")
        counts = (len(quality.errors), len(quality.warnings), sum(map(len, fills.values())))
        table.add_row(str(quality.key), f"{quality.bars:,}", *span, *map(str, counts))
    return table


def _print_findings(quality: Quality, fills: Fills) -> None:
    kinds = Counter(finding.kind for finding in quality.findings)
    if kinds:
        _line(f"{quality.key}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    # Errors first: a long list of outliers must not hide them.
    for finding in (*quality.errors, *quality.warnings)[:_SHOWN]:
        _line(f"  {finding.severity}: {finding.text}")
    _say_more(len(quality.findings))
    for method, times in fills.items():
        _line(f"  filled by choice with '{method}': {len(times)} bars, {iso(times[0])} to {iso(times[-1])}")


def _held(pulled: Pulled) -> str:
    return f"{pulled.bars_stored:,} stored from {_text(pulled.first)} to {_text(pulled.last)}"


def _span(span: Span) -> dict[str, Any]:
    return {"since": iso(span.since), "until": iso(span.until), "bars": span.bars}


def _key(key: BarKey) -> dict[str, str]:
    return {"venue": key.venue, "pair": key.pair, "bars": key.bar.text}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)


def _table(*names: str, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, justify="right" if name in _COUNTS else "left", no_wrap=True)
    return table


def _say_more(count: int) -> None:
    if count > _SHOWN:
        _line(f"  … and {count - _SHOWN} more; --json names all")


def _line(text: str) -> None:
    out.print(text, soft_wrap=True, markup=False, highlight=False)
