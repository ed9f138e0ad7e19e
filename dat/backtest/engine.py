"""The stepped engine: decide on what is visible at a close, trade at the next open, record everything."""

from collections.abc import Callable
from datetime import UTC, datetime

from dat.backtest.carry import (
    Move,
    accrue,
    charge_decision,
    release_unbonded,
    stake_to_target,
    staking_rates,
    unstake_for_calls,
)
from dat.backtest.fill import carry_out, join_waiting, ordered
from dat.backtest.funding import call_capital, calls_within, commit, issue, mnav_path, receive, release_money
from dat.backtest.liquidity import build_venue
from dat.backtest.result import RunResult
from dat.backtest.scenario import Scenario
from dat.backtest.state import start_state
from dat.backtest.tape import FILLED_AT, Tape
from dat.mandate.mandate import check_holdings
from dat.market.series import Instants
from dat.market.window import Window
from dat.orders.book import Book, LastDecision
from dat.orders.proposal import Proposal
from dat.strategy.propose import propose
from dat.strategy.when import NEW_MONEY
from dat.treasury.capital import Contribution

__all__ = ["Progress", "run"]

Progress = Callable[[int, int], None]


def run(scenario: Scenario, *, progress: Progress | None = None) -> RunResult:
    """Step a treasury through its bars.

    Parameters
    ----------
    scenario
        All that the run needs.
    progress
        Called after each bar with (bars done, bars in all).

    Returns
    -------
    RunResult
        The same scenario gives the same bits.

    Notes
    -----
    In each bar, at the open: contributions, returning coins, capital calls, and the trades decided at the
    last close. At the close: marks, income and costs, issuance, capital calls, and the next decision.
    What waits for a bar waits until an approved decision takes its place; a purchase is added to it.
    """
    stepper, rows = _Stepper(scenario), scenario.rows
    for number, row in enumerate(rows):
        stepper.open_bar(number, row)
        stepper.close_bar(number, row)
        stepper.raise_money(number, row)
        stepper.decide(number, row)
        stepper.close_tape(number, row)
        if progress is not None:
            progress(number + 1, len(rows))
    return stepper.tape.result()


class _Stepper:
    def __init__(self, scenario: Scenario) -> None:
        panel = scenario.panel
        self.scenario, self.tape, self.venue = scenario, Tape(scenario), build_venue(scenario)
        self.opens, self.closes = _instants(panel.open_time), _instants(panel.as_of)
        self.rates, self.mnav = staking_rates(scenario), mnav_path(scenario)
        self.state = start_state(scenario, self.closes[scenario.rows.start])
        self.to_come = sorted(scenario.capital.contributions, key=lambda money: money.at)
        self.pending: tuple[Proposal, ...] = ()

    def open_bar(self, number: int, row: int) -> None:
        now = self.opens[row]
        arrived = [money for money in self.to_come if money.at <= now]
        self.to_come = self.to_come[len(arrived) :]
        plan = self.scenario.capital
        start = plan.cash_start if number == 0 else 0.0
        self.tape.add(number, {"flow_open": start + receive(self.state, arrived)})
        started = [Contribution(now, start, plan.shares_start)] if number == 0 else []
        self.tape.contributions(now, (*started, *arrived))
        self.tape.moves(now, "open", release_unbonded(self.state, now))
        self._pay_calls(now, "open")
        if self.scenario.fill == "next_open":
            self._trade(number, row, now)
            self._pay_calls(now, "open")

    def close_bar(self, number: int, row: int) -> None:
        self.state.mark = self.scenario.panel.marks[row]
        carried = accrue(self.state, self.scenario, rates=self.rates[row])
        self.tape.add(number, {"interest_income": carried.interest, "staking_income": carried.staking})
        self.tape.add(number, {"management_cost": carried.management})
        self.tape.moves(self.closes[row], "close", carried.rewards)

    def raise_money(self, number: int, row: int) -> None:
        rule, now = self.scenario.capital.atm, self.closes[row]
        before = self.closes[row - 1] if number else self.opens[row]
        release_money(self.state, days=(now.date() - before.date()).days)
        if rule is not None and now.month != before.month:
            sold = issue(self.state, rule, mnav=float(self.mnav[row]))
            if sold is not None:
                self.tape.issuance(now, sold)
                self.tape.add(number, {"flow_close": sold.proceeds})

    def decide(self, number: int, row: int) -> None:
        now, policy = self.closes[row], self.scenario.policy
        self._pay_calls(now, "close")
        window = Window(self.scenario.panel, row + 1, self.scenario.series)
        book = self._book(now)
        if self.state.refused and policy.rule.is_scheduled(now, book):  # refused money is tried again
            self.state.released, self.state.refused = self.state.released + self.state.refused, 0.0
            book = self._book(now)
        proposal = propose(window, book, strategy=policy.strategy, rule=policy.rule, mandate=policy.mandate)
        if proposal is not None:
            self._take(number, proposal)
        if self.scenario.fill == "same_close":
            self._trade(number, row, now)
            self._pay_calls(now, "close")

    def close_tape(self, number: int, row: int) -> None:
        now = self.closes[row]
        self.tape.close(number, self.state, mnav=float(self.mnav[row]))
        if self.scenario.policy.mandate.limits_holdings:
            self.tape.limits(now, check_holdings(self.scenario.policy.mandate, self._book(now)))

    def _book(self, now: datetime) -> Book:
        return self.state.book(calls_within(self.state, now), ordered(self.pending))

    def _take(self, number: int, proposal: Proposal) -> None:
        state = self.state
        self.tape.decision(proposal)
        if proposal.trigger != NEW_MONEY:
            self.tape.add(number, {"management_cost": charge_decision(state, self.scenario)})
            state.last = LastDecision(proposal.as_of, proposal.answer)
            state.calls_answered = state.calls_due
        if proposal.outcome == "approved":
            self._approve(proposal)
        elif proposal.outcome == "denied":
            state.released, state.refused = 0.0, state.refused + state.released

    def _approve(self, proposal: Proposal) -> None:
        # Only an approved decision takes the place of what waits for a bar; a purchase is added to it.
        self.pending = join_waiting(self.pending, proposal, spendable=self.state.spendable)
        self.state.released = 0.0
        if proposal.answer.kind != "hold":
            self.state.approved = proposal.answer
        for promise in commit(self.state, proposal.targets.commitments, proposal.as_of):
            self.tape.commit(proposal.as_of, promise)

    def _trade(self, number: int, row: int, now: datetime) -> None:
        if not self.pending:
            return
        market, waiting, moves = self.venue.market(row), [], list[Move]()
        for proposal in self.pending:
            targets, filled = proposal.targets, carry_out(self.state, proposal, market)
            self.tape.trades(number, filled.trades, market=market, at=now, reason=targets.reason)
            moves += stake_to_target(self.state, self.scenario, wanted=targets.staked_frac, now=now)
            waiting += [filled.waiting] if filled.waiting else []
        moves += unstake_for_calls(self.state, self.scenario, now=now)
        self.tape.moves(now, FILLED_AT[self.scenario.fill], moves)
        self.pending = tuple(waiting)

    def _pay_calls(self, now: datetime, moment: str) -> None:
        for commitment, amount in call_capital(self.state, now):
            self.tape.call(now, moment, commitment, amount=amount)


def _instants(times: Instants) -> list[datetime]:
    return [time.replace(tzinfo=UTC) for time in times.astype("datetime64[us]").tolist()]
