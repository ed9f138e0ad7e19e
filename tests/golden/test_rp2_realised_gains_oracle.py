"""Realised gains by FIFO, LIFO, HIFO and LOFO, against what the tax calculator `rp2` computed.

`make_rp2_reference.py` says how the reference was made. Which lots a sale draws on, and how much of each, is
the same to the last digit. `rp2` divides exactly and books keep cost to 8 decimals, so costs may differ by
a few of the last: one for each part that was drawn from a lot.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dat.core.time import parse_instant
from dat.ledger.entry import Entry
from dat.ledger.event import Event
from tests.kept_books import KeptBooks, open_event

CUT = Decimal("1e-8")


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("rp2_realised_gains.json").read_text())
    return loaded


def recorded(history: list[dict[str, str]], method: str) -> list[Entry]:
    """Record the history; entry `row` of what is given is that of row `row`."""
    books = KeptBooks([open_event(method=method)])
    for row, trade in enumerate(history):
        units, amount = Decimal(trade["units"]), Decimal(trade["amount"])
        event = Event("trade", parse_instant(trade["at"]), f"{row}", wallet="venue", asset="BTC", units=units)
        books.record(event._replace(currency="USD", amount=amount))
    return books.entries[1:]


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "lofo"])
def test_gains_and_lots_of_each_sale_equal_rp2(reference: dict[str, Any], method: str) -> None:
    entries, sales = recorded(reference["history"], method), reference["sales_by_method"][method]
    assert [sale["row"] for sale in sales] == [
        row for row, trade in enumerate(reference["history"]) if trade["units"].startswith("-")
    ]
    drawn_before = 0
    for sale in sales:
        entry = entries[sale["row"]]
        assert {move.lot: -move.units for move in entry.moves} == {
            row: Decimal(units) for row, units in sale["lots"].items()
        }
        drawn_before += len(entry.moves)
        gain = -sum(p.amount for p in entry.postings if p.account == "income:realised:BTC")
        cost = -sum(move.cost for move in entry.moves)
        assert abs(gain - Decimal(sale["gain"])) <= drawn_before * CUT
        assert abs(cost - Decimal(sale["cost"])) <= drawn_before * CUT


def test_the_methods_draw_on_different_lots(reference: dict[str, Any]) -> None:
    sales = reference["sales_by_method"]
    assert len(sales["fifo"]) >= 30
    assert sum(len(sale["lots"]) for sale in sales["fifo"]) > 2 * len(sales["fifo"])
    assert len({json.dumps(sales[method]) for method in sales}) == 4
