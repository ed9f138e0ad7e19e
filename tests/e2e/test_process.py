"""The command as a process of its own: how it starts, what it loads, how it ends."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_treasury import files_under, make_bars, write_bars, write_treasury


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_a_closed_stdout_is_one_line_and_exit_code_1(tmp_path: Path, closed: str) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    write_treasury(tmp_path)
    before = files_under(tmp_path)
    command = f"'{sys.executable}' -m dat backtest small.toml --out result {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    said = "" if "2" in closed else "error: stdout is closed: there is nowhere to print figures\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert files_under(tmp_path) == before


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dat", "check", "nowhere.toml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: nowhere.toml: no such file")


def test_help_starts_fast_and_loads_nothing_heavy() -> None:
    source = "import sys, dat.app.cli; print(*sorted(sys.modules))"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"pandas", "pyarrow", "cvxpy", "scipy", "ccxt", "typst", "vl_convert"} == set()
    assert time.perf_counter() - start < 5  # 0.3 s alone; the bound is for a machine that is busy
