"""Record a run: one row per bar, and one per fill, decision, issuance and venture event."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dat.backtest.carry import Move
from dat.backtest.result import COLUMNS, RunResult
from dat.backtest.scenario import Scenario
from dat.backtest.sizing import Market, Trades
from dat.backtest.state import State
from dat.market.series import Floats, Instants
from dat.measures.multiples import coin_yield
from dat.orders.proposal import Breach, Proposal
from dat.treasury.capital import Contribution, Issuance
from dat.treasury.venture import Commitment

__all__ = ["FILLED_AT", "Tape"]

_STATES = ("liquid", "staked", "unbonding", "price")
FILLED_AT = MappingProxyType({"next_open": "open", "same_close": "close"})
"""Moment of a bar at which a scenario fills."""


class Tape:
    """Collects what a run did; `result` turns it into tables."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        rows, assets = len(scenario.rows), len(scenario.panel.assets)
        self._daily = {name: np.zeros(rows) for name in list(COLUMNS["daily"])[1:]}
        self._holdings = {name: np.zeros((rows, assets)) for name in _STATES}
        self._events: dict[str, list[tuple[Any, ...]]] = {name: [] for name in list(COLUMNS)[2:]}

    def add(self, number: int, figures: Mapping[str, float]) -> None:
        """Add figures to the row `number` of the daily table."""
        for name, value in figures.items():
            self._daily[name][number] += value

    def trades(self, number: int, trades: Trades, *, market: Market, at: datetime, reason: str) -> None:
        """Record the fills of one bar and their costs."""
        traded, when = np.flatnonzero(trades.units), (at, FILLED_AT[self._scenario.fill])
        units, price = np.abs(trades.units), trades.price
        of_volume = units * market.mid / market.adv
        size = (units, market.mid, price, units * price, of_volume)
        figures = (*size, trades.fee, trades.spread, trades.impact)
        for column, *row in zip(
            traded.tolist(), *(values[traded].tolist() for values in figures), strict=True
        ):
            side = "buy" if trades.units[column] > 0 else "sell"
            self._events["fills"].append((*when, self._scenario.panel.assets[column], side, *row, reason))
        total = {f"{kind}_cost": float(getattr(trades, kind).sum()) for kind in ("fee", "spread", "impact")}
        self.add(number, {**total, "traded": trades.notional})

    def decision(self, proposal: Proposal) -> None:
        """Record a decision with its inputs, outcome and reason."""
        targets, breaches = proposal.targets, "; ".join(breach.text for breach in proposal.breaches)
        promised = {promise.deal: promise.amount for promise in targets.commitments}
        asked = [_as_json(part) for part in (targets.amounts, targets.staked_frac, promised)]
        why = (proposal.trigger, targets.reason, proposal.outcome, breaches, proposal.inputs_hash)
        self._events["decisions"].append((proposal.as_of, targets.kind, *asked, *why))

    def contributions(self, at: datetime, came: Iterable[Contribution]) -> None:
        """Record money that came in at an open, with the shares issued for it."""
        self._events["contributions"].extend((at, money.amount, money.shares) for money in came)

    def issuance(self, at: datetime, sold: Issuance) -> None:
        """Record shares sold."""
        figures = (
            sold.shares_issued,
            sold.price,
            sold.mnav,
            sold.proceeds,
            sold.issued_frac,
            sold.accretion_frac,
            sold.price_to_nav,
        )
        self._events["issuances"].append((at, *figures))

    def moves(self, at: datetime, moment: str, moves: Iterable[Move]) -> None:
        """Record units that came into another state, and rewards."""
        rows = [(at, moment, move.asset, move.event, move.units, move.value) for move in moves if move.units]
        self._events["moves"].extend(rows)

    def call(self, at: datetime, moment: str, commitment: Commitment, *, amount: float) -> None:
        """Record a capital call that was paid."""
        self._events["ventures"].append((at, moment, commitment.deal, commitment.sector, "call", amount))

    def commit(self, at: datetime, commitment: Commitment) -> None:
        """Record a promise to a venture, made at a close."""
        row = (at, "close", commitment.deal, commitment.sector, "commit", commitment.amount)
        self._events["ventures"].append(row)

    def limits(self, at: datetime, breaches: tuple[Breach, ...]) -> None:
        """Record the limits that holdings are outside of at a close."""
        rows = [(at, breach.rule, breach.asset, breach.value, breach.limit) for breach in breaches]
        self._events["breaches"].extend(rows)

    def close(self, number: int, state: State, *, mnav: float) -> None:
        """Record the state at the close of a bar."""
        for name, values in zip(
            _STATES, (state.liquid, state.staked, state.unbonding, state.mark), strict=True
        ):
            self._holdings[name][number] = values
        coin_value, nav, shares = state.coin_value, state.nav, state.shares
        core = state.assets.index(self._scenario.core)
        per_share = 1.0 / shares if shares > 0 else np.nan
        multiple = mnav if shares > 0 and coin_value > 0 else np.nan
        figures = {
            "nav": nav,
            "coin_value": coin_value,
            "cash": state.cash,
            "venture_value": state.venture_value,
            "payable": state.payable,
            "reserved": sum(state.reserved) + state.released,
            "calls_due": state.calls_due,
            "unfunded": state.unfunded,
            "shares": shares,
            "nav_per_share": nav * per_share,
            "hps": state.units[core] * per_share,
            "hps_net": (coin_value + state.cash - state.payable) / state.mark[core] * per_share,
            "mnav": multiple,
            "share_price": multiple * coin_value * per_share,
            "core_price": state.mark[core],
        }
        for name, value in figures.items():
            self._daily[name][number] = value

    def result(self) -> RunResult:
        """Turn what was recorded into the tables of a result."""
        scenario, rows = self._scenario, self._scenario.rows
        panel, as_of = scenario.panel, scenario.panel.as_of[rows.start : rows.stop]
        for per_share, growth in (("hps", "coin_yield"), ("hps_net", "coin_yield_net")):
            self._daily[growth][:] = _growth(self._daily[per_share])
        self._daily["core_return"][:] = self._core_return()
        daily = pd.DataFrame({"as_of": as_of, **self._daily})
        tables = {"daily": daily, "holdings": self._holdings_table(as_of)}
        for name, events in self._events.items():
            tables[name] = pd.DataFrame(events, columns=list(COLUMNS[name]))
        typed = {name: _typed(name, table) for name, table in tables.items()}
        return RunResult(
            scenario.treasury,
            scenario.mode,
            scenario.base,
            scenario.core,
            assets=panel.assets,
            bar=panel.bar,
            **typed,
        )

    def _core_return(self) -> Floats:
        rows, panel = self._scenario.rows, self._scenario.panel
        column = panel.assets.index(self._scenario.core)
        marks, opens = panel.marks[rows.start : rows.stop, column], panel.open[rows.start : rows.stop, column]
        before = np.append(np.nan, marks[:-1])
        from_open: Floats = marks / np.where(np.isnan(before), opens, before) - 1.0
        return np.nan_to_num(from_open)

    def _holdings_table(self, as_of: Instants) -> pd.DataFrame:
        assets = self._scenario.panel.assets
        flat = {name: values.ravel() for name, values in self._holdings.items()}
        units = flat["liquid"] + flat["staked"] + flat["unbonding"]
        flat["value"] = np.where(units > 0, units * flat["price"], 0.0)
        names = {"as_of": np.repeat(as_of, len(assets)), "asset": np.tile(assets, len(as_of))}
        rows = self._scenario.rows
        marked_at = self._scenario.panel.marked_at[rows.start : rows.stop].ravel()
        return pd.DataFrame({**names, **flat, "marked_at": marked_at})


def _as_json(part: Mapping[str, float]) -> str:
    return json.dumps(dict(part), sort_keys=True) if part else "{}"


def _growth(values: Floats) -> Floats:
    held = np.flatnonzero(values > 0)
    if not len(held):
        return np.full(len(values), np.nan)
    growth = coin_yield(np.full(len(values), values[held[0]]), values)
    growth[: held[0]] = np.nan
    return growth


def _typed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    out = table.loc[:, list(COLUMNS[name])].copy()
    for column, dtype in COLUMNS[name].items():
        if dtype.startswith("datetime"):
            out[column] = pd.to_datetime(out[column], utc=True).astype("datetime64[us, UTC]")
        else:
            out[column] = out[column].astype(dtype)  # type: ignore[call-overload]
    return out
