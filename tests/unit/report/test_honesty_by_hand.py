"""What must not mislead a board: limits, yields, the benchmark, marks and calls, on runs made by hand."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.mandate.mandate import Mandate
from dat.orders.targets import Targets
from dat.report.comparison import build_comparison
from dat.report.contents import build_report, report_json
from dat.report.record import Report
from dat.report.view import report_view
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.venture import Commitment
from tests.scenarios import NAN, Scripted, day, panel_of, scenario_of
from tests.unit.report.small_run import small_run, small_run_of
from tests.unit.report.worlds import manifest_of, report_of

ALL_IN = Targets.weights({"BTC": 1.0}, "all in")


def _report(prices: dict[str, list[float]], strategy: Scripted | None = None, **facts: Any) -> Report:
    result = run(scenario_of(panel_of(prices), strategy, **facts))
    return build_report(result, manifest=manifest_of(result), mandate=())


def _half(prices: list[float]) -> Report:
    # 50 BTC at 10 beside 500 of cash; the limit is 60 %, and nobody is asked again.
    half = Scripted(always=Targets.weights({"BTC": 0.5}, "half"))
    mandate = Mandate(("BTC",), weight_max={"BTC": 0.6})
    return _report({"BTC": prices}, half, mandate=mandate, rule=Rule("once"))


def test_limits_passed_by_prices_are_told_apart_from_decisions() -> None:
    report = _half([10.0, 10.0, 30.0, 10.0])  # 1500 of 2000 at the third close: 75 %
    assert report.summary[-2:] == (
        "The mandate was checked before 1 decision of the strategy; it refused none.",
        "Prices carried holdings outside a limit at 1 of 4 closes (25.0%): BTC at most 60.00%, 1 close, "
        "worst 75.00% on 4 Jan 2024. On the last day all are inside.",
    )
    (row,) = report.table("limits").rows
    share, worst = Decimal("0.25000000"), Decimal("0.75000000")
    assert row.cells == ("BTC at most 60.00%", 1, share, worst, day(3), "inside")
    assert row.tone == "plain"


def test_a_limit_that_is_passed_at_the_end_stands_out() -> None:
    report = _half([10.0, 10.0, 30.0])
    assert report.summary[-1].endswith("Still outside on the last day: BTC at most 60.00%.")
    assert [(row.cells[-1], row.tone) for row in report.table("limits").rows] == [("outside", "alert")]


def test_new_money_is_no_decision_of_the_strategy() -> None:
    report = _report(
        {"BTC": [10.0] * 5},
        Scripted(always=ALL_IN),
        rule=Rule("once"),
        capital=CapitalPlan(1000.0, contributions=(Contribution(day(2), 100.0),)),
    )
    assert "before 1 decision of the strategy and 1 deployment of new money" in report.summary[-2]
    assert report.table("outcomes").rows[-1].cells == ("Total", "", 1, 1)


def test_spending_starting_cash_raises_gross_and_not_net() -> None:
    script = {1: Targets.spend({"BTC": 500.0}, "half"), 2: Targets.spend({"BTC": 500.0}, "the rest")}
    capital = CapitalPlan(1000.0, shares_start=100.0, mnav=1.0)
    report = _report({"BTC": [10.0] * 4}, Scripted(script=script), capital=capital)
    assert report.figures.coin_yield == Decimal("1.00000000")  # 50 coins, then 100
    assert report.figures.coin_yield_net == Decimal("0E-8")
    assert (
        "BTC per share, net (all coins and cash less what is payable, in BTC at the day's price), "
        in (report.summary[4])
    )
    assert "did not change since 2 Jan 2024; gross, which counts coins alone" in report.summary[4]
    assert "+100.00% from the first coin on 3 Jan 2024." in report.summary[4]
    (chart,) = (chart for chart in report.charts if chart.key == "per_share")
    assert [series.values[-1] for series in chart.series] == [1.0, 1.0]
    keys = [tile.key for tile in report.tiles]
    assert keys.index("per_share_net") + 1 == keys.index("per_share")


def test_gross_of_several_coins_is_said_to_count_the_core_alone() -> None:
    report = report_of("multi_asset")
    assert any("counts BTC alone and none of the other coins" in line for line in report.summary)
    labels = {tile.key: tile.label for tile in report.tiles}
    assert labels["per_share"].endswith("gross, BTC alone")


def test_what_is_assumed_is_called_so() -> None:
    (tile,) = (tile for tile in report_of("multi_asset").tiles if tile.key == "mnav")
    assert tile.label == "mNAV on coins alone, assumed"
    titles = [column.title for column in report_of("multi_asset").table("issuances").columns]
    assert {"Price, assumed (USDT)", "mNAV, assumed"} <= set(titles)


def test_a_premium_on_coins_beside_much_cash_is_called_a_discount() -> None:
    # 20 BTC at 10 and 800 of cash, 100 shares: the price is 1.2 * 200 / 100 = 2.40 against 10 of NAV.
    fifth = Scripted(always=Targets.weights({"BTC": 0.2}, "a fifth"))
    capital = CapitalPlan(1000.0, shares_start=100.0, mnav=1.2)
    report = _report({"BTC": [10.0] * 4}, fifth, capital=capital)
    (tile,) = (tile for tile in report.tiles if tile.key == "mnav")
    assert (tile.value, tile.detail, tile.tone) == ("1.200×", "share price 2.40, 0.24 × NAV per share", "bad")
    assert (
        "NAV per share did not change over the run; the share price, assumed, is 0.24 × NAV per share at the "
        "end, a discount to it of 76.0%." in report.summary
    )


def test_issuance_below_nav_is_said_to_dilute_it() -> None:
    # 10 shares sold at 0.5 * 1000 / 100 = 5 while a share stands for 10: coins and NAV per share both fall.
    capital = CapitalPlan(1000.0, shares_start=100.0, mnav=0.5, atm=AtmRule(0.5, 0.1))
    report = _report({"BTC": [10.0] * 40}, Scripted(always=ALL_IN), capital=capital, rule=Rule("once"))
    row = report.table("issuances").rows[0]
    assert (row.cells[7], row.tone) == (Decimal("0.500000"), "alert")
    assert any(
        "1 of them diluted coins per share, and 1 of them diluted NAV per share" in line
        for line in report.summary
    )


def test_benchmark_puts_the_same_money_in_on_the_same_dates() -> None:
    # 1000 at 10; a year later the coin is at 20 and 1000 more go in; flat for another year: x^2 + x = 3.
    prices = [10.0] * 364 + [20.0] * 366
    money = (Contribution(day(365), 1000.0, deploy_days=0),)
    report = _report({"BTC": prices}, capital=CapitalPlan(1000.0, contributions=money), rule=Rule("once"))
    rate = report.figures.benchmark_money_weighted_return
    assert rate is not None
    assert float(rate) == pytest.approx((13**0.5 - 1) / 2 - 1, abs=1e-6)
    assert report.figures.money_weighted_return == Decimal("0E-8")
    assert report.figures.benchmark_return == Decimal("1.00000000")


def test_benchmark_begins_at_the_first_open() -> None:
    panel = panel_of({"BTC": [12.0, 12.0]}, open_={"BTC": [10.0, 12.0]})
    result = run(scenario_of(panel))
    report = build_report(result, manifest=manifest_of(result), mandate=())
    assert report.figures.benchmark_return == Decimal("0.20000000")
    assert report.growth.series[1].values == pytest.approx((100.0, 120.0, 120.0))


def test_comparison_speaks_of_shared_dates_only_and_names_each_period() -> None:
    # Bought at 10, the long run goes 20, 10, 12, 12; the short one begins after its fall by half.
    long = _report({"BTC": [10.0, 20.0, 10.0, 12.0, 12.0]}, Scripted(always=ALL_IN), treasury="Long")
    late = run(scenario_of(panel_of({"BTC": [10.0, 12.0]}, start="2024-01-04"), treasury="Short"))
    short = build_report(late, manifest=manifest_of(late), mandate=())
    comparison = build_comparison((long, short))
    assert comparison.summary == (
        "2 treasuries ran from 4 Jan 2024 to 6 Jan 2024, the dates that all share. Long runs beyond them, so "
        "that measures of whole runs are in the tables alone, each with its own period.",
        "On the shared dates the deepest fall was 0.00% for each.",
    )
    rows = report_json(comparison)["tables"]["results"]
    assert [row["period"] for row in rows] == ["2024-01-01 to 2024-01-06", "2024-01-04 to 2024-01-06"]
    assert [row["money_in"] for row in rows] == ["1000.00", "1000.00"]
    assert "period" not in report_json(build_comparison((long, long)))["tables"]["results"][0]


def test_nav_per_share_return_is_that_of_one_share() -> None:
    capital = CapitalPlan(1000.0, shares_start=100.0, mnav=1.0)
    report = _report({"BTC": [10.0, 20.0]}, Scripted(always=ALL_IN), capital=capital)
    assert report.figures.nav_per_share_return == Decimal("1.00000000")  # 10 behind a share, then 20


def test_accretion_of_all_issuances_stands_beside_the_realised_yield() -> None:
    # One issuance, at the first close of February: (1 + 0.1 * 2) / (1 + 0.1) - 1, and no costs or moves.
    capital = CapitalPlan(1000.0, shares_start=100.0, mnav=2.0, atm=AtmRule(1.0, 0.1))
    report = _report({"BTC": [10.0] * 40}, Scripted(always=ALL_IN), capital=capital, rule=Rule("once"))
    assert [row.cells[1] for row in report.table("accretion").rows] == ["10", "200.00", "+9.09%", "+9.09%"]
    assert report.table("issuances").rows[0].cells[3] == Decimal(110)
    assert "because accretion takes the proceeds to buy coins at once" in report.table("accretion").note


def test_an_old_mark_is_flagged_with_its_source_and_time() -> None:
    both = Scripted(("BTC", "ETH"), always=Targets.weights({"BTC": 0.5, "ETH": 0.5}, "both"))
    report = _report({"BTC": [10.0, 10.0, 10.0], "ETH": [5.0, 5.0, NAN]}, both)
    fresh, stale = report.statement.lines[:2]
    assert (fresh.source, fresh.marked_at, fresh.is_stale) == ("binance BTC/USD", day(3), False)
    assert (stale.source, stale.marked_at, stale.is_stale) == ("binance ETH/USD", day(2), True)
    assert [row.tone for row in report.table("statement").rows[:2]] == ["plain", "alert"]
    assert "Stale: the mark of ETH is a bar or more older" in report.table("statement").note


def test_new_money_that_waits_is_told_apart_from_free_cash() -> None:
    money = (Contribution(day(2), 100.0, deploy_days=4),)
    capital = CapitalPlan(1000.0, contributions=money)
    report = _report({"BTC": [10.0] * 4}, Scripted(always=ALL_IN), capital=capital, rule=Rule("once"))
    # Of four parts of 25, one was spent at the open of the fourth bar, and its close released the second.
    assert [(line.state, line.value) for line in report.statement.lines if line.item == "Cash"] == [
        ("free", Decimal("25.00")),
        ("reserved: new money, not deployed yet", Decimal("50.00")),
    ]


def test_overdue_calls_are_a_red_line_and_counted() -> None:
    # Promised on 2 January and called on 2 February, with all cash in coins: due at closes 2 to 10 February.
    promise = Targets.weights({"BTC": 1.0}, "fund", commitments=(Commitment("Rollup", 100.0, 1),))
    report = _report({"BTC": [10.0] * 40}, Scripted(script={1: promise}), rule=Rule("once"))
    (line,) = (row for row in report.table("statement").rows if str(row.cells[0]).startswith("Capital calls"))
    assert (line.cells[6], line.tone) == (Decimal("100.00"), "alert")
    assert report.summary[-1] == "Capital calls were overdue at 9 closes; 100.00 USD is overdue at the end."
    note = report.table("statement").note
    assert "A capital call was overdue at 9 closes." in note
    assert "outside this total: 100.00 USD due and unpaid." in note
    assert "not yet called" not in note
    deal, together = report.table("commitments").rows
    amounts = (Decimal("100.00"), Decimal("0.00"), Decimal("100.00"), Decimal("0.00"))
    assert deal.cells[3:7] == together.cells[3:7] == amounts


def test_largest_trade_is_set_beside_the_volume_of_its_market() -> None:
    # 30 coins of 100 a day, then 5 of 100; the share is nan before the volume is known.
    fill = {"asset": "BTC", "side": "buy", "units": 1.0, "mid_price": 40.0, "price": 40.0, "notional": 40.0}
    fill |= {"reason": "first", "fee": 0.0, "spread_cost": 0.0, "impact_cost": 0.0}
    days, holdings = _rows(small_run().daily), _rows(small_run().holdings)
    fills = [fill | {"as_of": day(30 + n), "adv_frac": frac} for n, frac in enumerate((NAN, 0.3, 0.05))]
    result = small_run_of(days, holdings, fills=fills)
    report = build_report(result, manifest=manifest_of(result), mandate=())
    (section,) = (section for section in report.sections if section.key == "activity")
    assert section.lead == (
        "3 transactions. Largest trade: 30% of average daily volume, BTC on 1 Feb 2024; 1 trade above 10%; "
        "1 trade before that volume was known."
    )
    (limits,) = (block for block in report.blocks if block.key == "limitations")
    assert "Warning: 1 trade took more than 25% of average daily volume, the largest 30%." in str(limits)
    assert "not evidence of skill" in str(limits)


def test_equal_to_the_coin_is_neither_more_nor_less() -> None:
    report = _report({"BTC": [10.0, 10.0, 12.0]}, Scripted(always=ALL_IN))
    (tile,) = (tile for tile in report.tiles if tile.key == "time_weighted_return")
    assert tile.detail == "the same as holding BTC from the first open (+20.00%)"
    assert tile.tone == "plain"


def test_one_time_of_day_gives_every_row_its_time_and_the_note_says_what_a_close_is() -> None:
    result = run(scenario_of(panel_of({"BTC": [10.0, 11.0]}, bar="1h"), Scripted(always=ALL_IN)))
    view = report_view(build_report(result, manifest=manifest_of(result), mandate=()), rows_max=60)
    blocks = {block["key"]: block for section in view["sections"] for block in section["blocks"]}
    assert [row["cells"][0] for row in blocks["decisions"]["rows"]] == [
        "2024-01-01 01:00",
        "2024-01-01 02:00",
    ]
    assert "a close carries the instant of the close" in blocks["decisions"]["note"]
    assert view["as_of_close"] == "1 Jan 2024, 02:00 UTC"


def test_sources_are_described_where_the_manifest_describes_them() -> None:
    result = small_run()
    manifest = manifest_of(result)
    manifest["data"][0] |= {"source": "sample", "description": "example/bars at 1a2b3c, MIT"}
    table = build_report(result, manifest=manifest, mandate=()).table("data")
    assert table.rows[0].cells[1] == "example/bars at 1a2b3c, MIT"


def test_decisions_show_what_was_asked() -> None:
    rows = [row.cells[2] for row in report_of("ecosystem").table("decisions").rows]
    assert rows[0] == "BNB 8.00%, ETH 70.00%; staked ETH 60.00%"
    assert str(rows[1]).endswith("commit 12,000,000.00 to Rollup Sequencer SAFT")


def test_company_is_on_the_cover_and_the_treasury_in_the_text() -> None:
    result = run(scenario_of(panel_of({"BTC": [10.0, 10.0]})))
    report = build_report(result, manifest=manifest_of(result), mandate=(), company="Test Holdings plc")
    view = report_view(report, rows_max=60)
    assert (view["title"], view["subtitle"]) == ("Test Holdings plc", "Test")
    assert report.cover.treasury == "Test"
    assert report.summary[0].startswith("In this backtest Test ends on")
    assert "plc" not in " ".join(report.summary)


def test_measures_of_hourly_bars_speak_of_no_days() -> None:
    result = run(scenario_of(panel_of({"BTC": [10.0, 11.0, 10.5, 12.0]}, bar="1h"), Scripted(always=ALL_IN)))
    table = build_report(result, manifest=manifest_of(result), mandate=()).table("measures")
    text = " ".join(str(cell) for row in table.rows for cell in row.cells) + table.note
    assert "8,760 periods a year" in text
    assert "aily" not in text


def test_charts_name_the_file_they_are_drawn_from() -> None:
    report = report_of("ecosystem")
    assert all("parquet" in chart.alt for chart in report.charts)
    assert "tables of this report" not in " ".join(chart.alt for chart in report.charts)


def test_full_hashes_stand_once_in_the_appendix() -> None:
    result = run(scenario_of(panel_of({"BTC": [10.0, 10.0]})))
    manifest = manifest_of(result)
    view = str(report_view(build_report(result, manifest=manifest, mandate=()), rows_max=60))
    assert view.count(manifest["run_id"]) == 1
    assert view.count(manifest["data"][0]["sha256"]) == 1


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for _, row in table.iterrows()]
