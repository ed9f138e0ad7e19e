"""The trading half of the second implementation: sizes, lots, costs and cash of one bar."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import stdev

from dat.backtest.scenario import Lot, Scenario
from dat.orders.targets import Targets
from tests.property.second_account import Account

__all__ = ["SecondTrader"]

Sizes = dict[str, float]


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """Find where a rising function crosses zero."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if f(middle) > 0 else (middle, high)
    return (low + high) / 2


class SecondTrader:
    """Trades for an account in a market of rows: field name to one mapping by asset for each bar."""

    def __init__(
        self, scenario: Scenario, account: Account, market: Mapping[str, Sequence[Mapping[str, float]]]
    ) -> None:
        self.s, self.a, self.market = scenario, account, market
        self.bars_per_day = 86400 / scenario.panel.bar.delta.total_seconds()
        self.open_now: set[str] = set()
        self.mid: Sizes = {}
        self.scale: Sizes = {}

    def trade(self, row: int, order: Targets) -> set[str]:
        """Trade what has a bar; gives the assets that had one."""
        same_close = self.s.fill == "same_close"
        prices = self.market["close" if same_close else "open"][row]
        self.open_now = {x for x, price in prices.items() if not math.isnan(price)}
        marks = {x: 0.0 if math.isnan(mark) else mark for x, mark in self.a.mark.items()}
        self.mid = {x: prices[x] if x in self.open_now else marks[x] for x in prices}
        known = row if same_close else row - 1
        self.scale = {x: self.impact_scale(x, known) for x in prices}
        self.book(row, self.cut(self.size(order)))
        return self.open_now

    def impact_scale(self, asset: str, row: int) -> float:
        count = max(round(30 * self.bars_per_day), 5)
        close = [bar[asset] for bar in self.market["close"][: row + 1]]
        volume = [bar[asset] for bar in self.market["volume"][: row + 1]]
        recent = range(max(0, row - count + 1), row + 1)
        steps = [math.log(close[n] / close[n - 1]) for n in recent if n and close[n] + close[n - 1] > 0]
        traded = [volume[n] * close[n] for n in recent if close[n] > 0]
        if len(steps) < 5 or len(traded) < 5 or sum(traded) <= 0:
            return 0.0
        adv = sum(traded) / len(traded) * self.bars_per_day
        sigma = stdev(steps) * math.sqrt(self.bars_per_day)
        return self.s.trading.impact_coefficient * sigma / math.sqrt(adv)

    def slip(self, asset: str, units: float) -> float:
        impact = self.scale[asset] * math.sqrt(abs(units) * self.mid[asset])
        return min(1.0, self.s.trading.half_spread_bps / 1e4 + impact)

    def money(self, asset: str, units: float) -> float:
        """Cash that a trade takes, negative when it brings cash."""
        price = self.mid[asset] * (1 + math.copysign(self.slip(asset, units), units))
        return units * price + abs(units) * price * self.s.trading.fee_bps / 1e4

    def size(self, order: Targets) -> Sizes:
        if order.kind == "spend":
            return self.size_spend({x: n for x, n in order.amounts.items() if x in self.open_now and n > 0})
        if order.kind == "weights":
            return self.size_weights({x: order.amounts.get(x, 0.0) for x in self.open_now})
        named = {x: n for x, n in order.amounts.items() if x in self.open_now and not math.isnan(n)}
        return {x: max(n - self.a.units(x), -self.a.liquid[x]) for x, n in named.items()}

    def size_spend(self, amounts: Sizes) -> Sizes:
        cash = max(0.0, self.a.free_cash())
        share = min(1.0, cash / sum(amounts.values())) if amounts else 0.0
        return {x: self.affordable(x, share * amount) for x, amount in amounts.items()}

    def affordable(self, asset: str, money: float) -> float:
        return root(lambda units: self.money(asset, units) - money, 0.0, money / self.mid[asset])

    def size_weights(self, amounts: Sizes) -> Sizes:
        wanted = {x: weight for x, weight in amounts.items() if not math.isnan(weight)}
        before = self.a.free_cash() + sum(self.a.units(x) * mid for x, mid in self.mid.items())

        def moves(total: float) -> Sizes:
            goals = {x: w * max(total, 0.0) / self.mid[x] - self.a.units(x) for x, w in wanted.items()}
            return {x: max(n, -self.a.liquid[x]) for x, n in goals.items()}

        def surplus(total: float) -> float:
            lost = sum(self.money(x, n) - n * self.mid[x] for x, n in moves(total).items())
            return total - (before - lost)

        total = root(surplus, min(0.0, before) - 1.0, max(before, 0.0) + 1.0)
        return moves(0.0 if abs(total) < 1e-12 else total)

    def cut(self, asked: Sizes) -> Sizes:
        """Round to lots; then shrink the purchases so that cash and sales pay for them, and round again."""
        sized = {x: self.rounded(x, n) for x, n in asked.items()}
        needs = {x: self.money(x, n) for x, n in sized.items()}
        short = sum(needs.values()) - self.a.free_cash()
        if short <= 1e-11 * max(1.0, sum(abs(need) for need in needs.values())):
            return sized
        bought = sum(need for x, need in needs.items() if sized[x] > 0)
        kept = max(0.0, 1 - short / bought) if bought else 0.0
        return {x: self.rounded(x, n * kept) if n > 0 else n for x, n in sized.items()}

    def rounded(self, asset: str, number: float) -> float:
        lot = self.s.lots.get(asset, Lot())
        if lot.step:
            number = math.copysign(math.floor(abs(number) / lot.step + 1e-9) * lot.step, number)
        return 0.0 if abs(number) * self.mid[asset] < lot.notional_min else number

    def book(self, row: int, sized: Sizes) -> None:
        a, costs = self.a, self.s.trading
        for x, n in sized.items():
            if not n:
                continue
            value, slip = abs(n) * self.mid[x], self.slip(x, n)
            a.cash -= self.money(x, n)
            a.liquid[x] = max(0.0, a.liquid[x] + n)
            a.costs["fee"] += value * (1 + math.copysign(slip, n)) * costs.fee_bps / 1e4
            a.costs["spread"] += value * costs.half_spread_bps / 1e4
            a.costs["impact"] += value * (slip - costs.half_spread_bps / 1e4)
            a.fills.append((row, x, n))
        a.cash = 0.0 if abs(a.cash) < 1e-9 else a.cash
