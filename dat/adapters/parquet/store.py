"""Bars on disk, one Parquet file a month."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from dat.adapters.clock import SystemClock
from dat.adapters.files import exclusive, remove_leftovers, replace_file
from dat.adapters.parquet.layout import folder_of, keys_under, month_files, months_of
from dat.adapters.parquet.notes import Notes, read_notes, write_notes
from dat.adapters.parquet.table import read_table, table_bytes
from dat.core.time import parse_instant
from dat.errors import DataError
from dat.market.bars import BarKey, empty_bars, normalise_bars
from dat.market.merge import Merge, merge_bars, refuse_changes
from dat.ports import Clock

__all__ = ["ParquetBarStore"]

_NOTES = "notes.json"


class ParquetBarStore:
    """Keep bars as ROOT/VENUE/PAIR/BAR/YYYY-MM.parquet.

    The same set of bars gives the same bytes, in whatever order it came. Every file is replaced in one step,
    oldest month first: a writer that is killed leaves a store that reads, and the next write clears up after
    it. One writer at a time holds the lock of a series; readers need none.

    Parameters
    ----------
    root
        Folder of the store; made at the first write.
    clock
        Dates a revision in `notes.json`.
    """

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self.root = root
        self.clock = clock or SystemClock()

    def keys(self) -> tuple[BarKey, ...]:
        """Name every stored series, sorted."""
        return keys_under(self.root)

    def read(
        self, key: BarKey, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Give the bars that open at or after `start` and before `end`; none when the series is not stored.

        Raises
        ------
        StoreError
            When a file cannot be read.
        """
        low, high = (None if instant is None else parse_instant(instant) for instant in (start, end))
        frame = _read_files(month_files(folder_of(self.root, key), low, high), key)
        inside = np.ones(len(frame), dtype=bool)
        if low is not None:
            inside &= (frame["open_time"] >= low).to_numpy()
        if high is not None:
            inside &= (frame["open_time"] < high).to_numpy()
        return frame[inside].reset_index(drop=True)

    def fills(self, key: BarKey) -> Mapping[str, tuple[datetime, ...]]:
        """Give the open times that were filled by choice, by method."""
        return self.notes(key).fills

    def notes(self, key: BarKey) -> Notes:
        """Give what was filled and revised by choice."""
        return read_notes(folder_of(self.root, key) / _NOTES)

    def append(self, key: BarKey, frame: pd.DataFrame, *, revise: bool = False) -> int:
        """Add bars and give how many are new.

        Parameters
        ----------
        key
            The series.
        frame
            Bars in the schema of `dat.market.bars`.
        revise
            Replace stored bars that differ, and record old and new values in `notes.json`.

        Raises
        ------
        DataError
            When a stored bar differs and `revise` was not asked for; nothing is written.
        StoreError
            When a file cannot be read or written, or another process holds the lock.
        """
        given = normalise_bars(frame, key)
        with _writing(folder_of(self.root, key)) as folder:
            merge = _merge(folder, key, given)
            if not revise:
                refuse_changes(merge, key)
            notes = read_notes(folder / _NOTES)
            noted = notes.observed(merge.added).revised(merge.changes, self.clock.now())
            changed = [change.open_time for change in merge.changes]
            # A bar counts as filled until the real one stands in its file: hence a note before and one after.
            _note(folder, notes, noted)
            _write_months(folder, merge, [*merge.added, *changed])
            _note(folder, noted, noted.observed(changed))
        return len(merge.added)

    def fill(self, key: BarKey, frame: pd.DataFrame, method: str) -> int:
        """Add made-up bars where none is stored, record them under `method`, and give how many are new.

        Raises
        ------
        DataError
            When a bar is stored there; nothing is written.
        """
        given = normalise_bars(frame, key)
        with _writing(folder_of(self.root, key)) as folder:
            merge = _merge(folder, key, given)
            if len(merge.added) < len(frame):
                raise DataError(f"{key}: '{method}' was to fill a bar that is stored")
            notes = read_notes(folder / _NOTES)
            _note(folder, notes, notes.filled(method, merge.added))
            _write_months(folder, merge, merge.added)
        return len(merge.added)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[Path]:
    with exclusive(folder / ".lock"):
        remove_leftovers(folder)
        yield folder


def _merge(folder: Path, key: BarKey, given: pd.DataFrame) -> Merge:
    months = set(months_of(given["open_time"].to_numpy(dtype="datetime64[us]")))
    return merge_bars(_read_files([p for p in month_files(folder) if p.stem in months], key), given, key)


def _read_files(paths: Iterable[Path], key: BarKey) -> pd.DataFrame:
    frames = [read_table(path) for path in paths]
    return normalise_bars(pd.concat(frames), key) if frames else empty_bars()


def _note(folder: Path, before: Notes, after: Notes) -> None:
    if after != before:
        write_notes(folder / _NOTES, after)


def _write_months(folder: Path, merge: Merge, touched: Iterable[datetime]) -> None:
    months = months_of(merge.frame["open_time"].to_numpy(dtype="datetime64[us]"))
    for month in sorted({f"{instant:%Y-%m}" for instant in touched}):
        replace_file(folder / f"{month}.parquet", table_bytes(merge.frame[months == month]))
