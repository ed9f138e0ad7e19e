"""A strategy from a package of its own is installed, found by name, judged and run."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_treasury import make_bars, write_bars, write_treasury

PACKAGE = Path(__file__).parents[1] / "data" / "third_party_strategy"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package and install it into a folder of its own, without a network."""
    folder = tmp_path_factory.mktemp("third_party")
    source = shutil.copytree(PACKAGE, folder / "source")
    options = ["--quiet", "--offline", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    run(
        [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, *options, str(source)],
        folder,
    )
    return folder / "site"


def run(command: list[str], folder: Path, site: Path | None = None) -> str:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=inherited if site is None else inherited | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(program: str, folder: Path, site: Path | None = None) -> list[str]:
    return run([sys.executable, "-c", program], folder, site).split()


def test_it_is_found_by_name_once_it_is_installed(site: Path, tmp_path: Path) -> None:
    names = "from dat.strategy.load import strategy_names; print(*strategy_names())"
    modes = ["active", "ecosystem", "multi_asset", "passive"]
    assert python(names, tmp_path) == modes
    assert python(names, tmp_path, site) == sorted([*modes, "dip_buyer"])


def test_it_passes_the_conformance_battery(site: Path, tmp_path: Path) -> None:
    program = (
        "from dat.strategy.conformance import CHECKS, check_all\n"
        "from dat.strategy.load import load_strategy\n"
        "check_all(load_strategy('dip_buyer', {'bars': 5}))\n"
        "print(len(CHECKS), 'passed')"
    )
    assert python(program, tmp_path, site)[1:] == ["passed"]


def test_it_runs_a_treasury_from_the_command_line(site: Path, tmp_path: Path) -> None:
    # 100, 100, 80: a dip at the third close. 500 buy 6.25 coins at the fourth open, 80, which close at 100.
    write_bars(tmp_path / "bars", make_bars([100.0, 100.0, 80.0, 100.0]))
    params = 'fall_frac = 0.1\nbars = 3\namount = 500\nasset = "BTC"'
    write_treasury(
        tmp_path, ('name = "passive"', 'name = "dip_buyer"'), ('asset = "BTC"', params), ('"once"', '"daily"')
    )
    dat = [sys.executable, "-m", "dat"]
    printed = run(
        [*dat, "backtest", "small.toml", "--json", "--no-report", "--out", "result"], tmp_path, site
    )
    found = json.loads(printed)
    assert found["equity_final"] == "1125.00000000"
    assert found["holdings"] == {"BTC": "6.250000000000"}
    assert found["cash"] == "500.00000000"
    listed = json.loads(run([*dat, "strategies", "--json"], tmp_path, site))
    assert "dip_buyer" in json.dumps(listed)
