"""The house rules as code: one tuple of floors, one table of doors, the limits, one exemption list."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.source_tree import (
    Module,
    body_lines,
    broad_excepts,
    calls,
    functions,
    import_cycle,
    imports,
    nesting,
    parameter_count,
    positional_parameters,
    read_modules,
    undocumented,
)

ROOT = Path(__file__).resolve().parents[1]

# A package imports only packages of an earlier floor; packages of one floor do not import each other.
FLOORS = (
    ("errors", "jit"),
    ("core",),
    ("market",),
    ("measures",),
    ("ledger",),
    ("treasury",),
    ("costs",),
    ("orders",),
    ("mandate",),
    ("ports",),
    ("strategy",),
    ("backtest",),
    ("research",),
    ("operations",),
    ("adapters", "loopback", "report"),
    ("app",),
    ("__main__",),
)
FLOOR_OF = {package: number for number, floor in enumerate(FLOORS) for package in floor}
RIM = FLOOR_OF["adapters"]  # from here on a module may have effects

RIGHT_OF_RIM = ("dat.adapters", "dat.loopback", "dat.report", "dat.app")
NUMERIC = (
    "dat.market",
    "dat.measures",
    "dat.costs",
    "dat.strategy",
    "dat.backtest",
    "dat.research",
    "dat.operations",
)

# One vendor, one door. A name that ends in "_" opens every module whose name begins so.
DOORS: dict[str, tuple[str, ...]] = {
    "numpy": (*NUMERIC, *RIGHT_OF_RIM, "dat.jit", "strategies"),
    "pandas": (*NUMERIC, *RIGHT_OF_RIM),
    "alembic": ("dat.adapters.sql",),
    "apprise": ("dat.adapters.notify",),
    "apscheduler": ("dat.app.daemon",),
    "arch": ("dat.measures",),
    "ccxt": ("dat.adapters.ccxt_",),
    "clarabel": ("dat.strategy.optimise",),
    "cvxpy": ("dat.strategy.optimise",),
    "dask": ("dat.adapters.runner",),
    "daqp": ("dat.strategy.optimise",),
    "distributed": ("dat.adapters.runner",),
    "fastapi": ("dat.app.web", "dat.loopback"),
    "font_source_sans_pro": ("dat.report", "dat.app.web"),
    "jinja2": ("dat.report", "dat.app.web"),
    "joblib": ("dat.adapters.runner",),
    "numba": ("dat.jit",),
    "piqp": ("dat.strategy.optimise",),
    "psycopg": ("dat.adapters.sql",),
    "pyarrow": ("dat.adapters.parquet",),
    "pydantic": ("dat.app",),
    "rich": ("dat.app.cli",),
    "scipy": ("dat.measures",),
    "sqlalchemy": ("dat.adapters.sql",),
    "starlette": ("dat.app.web", "dat.loopback"),
    "statsmodels": ("dat.measures",),
    "typer": ("dat.app.cli",),
    "typst": ("dat.report", "dat.app.web"),
    "uvicorn": ("dat.app.web", "dat.loopback"),
    "vl_convert": ("dat.report", "dat.app.web"),
}
PANDAS_FILE_CALLS = {"read_parquet", "read_feather", "to_parquet", "to_feather"}  # pyarrow by another name

# Loading code by name reads what is installed: an effect. 2026-11-22: one module left of adapters may do it,
# because a strategy is a plug-in and that module says what a plug-in must be; nothing else there may.
LOADING_DOORS = ("dat.strategy.load",)
LOADERS = {"importlib", "imp", "pkgutil", "runpy", "zipimport"}
LOADING_CALLS = {"__import__", "compile", "eval", "exec"}

STRATEGY_MAY_IMPORT = ("dat.strategy", "dat.market", "dat.core", "dat.errors", "numpy", "strategies")
OUTSIDE_DAT = {"strategies", "reports", "tests", "config"}
FIRST_PARTY = OUTSIDE_DAT | {"dat"}

EFFECT_MODULES = {
    "fcntl", "ftplib", "glob", "http", "os", "requests", "select", "selectors", "shutil", "smtplib", "socket",
    "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "time", "urllib",
}  # fmt: skip
FILE_CALLS = {
    "exists", "is_dir", "is_file", "iterdir", "mkdir", "open", "read_bytes", "read_csv", "read_text", "rglob",
    "touch", "unlink", "write_bytes", "write_text",
}  # fmt: skip
CLOCK_CALLS = {
    f"{kind}.{call}" for kind in ("date", "datetime", "Timestamp") for call in ("now", "today", "utcnow")
}

BODY_LINES_MAX = 50
FILE_LINES_MAX = 400
PARAMETERS_MAX = 7
POSITIONAL_MAX = 3
NESTING_MAX = 3
BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "misc",
    "common",
    "base",
    "manager",
    "handler",
    "handlers",
}
BROAD_EXCEPT_RIMS = ("dat.app.cli", "dat.app.daemon")  # these two alone, not what lies under them


class Exemption(NamedTuple):
    """A finding that we live with for now."""

    where: str  # path::name as the finding prints it
    rule: str
    dated: str
    reason: str


# This list may only shrink: lower the ceiling with it.
EXEMPTIONS: tuple[Exemption, ...] = ()
EXEMPTIONS_MAX = 0


class Finding(NamedTuple):
    """One break of one rule."""

    module: Module
    line: int
    name: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.module.path}::{self.name}"

    def __str__(self) -> str:
        return f"{self.module.path}:{self.line}: {self.name}: {self.text}"


def _is_under(name: str, doors: tuple[str, ...]) -> bool:
    return any(name == door or name.startswith(door if door.endswith("_") else f"{door}.") for door in doors)


def _package(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def _floor(name: str) -> int:
    return FLOOR_OF.get(_package(name), -1)


def _is_pure(module: Module) -> bool:
    return module.name.startswith("strategies") or (
        module.name.startswith("dat.") and _floor(module.name) < RIM
    )


def _has_a_floor(module: Module) -> Iterator[Finding]:
    package = _package(module.name)
    if module.name.startswith("dat.") and package not in FLOOR_OF:
        yield Finding(module, 1, package, "stands on no floor; add it to FLOORS and to ARCHITECTURE.md")


def _points_left(module: Module) -> Iterator[Finding]:
    if not module.path.startswith("dat/"):
        return
    here = _package(module.name)
    for item in imports(module):
        root, there = item.name.split(".")[0], _package(item.name)
        if root in OUTSIDE_DAT:
            yield Finding(module, item.line, item.name, f"dat never imports {root}")
        if root == "dat" and there != here and there in FLOOR_OF and _floor(item.name) >= _floor(module.name):
            yield Finding(module, item.line, item.name, f"{here or 'dat'} may not import {there}")


def _strategy_imports(module: Module) -> Iterator[Finding]:
    if not module.path.startswith("strategies/"):
        return
    for item in imports(module):
        is_stdlib = item.name.split(".")[0] in sys.stdlib_module_names
        if not is_stdlib and not _is_under(item.name, STRATEGY_MAY_IMPORT):
            yield Finding(module, item.line, item.name, f"a strategy imports only {STRATEGY_MAY_IMPORT}")


def _vendor_doors(module: Module) -> Iterator[Finding]:
    if module.path.startswith("tests/"):
        return
    for item in imports(module):
        vendor = item.name.split(".")[0]
        if vendor in sys.stdlib_module_names or vendor in FIRST_PARTY:
            continue
        doors = DOORS.get(vendor, ())
        if not _is_under(module.name, doors):
            yield Finding(module, item.line, item.name, f"the doors of {vendor} are {doors}")


def _parquet_door(module: Module) -> Iterator[Finding]:
    if module.path.startswith("tests/") or _is_under(module.name, DOORS["pyarrow"]):
        return
    for call, line in calls(module):
        if call.rpartition(".")[2] in PANDAS_FILE_CALLS:
            yield Finding(module, line, call, f"the door of pyarrow is {DOORS['pyarrow'][0]}")


def _no_effects(module: Module) -> Iterator[Finding]:
    if not _is_pure(module):
        return
    for item in imports(module):
        if item.name.split(".")[0] in EFFECT_MODULES:
            yield Finding(module, item.line, item.name, "left of adapters nothing has effects")
    for call, line in calls(module):
        last_two = ".".join(call.split(".")[-2:])
        if call.rpartition(".")[2] in FILE_CALLS or last_two in CLOCK_CALLS:
            yield Finding(module, line, call, "left of adapters, time and data arrive as arguments")


def _loading_doors(module: Module) -> Iterator[Finding]:
    if not _is_pure(module) or module.name in LOADING_DOORS:
        return
    named = [(item.name, item.line) for item in imports(module) if item.name.split(".")[0] in LOADERS]
    called = [(call, line) for call, line in calls(module) if call in LOADING_CALLS]
    for name, line in (*named, *called):
        yield Finding(module, line, name, f"left of adapters only {LOADING_DOORS} loads code by name")


def _short_functions(module: Module) -> Iterator[Finding]:
    for function in functions(module):
        lines = body_lines(function.node)
        if lines > BODY_LINES_MAX:
            yield Finding(module, function.line, function.name, f"body of {lines} lines > {BODY_LINES_MAX}")


def _short_files(module: Module) -> Iterator[Finding]:
    if module.line_count > FILE_LINES_MAX:
        text = f"file of {module.line_count} lines > {FILE_LINES_MAX}"
        yield Finding(module, module.line_count, "file", text)


def _flat_functions(module: Module) -> Iterator[Finding]:
    for function in functions(module):
        depth = nesting(function.node)
        if depth > NESTING_MAX:
            yield Finding(module, function.line, function.name, f"{depth} nested blocks > {NESTING_MAX}")


def _few_parameters(module: Module) -> Iterator[Finding]:
    if module.path.startswith("tests/"):  # a fixture is asked for by parameter
        return
    for function in functions(module):
        count = parameter_count(function)
        if count > PARAMETERS_MAX:
            yield Finding(module, function.line, function.name, f"{count} parameters > {PARAMETERS_MAX}")


def _few_positionals(module: Module) -> Iterator[Finding]:
    if module.path.startswith("tests/"):
        return
    for function in functions(module):
        names = positional_parameters(function)
        if len(names) > POSITIONAL_MAX:
            text = f"positional {', '.join(names)}: {len(names)} > {POSITIONAL_MAX}, make them keyword-only"
            yield Finding(module, function.line, function.name, text)


def _telling_names(module: Module) -> Iterator[Finding]:
    for part in Path(module.path).with_suffix("").parts:
        if part in BANNED_NAMES:
            yield Finding(module, 1, part, "says nothing; put the function beside its noun")


def _narrow_excepts(module: Module) -> Iterator[Finding]:
    allowed = 1 if module.name in BROAD_EXCEPT_RIMS else 0
    for line in list(broad_excepts(module))[allowed:]:
        yield Finding(module, line, "except", "broad; one each at the entries of the CLI and the daemon only")


def _real_doubles(module: Module) -> Iterator[Finding]:
    for item in imports(module):
        if _is_under(item.name, ("mock", "unittest.mock", "pytest_mock")):
            yield Finding(module, item.line, item.name, "a double is a real implementation of the port")


def _documented(module: Module) -> Iterator[Finding]:
    if module.path.startswith("tests/"):
        return
    for name, line in undocumented(module):
        yield Finding(module, line, name, "public and without a docstring")


RULES: dict[str, Callable[[Module], Iterator[Finding]]] = {
    "has-a-floor": _has_a_floor,
    "points-left": _points_left,
    "strategy-imports": _strategy_imports,
    "vendor-doors": _vendor_doors,
    "parquet-door": _parquet_door,
    "no-effects": _no_effects,
    "loading-doors": _loading_doors,
    "short-functions": _short_functions,
    "short-files": _short_files,
    "flat-functions": _flat_functions,
    "few-parameters": _few_parameters,
    "few-positionals": _few_positionals,
    "telling-names": _telling_names,
    "narrow-excepts": _narrow_excepts,
    "real-doubles": _real_doubles,
    "documented": _documented,
}


@pytest.fixture(scope="module")
def tree() -> list[Module]:
    return read_modules(ROOT, ("dat", "strategies", "tests"))


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps(rule: str, tree: list[Module]) -> None:
    exempt = {exemption.where for exemption in EXEMPTIONS if exemption.rule == rule}
    found = [
        str(finding) for module in tree for finding in RULES[rule](module) if finding.where not in exempt
    ]
    assert not found, "\n".join([f"rule {rule}:", *found])


def test_modules_import_each_other_in_no_circle(tree: list[Module]) -> None:
    cycle = import_cycle(tree)
    assert not cycle, " -> ".join(cycle)


def test_every_exemption_is_still_needed_and_the_list_shrinks(tree: list[Module]) -> None:
    found = {
        (finding.where, rule) for rule, check in RULES.items() for module in tree for finding in check(module)
    }
    idle = [exemption for exemption in EXEMPTIONS if (exemption.where, exemption.rule) not in found]
    assert not idle, f"no longer needed, remove: {idle}"
    assert len(EXEMPTIONS) <= EXEMPTIONS_MAX, f"{len(EXEMPTIONS)} exemptions > {EXEMPTIONS_MAX}"
