"""A stored run is whole or absent, the same bytes each time, and reads back as it was."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

from dat.adapters.parquet import ParquetRunStore
from dat.errors import StoreError
from dat.ports import StoredRun


def run_of(nav: list[float]) -> StoredRun:
    times = pd.date_range("2024-01-02", periods=len(nav), freq="D", tz="UTC", unit="us")
    daily = pd.DataFrame({"as_of": times, "nav": nav, "reason": ["buy"] * len(nav)})
    empty = daily.head(0)
    return StoredRun({"daily": daily, "fills": empty}, {"run_id": "ab"}, {"cash": "1.50"})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_reads_back_as_it_was(tmp_path: Path) -> None:
    run = run_of([1.0, float("nan")])
    ParquetRunStore(tmp_path / "run").save(run)
    back = ParquetRunStore(tmp_path / "run").load()
    for name, table in run.tables.items():
        pd.testing.assert_frame_equal(back.tables[name], table)
    assert (back.manifest, back.result) == ({"run_id": "ab"}, {"cash": "1.50"})


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ParquetRunStore(tmp_path / name).save(run_of([1.0, 2.0]))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_new_run_takes_the_place_of_the_old_and_leaves_nothing_else(tmp_path: Path) -> None:
    store = ParquetRunStore(tmp_path / "run")
    store.save(run_of([1.0]))
    (tmp_path / "run" / "stray.txt").write_text("from elsewhere")
    store.save(run_of([2.0, 3.0]))
    assert store.load().tables["daily"]["nav"].tolist() == [2.0, 3.0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert not (tmp_path / "run" / "stray.txt").exists()


def test_a_writer_that_fails_leaves_the_old_run_whole(tmp_path: Path) -> None:
    store = ParquetRunStore(tmp_path / "run")
    store.save(run_of([1.0]))
    before = contents(tmp_path / "run")
    broken = StoredRun(run_of([2.0]).tables, {"run_id": object()}, {})
    with pytest.raises(TypeError):
        store.save(broken)
    assert contents(tmp_path / "run") == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match=r"taken/run cannot be written: File exists"):
        ParquetRunStore(tmp_path / "taken" / "run").save(run_of([1.0]))


def test_a_directory_that_holds_no_run_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("the work of years")
    with pytest.raises(StoreError, match=r"run holds something that is no run; it is not replaced"):
        ParquetRunStore(tmp_path / "run").save(run_of([1.0]))
    assert (tmp_path / "run" / "thesis.txt").read_text() == "the work of years"


DYING_WRITER = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path

    import pandas as pd

    from dat.adapters.parquet import ParquetRunStore
    from dat.ports import StoredRun

    whole_rename, left = Path.rename, int(sys.argv[2])

    def rename_and_die(path, target):
        global left
        if left:
            left -= 1
            whole_rename(path, target)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    Path.rename = rename_and_die
    run = StoredRun({"daily": pd.DataFrame({"nav": [9.0]})}, {"run_id": "cd"}, {})
    ParquetRunStore(Path(sys.argv[1])).save(run)
""")


def die_in_writing(folder: Path, *, renames: int) -> None:
    """Save a run of NAV 9 in another process that is killed after so many renames."""
    words = [sys.executable, "-c", DYING_WRITER, str(folder), str(renames)]
    assert subprocess.run(words, check=False, timeout=60).returncode == -signal.SIGKILL


def nav_of(folder: Path) -> list[float]:
    nav: list[float] = ParquetRunStore(folder).load().tables["daily"]["nav"].tolist()
    return nav


@pytest.mark.parametrize(("renames", "nav"), [(0, 1.0), (1, 1.0), (2, 9.0)])
def test_after_a_writer_that_is_killed_the_old_run_or_the_new_one_is_there_whole(
    renames: int, nav: float, tmp_path: Path
) -> None:
    ParquetRunStore(tmp_path / "run").save(run_of([1.0]))
    (tmp_path / ".run.notes.txt").write_text("mine")
    die_in_writing(tmp_path / "run", renames=renames)
    assert (tmp_path / "run").exists() == (renames != 1)
    assert nav_of(tmp_path / "run") == [nav]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".run.notes.txt", "run"]


def test_the_next_save_puts_the_old_run_back_before_it_writes(tmp_path: Path) -> None:
    store = ParquetRunStore(tmp_path / "run")
    store.save(run_of([1.0]))
    before = contents(tmp_path / "run")
    die_in_writing(tmp_path / "run", renames=1)
    with pytest.raises(TypeError):
        store.save(StoredRun({}, {"run_id": object()}, {}))
    assert contents(tmp_path / "run") == before
    store.save(run_of([2.0]))
    assert nav_of(tmp_path / "run") == [2.0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_first_writer_that_is_killed_leaves_no_run(tmp_path: Path) -> None:
    die_in_writing(tmp_path / "run", renames=0)
    with pytest.raises(StoreError, match="no run is stored here"):
        ParquetRunStore(tmp_path / "run").load()
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_between_the_renames_puts_the_old_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, whole_rename = ParquetRunStore(tmp_path / "run"), Path.rename
    store.save(run_of([1.0]))

    def interrupted(path: Path, target: Path) -> Path:
        if path.name == "fresh":
            raise KeyboardInterrupt
        return whole_rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save(run_of([2.0]))
    assert nav_of(tmp_path / "run") == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_empty_directory_takes_a_run(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    ParquetRunStore(tmp_path / "run").save(run_of([1.0]))
    assert nav_of(tmp_path / "run") == [1.0]


def test_no_run_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no run is stored here \(manifest.json is missing\)"):
        ParquetRunStore(tmp_path).load()


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    store = ParquetRunStore(tmp_path / "run")
    store.save(run_of([1.0]))
    (tmp_path / "run" / "result.json").write_text("{")
    with pytest.raises(StoreError, match=r"result.json cannot be read"):
        store.load()
    (tmp_path / "run" / "result.json").write_text(json.dumps({}))
    (tmp_path / "run" / "daily.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"daily.parquet cannot be read as Parquet"):
        store.load()
