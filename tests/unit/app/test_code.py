"""The hash of the code covers all that shapes a run and its report, and nothing else."""

import importlib
import json
import shutil
import sys
from pathlib import Path

import pytest

from dat.app.code import code_facts
from dat.app.share import templates_dir
from dat.strategy.contract import Strategy
from dat.strategy.load import load_strategy

IDLE = """\
from dataclasses import dataclass
from dat.strategy import Needs, Targets


@dataclass(frozen=True)
class Idle:
    needs = Needs(("BTC",))

    def decide(self, window, book):
        return Targets.hold("idle")
"""


def code_hash(strategy: Strategy, templates: Path | None = None) -> str:
    return code_facts(strategy, templates=templates or templates_dir()).code_sha256


@pytest.fixture
def passive() -> Strategy:
    return load_strategy("passive", {})


@pytest.mark.parametrize("name", ["report.css", "board.typ", "blocks.html.j2", "report.js"])
def test_every_report_template_counts(name: str, passive: Strategy, tmp_path: Path) -> None:
    copy = tmp_path / "templates"
    shutil.copytree(templates_dir(), copy)
    before = code_hash(passive, copy)
    assert before == code_hash(passive)
    (copy / name).write_text((copy / name).read_text("utf-8") + " ", "utf-8")
    assert code_hash(passive, copy) != before


def test_what_an_editor_and_python_leave_behind_does_not_count(passive: Strategy, tmp_path: Path) -> None:
    copy = tmp_path / "templates"
    shutil.copytree(templates_dir(), copy)
    (copy / ".report.css.swp").write_text("x")
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "a.txt").write_text("x")
    assert code_hash(passive, copy) == code_hash(passive)


def test_the_libraries_that_compute_and_draw_are_named(passive: Strategy) -> None:
    libraries = code_facts(passive, templates=templates_dir()).libraries
    assert set(libraries) == {
        "clarabel", "cvxpy", "font-source-sans-pro", "jinja2", "numpy", "pandas", "pyarrow", "pydantic",
        "scipy", "typst", "vl-convert-python",
    }  # fmt: skip
    assert all(version[0].isdigit() for version in libraries.values())


class Shelf:
    """A folder on the path with files of a strategy author."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def hash_of(self, name: str) -> str:
        importlib.invalidate_caches()
        return code_hash(load_strategy(name, {}))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.syspath_prepend(tmp_path)
    return Shelf(tmp_path)


@pytest.mark.parametrize("other", ["__init__.py", "weights.json", "deep/signal.py"])
def test_the_whole_package_of_a_strategy_counts(shelf: Shelf, other: str) -> None:
    package = f"house_{other.replace('/', '_').partition('.')[0]}"
    for name in ("__init__.py", "deep/__init__.py"):
        shelf.put(f"{package}/{name}", "")
    shelf.put(f"{package}/deep/idle.py", IDLE)
    before = shelf.hash_of(f"{package}.deep.idle:Idle")
    shelf.put(f"{package}/{other}", json.dumps([1]))
    assert shelf.hash_of(f"{package}.deep.idle:Idle") != before
    shelf.put("a_neighbour.py", "x = 1")
    after = shelf.hash_of(f"{package}.deep.idle:Idle")
    shelf.put("a_neighbour.py", "x = 2")
    assert shelf.hash_of(f"{package}.deep.idle:Idle") == after


def test_a_strategy_in_the_face_of_its_package_counts_with_the_rest(shelf: Shelf) -> None:
    shelf.put("faced/__init__.py", IDLE)
    before = shelf.hash_of("faced:Idle")
    shelf.put("faced/rules.py", "x = 1")
    assert shelf.hash_of("faced:Idle") != before


def test_a_folder_without_init_counts_with_its_neighbours(shelf: Shelf) -> None:
    shelf.put("bare/idle.py", IDLE)
    before = shelf.hash_of("bare.idle:Idle")
    shelf.put("bare/rules.py", "x = 1")
    assert shelf.hash_of("bare.idle:Idle") != before


def test_a_single_file_counts_alone(shelf: Shelf) -> None:
    shelf.put("lonely.py", IDLE)
    before = shelf.hash_of("lonely:Idle")
    shelf.put("neighbour.py", "x = 1")
    assert shelf.hash_of("lonely:Idle") == before
    shelf.put("lonely.py", IDLE + "# another line\n")
    assert shelf.hash_of("lonely:Idle") != before
    assert code_hash(load_strategy("passive", {})) not in {before, shelf.hash_of("lonely:Idle")}


def test_the_same_package_elsewhere_has_the_same_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for place in ("here", "there"):
        shelf = Shelf(tmp_path / place)
        shelf.put("moved/__init__.py", "")
        shelf.put("moved/idle.py", IDLE)
        with monkeypatch.context() as path:
            path.syspath_prepend(shelf.folder)
            for module in ("moved", "moved.idle"):
                path.delitem(sys.modules, module, raising=False)
            found.append(shelf.hash_of("moved.idle:Idle"))
    assert found[0] == found[1]
