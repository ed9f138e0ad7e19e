"""``dat data``: bring bars in, judge them, fill them by choice, list them."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from dat.app.cli.console import err
from dat.app.cli.data_options import (
    CheckOptions,
    FillOptions,
    ImportOptions,
    ListOptions,
    PullOptions,
    column_names,
)
from dat.app.cli.options import takes
from dat.core.time import BarSize, parse_instant
from dat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.progress import Progress

    from dat.market.bars import BarFrame, BarKey
    from dat.ports import BarReader, BarStore

    Checkable = tuple[BarKey, BarFrame, Mapping[str, tuple[datetime, ...]]]

__all__ = ["data_app"]

# pandas, pyarrow and ccxt take long to import: each command imports what it needs when it runs.
data_app = typer.Typer(
    name="data", help="Bring bars in, judge them, fill them by choice, list them.", no_args_is_help=True
)


@data_app.command("import")
@takes(ImportOptions)
def import_files(options: ImportOptions) -> None:
    """Import bars from files: CSV, Parquet, Feather.

    Columns are guessed from their names and shown. Bars that a run can never accept (no number, not positive,
    high below close, duplicate, not closed yet, off the grid of the series) are refused; nothing is written.

    JSON: store; files, a list of {file, venue, pair, bars, guessed, mapping, bars_read, bars_new}.
    """
    from dat.adapters.foreign import read_foreign_bars
    from dat.app.cli.data_report import print_imported
    from dat.app.grid import require_one_grid
    from dat.market.quality import require_clean
    from dat.operations.ingest import import_bars

    bar, named, now = _bar_size(options.bars), column_names(options.columns), _now()
    read = [
        read_foreign_bars(path, venue=options.venue, pair=options.pair, bar=bar, named=named)
        for path in options.files
    ]
    for foreign in read:
        require_clean(foreign.frame, foreign.key, as_of=now)
    store = _store(options.store)
    require_one_grid(read, store)
    new = [import_bars(f.frame, store, f.key, as_of=now, revise=options.revise) for f in read]
    print_imported(options.store, list(zip(read, new, strict=True)), as_json=options.as_json)


@data_app.command("pull")
@takes(PullOptions)
def pull_bars(options: PullOptions) -> None:
    """Pull bars from a venue through ccxt.

    Only what the store lacks is asked for. A pull that is stopped, in whatever way, goes on where it was when
    the command is given again. A bar that has not closed by the venue's clock is left out.

    JSON: store, venue, pair, bars, bars_new, bars_stored, first, last; missing, a list of
    {since, until, bars} for which the venue has none.
    """
    from dat.adapters.ccxt_data import CcxtBars
    from dat.app.cli.data_report import print_pulled
    from dat.operations.ingest import pull

    store, key = _store(options.store), _key(options.venue, options.pair, options.bars)
    since = parse_instant(options.since) if options.since else _first_stored(store, key)
    until = parse_instant(options.until) if options.until else None
    with CcxtBars(options.venue, endpoint=options.endpoint) as source, _progress_bar() as progress:
        task = progress.add_task(str(key), total=None)

        def tell(bars_done: int, bars_expected: int) -> None:
            progress.update(task, completed=bars_done, total=bars_expected)

        pulled = pull(source, store, key, since=since, until=until, progress=tell)
    print_pulled(options.store, pulled, as_json=options.as_json)


@data_app.command("check")
@takes(CheckOptions)
def check_series(options: CheckOptions) -> None:
    """Look for gaps, duplicates, impossible bars, outliers, stale tails and bars from the future.

    Nothing is repaired. Exit code 1 when a finding is an error; a warning is for a person to judge.

    JSON: as_of; series, a list of {venue, pair, bars, bars_stored, first, last, errors, warnings, filled,
    findings}, a finding being {kind, severity, open_time, until, value, limit, text}.
    """
    from dat.app.cli.data_report import print_checked
    from dat.market.finding import Limits
    from dat.market.quality import check_bars

    as_of = parse_instant(options.as_of) if options.as_of else _now().replace(microsecond=0)
    limits = Limits(outlier_multiple=options.outlier)
    found = _files_to_check(options) if options.files else _series_to_check(options)
    checked = [(check_bars(frame, key, as_of=as_of, limits=limits), fills) for key, frame, fills in found]
    print_checked(as_of, checked, as_json=options.as_json)
    if any(quality.errors for quality, _ in checked):
        raise typer.Exit(1)


@data_app.command("fill")
@takes(FillOptions)
def fill_series(options: FillOptions) -> None:
    """Fill the holes of a stored series by a named method, on record.

    JSON: store, venue, pair, bars, method; filled, a list of open times.
    """
    from dat.app.cli.data_report import print_filled
    from dat.operations.ingest import fill_missing

    key = _key(options.venue, options.pair, options.bars)
    filled = fill_missing(_store(options.store), key, options.method)
    print_filled(options.store, key, method=options.method, filled=filled, as_json=options.as_json)


@data_app.command("list")
@takes(ListOptions)
def list_series(options: ListOptions) -> None:
    """List the stored series.

    JSON: store; series, a list of {venue, pair, bars, bars_stored, first, last, filled}.
    """
    from dat.adapters.sample import SampleBarStore
    from dat.app.cli.data_report import print_listed

    store: BarReader = SampleBarStore() if options.sample else _store(options.store)
    print_listed("sample" if options.sample else str(options.store), store, as_json=options.as_json)


def _store(root: "Path") -> "BarStore":
    from dat.adapters.parquet import ParquetBarStore

    return ParquetBarStore(root)


def _now() -> datetime:
    from dat.adapters.clock import SystemClock

    return SystemClock().now()


def _key(venue: str, pair: str, bars: str) -> "BarKey":
    from dat.market.bars import BarKey

    return BarKey(venue, pair, BarSize(bars))


def _bar_size(text: str | None) -> BarSize | None:
    return None if text is None else BarSize(text)


def _first_stored(store: "BarStore", key: "BarKey") -> datetime:
    frame = store.read(key)
    if frame.empty:
        raise InputError(f"{key} is not stored yet: say from when with --since, such as --since 2017-08-17")
    first: datetime = frame["open_time"].iloc[0].to_pydatetime()
    return first


def _files_to_check(options: CheckOptions) -> "list[Checkable]":
    from dat.adapters.foreign import read_foreign_bars

    venue, bar = options.venue or "file", _bar_size(options.bars)
    read = [read_foreign_bars(path, venue=venue, pair=options.pair, bar=bar) for path in options.files or ()]
    return [(foreign.key, foreign.frame, {}) for foreign in read]


def _series_to_check(options: CheckOptions) -> "list[Checkable]":
    store = _store(options.store)
    stored = store.keys()
    chosen = [key for key in stored if _is_wanted(key, options)]
    if not chosen:
        raise InputError(
            f"no such series in {options.store}; it holds {', '.join(map(str, stored)) or 'nothing'}"
        )
    return [(key, store.read(key), store.fills(key)) for key in chosen]


def _is_wanted(key: "BarKey", options: CheckOptions) -> bool:
    asked = ((options.venue, key.venue), (options.pair, key.pair), (options.bars, key.bar.text))
    return all(word in (None, part) for word, part in asked)


def _progress_bar() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err)
