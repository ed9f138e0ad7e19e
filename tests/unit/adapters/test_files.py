"""A file is whole or absent, and as private as the umask asks."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dat.adapters.files import exclusive, replace_file
from dat.adapters.parquet import ParquetRunStore
from dat.errors import StoreError
from dat.ports import StoredRun


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("umask", "file_mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)], indirect=["umask"]
)
def test_a_file_is_as_private_as_the_umask_asks(umask: int, file_mode: int, tmp_path: Path) -> None:
    path = tmp_path / "board" / "report.pdf"
    for content in (b"first", b"second"):
        replace_file(path, content)
        assert (path.read_bytes(), mode_of(path)) == (content, file_mode)
    path.chmod(0o644)
    replace_file(path, b"third")
    assert mode_of(path) == file_mode
    assert [file.name for file in path.parent.iterdir()] == ["report.pdf"]


@pytest.mark.parametrize("umask", [0o077], indirect=True)
def test_a_run_is_as_private_as_the_umask_asks(umask: int, tmp_path: Path) -> None:
    ParquetRunStore(tmp_path / "run").save(StoredRun({}, {"run_id": "ab"}, {}))
    assert mode_of(tmp_path / "run") == 0o700
    assert {mode_of(file) for file in (tmp_path / "run").iterdir()} == {0o600}


def test_a_file_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "report.pdf" / "inside").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"report.pdf cannot be written: "):
        replace_file(tmp_path / "report.pdf", b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["report.pdf"]


@pytest.mark.parametrize("name", ["", ".lock"], ids=["folder", "file"])
def test_one_writer_at_a_time_holds_a_folder_or_a_lock_file(name: str, tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / name),
        pytest.raises(StoreError, match=f"{tmp_path} is being written by another process for 0 s"),
        exclusive(tmp_path / name, wait_s=0),
    ):
        pytest.fail("two hold it")
    with exclusive(tmp_path / name, wait_s=0):
        assert (tmp_path / name).exists()
