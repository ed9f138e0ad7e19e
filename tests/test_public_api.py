"""The public face: it imports quietly and lightly, documents itself, and its examples run."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.source_tree import read_modules

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"ccxt", "cvxpy", "numpy", "pandas", "pyarrow", "scipy", "sqlalchemy", "typst", "vl_convert"}


def public_modules() -> list[str]:
    names = [module.name for module in read_modules(ROOT, ("dat", "strategies"))]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def run_python(source: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", source]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_every_public_module_imports_in_a_fresh_interpreter_without_a_warning() -> None:
    done = run_python("\n".join(f"import {name}" for name in public_modules()))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_dat_alone_loads_nothing_heavy() -> None:
    done = run_python("import dat, sys; print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "dat" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("name", public_modules())
def test_what_a_module_exports_exists_and_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    missing = [item for item in getattr(module, "__all__", ()) if not hasattr(module, item)]
    bare = [item for item in defined_here(module) if not inspect.getdoc(getattr(module, item))]
    assert (missing, bare) == ([], [])


def defined_here(module: ModuleType) -> list[str]:
    members = inspect.getmembers(module, lambda item: inspect.isclass(item) or inspect.isfunction(item))
    return [name for name, item in members if item.__module__ == module.__name__ and not name.startswith("_")]


def test_the_examples_in_docstrings_are_part_of_the_test_run(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("doctestmodules")
    assert {"dat", "strategies"} <= set(pytestconfig.getini("testpaths"))
