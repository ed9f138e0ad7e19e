"""Where the output of a run goes, and what is written there."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dat.adapters.files import replace_file
from dat.adapters.parquet import ParquetRunStore
from dat.errors import StoreError
from dat.ports import StoredRun

__all__ = [
    "BOOKS",
    "DEFAULT_OUT",
    "Documents",
    "Written",
    "output_folder",
    "remove_books",
    "remove_documents",
    "slug_of",
    "write_documents",
    "write_run",
]

DEFAULT_OUT = Path("reports/out")
BOOKS = "books.db"
"""Name of the books that lie beside a run."""
_SQLITE_FILES = ("", "-wal", "-shm", "-journal")
_SLUG_MAX = 60  # characters; a name of a directory has at most 255 bytes


@dataclass(frozen=True, slots=True)
class Documents:
    """A report as the two files that a board gets."""

    html: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one treasury; no report when none was asked for."""

    run_dir: Path
    html: Path | None = None
    pdf: Path | None = None


def slug_of(name: str) -> str:
    """Make a directory name of a treasury's name.

    Examples
    --------
    >>> slug_of("Multi-Asset, Treasury AG")
    'multi-asset-treasury-ag'
    """
    return re.sub(r"\W+", "-", name.casefold())[:_SLUG_MAX].strip("-_") or "treasury"


def output_folder(name: str, as_of: date, *, root: Path = DEFAULT_OUT) -> Path:
    """Give ROOT/TREASURY/DATE, where DATE is that of the last close.

    Examples
    --------
    >>> output_folder("Passive BTC", date(2025, 9, 19)).as_posix()
    'reports/out/passive-btc/2025-09-19'
    """
    return root / slug_of(name) / f"{as_of:%Y-%m-%d}"


def write_run(folder: Path, run: StoredRun, documents: Documents | None) -> Written:
    """Write a run to FOLDER/run and its report by it; report and books of a run that was there go with it.

    Raises
    ------
    StoreError
        When a file cannot be written.
    """
    was_there = (folder / "run").exists()
    ParquetRunStore(folder / "run").save(run)
    if was_there:  # before the new report is written: a stale one must not lie beside a new run
        remove_documents(folder, "report")
        remove_books(folder / BOOKS)
    if documents is None:
        return Written(folder / "run")
    html, pdf = write_documents(folder, "report", documents)
    return Written(folder / "run", html, pdf)


def remove_documents(folder: Path, stem: str) -> None:
    """Remove FOLDER/STEM.html and FOLDER/STEM.pdf where they are there.

    Raises
    ------
    StoreError
        When one cannot be removed.
    """
    for path in _document_paths(folder, stem):
        _remove(path)


def remove_books(path: Path) -> None:
    """Remove books beside a run, and what SQLite keeps beside them.

    Raises
    ------
    StoreError
        When a file cannot be removed.
    """
    for part in _SQLITE_FILES:
        _remove(path.with_name(path.name + part))


def write_documents(folder: Path, stem: str, documents: Documents) -> tuple[Path, Path]:
    """Write FOLDER/STEM.html and FOLDER/STEM.pdf, and give their paths."""
    html, pdf = _document_paths(folder, stem)
    replace_file(html, documents.html)
    replace_file(pdf, documents.pdf)
    return html, pdf


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} is out of date and cannot be removed: {error.strerror}") from error


def _document_paths(folder: Path, stem: str) -> tuple[Path, Path]:
    return folder / f"{stem}.html", folder / f"{stem}.pdf"
