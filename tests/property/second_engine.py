"""A second implementation of a run, in plain loops over floats, written from the documentation alone.

It reads the facts of a scenario (arrays, rates, dates) and calls none of the code that it checks. Equations
are solved by bisection where the engine iterates. This half is the passing of time and the decisions.
"""

import math
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
        for back in [entry for entry in a.returning if entry[0] <= now]:
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
        if row:
            for _ in range((now.date() - (now - self.length).date()).days):
                a.released += a.queue.pop(0) if a.queue else 0.0
        if row and now.month != (now - self.length).month:
            self.sell_shares()
        self.pay_calls(now)
        self.decide(row, now)
        if self.s.fill == "same_close":
            self.trade(row, now)

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
        money = rule.issue_frac_per_month * mnav * a.coins()
        a.shares *= 1 + rule.issue_frac_per_month
        a.cash += money
        a.released += money / rule.deploy_days
        a.queue += [0.0] * (rule.deploy_days - 1 - len(a.queue))
        for n in range(rule.deploy_days - 1):
            a.queue[n] += money / rule.deploy_days

    def pay_calls(self, now: datetime) -> None:
        a = self.a
        for name, deal in a.deals.items():
            for _ in range(deal.unpaid_by(now)):
                if a.cash - sum(a.queue) - a.payable >= deal.part * (1 - 1e-11):
                    a.cash = max(0.0, a.cash - deal.part)
                    deal.paid += 1
                    a.paid_calls.append((name, deal.part))
        a.owed_calls = sum(deal.part * deal.unpaid_by(now) for deal in a.deals.values())

    # ---- deciding

    def decide(self, row: int, now: datetime) -> None:
        a, trigger = self.a, self.trigger(now)
        if trigger is None:
            return
        wanted = self.script.script.get(row + 1, self.script.always or Targets.hold(""))
        outcome = self.judge(trigger, wanted)
        a.decisions.append((row, trigger, outcome))
        a.payable += self.s.running.per_decision
        self.pay_expenses()
        a.released, a.asked = 0.0, (now, wanted)
        if outcome != "held":
            a.order = wanted if outcome == "approved" else None
        if outcome == "approved":
            for promise in wanted.commitments:
                a.deals.setdefault(promise.deal, Deal(promise, now))

    def trigger(self, now: datetime) -> str | None:
        a, rule = self.a, self.s.policy.rule
        if a.asked is None:
            return "inception"
        if a.released > 0:
            return "new money"
        if a.owed_calls > 0:
            return "obligation"
        if self.period(now) != self.period(a.asked[0]):
            return f"calendar {rule.calendar}"
        drifts = rule.band_role == "trigger" and self.outside(a.asked[1])
        return "band" if drifts else None

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

    def judge(self, trigger: str, wanted: Targets) -> str:
        rule = self.s.policy.rule
        if self.is_refused(wanted):
            return "denied"
        if wanted.kind == "hold":
            return "held"
        banded = rule.band_abs is not None or rule.band_rel is not None
        filters = trigger.startswith("calendar") and rule.band_role == "filter" and banded
        lazy = filters and wanted.kind == "weights" and not self.outside(wanted)
        return "within_band" if lazy and not wanted.commitments else "approved"

    def weights(self) -> dict[str, float]:
        a, total = self.a, self.a.liquid_nav()
        return {x: a.units(x) * a.mark[x] / total if a.units(x) and total else 0.0 for x in self.assets}

    def outside(self, wanted: Targets) -> bool:
        rule, held = self.s.policy.rule, self.weights()
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
        weights, total = self.weights(), self.a.liquid_nav()
        if wanted.kind == "hold":
            return False
        for asset, amount in wanted.amounts.items():
            if wanted.kind == "weights":
                weights[asset] = amount
            elif wanted.kind == "spend" and total > 0 and amount > 0:
                asked, cash = sum(wanted.amounts.values()), max(0.0, self.a.free_cash())
                weights[asset] += amount * min(1.0, cash / asked) / total
            elif wanted.kind == "units" and total > 0:
                mark = self.a.mark[asset]
                weights[asset] = amount * (0.0 if math.isnan(mark) else mark) / total
        if wanted.kind == "weights":
            weights = dict(wanted.amounts)
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
        order = self.a.order
        if order is not None:
            open_now = self.trader.trade(row, order)
            self.stake(order, now)
            self.a.order = self.left_over(order, open_now)

    def stake(self, order: Targets, now: datetime) -> None:
        a = self.a
        for x, share in order.staked_frac.items():
            more = share * a.units(x) - a.staked[x]
            if more > 0:
                more = min(more, a.liquid[x])
                a.liquid[x] -= more
                a.staked[x] += more
            elif more < 0:
                a.staked[x] += more
                a.unbonding[x] -= more
                days = self.s.staking.get(x, FLAT).unbonding_days
                a.returning.append((now + timedelta(days=days), x, -more))

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
