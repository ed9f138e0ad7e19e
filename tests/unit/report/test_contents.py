"""What a report says: which parts it has, and that each figure is the same wherever it stands."""

import dataclasses
import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from dat.errors import DataError
from dat.report.comparison import build_comparison
from dat.report.contents import build_report, report_json
from dat.report.record import Chart, Report, Table
from dat.report.writing import money, percent
from tests.unit.report.small_run import small_run
from tests.unit.report.worlds import WORLDS, manifest_of, report_of, run_world


def _small() -> Report:
    run = small_run()
    return build_report(run, manifest=manifest_of(run), mandate=("Hold.",))


def test_small_run_measures_by_hand() -> None:
    figures = _small().figures
    assert figures.time_weighted_return == Decimal("0.05000000")  # 105 / 100 - 1
    assert figures.benchmark_return == Decimal("0.12500000")  # 45 / 40 - 1: from the first open
    assert figures.max_drawdown == Decimal("-0.12500000")  # 105 / 120 - 1
    assert (figures.coin_yield, figures.coin_yield_net, figures.nav_per_share_return) == (None, None, None)
    assert figures.periods_per_year == Decimal(365)


def test_small_run_in_words() -> None:
    assert _small().summary == (
        "In this backtest Small ends on 2 Feb 2024, 00:00 UTC (the close of 1 Feb 2024) with 1.00000000 BTC "
        "and 60.00 USD in cash: a net asset value of 105.00 USD.",
        "The time-weighted return since 30 Jan 2024 was +5.00%: 7.50 percentage points less than holding BTC "
        "from the first open, without cost, which returned +12.50%.",
        "The deepest fall was 12.50%, from 1 Feb 2024 to 2 Feb 2024; it was not recovered by the end.",
        "There were no costs.",
        "No decision was due.",
    )


def test_months_are_those_in_which_the_bars_lie() -> None:
    # The bar that closes at 1 Feb 00:00 lies in January: 100 to 120 there, 120 to 105 in February.
    row = _small().table("calendar").rows[0].cells
    assert row[:4] == ("2024", Decimal("0.20000000"), Decimal("-0.12500000"), None)
    assert row[-2:] == (Decimal("0.05000000"), Decimal("0.12500000"))


def test_deepest_falls_carry_their_dates() -> None:
    (row,) = _small().table("drawdowns").rows
    peak, low = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC)
    assert row.cells == (Decimal("-0.12500000"), peak, low, None, 1, None)


def test_without_shares_there_is_no_per_share_figure() -> None:
    report = report_of("passive")
    assert "shares" not in [section.key for section in report.sections]
    assert not {"per_share_net", "per_share", "mnav"} & {tile.key for tile in report.tiles}
    assert {"per_share_net", "per_share", "mnav"} <= {tile.key for tile in report_of("multi_asset").tiles}


def test_ventures_are_stated_and_limited() -> None:
    report = report_of("ecosystem")
    deals = [row.cells[0] for row in report.table("commitments").rows]
    assert deals == [
        "Rollup Sequencer SAFT",
        "Compute Market equity",
        "Stablecoin issuer, series A",
        "All deals",
    ]
    states = {line.state for line in report.statement.lines}
    assert {"staked", "venture, at cost"} <= states


def test_denied_decisions_stand_out_and_say_why() -> None:
    report = report_of("multi_asset")
    denied = [row for row in report.table("denied").rows if row.cells[1] != "new money"]
    assert len(denied) == 4
    assert denied[0].cells[2] == "BTC 61.20%, ETH 30.00%"
    assert "denied: BTC would be 61.2%, over 50%" in str(denied[0].cells[3])
    assert any("refused 4 of 61 decisions of the strategy" in sentence for sentence in report.summary)


def test_a_very_long_table_keeps_its_ends_and_points_to_the_rest() -> None:
    run = run_world("multi_asset")
    long = dataclasses.replace(run, fills=pd.concat([run.fills] * 8, ignore_index=True))
    table = build_report(long, manifest=manifest_of(run), mandate=()).table("transactions")
    assert (len(table.rows), table.row_count) == (40, 8 * len(run.fills))
    assert (
        table.pointer == f"All {8 * len(run.fills):,} rows are in fills.parquet, in the folder of this run."
    )


@pytest.mark.parametrize("name", WORLDS)
def test_one_figure_wherever_it_stands(name: str) -> None:
    report = report_of(name)
    nav = money(report.statement.total)
    assert nav in report.summary[0]
    assert nav in report.tiles[0].detail
    assert report.figures.nav == report.statement.total == report.table("movement").rows[-1].cells[1]
    assert report_json(report)["nav"] == str(report.statement.total)
    if report.figures.max_drawdown:
        assert percent(-report.figures.max_drawdown) in " ".join(report.summary)


@pytest.mark.parametrize("name", WORLDS)
def test_json_has_no_floats_and_every_table(name: str) -> None:
    report = report_of(name)
    text = json.dumps(report_json(report), allow_nan=False)
    floats: list[str] = []
    tables = json.loads(text, parse_float=lambda number: floats.append(number))["tables"]
    assert floats == []
    assert set(tables) == {block.key for block in report.blocks if isinstance(block, Table)}


@pytest.mark.parametrize("name", WORLDS)
def test_every_chart_is_described_and_its_series_have_one_length(name: str) -> None:
    for chart in report_of(name).charts:
        assert chart.alt.startswith("Chart of ")
        assert {len(series.values) for series in chart.series} == {len(chart.times)}
        assert chart.message.endswith(".")


@pytest.mark.parametrize("name", WORLDS)
def test_undefined_figures_never_read_nan(name: str) -> None:
    assert not re.search(
        r"\b(nan|NaN|inf|None)\b", json.dumps(report_json(report_of(name)), default=str).replace("null", "")
    )


def test_charts_grow_logarithmic_only_when_that_helps() -> None:
    assert not report_of("passive").growth.is_log
    active = report_of("active").growth
    assert active.is_log
    assert "logarithmic scale" in active.unit


def test_a_report_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _small().summary = ()  # type: ignore[misc]


def test_a_run_without_rows_is_refused() -> None:
    run = small_run()
    empty = dataclasses.replace(run, daily=run.daily.iloc[:0])
    with pytest.raises(DataError, match="the run of Small has no rows"):
        build_report(empty, manifest={}, mandate=())


def test_comparison_shows_each_on_the_dates_that_all_share() -> None:
    comparison = build_comparison((report_of("passive"), report_of("multi_asset"), report_of("huge")))
    (chart,) = comparison.charts
    assert isinstance(chart, Chart)
    assert len(chart.times) == len(WORLDS["huge"].rows) + 1
    assert [series.values[0] for series in chart.series] == [100.0, 100.0, 100.0]
    assert comparison.as_of == datetime(2022, 2, 5, tzinfo=UTC)


def test_comparison_repeats_the_figures_of_each_report() -> None:
    one, two = report_of("passive"), report_of("multi_asset")
    tables = report_json(build_comparison((one, two)))["tables"]
    assert [row["nav"] for row in tables["results"]] == [str(one.statement.total), str(two.statement.total)]
    assert [row["coin_yield"] for row in tables["results"]] == [None, str(two.figures.coin_yield)]
    assert tables["results"][1]["coin_yield_net"] == str(two.figures.coin_yield_net)
    assert tables["risks"][1]["sharpe"] == str(two.figures.sharpe)


def test_shares_that_came_apart_from_the_rule_are_told_apart() -> None:
    run = run_world("no_fills")
    daily = run.daily.assign(shares=[1000.0] * (len(run.daily) - 1) + [1250.0])
    report = build_report(dataclasses.replace(run, daily=daily), manifest=manifest_of(run), mandate=())
    assert [row.cells[:2] for row in report.table("shares").rows] == [
        ("Shares at the start", Decimal(1000)),
        ("Placed for contributions", Decimal(250)),
        ("Shares at the end", Decimal(1250)),
    ]
    assert "250 shares were placed for contributions." in " ".join(report.summary)


def test_a_constant_multiple_is_not_drawn() -> None:
    run = run_world("multi_asset")
    constant = dataclasses.replace(run, daily=run.daily.assign(mnav=1.1))
    keys = [chart.key for chart in build_report(constant, manifest=manifest_of(run), mandate=()).charts]
    assert "mnav" not in keys
    assert "per_share" in keys
