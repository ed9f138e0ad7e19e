"""A run of three days that can be checked by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from dat.backtest.result import COLUMNS, RunResult
from dat.core.time import BarSize

__all__ = ["small_run", "small_run_of"]

_FIRST = datetime(2024, 1, 31, tzinfo=UTC)


def small_run(**last: float) -> RunResult:
    """100 put in, one BTC bought with it at the first open for 40; closes of BTC 50, 60, 45.

    NAV is 110, 120, 105; `last` replaces values of the last day.
    """
    days = [_day(0, nav=110.0, price=50.0, flow_open=100.0, core_return=0.25, traded=40.0)]
    days += [_day(1, nav=120.0, price=60.0, core_return=0.2)]
    days.append(_day(2, nav=105.0, price=45.0, core_return=-0.25) | last)
    holdings = [
        {"as_of": day["as_of"], "asset": "BTC", "liquid": 1.0, "staked": 0.0, "unbonding": 0.0}
        | {"price": day["core_price"], "value": day["core_price"], "marked_at": day["as_of"]}
        for day in days
    ]
    bought = {"as_of": _FIRST - timedelta(days=1), "asset": "BTC", "side": "buy", "units": 1.0}
    bought |= {"mid_price": 40.0, "price": 40.0, "notional": 40.0, "reason": "first", "fee": 0.0}
    return small_run_of(days, holdings, fills=[bought | {"spread_cost": 0.0, "impact_cost": 0.0}])


def small_run_of(
    days: list[dict[str, Any]], holdings: list[dict[str, Any]], **tables: list[dict[str, Any]]
) -> RunResult:
    """A run of given rows; columns left out are 0."""
    rows = {"daily": days, "holdings": holdings} | tables
    return RunResult(
        treasury="Small",
        mode="passive",
        base="USD",
        core="BTC",
        assets=("BTC",),
        bar=BarSize("1d"),
        **{name: _frame(name, rows.get(name, [])) for name in COLUMNS},
    )


def _day(number: int, *, nav: float, price: float, **others: float) -> dict[str, Any]:
    day = dict.fromkeys(COLUMNS["daily"], 0.0) | {"nav": nav, "core_price": price, "cash": nav - price}
    undefined = dict.fromkeys(("nav_per_share", "hps", "hps_net", "mnav"), float("nan"))
    return day | undefined | others | {"as_of": _FIRST + timedelta(days=number)}


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS[name])).astype(dict(COLUMNS[name]))
