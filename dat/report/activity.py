"""Tables of what was done: transactions and costs."""

from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dat.core.money import EXACT, exact, exact_or_none, quantise
from dat.report.record import Column, Row, Table
from dat.report.statement import total_of
from dat.report.track import Track
from dat.report.writing import INSTANTS, count_of, day_of, decimals_needed, percent

__all__ = ["ENDS", "ROWS_MAX", "costs_table", "largest_trade", "long_table", "transaction_tables"]

ROWS_MAX = 2_000
"""A longer table keeps only its ends in the record; every row is in the run's Parquet file."""

ENDS = 20
"""Rows shown of each end of a table that is cut."""

_LARGE_FRAC = 0.1

_COST_WORDS = MappingProxyType(
    {
        "management": ("Management", "charged to the treasury for being run"),
        "fee": ("Trading fees", "charged by the venue on each fill"),
        "spread": ("Half-spread", "paid against the mid price on each fill"),
        "impact": ("Market impact", "the price moved by the size of each fill"),
    }
)


def transaction_tables(track: Track) -> tuple[Table, ...]:
    """Totals by asset, then every fill."""
    fills = track.result.fills
    if fills.empty:
        return ()
    return _totals(track, fills), _fills(track, fills)


def costs_table(track: Track) -> Table:
    """Costs by kind, their total, and each in basis points of average NAV a year."""
    amounts, total = track.costs, total_of(iter(track.costs.values()))
    average = float(track.result.daily["nav"].mean())
    rows = [
        Row((*_COST_WORDS[kind], amount, _bps(amount, average, track.years)))
        for kind, amount in amounts.items()
    ]
    rows.append(Row(("Total", "", total, _bps(total, average, track.years)), "total"))
    columns = (
        Column("kind", "Kind", width=1.0),
        Column("meaning", "What it is", width=2.0),
        Column("amount", f"Amount ({track.result.base})", "money"),
        Column("bps", "bp of NAV a year", "number", places=2),
    )
    mean = exact_or_none(average, 2)
    note = f"Average NAV {mean:,} {track.result.base}." if mean is not None else ""
    return Table("costs", "Costs by kind", columns, tuple(rows), len(rows), note)


def largest_trade(track: Track) -> str:
    """Say how large the largest trade was beside the average daily volume known before it."""
    fills = track.result.fills
    shares = fills["adv_frac"].dropna()
    if shares.empty:
        return "No trade has an average daily volume to be measured by." if len(fills) else ""
    row = fills.iloc[int(np.nanargmax(fills["adv_frac"].to_numpy()))]
    large, unknown = int((shares > _LARGE_FRAC).sum()), len(fills) - len(shares)
    text = (
        f"Largest trade: {_share_of_volume(float(shares.max()))} of average daily volume, {row['asset']} on "
    )
    text += f"{day_of(row['as_of'])}; {count_of(large, 'trade')} above {_share_of_volume(_LARGE_FRAC)}"
    return text + (f"; {count_of(unknown, 'trade')} before that volume was known." if unknown else ".")


def _share_of_volume(frac: float) -> str:
    places = 0 if frac >= 0.1 else 1 if frac >= 0.01 else 3
    return percent(exact(frac, 8), places=places)


def long_table(
    frame: pd.DataFrame,
    row_of: Callable[[dict[str, Any]], Row],
    *,
    key: str,
    title: str,
    columns: tuple[Column, ...],
    file: str,
    note: str = "",
) -> Table:
    """Make a table of a frame; beyond `ROWS_MAX` rows only its two ends.

    Parameters
    ----------
    frame
        One row each.
    row_of
        From a row as a dict to a printed row.
    key, title, columns, note
        As in `Table`.
    file
        Where every row is.
    """
    shown = frame if len(frame) <= ROWS_MAX else pd.concat([frame.head(ENDS), frame.tail(ENDS)])
    rows = tuple(row_of(row) for row in _records(shown))
    pointer = f"All {len(frame):,} rows are in {file}, in the folder of this run."
    return Table(key, title, columns, rows, len(frame), note, pointer)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _fills(track: Track, fills: pd.DataFrame) -> Table:
    base = track.result.base
    prices = tuple(_price(price) for price in fills["price"].tail(ROWS_MAX))
    columns = (
        Column("as_of", "Time (UTC)", "day"),
        Column("order", "Order"),
        Column("units", "Units", "number", places=8),
        Column("price", f"Price ({base})", "number", places=decimals_needed(prices)),
        Column("notional", f"Amount ({base})", "money"),
        Column("cost", "Costs", "money"),
        Column("reason", "Reason", width=1.0),
    )
    note = (
        "The price includes half-spread and impact. Costs are fee, half-spread and impact together. "
        f"Amount is units times price. {INSTANTS}"
    )
    return long_table(
        fills,
        _fill,
        key="transactions",
        title="All transactions",
        columns=columns,
        file="fills.parquet",
        note=note,
    )


def _fill(row: dict[str, Any]) -> Row:
    units, price = exact(row["units"], 8), _price(row["price"])
    cost = exact(row["fee"] + row["spread_cost"] + row["impact_cost"], 2)
    order = f"{str(row['side']).capitalize()} {row['asset']}"
    return Row(
        (
            row["as_of"].to_pydatetime(),
            order,
            units,
            price,
            exact(row["notional"], 2),
            cost,
            str(row["reason"]),
        )
    )


def _price(price: float) -> Decimal:
    # Five significant digits at least: a fill price carries the spread and has no natural end.
    return exact(price, 2 if price >= 100 else 4 if price >= 0.1 else 12)


def _totals(track: Track, fills: pd.DataFrame) -> Table:
    base = track.result.base
    columns = (
        Column("asset", "Asset", width=1.0),
        Column("buys", "Buys", "count"),
        Column("bought", "Units bought", "number", places=8),
        Column("paid", f"Paid ({base})", "money"),
        Column("sells", "Sells", "count"),
        Column("sold", "Units sold", "number", places=8),
        Column("received", f"Received ({base})", "money"),
    )
    rows = [
        Row((asset, *_side(part, "buy"), *_side(part, "sell")))
        for asset in track.result.assets
        if len(part := fills[fills["asset"] == asset])
    ]
    note = "Before fees. The section on net asset value leads from these units to those held."
    return Table("totals", "Transactions by asset", columns, tuple(rows), len(rows), note)


def _side(fills: pd.DataFrame, side: str) -> tuple[int, Decimal, Decimal]:
    part = fills[fills["side"] == side]
    return len(part), exact(float(part["units"].sum()), 8), exact(float(part["notional"].sum()), 2)


def _bps(amount: Decimal, average: float, years: float) -> Decimal | None:
    basis = exact_or_none(average * years, 8)
    if not basis or basis < 0:
        return None
    return quantise(EXACT.divide(amount * 10_000, basis), 2)
