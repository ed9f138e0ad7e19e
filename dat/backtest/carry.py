"""What happens to a treasury with the passing of time: interest, staking, costs, and returning coins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from dat.backtest.scenario import Scenario
from dat.backtest.state import State
from dat.market.series import Floats

__all__ = [
    "Carried",
    "Move",
    "accrue",
    "charge_decision",
    "pay_expenses",
    "release_unbonded",
    "stake_to_target",
    "staking_rates",
    "unstake_for_calls",
]


class Move(NamedTuple):
    """Units that came into another state, or were earned.

    Parameters
    ----------
    event
        ``stake``, ``unstake`` (asked back), ``unlock`` (liquid again) or ``reward``.
    asset, units
        Which, and how many.
    value
        Fair value of a reward, base currency; else 0.
    """

    event: str
    asset: str
    units: float
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Carried:
    """Income and cost of one bar, base currency, and the rewards that the staking income is made of."""

    interest: float
    staking: float
    management: float
    rewards: tuple[Move, ...] = ()


def staking_rates(scenario: Scenario) -> Floats:
    """Give the annual staking rate of each asset as known at each close; shape (bars, assets), nan as 0."""
    panel, rates = scenario.panel, np.zeros(scenario.panel.close.shape)
    for column, asset in enumerate(panel.assets):
        terms = scenario.staking.get(asset)
        if terms is None:
            continue
        rates[:, column] = terms.apr_frac
        if terms.apr_series is not None:
            rates[:, column] = np.nan_to_num(scenario.series[terms.apr_series].known_on(panel.as_of))
    return rates


def accrue(state: State, scenario: Scenario, *, rates: Floats) -> Carried:
    """Add one bar of interest, staking rewards and management cost; marks must be those of the close.

    Rewards are income at fair value and join the staked units.
    """
    days = scenario.panel.bar.delta.total_seconds() / 86400.0
    interest = scenario.running.interest(state.cash, days)
    rewards, staking = _earn(state, scenario, rates=rates, days=days)
    state.cash += interest
    management = scenario.running.accrued(state.nav, days)
    state.payable += management
    pay_expenses(state)
    return Carried(interest, staking, management, rewards)


def charge_decision(state: State, scenario: Scenario) -> float:
    """Charge the cost of one decision; gives it, base currency."""
    state.payable += scenario.running.per_decision
    pay_expenses(state)
    return scenario.running.per_decision


def pay_expenses(state: State) -> None:
    """Pay what is payable from cash that is not reserved, as far as it goes."""
    paid = min(state.payable, max(0.0, state.cash - sum(state.reserved)))
    state.cash -= paid
    state.payable -= paid


def release_unbonded(state: State, now: datetime) -> list[Move]:
    """Hand back the coins whose unbonding has ended; with them an unpaid call can be answered again."""
    released: list[Move] = []
    if any(free_at <= now for free_at, _, _ in state.returning):
        state.calls_answered = 0.0
    for free_at, column, units in state.returning:
        if free_at <= now:
            state.unbonding[column] = max(0.0, state.unbonding[column] - units)
            state.liquid[column] += units
            released.append(Move("unlock", state.assets[column], units))
    state.returning = [entry for entry in state.returning if entry[0] > now]
    return released


def stake_to_target(
    state: State, scenario: Scenario, *, wanted: Mapping[str, float], now: datetime
) -> list[Move]:
    """Stake liquid coins, or ask staked ones back, until the share of units in `wanted` is staked."""
    moves: list[Move] = []
    for asset, share in wanted.items():
        column = state.assets.index(asset)
        delta = share * state.units[column] - state.staked[column]
        if delta > 0:
            moved = min(delta, state.liquid[column])
            state.liquid[column] -= moved
            state.staked[column] += moved
            moves.append(Move("stake", asset, moved))
        elif delta < 0:
            moves.append(_ask_back(state, column, units=-delta, free_at=now + _unbonding(scenario, asset)))
    return moves


def unstake_for_calls(state: State, scenario: Scenario, *, now: datetime) -> list[Move]:
    """Ask staked coins back for the calls that neither cash nor coins on their way back will cover."""
    moves: list[Move] = []
    if not state.calls_due:
        return moves
    coming = float(np.nan_to_num(state.unbonding * state.mark).sum())
    short = -state.spendable - coming
    for column in np.flatnonzero((state.staked > 0) & (state.mark > 0)):
        units = min(float(state.staked[column]), short / float(state.mark[column]))
        if units > 0:
            free_at = now + _unbonding(scenario, state.assets[column])
            moves.append(_ask_back(state, int(column), units=units, free_at=free_at))
            short -= units * float(state.mark[column])
    return moves


def _ask_back(state: State, column: int, *, units: float, free_at: datetime) -> Move:
    state.staked[column] -= units
    state.unbonding[column] += units
    state.returning.append((free_at, column, units))
    return Move("unstake", state.assets[column], units)


def _unbonding(scenario: Scenario, asset: str) -> timedelta:
    terms = scenario.staking.get(asset)
    return timedelta(days=terms.unbonding_days if terms else 0.0)


def _earn(state: State, scenario: Scenario, *, rates: Floats, days: float) -> tuple[tuple[Move, ...], float]:
    if not state.staked.any():
        return (), 0.0
    rewards = np.zeros(len(state.assets))
    earning = np.flatnonzero(state.staked > 0)
    for column in earning:
        terms = scenario.staking.get(state.assets[column])
        if terms is not None:
            rewards[column] = terms.reward(state.staked[column], rates[column], days)
    state.staked = state.staked + rewards
    value = rewards * np.nan_to_num(state.mark)
    moves = (Move("reward", state.assets[at], float(rewards[at]), float(value[at])) for at in earning)
    return tuple(move for move in moves if move.units), float(value.sum())
