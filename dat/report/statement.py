"""The NAV statement: exact figures whose printed lines add up, each coin with the source of its price."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pandas as pd

from dat.backtest.result import RunResult
from dat.core.money import EXACT, exact, quantise
from dat.report.record import Column, Row, Statement, StatementLine, Table
from dat.report.track import Track
from dat.report.writing import INSTANTS, count_of, decimals_needed, listed, money, number

__all__ = ["nav_statement", "places_for", "statement_table", "total_of"]

_CENT, _UNIT_PLACES, _PRICE_PLACES = 2, 8, 12
_NO_MARK = ("",) * 5
_STATES = {"liquid": "liquid", "staked": "staked", "unbonding": "unbonding"}


def nav_statement(track: Track, sources: Mapping[str, str] = MappingProxyType({})) -> Statement:
    """State the NAV at the last close, each line rounded to the cent.

    Parameters
    ----------
    track
        A run with at least one row.
    sources
        By asset: where its price comes from.

    Returns
    -------
    Statement
        value = units * price per line, half to even; the total is the sum of the lines.
    """
    result, last = track.result, track.last
    lines = (*_coin_lines(track, sources), *_money_lines(result, last))
    total = total_of(line.value for line in lines)
    shares = exact(last["shares"], 0 if float(last["shares"]).is_integer() else 4)
    per_share = EXACT.divide(total, shares) if shares else None
    return Statement(
        as_of=track.as_of,
        lines=lines,
        total=total,
        rounding=exact(last["nav"], _CENT) - total,
        shares=shares or None,
        nav_per_share=None if per_share is None else quantise(per_share, places_for(per_share)),
        unfunded=exact(last["unfunded"], _CENT),
        calls_due=exact(last["calls_due"], _CENT),
        closes_overdue=int((result.daily["calls_due"] > 0).sum()),
    )


def total_of(values: Iterator[Decimal]) -> Decimal:
    """Add without rounding.

    Examples
    --------
    >>> total_of(iter([Decimal("0.10"), Decimal("0.20")]))
    Decimal('0.30')
    """
    total = Decimal("0.00")
    for value in values:
        total = EXACT.add(total, value)
    return total


def places_for(value: Decimal, *, least: int = 4, digits: int = 5) -> int:
    """Choose the decimals that show `digits` digits of a small figure, at least `least`.

    Examples
    --------
    >>> places_for(Decimal("24.31")), places_for(Decimal("0.0000123"))
    (4, 9)
    """
    return least if not value else max(least, digits - 1 - value.adjusted())


def statement_table(statement: Statement, base: str) -> Table:
    """Set the statement as a table with its total, and the rounding difference when there is one."""
    prices = tuple(line.price for line in statement.lines if line.price is not None)
    columns = (
        Column("item", "Item", width=1.25),
        Column("state", "State", width=0.8),
        Column("units", "Units", "number", places=_UNIT_PLACES),
        Column("price", f"Price ({base})", "number", places=decimals_needed(prices)),
        Column("source", "Price source"),
        Column("marked_at", "Marked (UTC)", "day"),
        Column("value", f"Value ({base})", "money"),
        Column("share", "Of NAV", "percent"),
    )
    rows = [_row(line, statement.total) for line in statement.lines]
    total = ("Net asset value", *_NO_MARK, statement.total, _share(statement.total, statement.total))
    rows.append(Row(total, "total"))
    rows.extend(_below_total(statement, base))
    return Table(
        "statement",
        "Net asset value, line by line",
        columns,
        tuple(rows),
        len(rows),
        _statement_note(statement, base),
    )


def _coin_lines(track: Track, sources: Mapping[str, str]) -> Iterator[StatementLine]:
    holdings = track.result.holdings
    if holdings.empty:
        return
    latest = holdings[holdings["as_of"] == holdings["as_of"].iloc[-1]]
    for row in latest.to_dict("records"):
        for state, word in _STATES.items():
            units = exact(row[state], _UNIT_PLACES)
            if units:
                price = exact(row["price"], _PRICE_PLACES)
                value = quantise(EXACT.multiply(units, price), _CENT)
                line = StatementLine(str(row["asset"]), word, units, price, value)
                yield replace(line, **_marking(row, track, sources))


def _marking(row: Mapping[Any, Any], track: Track, sources: Mapping[str, str]) -> dict[str, Any]:
    known = None if pd.isna(row["marked_at"]) else row["marked_at"].to_pydatetime()
    stale = known is None or track.as_of - known >= track.result.bar.delta
    return {"source": sources.get(str(row["asset"]), ""), "marked_at": known, "is_stale": stale}


def _money_lines(result: RunResult, last: "pd.Series[float]") -> Iterator[StatementLine]:
    cash, reserved = exact(last["cash"], _CENT), exact(last["reserved"], _CENT)
    if reserved:
        yield StatementLine("Cash", "free", None, None, cash - reserved)
        yield StatementLine("Cash", "reserved: new money, not deployed yet", None, None, reserved)
    else:
        yield StatementLine("Cash", result.base, None, None, cash)
    calls = result.ventures[result.ventures["event"] == "call"]
    for deal, amount in calls.groupby("deal", sort=False)["amount"].sum().items():
        yield StatementLine(str(deal), "venture, at cost", None, None, exact(float(amount), _CENT))
    payable = exact(last["payable"], _CENT)
    if payable:
        yield StatementLine("Payable", "due, not yet paid", None, None, -payable)


def _row(line: StatementLine, total: Decimal) -> Row:
    mark = (line.units, line.price, line.source, line.marked_at)
    shown = ("" if cell is None else cell for cell in mark)
    share = _share(line.value, total)
    return Row((line.item, line.state, *shown, line.value, share), "alert" if line.is_stale else "plain")


def _share(value: Decimal, total: Decimal) -> Decimal | None:
    return quantise(EXACT.divide(value, total), 6) if total > 0 else None


def _below_total(statement: Statement, base: str) -> Iterator[Row]:
    if statement.rounding:
        yield Row(("Rounding: NAV of the run less this total", *_NO_MARK, statement.rounding, ""), "quiet")
    if statement.calls_due:
        label = f"Capital calls due and unpaid ({base}), outside this total"
        yield Row((label, *_NO_MARK, statement.calls_due, ""), "alert")
    if statement.shares is not None and statement.nav_per_share is not None:
        places = 0 if statement.shares == statement.shares.to_integral_value() else 4
        yield Row(("Shares outstanding", *_NO_MARK, number(statement.shares, places), ""))
        per_share = number(statement.nav_per_share, places_for(statement.nav_per_share))
        yield Row(("Net asset value per share", *_NO_MARK, per_share, ""), "total")


def _statement_note(statement: Statement, base: str) -> str:
    lines = [
        "Units times price, rounded to the cent, is the value; the total is the sum of the lines as printed.",
        INSTANTS,
    ]
    stale = listed(list(dict.fromkeys(line.item for line in statement.lines if line.is_stale)))
    if stale:
        lines.append(f"Stale: the mark of {stale} is a bar or more older than this statement.")
    if statement.unfunded:
        uncalled = EXACT.subtract(statement.unfunded, statement.calls_due)
        parts = {"due and unpaid": statement.calls_due, "not yet called": uncalled}
        promised = listed([f"{money(amount)} {base} {what}" for what, amount in parts.items() if amount])
        lines.append(f"Promised to ventures, outside this total: {promised}.")
    if statement.closes_overdue:
        lines.append(f"A capital call was overdue at {count_of(statement.closes_overdue, 'close')}.")
    return " ".join(lines)
