"""Runs of invented treasuries with consistent books, seeded, so that reports are tested without the engine.

Nothing here is a market model: prices are random walks, fills happen at the last close with a fixed cost.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from dat.backtest.result import COLUMNS, RunResult
from dat.core.time import BarSize

__all__ = ["World", "run_world"]

Rows = dict[str, list[dict[str, Any]]]
_FEE, _SPREAD, _IMPACT = 0.0010, 0.0004, 0.0001


@dataclass(frozen=True)
class World:
    """Facts of an invented treasury; `weights` of the first asset is the core coin's."""

    name: str
    mode: str
    weights: Mapping[str, float]
    prices: Mapping[str, float]
    days: int = 1825
    capital: float = 100_000_000.0
    monthly_inflow: float = 0.0
    shares: float = 0.0
    mnav: float = 0.0
    staked_frac: float = 0.0
    deals: tuple[tuple[str, str, float], ...] = ()
    rebalance_days: int = 0
    denied: tuple[str, ...] = ()
    denied_days: int = 400
    reason: str = "monthly return to the policy weights"
    seed: int = 7
    base: str = "USDT"
    start: datetime = datetime(2021, 1, 1, tzinfo=UTC)


@dataclass
class _State:
    cash: float = 0.0
    payable: float = 0.0
    shares: float = 0.0
    units: dict[str, float] = field(default_factory=dict)
    called: dict[str, float] = field(default_factory=dict)
    unfunded: dict[str, float] = field(default_factory=dict)
    day: dict[str, float] = field(default_factory=dict)

    def add(self, **amounts: float) -> None:
        for name, amount in amounts.items():
            self.day[name] = self.day.get(name, 0.0) + amount


def run_world(world: World) -> RunResult:
    """Simulate the world, one row per day."""
    paths = _paths(world)
    rows: Rows = {name: [] for name in COLUMNS}
    state = _State(shares=world.shares, units=dict.fromkeys(world.weights, 0.0))
    index = pd.date_range(pd.Timestamp(world.start), periods=world.days + 1, freq="D")
    for t in range(world.days):
        state.day = {}
        price = {asset: float(path[t]) for asset, path in paths.items()}
        before = {asset: float(path[max(t - 1, 0)]) for asset, path in paths.items()}
        _open(world, state, t, index[t], before, rows)
        _close(world, state, t, index[t + 1], price, rows)
    return RunResult(
        treasury=world.name,
        mode=world.mode,
        base=world.base,
        core=next(iter(world.weights)),
        assets=tuple(world.weights),
        bar=BarSize("1d"),
        **{name: _frame(name, rows[name]) for name in COLUMNS},
    )


def _paths(world: World) -> dict[str, Any]:
    rng = np.random.default_rng(world.seed)
    market = rng.normal(0.0014, 0.026, world.days)
    paths = {}
    for asset, first in world.prices.items():
        steps = market + rng.normal(0.0, 0.018, world.days) * (asset != next(iter(world.prices)))
        digits = 2 if first >= 100 else 4 if first >= 0.1 else 12
        paths[asset] = np.round(first * np.exp(np.cumsum(steps) - steps[0]), digits)
    return paths


def _open(
    world: World, state: _State, t: int, now: pd.Timestamp, price: dict[str, float], rows: Rows
) -> None:
    inflow = world.capital if t == 0 else world.monthly_inflow * (t % 30 == 0)
    state.cash += inflow
    state.add(flow_open=inflow)
    is_due = bool(world.rebalance_days and t and (t - 1) % world.rebalance_days == 0)
    is_new_money = bool((t == 1 or (inflow and t)) and sum(world.weights.values()))
    if is_due or is_new_money:
        _rebalance(world, state, now, price, rows)
    for deal in list(state.unfunded):
        _call(state, deal, t, now, rows)


def _call(state: _State, deal: str, t: int, now: pd.Timestamp, rows: Rows) -> None:
    amount = min(state.unfunded[deal], state.called.get(deal, 0.0) or state.unfunded[deal] / 12)
    if t % 30 or amount <= 0 or state.cash < amount:
        return
    amount = min(amount, state.unfunded[deal])
    state.cash -= amount
    state.unfunded[deal] -= amount
    state.called[deal] = state.called.get(deal, 0.0) + amount
    rows["ventures"].append({"as_of": now, "deal": deal, "sector": "", "event": "call", "amount": amount})


def _rebalance(world: World, state: _State, now: pd.Timestamp, price: dict[str, float], rows: Rows) -> None:
    total = max(0.0, state.cash - state.payable) + sum(state.units[a] * price[a] for a in state.units)
    wanted = {asset: weight * total * 0.998 for asset, weight in world.weights.items()}
    orders = {asset: wanted[asset] - state.units[asset] * price[asset] for asset in wanted}
    if world.mode == "passive":
        orders = {asset: max(0.0, min(order, state.cash * 0.998)) for asset, order in orders.items()}
    for asset in sorted(orders, key=lambda name: orders[name]):
        if abs(orders[asset]) > 0.001 * total:
            _fill(state, now, asset, orders[asset], price[asset], world.reason, rows)
    _decide(world, state, now, "weights", "approved", rows)


def _fill(
    state: _State, now: pd.Timestamp, asset: str, order: float, mid: float, reason: str, rows: Rows
) -> None:
    sign = 1.0 if order > 0 else -1.0
    units = round(abs(order) / mid, 8)
    price = mid * (1 + sign * (_SPREAD + _IMPACT))
    notional = units * price
    costs = {
        "fee_cost": notional * _FEE,
        "spread_cost": units * mid * _SPREAD,
        "impact_cost": units * mid * _IMPACT,
    }
    state.units[asset] += sign * units
    state.cash -= sign * notional + costs["fee_cost"]
    state.add(traded=notional, **costs)
    rows["fills"].append(
        {
            "as_of": now,
            "asset": asset,
            "side": "buy" if sign > 0 else "sell",
            "units": units,
            "mid_price": mid,
            "price": price,
            "notional": notional,
            "fee": costs["fee_cost"],
            "spread_cost": costs["spread_cost"],
            "impact_cost": costs["impact_cost"],
            "reason": reason,
        }
    )


def _decide(world: World, state: _State, now: pd.Timestamp, kind: str, outcome: str, rows: Rows) -> None:
    rows["decisions"].append(
        {
            "as_of": now,
            "kind": kind,
            "targets": json.dumps(dict(world.weights)),
            "trigger": "calendar",
            "reason": world.reason,
            "outcome": outcome,
            "breaches": "; ".join(world.denied) if outcome == "denied" else "",
            "inputs_hash": hashlib.sha256(f"{now}{state.cash}".encode()).hexdigest(),
        }
    )


def _close(
    world: World, state: _State, t: int, now: pd.Timestamp, price: dict[str, float], rows: Rows
) -> None:
    _commit(world, state, t, now, price, rows)
    _accrue(world, state, t, price)
    if world.denied and t % world.denied_days == world.denied_days - 1:
        _decide(world, state, now, "weights", "denied", rows)
    share_price = _issue(world, state, t, now, price, rows)
    for asset, units in state.units.items():
        staked = units * world.staked_frac * (asset == next(iter(world.weights)))
        row = {"as_of": now, "asset": asset, "liquid": units - staked, "staked": staked, "unbonding": 0.0}
        rows["holdings"].append(row | {"price": price[asset], "value": units * price[asset]})
    rows["daily"].append(_day(world, state, price, share_price) | {"as_of": now})


def _commit(
    world: World, state: _State, t: int, now: pd.Timestamp, price: dict[str, float], rows: Rows
) -> None:
    for place, (deal, sector, frac) in enumerate(world.deals):
        if t == 60 + 120 * place:
            nav = state.cash + sum(state.units[a] * price[a] for a in state.units)
            state.unfunded[deal] = round(nav * frac, 2)
            row = {"as_of": now, "deal": deal, "sector": sector, "event": "commit"}
            rows["ventures"].append(row | {"amount": state.unfunded[deal]})


def _accrue(world: World, state: _State, t: int, price: dict[str, float]) -> None:
    core = next(iter(world.weights))
    reward = state.units[core] * world.staked_frac * 0.03 / 365
    coins = sum(state.units[a] * price[a] for a in state.units)
    interest, fee = state.cash * 0.02 / 365, (coins + state.cash) * 0.0035 / 365
    state.units[core] += reward
    state.cash += interest
    state.payable += fee
    state.add(staking_income=reward * price[core], interest_income=interest, management_cost=fee)
    if t % 30 == 29 and state.cash > state.payable:
        state.cash, state.payable = state.cash - state.payable, 0.0


def _issue(
    world: World, state: _State, t: int, now: pd.Timestamp, price: dict[str, float], rows: Rows
) -> float:
    if not state.shares:
        return float("nan")
    coins = sum(state.units[a] * price[a] for a in state.units)
    mnav = max(0.4, world.mnav + 0.45 * np.sin(t / 130.0))
    share_price = float(mnav * coins / state.shares)
    if t % 30 != 20 or mnav < 1.2 or not coins:
        return share_price
    issued = round(state.shares * 0.015)
    frac, proceeds = issued / state.shares, issued * share_price
    row = {"as_of": now, "shares_issued": issued, "price": share_price, "mnav": mnav, "proceeds": proceeds}
    accretion = (1 + frac * mnav) / (1 + frac) - 1
    rows["issuances"].append(row | {"issued_frac": frac, "accretion_frac": accretion})
    state.shares += issued
    state.cash += proceeds
    state.add(flow_close=proceeds)
    return share_price


def _day(world: World, state: _State, price: dict[str, float], share_price: float) -> dict[str, float]:
    core = next(iter(world.weights))
    coins = sum(state.units[a] * price[a] for a in state.units)
    ventures = sum(state.called.values())
    nav = coins + state.cash + ventures - state.payable
    shares = state.shares or float("nan")
    return (
        dict.fromkeys(COLUMNS["daily"], 0.0)
        | state.day
        | {
            "nav": nav,
            "coin_value": coins,
            "cash": state.cash,
            "venture_value": ventures,
            "payable": state.payable,
            "unfunded": sum(state.unfunded.values()),
            "shares": state.shares,
            "nav_per_share": nav / shares,
            "hps": state.units[core] / shares,
            "mnav": share_price * state.shares / coins if coins else float("nan"),
            "share_price": share_price,
            "core_price": price[core],
        }
    )


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS[name])).astype(dict(COLUMNS[name]))
    if name == "daily":
        held = frame["hps"].where(frame["hps"] > 0)
        first = held.dropna().iloc[0] if held.notna().any() else float("nan")
        frame["coin_yield"] = held / first - 1.0
    return frame
