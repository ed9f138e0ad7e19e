"""The books of a run in memory, read balance by balance, and the tables of the run to hold them against.

Tolerances follow from what posting does: each entry is rounded to its decimals, half a unit in the last
place; the engine itself takes 1e-11 of what moves for rounding; a fill that is nothing at those decimals is
left out. One more of each for what takes a whole balance.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from dat.backtest.posting import UNKNOWN_PLACES, recorded_at, run_events
from dat.backtest.result import RunResult
from dat.ledger.books import Books
from dat.ledger.commodity import COMMODITIES
from dat.ledger.entry import Entry

__all__ = [
    "ENGINE_FRAC",
    "STATES",
    "Posted",
    "Tolerance",
    "balances_at_closes",
    "gap_of",
    "post",
    "tolerance_of",
]

STATES = {"liquid": "", "staked": ":staked", "unbonding": ":unbonding"}
ENGINE_FRAC = 1e-11
Sums = dict[tuple[str, str], Decimal]


class Posted(NamedTuple):
    """What was recorded, in order, and the books after it."""

    entries: list[Entry]
    books: Books

    @property
    def sums(self) -> Sums:
        """Every balance at the end, by account and commodity."""
        return dict(next(balances_at_closes(self.entries, [self.entries[-1].event.at])))

    def under(self, *roots: str) -> float:
        """Sum of all that lies in accounts below these, base currency and others alike."""
        return float(sum(amount for (account, _), amount in self.sums.items() if account.startswith(roots)))


class Tolerance(NamedTuple):
    """How far books and tables may be apart: money, and units by asset."""

    money: float
    units: dict[str, float]


def post(result: RunResult, method: str = "fifo", *, wash_days: int = 0) -> Posted:
    """Record a run in new books."""
    books = Books()
    events = run_events(result, method=method, wash_days=wash_days)
    return Posted([books.record(event, recorded_at=recorded_at(event)) for event in events], books)


def balances_at_closes(entries: list[Entry], closes: Sequence[datetime]) -> Iterator[Sums]:
    """Give the balances of all that happened up to each close, of closes in time order."""
    sums: Sums = defaultdict(Decimal)
    done = 0
    for close in closes:
        while done < len(entries) and entries[done].event.at <= close:
            for posting in entries[done].postings:
                sums[posting.account, posting.commodity] += posting.amount
            done += 1
        yield sums


def tolerance_of(result: RunResult, entries: list[Entry], *, frac: float = ENGINE_FRAC) -> Tolerance:
    """Follow from the number of entries, a fraction of what moved, and the fills that are nothing."""
    fills, moves = result.fills, result.moves
    scale = {asset: places_of(asset) for asset in result.assets}
    is_nothing = (fills["notional"] <= 0.6e-8) | (
        fills["units"] <= 0.6 * 10.0 ** -fills["asset"].map(scale).astype("float64")
    )
    calls = (result.ventures["event"] == "call").sum() * result.daily["nav"].max()
    moved = fills["notional"].sum() + result.contributions["amount"].sum() + calls
    moved += (
        result.issuances["proceeds"].sum() + result.daily[["management_cost", "interest_income"]].sum().sum()
    )
    left_out = fills.loc[is_nothing, ["notional", "fee"]].sum().sum()
    units = {}
    for asset, places in scale.items():
        of_asset = [table.loc[table["asset"] == asset, "units"].sum() for table in (fills, moves)]
        nothing = fills.loc[is_nothing & (fills["asset"] == asset), "units"].sum()
        units[asset] = len(entries) * 10.0**-places + 2 * frac * sum(of_asset) + nothing
    return Tolerance(len(entries) * 1e-8 + 2 * frac * moved + left_out, units)


def gap_of(result: RunResult, row: int, sums: Sums, allowed: Tolerance) -> float:
    """Give the largest difference between books and tables at a close, as a share of what is allowed."""
    base, day = result.base, result.daily.iloc[row]
    held = result.holdings.iloc[row * len(result.assets) : (row + 1) * len(result.assets)]
    money = {
        "cash": sums["assets:treasury", base],
        "payable": -sums["liabilities:payable", base],
        "shares": -sums["equity:shares:COMMON", "COMMON"],
        "venture_value": _total(sums, "assets:venture:"),
        "unfunded": -_total(sums, "equity:commitments:"),
    }
    gaps = [abs(float(amount) - day[name]) / allowed.money for name, amount in money.items()]
    coins = allowed_coins = 0.0
    for coin in held.to_dict("records"):
        counts = {state: float(sums["assets:treasury" + end, coin["asset"]]) for state, end in STATES.items()}
        gaps += [abs(count - coin[state]) / allowed.units[coin["asset"]] for state, count in counts.items()]
        price = np.nan_to_num(coin["price"])
        coins += sum(counts.values()) * price
        allowed_coins += 3 * allowed.units[coin["asset"]] * price
    nav = coins + float(money["cash"] + money["venture_value"] - money["payable"])
    nav_gap = abs(nav - day["nav"]) / (3 * allowed.money + allowed_coins)
    return float(max(*gaps, nav_gap))


def places_of(asset: str) -> int:
    """Decimals of an asset in these books."""
    return COMMODITIES[asset].scale if asset in COMMODITIES else UNKNOWN_PLACES


def _total(sums: Sums, root: str) -> Decimal:
    return sum((amount for (account, _), amount in sums.items() if account.startswith(root)), Decimal(0))
