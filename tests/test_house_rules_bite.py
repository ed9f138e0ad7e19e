"""Each house rule sees what breaks it and lets pass what keeps it: small sources written by hand."""

import pytest

from tests.source_tree import import_cycle, parse_module
from tests.test_house_rules import RULES

BREAKS = [
    ("has-a-floor", "dat/attic/chest.py", ""),
    ("points-left", "dat/core/money.py", "from dat.market.bars import Bars"),
    ("points-left", "dat/core/money.py", "from ..market import bars"),
    ("points-left", "dat/report/html.py", "import dat.adapters.parquet"),
    ("points-left", "dat/__init__.py", "from dat.core.money import Money"),
    ("points-left", "dat/adapters/web.py", "def f():\n    from dat.app import cli"),
    ("points-left", "dat/strategy/load.py", "import strategies.passive"),
    ("strategy-imports", "strategies/mine.py", "import cvxpy"),
    ("strategy-imports", "strategies/mine.py", "from dat.backtest.engine import run"),
    ("vendor-doors", "dat/core/money.py", "import numpy as np"),
    ("vendor-doors", "dat/app/wiring.py", "from rich.table import Table"),
    ("vendor-doors", "dat/adapters/ccxt.py", "import ccxt"),
    ("vendor-doors", "dat/market/bars.py", "import polars"),
    ("parquet-door", "dat/adapters/sample/read.py", "import pandas\npandas.read_feather('x')"),
    ("no-effects", "dat/market/bars.py", "text = path.read_text()"),
    ("no-effects", "dat/backtest/engine.py", "def f():\n    return open('x')"),
    ("no-effects", "dat/operations/ingest.py", "import datetime as dt\nnow = dt.datetime.now(dt.UTC)"),
    ("no-effects", "dat/strategy/load.py", "from os import environ"),
    ("no-effects", "strategies/mine.py", "import time"),
    ("loading-doors", "dat/strategy/propose.py", "import importlib"),
    ("loading-doors", "dat/core/ids.py", "from importlib.metadata import version"),
    ("loading-doors", "strategies/mine.py", "def f():\n    return __import__('os')"),
    ("loading-doors", "dat/strategy/optimise/load.py", "import importlib"),
    ("short-functions", "dat/core/a.py", "def f():\n" + "    x = 1\n" * 51),
    ("short-files", "dat/core/a.py", "x = 1\n" * 401),
    (
        "flat-functions",
        "dat/core/a.py",
        "def f():\n for a in b:\n  if a:\n   with c:\n    while d:\n     pass",
    ),
    ("few-parameters", "dat/core/a.py", "def f(a, b, *, c, d, e, f, g, h): ..."),
    ("few-positionals", "dat/core/a.py", "def f(a, b, c, d): ..."),
    ("telling-names", "dat/market/utils.py", ""),
    ("telling-names", "tests/helpers/worlds.py", ""),
    ("narrow-excepts", "dat/market/bars.py", "try:\n    pass\nexcept Exception:\n    pass"),
    ("narrow-excepts", "tests/test_a.py", "try:\n    pass\nexcept (ValueError, BaseException):\n    pass"),
    ("narrow-excepts", "dat/app/cli.py", "try:\n    pass\nexcept Exception:\n    pass\n" * 2),
    ("narrow-excepts", "dat/app/cli/runs.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
    ("real-doubles", "tests/test_a.py", "from unittest import mock"),
    ("documented", "dat/core/a.py", '"""Doc."""\ndef f(): ...'),
    ("documented", "dat/core/a.py", '"""Doc."""\nclass A:\n    """Doc."""\n    def f(self): ...'),
]

KEEPS = [
    ("points-left", "dat/market/bars.py", "from dat.core.money import Money\nfrom dat.market import window"),
    ("points-left", "dat/backtest/manifest.py", "from dat import __version__"),
    ("points-left", "dat/__main__.py", "from dat.app.cli import main"),
    ("strategy-imports", "strategies/mine.py", "from dataclasses import dataclass\nimport numpy as np"),
    ("vendor-doors", "dat/adapters/ccxt_data.py", "import ccxt"),
    ("vendor-doors", "dat/app/cli/backtest.py", "import typer"),
    ("parquet-door", "dat/adapters/parquet.py", "import pandas\npandas.read_feather('x')"),
    (
        "no-effects",
        "dat/market/bars.py",
        "price = bars.open\nnow = clock.now()",
    ),
    (
        "no-effects",
        "dat/adapters/clock.py",
        "import time\nfrom datetime import datetime\ndatetime.now(tz)",
    ),
    ("short-functions", "dat/core/a.py", 'def f():\n    """A\n' + "    B\n" * 60 + '    """\n    return 1'),
    (
        "flat-functions",
        "dat/core/a.py",
        "def f():\n if a: ...\n elif b: ...\n elif c: ...\n elif d: ...",
    ),
    ("few-parameters", "dat/core/a.py", "class A:\n    def f(self, a, b, *, c, d, e, f, g): ..."),
    ("few-positionals", "dat/core/a.py", "class A:\n    def f(self, a, b, c): ..."),
    ("loading-doors", "dat/strategy/load.py", "import importlib\nfrom importlib import metadata"),
    ("loading-doors", "dat/app/code.py", "from importlib.metadata import version"),
    ("loading-doors", "dat/strategy/when.py", "import re\npattern = re.compile('a')"),
    ("narrow-excepts", "dat/app/cli/__init__.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
    ("narrow-excepts", "dat/app/daemon/__init__.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
    ("documented", "dat/core/a.py", '"""Doc."""\ndef _f(): ...'),
]


@pytest.mark.parametrize(("rule", "path", "source"), BREAKS)
def test_the_rule_sees_a_break(rule: str, path: str, source: str) -> None:
    assert list(RULES[rule](parse_module(path, source)))


@pytest.mark.parametrize(("rule", "path", "source"), KEEPS)
def test_the_rule_lets_pass(rule: str, path: str, source: str) -> None:
    assert not list(RULES[rule](parse_module(path, source)))


def test_a_circle_is_seen_and_a_package_may_list_its_modules() -> None:
    package = parse_module("dat/market/__init__.py", "from dat.market.bars import Bars")
    innocent = parse_module("dat/market/bars.py", "from dat.market import series")
    series = parse_module("dat/market/series.py", "")
    assert import_cycle([package, innocent, series]) == []
    guilty = parse_module("dat/market/series.py", "from dat.market import Bars")
    assert set(import_cycle([package, innocent, guilty])) == {
        "dat.market",
        "dat.market.bars",
        "dat.market.series",
    }
