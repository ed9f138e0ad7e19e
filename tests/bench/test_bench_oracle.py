"""The benchmark times a workload in a process of its own, and its result is the one that the peers give."""

from typing import Any

import pytest

from tests.bench.__main__ import _table
from tests.bench.measure import measure
from tests.bench.workloads import WORKLOADS


def test_a_workload_is_timed_and_gives_the_figure_of_the_peers() -> None:
    figures = measure("weekly_purchase", repeats=1)
    assert round(figures.result, 6) == 194_538.791312  # vectorbt, bt and backtrader print it
    assert 0.0 < figures.warm_s < 60.0
    assert 0.0 < figures.cold_s < 60.0
    assert 0.0 <= figures.peak_mb < 2_000.0


def test_a_workload_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="KeyError: 'no_such_workload'"):
        measure("no_such_workload")


@pytest.mark.parametrize("has_bt", [True, False])
def test_the_table_has_a_line_for_each_workload(has_bt: bool) -> None:
    timed = {"cold_s": 0.6, "warm_s": 0.5, "peak_mb": 50.0}
    peer = {"bt_s": 3.0, "bt_over_ours": 6.0} if has_bt else {}
    rows = {
        name: dict[str, Any](title=work.title, target_s=work.target_s) | timed | peer
        for name, work in WORKLOADS.items()
    }
    table = _table({"machine": "one", "workloads": rows, "start_up_s": 0.2, "bt": has_bt}).splitlines()
    line = next(line for line in table if line.startswith(WORKLOADS["stepped_daily"].title))
    cells = line.removeprefix(WORKLOADS["stepped_daily"].title).split("  ")
    assert [cell.strip() for cell in cells if cell.strip()] == [
        "0.600 s", "0.500 s", "< 1 s", "50 MB", *(["3.000 s", "6.0 x"] if has_bt else []),
    ]  # fmt: skip
    assert any("bt is not installed" in text for text in table) is not has_bt
