"""Time and memory of one workload, in a process of its own: ``python -m tests.bench.measure NAME``."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.workloads import ROOT, WORKLOADS, Timed

__all__ = ["Figures", "measure", "start_up_s"]

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Figures:
    """First call after import, median of the next ones, peak memory above that of import, and the result."""

    cold_s: float
    warm_s: float
    peak_mb: float
    result: float


def measure(name: str, *, peer: bool = False, repeats: int = 5) -> Figures:
    """Run a workload in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.measure", name, "peer" if peer else "ours", str(repeats)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Figures(**json.loads(done.stdout))


def start_up_s(repeats: int = 3) -> float:
    """Give the shortest time from nothing to the help text of the command line."""
    command = [sys.executable, "-m", "dat", "--help"]
    return min(
        _seconds(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True).returncode)
        for _ in range(repeats)
    )


def _seconds(work: Timed) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _peak_mb() -> float:
    found = _PEAK.search(Path("/proc/self/status").read_text())
    return int(found.group(1)) / 1024 if found else float("nan")


def _here(name: str, *, peer: bool, repeats: int) -> Figures:
    workload = WORKLOADS[name]
    work = (workload.peer if peer and workload.peer else workload.ready)()
    before = _peak_mb()
    start = perf_counter()
    result = work()
    cold = perf_counter() - start
    after = _peak_mb()
    warm = median(_seconds(work) for _ in range(repeats))
    return Figures(cold, warm, after - before, result)


if __name__ == "__main__":
    name, side, repeats = sys.argv[1:]
    print(json.dumps(asdict(_here(name, peer=side == "peer", repeats=int(repeats)))))
