"""Carry an approved proposal out: trade what has a price now, keep the rest for the next bar."""

import math
from dataclasses import dataclass, replace

import numpy as np

from dat.backtest.sizing import Market, Trades, size_spend, size_units, size_weights
from dat.backtest.state import State
from dat.market.series import Floats
from dat.orders.proposal import Proposal
from dat.orders.targets import Targets

__all__ = ["Filled", "carry_out"]

_DUST_CASH = 1e-6  # base currency; float rounding of a purchase that spends all cash


@dataclass(frozen=True, slots=True)
class Filled:
    """What was traded, and what still waits for a bar."""

    trades: Trades
    waiting: Proposal | None


def carry_out(state: State, proposal: Proposal, market: Market) -> Filled:
    """Trade a proposal at the prices of a bar and book it in the state.

    Assets without a bar wait: the part of the proposal that names them is given back.
    """
    targets = proposal.targets
    trades = _size(state, targets, market)
    state.liquid = state.liquid + trades.units
    state.cash += trades.cash
    if -_DUST_CASH < state.cash < 0.0:
        state.cash = 0.0
    return Filled(trades, _waiting(state, proposal, market))


def _size(state: State, targets: Targets, market: Market) -> Trades:
    if targets.kind == "spend":
        return size_spend(market, _column(state, targets, 0.0), spendable=state.spendable)
    wanted = _column(state, targets, 0.0 if targets.kind == "weights" else np.nan)
    if targets.kind == "hold":
        wanted = np.full(len(state.assets), np.nan)
    size = size_units if targets.kind == "units" else size_weights
    return size(market, wanted, held=state.units, sellable=state.liquid, spendable=state.spendable)


def _column(state: State, targets: Targets, missing: float) -> Floats:
    return np.array([targets.amounts.get(asset, missing) for asset in state.assets])


def _waiting(state: State, proposal: Proposal, market: Market) -> Proposal | None:
    targets, tradable = proposal.targets, dict(zip(state.assets, market.tradable, strict=True))
    missing = [asset for asset in state.assets if not tradable[asset] and targets.amounts.get(asset, 0.0) > 0]
    if not missing:
        return None
    done = 0.0 if targets.kind == "spend" else math.nan  # what is done is left as it is
    amounts = {asset: targets.amounts[asset] if asset in missing else done for asset in state.assets}
    return replace(proposal, targets=replace(targets, amounts=amounts))
