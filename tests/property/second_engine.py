"""A second implementation of a run, in plain loops over floats, written from the documentation alone.

It reads the facts of a scenario (arrays, rates, dates) and calls none of the code that it checks. Equations
are solved by bisection where the engine iterates. This half is the passing of time and the decisions.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from dat.backtest.scenario import Scenario
from dat.orders.targets import Targets
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from tests.property.second_account import Account, Deal
from tests.property.second_trader import SecondTrader
from tests.scenarios import Scripted

__all__ = ["second_run"]

FLAT = StakingTerms()


def added(order: Targets, more: Mapping[str, float]) -> Targets:
    """Add to a purchase."""
    sums = {x: order.amounts.get(x, 0.0) + more.get(x, 0.0) for x in {*order.amounts, *more}}
    return Targets("spend", sums, order.reason)


class SecondEngine:
    def __init__(self, scenario: Scenario) -> None:
        assert isinstance(scenario.policy.strategy, Scripted)
        self.s, self.script = scenario, scenario.policy.strategy
        panel, self.assets = scenario.panel, scenario.panel.assets
        market = {
            name: [dict(zip(self.assets, row, strict=True)) for row in getattr(panel, name).tolist()]
            for name in ("open", "close", "volume")
        }
        self.opens = [at.replace(tzinfo=UTC) for at in panel.open_time.tolist()]
        self.length = panel.bar.delta
        self.days = self.length.total_seconds() / 86400
        zero = dict.fromkeys(self.assets, 0.0)
        marks = dict.fromkeys(self.assets, math.nan)
        capital = scenario.capital
        self.a = Account(capital.cash_start, capital.shares_start, {**zero}, {**zero}, {**zero}, marks)
        self.closes = market["close"]
        self.trader = SecondTrader(scenario, self.a, market)
        self.gifts = sorted(capital.contributions, key=lambda gift: gift.at)

    def run(self) -> Account:
        for row in range(len(self.opens)):
            self.morning(row)
            self.evening(row)
            self.a.navs.append(self.a.nav())
            self.a.cashes.append(self.a.cash)
            self.a.held.append({asset: self.a.units(asset) for asset in self.assets})
        return self.a

    def morning(self, row: int) -> None:
        a, now = self.a, self.opens[row]
        while self.gifts and self.gifts[0].at <= now:
            gift = self.gifts.pop(0)
            a.cash += gift.amount
            a.shares += gift.shares
            self.set_aside(gift.amount / (gift.deploy_days or 1), gift.deploy_days)
        for back in [entry for entry in a.returning if entry[0] <= now]:
            a.answered_calls = 0.0
            a.returning.remove(back)
            a.unbonding[back[1]] = max(0.0, a.unbonding[back[1]] - back[2])
            a.liquid[back[1]] += back[2]
        self.pay_calls(now)
        if self.s.fill == "next_open":
            self.trade(row, now)
            self.pay_calls(now)

    def evening(self, row: int) -> None:
        a, now = self.a, self.opens[row] + self.length
        a.mark = {x: a.mark[x] if math.isnan(c) else c for x, c in self.closes[row].items()}
        self.pass_time(now)
        for _ in range((now.date() - (now - self.length).date()).days):
            a.released += a.queue.pop(0) if a.queue else 0.0
        if row and now.month != (now - self.length).month:
            self.sell_shares()
        self.pay_calls(now)
        self.decide(row, now)
        if self.s.fill == "same_close":
            self.trade(row, now)
            self.pay_calls(now)
        a.passed_limits += [(row, rule) for rule in self.limits_passed()]

    def pass_time(self, now: datetime) -> None:
        a, year = self.a, self.days / 365
        interest = max(a.cash, 0.0) * self.s.running.cash_rate_per_year * year
        for asset, terms in self.s.staking.items():
            a.staked[asset] += a.staked[asset] * terms.apr_frac * (1 - terms.commission_frac) * year
        a.cash += interest
        nav, running = a.nav(), self.s.running
        a.payable += (running.fixed_per_year + running.nav_bps_per_year / 1e4 * max(nav, 0.0)) * year
        self.pay_expenses()

    def pay_expenses(self) -> None:
        a = self.a
        paid = min(a.payable, max(0.0, a.cash - sum(a.queue)))
        a.cash, a.payable = a.cash - paid, a.payable - paid

    def sell_shares(self) -> None:
        a, rule, mnav = self.a, self.s.capital.atm, self.s.capital.mnav
        if rule is None or mnav is None or mnav < rule.mnav_min or not (a.shares > 0 and a.coins() > 0):
            return
        if mnav * a.coins() < min(1.0, rule.mnav_min) * a.nav():  # a share would be sold under its NAV
            return
        sold = math.floor(rule.issue_frac_per_month * a.shares + 1e-9)
        money = sold * mnav * a.coins() / a.shares * (1 - rule.cost_bps / 1e4)
        a.shares += sold
        a.cash += money
        a.released += money / rule.deploy_days  # at a close, so the first part is released at once
        self.set_aside(money / rule.deploy_days, rule.deploy_days - 1)

    def set_aside(self, part: float, days: int) -> None:
        self.a.queue += [0.0] * (days - len(self.a.queue))
        for n in range(days):
            self.a.queue[n] += part

    def pay_calls(self, now: datetime) -> None:
        a = self.a
        for name, deal in a.deals.items():
            for _ in range(deal.unpaid_by(now)):
                if a.cash - sum(a.queue) - a.payable >= deal.part - 1e-11 * max(a.nav(), deal.part):
                    a.cash = max(0.0, a.cash - deal.part)
                    deal.paid += 1
                    a.paid_calls.append((name, deal.part))
        a.owed_calls = sum(deal.part * deal.unpaid_by(now) for deal in a.deals.values())
        a.answered_calls = min(a.answered_calls, a.owed_calls)

    # ---- deciding

    def decide(self, row: int, now: datetime) -> None:
        a = self.a
        if self.is_scheduled(now):
            a.released, a.refused = a.released + a.refused, 0.0
        trigger = self.trigger(now)
        if trigger is None:
            return
        if trigger == "new money":
            bought = self.purchase(a.approved)
            if bought is not None:
                self.take(row, trigger, bought, self.judge(bought, True))
            return
        answer = self.script.script.get(row + 1, self.script.always or Targets.hold(""))
        worth = not trigger.startswith("calendar") or self.is_worth(answer)
        wanted = self.with_money(answer, worth)
        outcome = self.judge(wanted, worth or wanted is not answer)
        a.payable += self.s.running.per_decision
        self.pay_expenses()
        self.take(row, trigger, wanted, outcome)
        a.asked_at, a.answered_calls = now, a.owed_calls
        if a.decisions[-1][2] == "approved":
            a.approved = a.approved if answer.kind == "hold" else answer
            for promise in wanted.commitments:
                a.deals.setdefault(promise.deal, Deal(promise, now))

    def take(self, row: int, trigger: str, wanted: Targets, outcome: str) -> None:
        """Record a decision; an approved one takes the place of what waits, and a purchase is added to it."""
        a = self.a
        a.decisions.append((row, trigger, outcome))
        if outcome == "denied":
            a.refused, a.released = a.refused + a.released, 0.0
        if outcome != "approved":
            return
        a.released = 0.0
        if wanted.kind in ("weights", "units"):
            a.orders = [wanted]
        else:
            others, waiting = [order for order in a.orders if order.kind != "spend"], a.ordered()
            asked, free = sum(wanted.amounts.values()), max(0.0, a.free_cash() - sum(waiting.values()))
            cut = {x: n * min(1.0, free / asked) for x, n in wanted.amounts.items() if n > 0}
            a.orders = [*others, added(Targets("spend", waiting, ""), cut)]

    def purchase(self, by: Targets | None) -> Targets | None:
        """Spend released money by approved targets: weights of it, or in the proportions of a purchase."""
        if by is None or by.kind not in ("weights", "spend"):
            return None
        whole = 1.0 if by.kind == "weights" else sum(by.amounts.values())
        shares = {x: n / whole for x, n in by.amounts.items()} if whole > 0 else {}
        return (
            Targets.spend({x: part * self.a.released for x, part in shares.items()}, "") if shares else None
        )

    def with_money(self, answer: Targets, worth: bool) -> Targets:
        """Add released money to an answer that did not see it; before an approval nothing was hidden."""
        a = self.a
        if not a.released or a.approved is None or answer.kind == "units":
            return answer
        if answer.kind == "weights":
            return answer if worth or answer.commitments else self.purchase(answer) or answer
        extra = self.purchase(answer if answer.kind == "spend" else a.approved)
        return answer if extra is None else added(Targets.spend(answer.amounts, ""), extra.amounts)

    def is_scheduled(self, now: datetime) -> bool:
        return self.a.asked_at is None or self.period(now) != self.period(self.a.asked_at)

    def trigger(self, now: datetime) -> str | None:
        a, rule = self.a, self.s.policy.rule
        if a.asked_at is None:
            return "inception"
        if self.is_scheduled(now):
            return f"calendar {rule.calendar}"
        if a.owed_calls > a.answered_calls:
            return "obligation"
        if rule.band_role == "trigger" and a.approved is not None and self.outside(a.approved):
            return "band"
        return "new money" if a.released > 0 else None

    def period(self, at: datetime) -> object:
        name = self.s.policy.rule.calendar
        if name[:-1].isdigit():
            return (at - self.opens[0] - self.length) // timedelta(days=int(name[:-1]))
        return {
            "bar": at,
            "daily": at.date(),
            "weekly": at.isocalendar()[:2],
            "monthly": (at.year, at.month),
            "quarterly": (at.year, (at.month + 2) // 3),
            "yearly": at.year,
            "once": None,
        }[name]

    def judge(self, wanted: Targets, worth: bool) -> str:
        if self.is_refused(wanted):
            return "denied"
        if wanted.kind == "hold":
            return "held"
        return "approved" if worth or wanted.commitments else "within_band"

    def is_worth(self, answer: Targets) -> bool:
        rule = self.s.policy.rule
        banded = rule.band_abs is not None or rule.band_rel is not None
        lazy = rule.band_role == "filter" and banded and answer.kind == "weights"
        return not lazy or self.a.owed_calls > 0 or self.outside(answer) or bool(self.limits_passed())

    def limits_passed(self) -> list[str]:
        """Name the limits that holdings are outside of, from the first decision on."""
        if self.a.asked_at is None:
            return []
        weights, mandate = self.a.weights(), self.s.policy.mandate
        found = ["weight_max" for x, limit in mandate.weight_max.items() if weights[x] > limit + 1e-6]
        return found + ["cash_min"] * (1 - sum(weights.values()) < mandate.cash_min_frac - 1e-6)

    def outside(self, wanted: Targets) -> bool:
        rule, held = self.s.policy.rule, self.a.weights()
        if wanted.kind != "weights":
            return False
        bands = [
            min(
                math.inf if rule.band_abs is None else rule.band_abs,
                math.inf if rule.band_rel is None else rule.band_rel * wanted.amounts.get(x, 0.0),
            )
            for x in self.assets
        ]
        return any(
            abs(held[x] - wanted.amounts.get(x, 0.0)) > band
            for x, band in zip(self.assets, bands, strict=True)
        )

    def is_refused(self, wanted: Targets) -> bool:
        if wanted.kind == "hold":
            return False
        weights, total, ordered = self.a.weights(), self.a.liquid_nav(), self.a.ordered()
        if wanted.kind == "weights":
            weights = dict(wanted.amounts)
        elif wanted.kind == "units" and total > 0:
            marks = {x: 0.0 if math.isnan(mark) else mark for x, mark in self.a.mark.items()}
            weights |= {x: n * marks[x] / total for x, n in wanted.amounts.items()}
        elif total > 0:
            asked, cash = sum(wanted.amounts.values()), self.a.free_cash() - sum(ordered.values())
            share = min(1.0, max(0.0, cash) / asked) if asked else 0.0
            for x in weights:
                weights[x] += (ordered.get(x, 0.0) + share * wanted.amounts.get(x, 0.0)) / total
        limits = self.s.policy.mandate.weight_max
        heavy = any(weights.get(x, 0.0) > limit + 1e-6 for x, limit in limits.items())
        poor = 1 - sum(weights.values()) < self.s.policy.mandate.cash_min_frac - 1e-6
        return heavy or poor or self.overcommits(wanted.commitments)

    def overcommits(self, new: tuple[Commitment, ...]) -> bool:
        nav, mandate = self.a.nav(), self.s.policy.mandate
        if not new or nav <= 0:
            return bool(new)
        promised = sum(deal.promise.amount for deal in self.a.deals.values())
        share = (promised + sum(promise.amount for promise in new)) / nav
        largest = max(promise.amount for promise in new) / nav
        return share > mandate.illiquid_max_frac + 1e-6 or largest > mandate.deal_max_frac + 1e-6

    # ---- trading, and what follows a trade

    def trade(self, row: int, now: datetime) -> None:
        orders, left = self.a.orders, []
        for order in orders:
            open_now = self.trader.trade(row, order)
            self.stake(order, now)
            left.append(self.left_over(order, open_now))
        self.a.orders = [order for order in left if order is not None]
        if orders and self.a.owed_calls:
            self.ask_back(now)

    def ask_back(self, now: datetime) -> None:
        """Unstake for the calls that neither cash nor coins on their way back will cover."""
        a = self.a
        short = -a.free_cash() - sum(n * a.mark[x] for x, n in a.unbonding.items() if n and a.mark[x] > 0)
        for x in self.assets:
            units = min(a.staked[x], short / a.mark[x]) if a.staked[x] > 0 and a.mark[x] > 0 else 0.0
            if units > 0:
                self.unbond(x, units, now)
                short -= units * a.mark[x]

    def unbond(self, asset: str, units: float, now: datetime) -> None:
        self.a.staked[asset] -= units
        self.a.unbonding[asset] += units
        days = self.s.staking.get(asset, FLAT).unbonding_days
        self.a.returning.append((now + timedelta(days=days), asset, units))

    def stake(self, order: Targets, now: datetime) -> None:
        a = self.a
        for x, share in order.staked_frac.items():
            more = share * a.units(x) - a.staked[x]
            if more > 0:
                more = min(more, a.liquid[x])
                a.liquid[x] -= more
                a.staked[x] += more
            elif more < 0:
                self.unbond(x, -more, now)

    def left_over(self, order: Targets, open_now: set[str]) -> Targets | None:
        """Keep the part that names an asset without a bar, to buy it or to sell what is held of it."""
        left = {}
        for x in self.assets:
            amount = order.amounts.get(x, 0.0 if order.kind == "weights" else math.nan)
            sells = order.kind != "spend" and self.a.units(x) > 0
            if x not in open_now and (amount > 0 or (amount == 0 and sells)):
                left[x] = amount
        if not left or order.kind == "hold":
            return None
        done = {x: 0.0 if order.kind == "spend" else math.nan for x in self.assets if x not in left}
        return Targets(order.kind, left | done, order.reason, order.staked_frac)


def second_run(scenario: Scenario) -> Account:
    """Step a scripted scenario through its bars."""
    return SecondEngine(scenario).run()
