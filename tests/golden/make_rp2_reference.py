"""Write what `rp2`, a tax calculator, makes of purchases and sales by FIFO, LIFO, HIFO and LOFO.

This is no part of the tests: it ran once, in an environment of its own that has `rp2` and not `dat`::

    python3.11 -m venv /path/of/its/own
    /path/of/its/own/bin/python -m pip install "rp2==1.7.2"
    /path/of/its/own/bin/python tests/golden/make_rp2_reference.py

Purchases and sales are drawn at random, one every few days, each at a price of its own and without fees:
`rp2` puts lots in order by their price without fee, and holds all wallets as one.
"""

import json
import platform
import random
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

METHODS = ("fifo", "lifo", "hifo", "lofo")
CONFIGURATION = """
[general]
assets = BTC
exchanges = venue
holders = treasury
[in_header]
timestamp = 0
[out_header]
timestamp = 0
[intra_header]
timestamp = 0
"""


def history() -> list[dict[str, str]]:
    """Draw 100 purchases and sales; nothing is sold that is not held."""
    dice, held, at = random.Random(2024), Decimal(0), datetime(2021, 1, 4, tzinfo=UTC)
    prices, rows = dice.sample(range(300_000, 6_900_000), 100), list[dict[str, str]]()
    for price in prices:
        at += timedelta(hours=dice.randint(12, 240))
        sold = Decimal(dice.randint(1, 99)) / 100 * held if dice.random() < 0.4 else Decimal(0)
        units = -sold.quantize(Decimal("1e-6")) or Decimal(dice.randint(1, 4_000_000)).scaleb(-6)
        held += units
        amount = abs(units) * Decimal(price) / 100
        rows.append({"at": at.isoformat(), "units": f"{units:f}", "amount": f"{amount.normalize():f}"})
    return rows


def gains(rows: list[dict[str, str]], method: str) -> list[dict[str, Any]]:
    """Give gain and cost of each sale, and the rows of the purchases that it drew on."""
    computed = import_module("rp2.tax_engine").compute_tax(*_given(rows, method))
    found: dict[int, dict[str, Any]] = defaultdict(
        lambda: {"gain": Decimal(0), "cost": Decimal(0), "lots": {}}
    )
    for part in computed.gain_loss_set:
        sale = found[part.taxable_event.row]
        sale["gain"] += Decimal(str(part.fiat_gain))
        sale["cost"] += Decimal(str(part.fiat_cost_basis))
        sale["lots"][str(part.acquired_lot.row)] = str(part.crypto_amount.normalize())
    return [
        {"row": row, **{name: _text(value) for name, value in sale.items()}}
        for row, sale in sorted(found.items())
    ]


def _text(value: Any) -> Any:
    return value if isinstance(value, dict) else f"{value:.12f}"


def _given(rows: list[dict[str, str]], method: str) -> tuple[Any, Any, Any]:
    """Give what `rp2` takes: its configuration, its engine with one method for all years, and its input."""
    settings, number = import_module("rp2.configuration"), import_module("rp2.rp2_decimal").RP2Decimal
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(CONFIGURATION)
        file.flush()
        configuration = settings.Configuration(file.name, import_module("rp2.plugin.country.us").US())
    make_set, first, last = (
        import_module("rp2.transaction_set").TransactionSet,
        settings.MIN_DATE,
        settings.MAX_DATE,
    )
    sets = {name: make_set(configuration, name, "BTC", first, last) for name in ("IN", "OUT", "INTRA")}
    bought = import_module("rp2.in_transaction").InTransaction
    sold = import_module("rp2.out_transaction").OutTransaction
    for place, row in enumerate(rows):
        units, amount = number(row["units"]), number(row["amount"])
        price, where = amount / abs(units), (configuration, row["at"], "BTC", "venue", "treasury")
        if units > number("0"):
            sets["IN"].add_entry(bought(*where, "BUY", price, units, fiat_in_no_fee=amount, row=place))
        else:
            none = number("0")
            sets["OUT"].add_entry(
                sold(*where, "SELL", price, -units, none, fiat_out_no_fee=amount, row=place)
            )
    years = import_module("prezzemolo.avl_tree").AVLTree()
    years.insert_node(1970, import_module(f"rp2.plugin.accounting_method.{method}").AccountingMethod())
    engine = import_module("rp2.accounting_engine").AccountingEngine(years)
    return configuration, engine, import_module("rp2.input_data").InputData("BTC", *sets.values())


def main() -> None:
    rows = history()
    reference = {
        "made_by": "tests/golden/make_rp2_reference.py",
        "versions": {"rp2": version("rp2"), "python": platform.python_version()},
        "history": rows,
        "sales_by_method": {method: gains(rows, method) for method in METHODS},
    }
    path = Path(__file__).with_name("rp2_realised_gains.json")
    path.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
