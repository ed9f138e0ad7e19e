"""The NAV statement and how it came about: exact figures whose printed lines add up."""

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from dat.backtest.result import RunResult
from dat.core.money import EXACT, exact, quantise
from dat.report.record import Column, Row, Statement, StatementLine, Table
from dat.report.track import COST_KINDS, Track
from dat.report.writing import decimals_needed, money, number

__all__ = ["movement_table", "nav_statement", "places_for", "statement_table", "total_of"]

_CENT, _UNIT_PLACES, _PRICE_PLACES = 2, 8, 12
_STATES = {"liquid": "liquid", "staked": "staked", "unbonding": "unbonding"}
_COST_WORDS = {
    "management": "Management cost",
    "fee": "Trading fees",
    "spread": "Half-spread paid",
    "impact": "Market impact",
}


def nav_statement(track: Track) -> Statement:
    """State the NAV at the last close, each line rounded to the cent.

    Parameters
    ----------
    track
        A run with at least one row.

    Returns
    -------
    Statement
        value = units * price per line, half to even; the total is the sum of the lines.
    """
    result, last = track.result, track.last
    lines = (*_coin_lines(result), *_money_lines(result, last))
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
        Column("item", "Item", width=1.5),
        Column("state", "State", width=1.0),
        Column("units", "Units", "number", places=_UNIT_PLACES),
        Column("price", f"Price ({base})", "number", places=decimals_needed(prices)),
        Column("value", f"Value ({base})", "money"),
        Column("share", "Share of NAV", "percent"),
    )
    rows = [
        Row(
            (
                line.item,
                line.state,
                _or_blank(line.units),
                _or_blank(line.price),
                line.value,
                _share(line.value, statement.total),
            )
        )
        for line in statement.lines
    ]
    rows.append(
        Row(
            ("Net asset value", "", "", "", statement.total, _share(statement.total, statement.total)),
            "total",
        )
    )
    rows.extend(_below_total(statement))
    return Table(
        "statement",
        "Net asset value, line by line",
        columns,
        tuple(rows),
        len(rows),
        _statement_note(statement, base),
    )


def movement_table(track: Track, statement: Statement) -> Table:
    """Lead from nothing to the NAV: money put in, income, costs, and the change in coin values as balance."""
    daily = track.result.daily
    issued = exact(track.result.issuances["proceeds"].sum(), _CENT)
    opening = exact(daily["flow_open"].iloc[0], _CENT)
    flows = exact(daily["flow_open"].sum() + daily["flow_close"].sum(), _CENT)
    items = [
        ("Capital at the start", opening),
        ("Later contributions", flows - opening - issued),
        ("Shares issued, proceeds", issued),
        ("Staking income, at value on receipt", exact(daily["staking_income"].sum(), _CENT)),
        ("Interest on cash", exact(daily["interest_income"].sum(), _CENT)),
        *((_COST_WORDS[kind], -exact(daily[f"{kind}_cost"].sum(), _CENT)) for kind in COST_KINDS),
    ]
    change = statement.total - total_of(amount for _, amount in items)
    rows = [Row((label, amount)) for label, amount in items if amount]
    rows.append(Row(("Change in value of coins, at mid prices (balance)", change)))
    rows.append(Row(("Net asset value", statement.total), "total"))
    columns = (
        Column("item", "Item", width=1.0),
        Column("amount", f"Amount ({track.result.base})", "signed_money"),
    )
    note = (
        "The change in value is what remains after every other line; all lines add up to the total exactly."
    )
    return Table("movement", "From the first day to this NAV", columns, tuple(rows), len(rows), note)


def _coin_lines(result: RunResult) -> Iterator[StatementLine]:
    holdings = result.holdings
    if holdings.empty:
        return
    latest = holdings[holdings["as_of"] == holdings["as_of"].iloc[-1]]
    for row in latest.to_dict("records"):
        for state, word in _STATES.items():
            units = exact(row[state], _UNIT_PLACES)
            if units:
                price = exact(row["price"], _PRICE_PLACES)
                value = quantise(EXACT.multiply(units, price), _CENT)
                yield StatementLine(str(row["asset"]), word, units, price, value)


def _money_lines(result: RunResult, last: "pd.Series[float]") -> Iterator[StatementLine]:
    yield StatementLine("Cash", result.base, None, None, exact(last["cash"], _CENT))
    calls = result.ventures[result.ventures["event"] == "call"]
    for deal, amount in calls.groupby("deal", sort=False)["amount"].sum().items():
        yield StatementLine(str(deal), "venture, at cost", None, None, exact(float(amount), _CENT))
    payable = exact(last["payable"], _CENT)
    if payable:
        yield StatementLine("Payable", "due, not yet paid", None, None, -payable)


def _or_blank(value: Decimal | None) -> Decimal | str:
    return "" if value is None else value


def _share(value: Decimal, total: Decimal) -> Decimal | None:
    return quantise(EXACT.divide(value, total), 6) if total > 0 else None


def _below_total(statement: Statement) -> Iterator[Row]:
    if statement.rounding:
        label = "Rounding: NAV of the run less this total"
        yield Row((label, "", "", "", statement.rounding, ""), "quiet")
    if statement.shares is not None and statement.nav_per_share is not None:
        shares = number(
            statement.shares, 0 if statement.shares == statement.shares.to_integral_value() else 4
        )
        yield Row(("Shares outstanding", "", "", "", shares, ""))
        per_share = number(statement.nav_per_share, places_for(statement.nav_per_share))
        yield Row(("Net asset value per share", "", "", "", per_share, ""), "total")


def _statement_note(statement: Statement, base: str) -> str:
    lines = (
        "Units times price, rounded to the cent, is the value; the total is the sum of the lines as printed."
    )
    if statement.unfunded:
        promised = f"{money(statement.unfunded)} {base}"
        lines += f" Promised to ventures and not yet called, outside this total: {promised}."
    return lines
