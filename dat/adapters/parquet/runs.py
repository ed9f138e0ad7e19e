"""The store of one run: a directory that is whole or absent."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dat.adapters.parquet.table import read_table, table_bytes
from dat.errors import StoreError
from dat.ports import StoredRun

__all__ = ["ParquetRunStore"]

_MANIFEST, _RESULT = "manifest.json", "result.json"


class ParquetRunStore:
    """Keep a run as DIRECTORY/{table}.parquet, manifest.json and result.json.

    A run is written beside its directory and renamed when it is complete: a reader never finds half of one.
    The same run gives the same bytes in every file.

    Parameters
    ----------
    folder
        Directory of the run; made by `save`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, run: StoredRun) -> None:
        """Write a run in the place of the one that was there.

        Raises
        ------
        StoreError
            When it cannot be written, or something else is there; what was there is untouched.
        """
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self._holds_run:
            raise StoreError(f"{self.folder} holds something that is no run; it is not replaced")
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=f".{self.folder.name}.") as name:
                fresh = Path(name) / "fresh"
                fresh.mkdir()
                _write(fresh, run)
                self._replace_by(fresh, Path(name) / "old")
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror or error}") from error

    def load(self) -> StoredRun:
        """Read the run back.

        Raises
        ------
        StoreError
            When there is none, or it cannot be read.
        """
        if not self._holds_run:
            raise StoreError(f"{self.folder}: no run is stored here ({_MANIFEST} is missing)")
        tables = {path.stem: read_table(path) for path in sorted(self.folder.glob("*.parquet"))}
        return StoredRun(tables, _read_json(self.folder / _MANIFEST), _read_json(self.folder / _RESULT))

    @property
    def _holds_run(self) -> bool:
        return (self.folder / _MANIFEST).is_file()

    def _replace_by(self, fresh: Path, old: Path) -> None:
        if self.folder.exists():
            self.folder.rename(old)
        try:
            fresh.rename(self.folder)
        except OSError:
            if old.exists():
                old.rename(self.folder)
            raise


def _write(folder: Path, run: StoredRun) -> None:
    for name, table in run.tables.items():
        (folder / f"{name}.parquet").write_bytes(table_bytes(table))
    (folder / _MANIFEST).write_text(_json(run.manifest), "utf-8")
    (folder / _RESULT).write_text(_json(run.result), "utf-8")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    return value
