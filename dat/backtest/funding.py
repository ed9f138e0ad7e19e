"""Money that comes in from outside, and money that goes out to ventures."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from dat.backtest.scenario import Scenario
from dat.backtest.sizing import ROUNDING
from dat.backtest.state import State
from dat.market.series import Floats
from dat.treasury.capital import AtmRule, Contribution, Issuance, issue_shares
from dat.treasury.venture import Commitment, Venture

__all__ = ["call_capital", "calls_within", "commit", "issue", "mnav_path", "receive", "release_money"]


def mnav_path(scenario: Scenario) -> Floats:
    """Give the premium path at each close of the panel; shape (bars,), nan where none is set or known."""
    capital, as_of = scenario.capital, scenario.panel.as_of
    if capital.mnav_series is not None:
        return scenario.series[capital.mnav_series].known_on(as_of)
    return np.full(len(as_of), np.nan if capital.mnav is None else capital.mnav)


def receive(state: State, contributions: Sequence[Contribution]) -> float:
    """Book contributions, with the shares issued for them; gives the sum, base currency.

    They come at an open, so the first daily part is released at the close of that day.
    """
    for contribution in contributions:
        state.cash += contribution.amount
        state.shares += contribution.shares
        state.reserved = _merge(state.reserved, _parts(contribution.amount, contribution.deploy_days))
    return sum(contribution.amount for contribution in contributions)


def issue(state: State, rule: AtmRule, *, mnav: float) -> Issuance | None:
    """Sell shares under the rule; the first daily part is released at once, the rest is reserved."""
    sold = issue_shares(rule, shares=state.shares, coin_value=state.coin_value, nav=state.nav, mnav=mnav)
    if sold is not None:
        state.shares += sold.shares_issued
        state.cash += sold.proceeds
        first, *later = _parts(sold.proceeds, rule.deploy_days) or [0.0]
        state.released += first
        state.reserved = _merge(state.reserved, later)
    return sold


def release_money(state: State, *, days: int) -> None:
    """Release the next daily parts of issued money to the strategy, one for each day that has passed."""
    state.released += sum(state.reserved[:days])
    state.reserved = state.reserved[days:]


def commit(state: State, commitments: Sequence[Commitment], now: datetime) -> list[Commitment]:
    """Promise money to ventures; gives the new promises, since a deal is committed to once."""
    new: list[Commitment] = []
    for commitment in commitments:
        if commitment.deal not in state.ventures:
            state.ventures[commitment.deal] = Venture(commitment, now)
            new.append(commitment)
    return new


def call_capital(state: State, now: datetime) -> list[tuple[Commitment, float]]:
    """Pay the capital calls that are due as far as cash goes; what is short stays due.

    Returns
    -------
    list of (Commitment, float)
        Each part that was paid, base currency.
    """
    paid: list[tuple[Commitment, float]] = []
    for name, venture in state.ventures.items():
        part = venture.commitment.amount / venture.commitment.calls
        for _ in range(round(venture.due(now) / part)):
            rounding = ROUNDING * max(
                state.nav, part
            )  # weights that raise the cash are exact to a share of NAV
            if state.cash - sum(state.reserved) - state.payable >= part - rounding:
                state.ventures[name] = venture = venture.pay_one()
                state.cash = max(0.0, state.cash - part)
                paid.append((venture.commitment, part))
    state.calls_due = sum(venture.due(now) for venture in state.ventures.values())
    state.calls_answered = min(state.calls_answered, state.calls_due)  # a later call is another one
    return paid


def calls_within(state: State, now: datetime, days: int = 31) -> float:
    """Sum the calls that fall due in the next `days` days and are not due yet, base currency."""
    later = now + timedelta(days=days)
    return sum(venture.due(later) - venture.due(now) for venture in state.ventures.values())


def _parts(amount: float, days: int) -> list[float]:
    return [amount / days] * days if days else []


def _merge(first: list[float], second: list[float]) -> list[float]:
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    return [a + (shorter[n] if n < len(shorter) else 0.0) for n, a in enumerate(longer)]
