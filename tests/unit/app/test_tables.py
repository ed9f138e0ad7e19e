"""Tables on the terminal: names and figures are printed whole, however many columns there are."""

from decimal import Decimal

import pytest

from dat.app.cli.tables import report_table, show
from dat.report.record import Column, Row, Table

NAMES = ("Ethereum Ecosystem", "Passive BTC")


def wide_table(figures: int) -> Table:
    columns = [Column("treasury", "Treasury"), Column("mode", "Mode")]
    columns += [Column(f"figure{number}", f"Coin yield gross {number}", "money") for number in range(figures)]
    amounts = [Decimal(f"{number + 1}234567.89") for number in range(figures)]
    rows = tuple(Row((name, "multi_asset", *amounts)) for name in NAMES)
    return Table("results", "Results", tuple(columns), rows, len(rows), "")


@pytest.mark.parametrize("figures", [1, 8, 12])
def test_no_name_and_no_figure_is_cut(figures: int, capsys: pytest.CaptureFixture[str]) -> None:
    show(report_table(wide_table(figures)))
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    for name in NAMES:
        [line] = [line for line in lines if name in line]
        amounts = [f"{number + 1},234,567.89" for number in range(figures)]
        assert all(amount in line for amount in (*amounts, "multi_asset"))
    assert "…" not in printed


def test_a_heading_is_broken_over_narrow_figures(capsys: pytest.CaptureFixture[str]) -> None:
    show(report_table(wide_table(8)))
    headings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("┃")]
    assert [line.count("Coin yield") for line in headings] == [8, 0]
    assert [line.count("gross") for line in headings] == [0, 8]
