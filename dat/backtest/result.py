"""What a run leaves behind: tables with declared columns, in float64; the report makes them exact."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import pandas as pd

from dat.core.time import BarSize

__all__ = ["COLUMNS", "RunResult"]

_TIME = "datetime64[us, UTC]"

COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "daily": {
            "as_of": _TIME,  # close of the bar
            "nav": "float64",  # coins + cash + ventures at cost - payable, base currency
            "coin_value": "float64",
            "cash": "float64",
            "venture_value": "float64",
            "payable": "float64",
            "reserved": "float64",  # new money that is not deployed yet; part of cash
            "calls_due": "float64",  # capital calls that are due and not paid
            "unfunded": "float64",  # committed, not called; outside NAV
            "shares": "float64",
            "nav_per_share": "float64",  # nan without shares
            "hps": "float64",  # units of the core coin per share, every state
            "coin_yield": "float64",  # hps / hps at the first date with coins - 1
            "hps_net": "float64",  # (coins + cash - payable) / core price / shares
            "coin_yield_net": "float64",  # hps_net / hps_net at the first date it is above 0 - 1
            "mnav": "float64",  # share price * shares / coin_value
            "share_price": "float64",
            "flow_open": "float64",  # external money that came in at the open of the bar
            "flow_close": "float64",  # external money that came in at the close, after marking
            "interest_income": "float64",
            "staking_income": "float64",
            "fee_cost": "float64",
            "spread_cost": "float64",
            "impact_cost": "float64",
            "management_cost": "float64",
            "traded": "float64",  # buys plus sells, base currency
            "core_price": "float64",  # mark of the core coin
            "core_return": "float64",  # of the core coin; the first from its open
        },
        "holdings": {
            "as_of": _TIME,
            "asset": "str",
            "liquid": "float64",
            "staked": "float64",
            "unbonding": "float64",
            "price": "float64",
            "marked_at": _TIME,  # close of the bar that gave the price; NaT before the first
            "value": "float64",
        },
        "fills": {
            "as_of": _TIME,  # instant of the fill
            "moment": "str",  # open | close of a bar; the close of one is the open of the next
            "asset": "str",
            "side": "str",  # buy | sell
            "units": "float64",
            "mid_price": "float64",
            "price": "float64",  # with half-spread and impact
            "notional": "float64",  # units * price
            "adv_frac": "float64",  # of average daily volume; nan while that is not known
            "fee": "float64",
            "spread_cost": "float64",
            "impact_cost": "float64",
            "reason": "str",
        },
        "decisions": {
            "as_of": _TIME,
            "kind": "str",  # weights | units | spend | hold
            "targets": "str",  # JSON object, by asset
            "staked": "str",  # JSON object, staked share by asset
            "commitments": "str",  # JSON object, base currency by deal
            "trigger": "str",
            "reason": "str",
            "outcome": "str",  # approved | held | within_band | denied
            "breaches": "str",  # text of each, joined by '; '
            "inputs_hash": "str",
        },
        "contributions": {  # at opens; the first row is the capital that the treasury starts with
            "as_of": _TIME,
            "amount": "float64",
            "shares": "float64",  # issued for it
        },
        "issuances": {  # at closes
            "as_of": _TIME,
            "shares_issued": "float64",
            "price": "float64",
            "mnav": "float64",
            "proceeds": "float64",
            "issued_frac": "float64",
            "accretion_frac": "float64",  # coins per share if deployed at this mark, over before, - 1
            "price_to_nav": "float64",  # price over NAV per share
        },
        "moves": {
            "as_of": _TIME,
            "moment": "str",  # open | close
            "asset": "str",
            "event": "str",  # stake | unstake (asked back) | unlock (liquid again) | reward
            "units": "float64",
            "value": "float64",  # of a reward at its mark, base currency; else 0
        },
        "ventures": {
            "as_of": _TIME,
            "moment": "str",  # open | close
            "deal": "str",
            "sector": "str",
            "event": "str",  # commit | call
            "amount": "float64",
        },
        "breaches": {  # closes at which prices had carried holdings out of a limit
            "as_of": _TIME,
            "rule": "str",
            "name": "str",
            "value": "float64",
            "limit": "float64",
        },
    }
)
"""Table name to column name to dtype."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """All that a run produced; each table has the columns of `COLUMNS`, rows in time order.

    Parameters
    ----------
    treasury, mode, base, core
        Name, mode, base currency and core coin.
    assets
        Traded assets in column order.
    bar
        Length of a bar.
    daily, holdings, fills, decisions, contributions, issuances, moves, ventures, breaches
        Tables; `daily` and `holdings` have one row per bar (and asset), whatever the bar size. The others
        hold all that happened between two rows of them: `dat.backtest.posting` makes the books from it.
    """

    treasury: str
    mode: str
    base: str
    core: str
    assets: tuple[str, ...]
    bar: BarSize
    daily: pd.DataFrame
    holdings: pd.DataFrame
    fills: pd.DataFrame
    decisions: pd.DataFrame
    contributions: pd.DataFrame
    issuances: pd.DataFrame
    moves: pd.DataFrame
    ventures: pd.DataFrame
    breaches: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the order of `COLUMNS`."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name in COLUMNS}

    @property
    def costs(self) -> dict[str, float]:
        """Total cost by kind, base currency: fee, spread, impact, management."""
        return {
            kind: float(self.daily[f"{kind}_cost"].sum())
            for kind in ("fee", "spread", "impact", "management")
        }
