"""The store of one run: a directory that is whole or absent."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dat.adapters.files import TEMPORARY, exclusive
from dat.adapters.parquet.table import read_table, table_bytes
from dat.errors import StoreError
from dat.ports import StoredRun

__all__ = ["ParquetRunStore"]

_MANIFEST, _RESULT = "manifest.json", "result.json"
_OLD = "old"


class ParquetRunStore:
    """Keep a run as DIRECTORY/{table}.parquet, manifest.json and result.json.

    A run is written beside its directory, in a hidden one, and renamed when it is complete: a reader never
    finds half of one. A writer that is killed between its two renames leaves the old run in the hidden
    directory; the next `save` or `load` puts it back. The same run gives the same bytes in every file.

    Parameters
    ----------
    folder
        Directory of the run; made by `save`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, run: StoredRun) -> None:
        """Write a run in the place of the one that was there; one writer at a time.

        Raises
        ------
        StoreError
            When it cannot be written, or something else is there; what was there is untouched.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(self.folder.parent):
                self._clear_up()
                self._refuse_strangers()
                self._write_and_rename(run)
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror or error}") from error

    def load(self) -> StoredRun:
        """Read the run back.

        Raises
        ------
        StoreError
            When there is none, or it cannot be read.
        """
        self._recover()
        if not _holds_run(self.folder):
            raise StoreError(f"{self.folder}: no run is stored here ({_MANIFEST} is missing)")
        tables = {path.stem: read_table(path) for path in sorted(self.folder.glob("*.parquet"))}
        return StoredRun(tables, _read_json(self.folder / _MANIFEST), _read_json(self.folder / _RESULT))

    def _recover(self) -> None:
        if not self._leftovers():
            return
        try:
            with exclusive(self.folder.parent):
                self._clear_up()
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be put back: {error.strerror or error}") from error

    def _leftovers(self) -> list[Path]:
        # Asked under the lock, each belongs to a writer that died.
        folder, name = self.folder.parent, f".{self.folder.name}."
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(p for p in found if p.name.startswith(name) and p.name.endswith(TEMPORARY))

    def _clear_up(self) -> None:
        for hidden in self._leftovers():
            self._put_back(hidden / _OLD)
            shutil.rmtree(hidden, ignore_errors=True)  # what cannot be removed does no harm

    def _put_back(self, old: Path) -> None:
        if _holds_run(old) and not self.folder.exists():
            old.rename(self.folder)

    def _refuse_strangers(self) -> None:
        if self.folder.is_dir() and any(self.folder.iterdir()) and not _holds_run(self.folder):
            raise StoreError(f"{self.folder} holds something that is no run; it is not replaced")

    def _write_and_rename(self, run: StoredRun) -> None:
        place, prefix = self.folder.parent, f".{self.folder.name}."
        with tempfile.TemporaryDirectory(dir=place, prefix=prefix, suffix=TEMPORARY) as hidden:
            fresh, old = Path(hidden) / "fresh", Path(hidden) / _OLD
            fresh.mkdir()
            _write(fresh, run)
            try:
                if _holds_run(self.folder):
                    self.folder.rename(old)
                fresh.rename(self.folder)
            finally:  # also when a person interrupts between the two
                self._put_back(old)


def _holds_run(folder: Path) -> bool:
    return (folder / _MANIFEST).is_file()


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
