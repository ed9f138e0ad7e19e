"""What computed a run: a hash of our sources and the versions of what they stand on."""

import hashlib
import inspect
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import dat
from dat.backtest.manifest import CodeFacts
from dat.strategy.contract import Strategy

__all__ = ["code_facts"]

_LIBRARIES = ("cvxpy", "numpy", "pandas", "pyarrow", "scipy")
_PACKAGES = ("dat", "strategies")


def code_facts(strategy: Strategy) -> CodeFacts:
    """Describe the code that runs a strategy; the file of a strategy from elsewhere is hashed with ours."""
    libraries = {name: version(name) for name in _LIBRARIES}
    digest = hashlib.sha256(_own_sources())
    for line in _foreign_source(strategy):
        digest.update(line)
    return CodeFacts(dat.__version__, digest.hexdigest(), platform.python_version(), libraries)


@cache
def _own_sources() -> bytes:
    digest = hashlib.sha256()
    for folder in _package_folders():
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(path.read_bytes() + b"\0")
    return digest.digest()


def _foreign_source(strategy: Strategy) -> Iterator[bytes]:
    path = Path(inspect.getfile(type(strategy))).resolve()
    if not any(path.is_relative_to(folder) for folder in _package_folders()):
        yield f"{type(strategy).__module__}\0".encode() + path.read_bytes()


@cache
def _package_folders() -> tuple[Path, ...]:
    specs = (find_spec(name) for name in _PACKAGES)
    return tuple(Path(spec.origin).resolve().parent for spec in specs if spec and spec.origin)
