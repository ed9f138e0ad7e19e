"""Carry an approved proposal out: trade what has a price now, keep the rest for the next bar."""

from dataclasses import dataclass, replace

import numpy as np

from dat.backtest.sizing import ROUNDING, Market, Trades, size_spend, size_units, size_weights
from dat.backtest.state import State
from dat.market.series import Floats
from dat.orders.proposal import Proposal
from dat.orders.targets import Targets

__all__ = ["Filled", "carry_out", "join_waiting", "ordered"]

_UNNAMED = {"weights": 0.0, "units": np.nan, "spend": 0.0, "hold": np.nan}  # nan is left as it is


@dataclass(frozen=True, slots=True)
class Filled:
    """What was traded, and what still waits for a bar."""

    trades: Trades
    waiting: Proposal | None


def carry_out(state: State, proposal: Proposal, market: Market) -> Filled:
    """Trade a proposal at the prices of a bar and book it in the state.

    Assets without a bar wait: the part of the proposal that would buy or sell them is given back.
    """
    targets = proposal.targets
    trades = _size(state, targets, market)
    state.liquid = np.maximum(state.liquid + trades.units, 0.0)  # lots of 0.1 sell 0.30000000000000004
    state.cash += trades.cash
    if -ROUNDING * max(trades.notional, 1.0) < state.cash < 0.0:
        state.cash = 0.0
    return Filled(trades, _waiting(state, proposal, market))


def _size(state: State, targets: Targets, market: Market) -> Trades:
    wanted = _wanted(state, targets)
    if targets.kind == "spend":
        return size_spend(market, wanted, spendable=state.spendable)
    size = size_units if targets.kind == "units" else size_weights
    return size(market, wanted, held=state.units, sellable=state.liquid, spendable=state.spendable)


def _wanted(state: State, targets: Targets) -> Floats:
    unnamed = _UNNAMED[targets.kind]
    return np.array([targets.amounts.get(asset, unnamed) for asset in state.assets])


def _waiting(state: State, proposal: Proposal, market: Market) -> Proposal | None:
    if market.tradable.all():
        return None
    targets = proposal.targets
    wanted, done = _wanted(state, targets), 0.0 if targets.kind == "spend" else np.nan
    sells = (wanted == 0.0) & (state.units > 0) & (targets.kind != "spend")
    waits = ~market.tradable & ((wanted > 0.0) | sells)
    if not waits.any():
        return None
    left = dict(zip(state.assets, np.where(waits, wanted, done).tolist(), strict=True))
    return replace(proposal, targets=replace(targets, amounts=left))


def join_waiting(
    waiting: tuple[Proposal, ...], approved: Proposal, *, spendable: float
) -> tuple[Proposal, ...]:
    """Give what is to be traded next: weights and units replace all that waits, a purchase is added to it.

    A purchase is cut to the cash that is spendable beside what waits, as the mandate saw it.
    """
    if approved.targets.kind in ("weights", "units"):
        return (approved,)
    amounts, asked = ordered(waiting), sum(approved.targets.amounts.values())
    free = max(0.0, spendable - sum(amounts.values()))
    share = min(1.0, free / asked) if asked > 0 else 0.0
    for asset, amount in approved.targets.amounts.items():
        amounts[asset] = amounts.get(asset, 0.0) + share * amount
    kept = tuple(proposal for proposal in waiting if proposal.targets.kind != "spend")
    return (*kept, replace(approved, targets=replace(approved.targets, amounts=amounts)))


def ordered(waiting: tuple[Proposal, ...]) -> dict[str, float]:
    """Give the money that purchases wait to spend, by asset, base currency."""
    purchases = [proposal.targets.amounts for proposal in waiting if proposal.targets.kind == "spend"]
    return {asset: amount for amounts in purchases for asset, amount in amounts.items() if amount > 0}
