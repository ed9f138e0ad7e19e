"""Tables of shares issued and of commitments to ventures."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd

from dat.core.money import EXACT, exact, exact_or_none, quantise
from dat.report.activity import long_table
from dat.report.record import Column, Figures, Row, Statement, Table
from dat.report.statement import total_of
from dat.report.track import Track, placed_shares
from dat.report.writing import INSTANTS, NONE, decimals_needed, money, number, percent

__all__ = ["accretion_table", "commitments_table", "issuances_table", "issued_table"]


def issuances_table(track: Track) -> Table:
    """Each issuance with its multiple and what it did to coins per share."""
    issued, base = track.result.issuances, track.result.base
    after = track.result.daily.set_index("as_of")["shares"]
    issued = issued.assign(after=issued["as_of"].map(after))
    prices = tuple(_price(price) for price in issued["price"])
    columns = (
        Column("as_of", "Date (UTC)", "day", width=1.0),
        Column("shares_issued", "Shares issued", "count"),
        Column("issued_frac", "Of all shares", "percent", places=3),
        Column("after", "Shares after", "count"),
        Column("price", f"Price, assumed ({base})", "number", places=decimals_needed(prices)),
        Column("proceeds", f"Proceeds, net ({base})", "money"),
        Column("mnav", "mNAV, assumed", "number", places=3),
        Column("price_to_nav", "Price / NAV", "number", places=3),
        Column("accretion_frac", "Accretion", "change", places=4),
    )
    note = (
        "Proceeds: shares times price, less underwriting cost. Accretion: coins per share if the proceeds "
        "buy coins at this mark, over those before, minus 1: without that cost (1 + s m) / (1 + s) - 1. "
        "Price / NAV, per share: below 1 the sale diluted NAV per share, whatever mNAV says: mNAV leaves out "
        f"cash. {INSTANTS}"
    )
    return long_table(
        issued,
        _issuance,
        key="issuances",
        title="Shares issued",
        columns=columns,
        file="issuances.parquet",
        note=note,
    )


def issued_table(track: Track) -> Table:
    """From the share count at the start to that at the end; shares placed apart from the rule stand alone."""
    issued, daily, base = track.result.issuances, track.result.daily, track.result.base
    start, end = exact(daily["shares"].iloc[0], 0), exact(daily["shares"].iloc[-1], 0)
    shares, proceeds = exact(issued["shares_issued"].sum(), 0), exact(issued["proceeds"].sum(), 2)
    placed = placed_shares(track)
    rows = [Row(("Shares at the start", start, ""))]
    rows += [Row(("Issued by the rule, and the proceeds, net", shares, proceeds))] if shares else []
    rows += [Row(("Placed for contributions" if placed > 0 else "Bought back", placed, ""))] if placed else []
    rows.append(Row(("Shares at the end", end, ""), "total"))
    columns = (
        Column("item", "Item", width=1.0),
        Column("shares", "Shares", "count"),
        Column("proceeds", f"Amount ({base})", "money"),
    )
    return Table("shares", "Share count", columns, tuple(rows), len(rows))


def accretion_table(track: Track, figures: Figures) -> Table:
    """All issuances together: what they promised for coins per share, beside what came of it."""
    issued, base = track.result.issuances, track.result.base
    factors = 1.0 + issued["accretion_frac"].to_numpy(dtype=float)
    raised = exact(issued["proceeds"].sum(), 2)
    promised = exact_or_none(float(factors.prod()) - 1.0, 8)
    rows = (
        Row(("Shares issued in all", number(exact(issued["shares_issued"].sum(), 0), 0))),
        Row((f"Proceeds in all, after underwriting cost ({base})", money(raised))),
        Row(("Accretion of all issuances, multiplied", _changed(promised))),
        Row(("Coin yield gross, realised over the run", _changed(figures.coin_yield)), "total"),
    )
    columns = (Column("item", "Item", width=1.0), Column("value", "Value", "mixed"))
    note = (
        "The last two differ because accretion takes the proceeds to buy coins at once, at the mark of the "
        "issuance and without cost; the realised yield has the later prices and costs, what other cash "
        "bought, staking rewards, coins sold, and running costs."
    )
    return Table("accretion", "Issuances together, and the realised yield", columns, rows, len(rows), note)


def commitments_table(track: Track, statement: Statement) -> Table:
    """By deal: committed, called and paid (the value at cost), due and unpaid, not yet called, of NAV."""
    ventures, base = track.result.ventures, track.result.base
    deals = [(str(deal), events) for deal, events in ventures.groupby("deal", sort=False)]
    open_deals = sum(_unpaid(events) > 0 for _, events in deals)
    rows = [_deal(deal, events, statement, is_alone=open_deals == 1) for deal, events in deals]
    committed, called = (total_of(_amounts(rows, place)) for place in (3, 4))
    due = statement.calls_due
    sums = (committed, called, due, committed - called - due)
    rows.append(Row(("All deals", "", "", *sums, _share(called, statement.total)), "total"))
    columns = (
        Column("deal", "Deal", width=1.5),
        Column("sector", "Sector", width=1.2),
        Column("committed_on", "Committed", "day"),
        Column("committed", f"Committed ({base})", "money"),
        Column("called", "Called and paid", "money"),
        Column("due", "Due and unpaid", "money"),
        Column("uncalled", "Not yet called", "money"),
        Column("share", "Of NAV", "percent"),
    )
    note = (
        "Ventures are carried at cost, which is what was called and paid. What is due and unpaid, and what "
        "is not yet called, is outside the NAV."
    )
    if due and open_deals > 1:
        note += " The run records what is due for all deals together, not by deal."
    return Table("commitments", "Commitments to ventures", columns, tuple(rows), len(rows), note)


def _amounts(rows: list[Row], place: int) -> Iterator[Decimal]:
    return (cell for row in rows if isinstance(cell := row.cells[place], Decimal))


def _issuance(row: dict[str, Any]) -> Row:
    return Row(
        (
            row["as_of"].to_pydatetime(),
            exact(row["shares_issued"], 0),
            exact_or_none(row["issued_frac"], 8),
            exact(row["after"], 0),
            _price(row["price"]),
            exact(row["proceeds"], 2),
            exact_or_none(row["mnav"], 6),
            exact_or_none(row["price_to_nav"], 6),
            exact_or_none(row["accretion_frac"], 8),
        ),
        "alert" if row["price_to_nav"] < 1.0 else "plain",
    )


def _changed(value: Decimal | None) -> str:
    return NONE if value is None else percent(value, signed=True)


def _price(price: float) -> Decimal:
    return exact(price, 4 if price >= 0.1 else 10)


def _deal(deal: str, events: pd.DataFrame, statement: Statement, *, is_alone: bool) -> Row:
    commits = events[events["event"] == "commit"]
    committed, called = _event_sum(events, "commit"), _event_sum(events, "call")
    unpaid, due = committed - called, statement.calls_due
    # What is due is known for all deals together: it is that of a deal when no other is open.
    split = (due, unpaid - due) if is_alone and unpaid else (Decimal("0.00"), unpaid)
    shown = split if not due or is_alone or not unpaid else (None, None)
    sector = next((str(name) for name in events["sector"] if str(name)), "")
    made_on = commits["as_of"].iloc[0].to_pydatetime() if len(commits) else None
    return Row((deal, sector, made_on, committed, called, *shown, _share(called, statement.total)))


def _event_sum(events: pd.DataFrame, kind: str) -> Decimal:
    return exact(events.loc[events["event"] == kind, "amount"].sum(), 2)


def _unpaid(events: pd.DataFrame) -> Decimal:
    return _event_sum(events, "commit") - _event_sum(events, "call")


def _share(value: Decimal, nav: Decimal) -> Decimal | None:
    return quantise(EXACT.divide(value, nav), 6) if nav > 0 else None
