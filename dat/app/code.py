"""What computed a run: a hash of all that shapes it and its report, and the versions of what it stands on."""

import hashlib
import inspect
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import dat
from dat.backtest.manifest import CodeFacts
from dat.strategy.contract import Strategy

__all__ = ["code_facts"]

# What computes, reads, solves and draws; what only serves the command line is not named.
_LIBRARIES = (
    "clarabel",
    "cvxpy",
    "font-source-sans-pro",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy",
    "typst",
    "vl-convert-python",
)
_PACKAGES = ("dat", "strategies")


def code_facts(strategy: Strategy, *, templates: Path) -> CodeFacts:
    """Describe the code that runs a strategy and writes its report.

    Parameters
    ----------
    strategy
        One from elsewhere is hashed too: the whole package that holds it, or else its file.
    templates
        Directory of the report templates; every file in it is hashed.
    """
    libraries = {name: version(name) for name in _LIBRARIES}
    digest = hashlib.sha256(_own_sources())
    digest.update(_hash_of(templates, _files_under(templates)))
    root = _root_of(type(strategy))
    if not any(root.is_relative_to(folder) for folder in _package_folders()):
        digest.update(_hash_of(root, _files_under(root)))
    return CodeFacts(dat.__version__, digest.hexdigest(), platform.python_version(), libraries)


@cache
def _own_sources() -> bytes:
    return b"".join(_hash_of(folder, folder.rglob("*.py")) for folder in _package_folders())


@cache
def _package_folders() -> tuple[Path, ...]:
    specs = (find_spec(name) for name in _PACKAGES)
    return tuple(Path(spec.origin).resolve().parent for spec in specs if spec and spec.origin)


def _root_of(strategy: type) -> Path:
    file = Path(inspect.getfile(strategy)).resolve()
    depth = strategy.__module__.count(".") + (file.name == "__init__.py")
    folders = file.parents[:depth]  # the packages that hold the module, the innermost first
    regular = [folder for folder in folders if (folder / "__init__.py").is_file()]
    return [file, *folders[:1], *regular][-1]


def _files_under(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    return [path for path in root.rglob("*") if path.is_file() and not _is_left_over(path.relative_to(root))]


def _is_left_over(path: Path) -> bool:
    return path.suffix == ".pyc" or any(part.startswith((".", "__pycache__")) for part in path.parts)


def _hash_of(root: Path, paths: Iterable[Path]) -> bytes:
    # Names are relative, so that the same code gives the same hash wherever it lies.
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{root.name}/{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.digest()
