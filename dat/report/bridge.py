"""How the NAV came about: money and income against costs and prices, and units from first to last."""

import math
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from dat.backtest.result import RunResult
from dat.core.money import EXACT, exact, quantise
from dat.market.series import Floats
from dat.report.record import Column, Row, Statement, Table
from dat.report.statement import total_of
from dat.report.track import COST_KINDS, Track

__all__ = ["movement_table", "price_gains", "units_table"]

_CENT, _UNIT_PLACES = 2, 8
_COST_WORDS = {
    "management": "Management cost",
    "fee": "Trading fees",
    "spread": "Half-spread paid",
    "impact": "Market impact",
}


def movement_table(track: Track, statement: Statement) -> Table:
    """Lead from nothing to the NAV: money put in, income, costs, and the change in value of each asset."""
    items = [*_money_items(track), *_gain_items(track)]
    rows = [Row((label, amount)) for label, amount in items if amount]
    left = statement.total - total_of(amount for _, amount in items)
    lines = len(rows) + len(statement.lines)
    if left:
        is_rounding = abs(left) < Decimal("0.01") * lines
        label = "Rounding of the lines to the cent" if is_rounding else "Not explained by the lines above"
        rows.append(Row((label, left), "quiet" if is_rounding else "alert"))
    rows.append(Row(("Net asset value", statement.total), "total"))
    columns = (
        Column("item", "Item", width=1.0),
        Column("amount", f"Amount ({track.result.base})", "signed_money"),
    )
    note = (
        "Change in value: units held times the change of their mark at every close, and for what was traded "
        "the mark less the mid price of the fill; no line is made to fit. What the rounding of each line to "
        "the cent leaves over has a line of its own."
    )
    return Table("movement", "From the first day to this NAV", columns, tuple(rows), len(rows), note)


def price_gains(result: RunResult) -> dict[str, float]:
    """Compute the change in value of each asset from marks and fills, base currency.

    Returns
    -------
    dict
        By asset: sum over the bars of units held before times the change of the mark, plus signed units of
        each fill times mark less mid price. Staking rewards count from the close that credits them.
    """
    if result.holdings.empty:
        return {}
    prices, units = _by_bar(result, "price"), _units_by_bar(result)
    gains = dict.fromkeys(result.assets, 0.0)
    steps = units[:-1] * np.nan_to_num(np.diff(prices, axis=0))
    for column, asset in enumerate(result.assets):
        gains[asset] = math.fsum(steps[:, column].tolist())
    fills = result.fills
    places = {asset: column for column, asset in enumerate(result.assets)}
    columns = fills["asset"].map(places).to_numpy(dtype=np.intp)
    signed = np.where(fills["side"] == "buy", 1.0, -1.0) * fills["units"].to_numpy()
    after = signed * (prices[_bars_of(result), columns] - fills["mid_price"].to_numpy())
    for column, asset in enumerate(result.assets):
        gains[asset] += math.fsum(after[columns == column].tolist())
    return gains


def units_table(track: Track, statement: Statement) -> tuple[Table, ...]:
    """Lead each asset from no units to those of the statement: bought, rewards, sold; none without a fill."""
    result = track.result
    rewards, is_derived = _rewards(result)
    rows = [_units_row(result, statement, asset, reward=rewards.get(asset)) for asset in result.assets]
    rows = [row for row in rows if any(row.cells[1:])]
    if not rows:
        return ()
    has_rounding = any(row.cells[5] for row in rows)
    titles = ("Opening", "Bought", "Staking rewards", "Sold", "Rounding", "Closing")
    figures = tuple(
        Column(title.split()[0].lower(), title, "number", places=_UNIT_PLACES) for title in titles
    )
    columns = (Column("asset", "Asset", width=1.0), *figures)
    shown = [place for place in range(7) if place != 5 or has_rounding]
    rows = [Row(tuple(row.cells[place] for place in shown), row.tone) for row in rows]
    kept = tuple(columns[place] for place in shown)
    return (
        Table(
            "units",
            "Units, from the first day to this statement",
            kept,
            tuple(rows),
            len(rows),
            _said(is_derived),
        ),
    )


def _said(is_derived: bool) -> str:
    how = (
        "Staking rewards are derived here, as closing less bought plus sold: several coins were staked, and "
        "the run records their income in one sum."
        if is_derived
        else "Staking rewards are summed by themselves, each day's income over that day's mark."
    )
    return f"Opening plus bought, rewards and rounding, less sold, is closing, in every state. {how}"


def _money_items(track: Track) -> list[tuple[str, Decimal]]:
    daily = track.result.daily
    issued = exact(track.result.issuances["proceeds"].sum(), _CENT)
    opening = exact(daily["flow_open"].iloc[0], _CENT)
    flows = exact(daily["flow_open"].sum() + daily["flow_close"].sum(), _CENT)
    return [
        ("Capital at the start", opening),
        ("Later contributions", flows - opening - issued),
        ("Shares issued, proceeds", issued),
        ("Staking income, at value on receipt", exact(daily["staking_income"].sum(), _CENT)),
        ("Interest on cash", exact(daily["interest_income"].sum(), _CENT)),
        *((_COST_WORDS[kind], -exact(daily[f"{kind}_cost"].sum(), _CENT)) for kind in COST_KINDS),
    ]


def _gain_items(track: Track) -> list[tuple[str, Decimal]]:
    gains = price_gains(track.result)
    return [(f"Change in value of {asset}", exact(gain, _CENT)) for asset, gain in gains.items()]


def _by_bar(result: RunResult, column: str) -> Floats:
    values = result.holdings[column].to_numpy(dtype=np.float64)
    return values.reshape(len(result.daily), len(result.assets))


def _units_by_bar(result: RunResult) -> Floats:
    return _by_bar(result, "liquid") + _by_bar(result, "staked") + _by_bar(result, "unbonding")


def _bars_of(result: RunResult) -> npt.NDArray[np.intp]:
    # A fill at the instant between two bars belongs to the later one, which opens there, unless it was made
    # at the very close: the amounts that each bar traded tell.
    closes, at = result.daily["as_of"].to_numpy(), result.fills["as_of"].to_numpy()
    later = np.searchsorted(closes, at, side="right")
    traded, notional = result.daily["traded"].to_numpy(), result.fills["notional"].to_numpy()
    if len(at) and later.max() < len(closes):
        sums = np.bincount(later, weights=notional, minlength=len(closes))
        if np.allclose(sums, traded, rtol=1e-9, atol=1e-6):
            return later
    return np.searchsorted(closes, at, side="left")


def _rewards(result: RunResult) -> tuple[dict[str, Decimal], bool]:
    # One staked coin: its rewards follow from the income. Several: they can only be derived.
    if result.holdings.empty:
        return {}, False
    held = _by_bar(result, "staked") > 0
    staked = [asset for column, asset in enumerate(result.assets) if held[:, column].any()]
    none = {asset: Decimal(0) for asset in result.assets if asset not in staked}
    if len(staked) != 1:
        return none, bool(staked)
    price = _by_bar(result, "price")[:, result.assets.index(staked[0])]
    income = result.daily["staking_income"].to_numpy(dtype=np.float64)
    units = math.fsum((income[income > 0] / price[income > 0]).tolist())
    return none | {staked[0]: exact(units, _UNIT_PLACES)}, False


def _units_row(result: RunResult, statement: Statement, asset: str, *, reward: Decimal | None) -> Row:
    bought, sold = (_filled(result.fills, asset, side) for side in ("buy", "sell"))
    lines = (line.units for line in statement.lines if line.item == asset and line.units is not None)
    closing = quantise(total_of(lines), _UNIT_PLACES)
    left = EXACT.add(EXACT.subtract(closing, bought), sold)
    rewards, rounding = (left, Decimal(0)) if reward is None else (reward, EXACT.subtract(left, reward))
    is_odd = abs(rounding) > Decimal("1e-6") + Decimal("1e-9") * max(bought, closing)
    tone = "alert" if is_odd else "plain"
    return Row((asset, Decimal(0), bought, rewards, -sold, rounding, closing), tone)


def _filled(fills: pd.DataFrame, asset: str, side: str) -> Decimal:
    units = fills.loc[(fills["asset"] == asset) & (fills["side"] == side), "units"]
    return exact(math.fsum(units.tolist()), _UNIT_PLACES)
