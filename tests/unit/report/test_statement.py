"""The NAV statement against sums made by hand."""

from decimal import Decimal
from typing import Any

import pytest

from dat.report.record import Statement
from dat.report.statement import nav_statement, statement_table
from dat.report.track import track_of
from tests.unit.report.small_run import small_run, small_run_of
from tests.unit.report.worlds import WORLDS, run_world

# 1.23456789 * 30000.01 = 37037.0490456789; 2 * 30000.01 = 60000.02; 0.5 * 30000.01 = 15000.005, half to even.
_HOLDING = {"asset": "BTC", "liquid": 1.23456789, "staked": 2.0, "unbonding": 0.5, "price": 30000.01}
_DAY = {"cash": 100.005, "payable": 12.34, "venture_value": 70.0, "unfunded": 30.0, "shares": 1000.0}
_NAV = 37037.0490456789 + 60000.02 + 15000.005 + 100.005 + 70.0 - 12.34


def _statement() -> Statement:
    first = {str(name): value for name, value in small_run().daily.iloc[0].items()}
    day: dict[str, Any] = first | _DAY | {"nav": _NAV}
    holding = {**_HOLDING, "as_of": day["as_of"], "value": _NAV, "marked_at": day["as_of"]}
    ventures: list[dict[str, Any]] = [
        {"as_of": day["as_of"], "deal": "Rollup", "sector": "L2", "event": "commit", "amount": 100.0},
        {"as_of": day["as_of"], "deal": "Rollup", "sector": "L2", "event": "call", "amount": 70.0},
    ]
    return nav_statement(track_of(small_run_of([day], [holding], ventures=ventures)))


def test_each_line_is_units_times_price_to_the_cent() -> None:
    assert [(line.item, line.state, line.value) for line in _statement().lines] == [
        ("BTC", "liquid", Decimal("37037.05")),
        ("BTC", "staked", Decimal("60000.02")),
        ("BTC", "unbonding", Decimal("15000.00")),
        ("Cash", "USD", Decimal("100.00")),
        ("Rollup", "venture, at cost", Decimal("70.00")),
        ("Payable", "due, not yet paid", Decimal("-12.34")),
    ]


def test_total_is_the_sum_of_the_printed_lines_and_the_cent_left_is_shown() -> None:
    statement = _statement()
    assert statement.total == Decimal("112194.73")
    assert statement.rounding == Decimal("0.01")
    labels = [row.cells[0] for row in statement_table(statement, "USD").rows]
    assert labels[-3:] == [
        "Rounding: NAV of the run less this total",
        "Shares outstanding",
        "Net asset value per share",
    ]


def test_nav_per_share_divides_the_exact_total() -> None:
    statement = _statement()
    assert (statement.shares, statement.nav_per_share) == (Decimal(1000), Decimal("112.1947"))
    assert statement.unfunded == Decimal("30.00")


def test_without_rounding_and_shares_the_table_ends_with_the_total() -> None:
    statement = nav_statement(track_of(small_run()))
    assert statement.rounding == Decimal("0.00")
    assert statement_table(statement, "USD").rows[-1].cells[6] == Decimal("105.00")


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_adds_up_within_a_cent_a_line(name: str) -> None:
    statement = nav_statement(track_of(run_world(name)))
    total = Decimal(0)
    for line in statement.lines:
        assert line.value == line.value.quantize(Decimal("0.01"))
        total += line.value
    assert statement.total == total
    assert abs(statement.rounding) <= Decimal("0.01") * len(statement.lines)
