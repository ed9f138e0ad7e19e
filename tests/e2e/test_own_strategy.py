"""A strategy in a file of one's own, beside the treasury file or in the current folder."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dat.app.cli import main
from tests.small_treasury import make_bars, write_bars, write_treasury

pytestmark = pytest.mark.e2e

SPENDER = """\
from dataclasses import dataclass
from dat.strategy import Needs, Targets

@dataclass(frozen=True)
class Spender:
    needs = Needs(("BTC",))

    def decide(self, window, book):
        return Targets.spend({"BTC": AMOUNT}, "told so")
"""


def write_own(folder: Path, module: str, *, amount: float, name: str = "Small", beside: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    write_bars(folder / "bars", make_bars([100.0, 110.0, 120.0]))
    if beside:
        (folder / f"{module}.py").write_text(SPENDER.replace("AMOUNT", str(amount)))
    named = ('[strategy]\nname = "passive"', f'[strategy]\nname = "{module}:Spender"')
    return write_treasury(folder, named, ('asset = "BTC"', ""), ('"Small"', f'"{name}"'))


def dat(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run as the installed command does: without the current folder on Python's path."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dat", *arguments, "--json"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def away(tmp_path: Path) -> Path:
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


def test_it_is_found_beside_the_treasury_file(tmp_path: Path, away: Path) -> None:
    one = write_own(tmp_path / "one", "spends_500", amount=500.0)
    two = write_own(tmp_path / "two", "spends_200", amount=200.0, name="Other")
    assert dat(away, "check", str(one))["treasury"] == "Small"
    # 500 or 200 spent at the second open, 100, and 120 at the end: 1000 + 5 * 20 and 1000 + 2 * 20.
    alone = dat(away, "backtest", str(one), "--no-report", "--out", "alone")
    assert alone["equity_final"] == "1100.00000000"
    both = dat(away, "compare", str(one), str(two), "--no-report", "--out", "both")
    assert [run["equity_final"] for run in both["treasuries"]] == ["1100.00000000", "1040.00000000"]


def test_it_is_found_in_the_current_folder(tmp_path: Path, away: Path) -> None:
    write_own(away, "spends_here", amount=500.0)
    file = write_own(tmp_path / "one", "spends_here", amount=0.0, beside=False)
    assert dat(away, "backtest", str(file), "--no-report", "--out", "x")["equity_final"] == "1100.00000000"


@pytest.mark.parametrize("installed", ["random", "numpy"])
def test_what_is_installed_is_not_shadowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], installed: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = write_own(tmp_path / "one", installed, amount=500.0)
    assert main(["check", str(file)]) == 2
    said = capsys.readouterr().err
    assert f"strategy.name = \"{installed}:Spender\": module '{installed}' is {file.parent}" in said
    assert "has the same name; rename yours" in said


def test_two_modules_of_one_name_in_a_comparison_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    files = [
        str(write_own(tmp_path / name, "twin_spender", amount=amount, name=name))
        for name, amount in (("one", 500.0), ("two", 200.0))
    ]
    assert main(["compare", *files, "--no-report", "--out", str(tmp_path / "out")]) == 2
    assert "module 'twin_spender' is " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
