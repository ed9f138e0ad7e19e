"""Time the engine and print the figures: ``python -m tests.bench [--json]``.

Every workload runs in a process of its own: cold is the first call after import, warm the median of five
more, memory the peak above that of import. Where `bt` is installed the same input goes through it in the
same run.
"""

import argparse
import importlib.util
import json
import os
import platform
from dataclasses import asdict
from typing import Any

from tests.bench.measure import Figures, measure, start_up_s
from tests.bench.workloads import WORKLOADS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one object instead of the table")
    as_json = parser.parse_args().json
    has_bt = importlib.util.find_spec("bt") is not None
    rows = {name: _row(name, has_bt=has_bt) for name in WORKLOADS}
    found = {"machine": _machine(), "workloads": rows, "start_up_s": start_up_s(), "bt": has_bt}
    print(json.dumps(found, indent=1) if as_json else _table(found))


def _row(name: str, *, has_bt: bool) -> dict[str, Any]:
    workload = WORKLOADS[name]
    ours: Figures = measure(name)
    row = {"title": workload.title, "target_s": workload.target_s, **asdict(ours)}
    if has_bt and workload.peer is not None:
        peer = measure(name, peer=True, repeats=1)
        row |= {"bt_s": peer.warm_s, "bt_peak_mb": peer.peak_mb, "bt_result": peer.result}
        row |= {"bt_over_ours": peer.warm_s / ours.warm_s}
    return row


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _table(found: dict[str, Any]) -> str:
    head = f"{'workload':<68}{'cold':>9}{'warm':>9}{'target':>9}{'memory':>10}{'bt':>10}{'ratio':>9}"
    lines = [found["machine"], "", head, *map(_line, found["workloads"].values())]
    lines.append(f"{'dat --help, from nothing to its last line':<68}{_s(found['start_up_s'])}")
    if not found["bt"]:
        lines += ["", "bt is not installed here; with it its times stand beside ours: pip install bt"]
    return "\n".join(
        [*lines, "", "bt pays the fee only, fills at the close it decides on, and keeps no books."]
    )


def _line(row: dict[str, Any]) -> str:
    target = "" if row["target_s"] is None else f"< {row['target_s']:g} s"
    ratio = f"{row['bt_over_ours']:.1f} x" if "bt_over_ours" in row else ""
    peak = f"{row['peak_mb']:.0f} MB"
    times = _s(row["cold_s"]) + _s(row["warm_s"])
    return f"{row['title']:<68}{times}{target:>9}{peak:>10}{_s(row.get('bt_s')):>10}{ratio:>9}"


def _s(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:>7.3f} s"


if __name__ == "__main__":
    main()
