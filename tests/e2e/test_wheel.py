"""The wheel alone, in an empty environment outside the checkout, does the same work as the tree."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed"),
]


def run(command: list[str], folder: Path) -> str:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))}
    done = subprocess.run(
        command, cwd=folder, env=inherited, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)], ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def shipped(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Python that has `dat` from the wheel and its dependencies from the environment of this run."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True, with_pip=False)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    run([*install, "--python", str(python), str(wheel)], home)
    # A .pth is read in a site folder only, so the editable install of this run does not come along.
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_a_wheel_ships_two_packages_and_nothing_else(shipped: set[str]) -> None:
    metadata = next(name for name in shipped if name.endswith(".dist-info/METADATA")).partition("/")[0]
    assert {name.partition("/")[0] for name in shipped} == {"dat", "strategies", metadata}
    assert {"dat/py.typed", "strategies/py.typed", f"{metadata}/licenses/LICENSE"} <= shipped


@pytest.mark.parametrize(
    ("source", "pattern", "target"),
    [
        ("dat", "**/*.py", "dat"),
        ("dat/adapters/sample", "**/*.*", "dat/adapters/sample"),
        ("strategies", "**/*.py", "strategies"),
        ("config", "*.toml", "dat/_share/config"),
        ("reports/templates", "**/*.*", "dat/_share/reports/templates"),
    ],
)
def test_a_wheel_carries_every_file_of(shipped: set[str], source: str, pattern: str, target: str) -> None:
    files = [file for file in (ROOT / source).glob(pattern) if file.is_file() and file.suffix != ".pyc"]
    expected = {f"{target}/{file.relative_to(ROOT / source).as_posix()}" for file in files}
    assert expected <= shipped


def test_dat_comes_from_the_wheel_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    source = "import dat, strategies; print(dat.__file__, strategies.__file__)"
    where = run([str(installed), "-c", source], tmp_path).split()
    home = installed.parents[1]
    assert [Path(path).is_relative_to(home) for path in where] == [True, True]
    assert not home.is_relative_to(ROOT)


def test_the_entry_points_of_the_modes_are_declared(installed: Path, tmp_path: Path) -> None:
    source = "from importlib import metadata; print(*metadata.entry_points(group='dat.strategies').names)"
    modes = run([str(installed), "-c", source], tmp_path).split()
    assert sorted(modes) == ["active", "ecosystem", "multi_asset", "passive"]


def test_the_command_does_the_same_work_as_the_tree(installed: Path, tmp_path: Path) -> None:
    dat = str(installed.parent / "dat")
    run([dat, "init", "--mode", "passive", "mine"], tmp_path)
    from_wheel = run([dat, "backtest", "mine.toml", "--json", "--out", "wheel"], tmp_path)
    from_tree = run(
        [sys.executable, "-m", "dat", "backtest", "mine.toml", "--json", "--out", "tree"], tmp_path
    )
    assert from_wheel.replace("wheel/", "tree/") == from_tree
    assert contents(tmp_path / "wheel") == contents(tmp_path / "tree")
    assert {"report.html", "report.pdf"} <= set(contents(tmp_path / "wheel"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
