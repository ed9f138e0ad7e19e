"""How much to trade at given prices: targets to signed units, after costs, within cash, in whole lots."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dat.costs.trading import TradingCosts
from dat.market.series import Floats

__all__ = ["ROUNDING", "Market", "Trades", "execute", "size_spend", "size_units", "size_weights"]

Flags = npt.NDArray[np.bool_]
ROUNDING = 1e-11
"""Share of a trade that may be float rounding: cash that is short by less is not short."""
_ROUNDS = 50
_PRECISION = 1e-13
_LOT_SLACK = 1e-12  # 2.9999999999999996 lots are 3


@dataclass(frozen=True, slots=True)
class Market:
    """Prices and liquidity at the instant of a fill; arrays of shape (assets,).

    Parameters
    ----------
    mid
        Price before spread and impact; where there is no bar the last close, 0 before the first.
    tradable
        True where there is a bar.
    impact_scale
        From `TradingCosts.impact_scale`, on what was known before the fill.
    adv
        Average daily volume, base currency, known before the fill; nan while it is not.
    costs
        Rates.
    lot_step, notional_min
        Smallest steps; None for none.
    """

    mid: Floats
    tradable: Flags
    impact_scale: Floats
    adv: Floats
    costs: TradingCosts
    lot_step: Floats | None = None
    notional_min: Floats | None = None

    def slip_frac(self, notional: Floats) -> Floats:
        """Half-spread and impact of trades of this size, as a fraction of mid."""
        return self.costs.slip_frac(notional, impact_scale=self.impact_scale)

    def to_units(self, notional: Floats) -> Floats:
        """Turn base currency at mid into units; 0 where there is no bar."""
        return np.divide(notional, self.mid, out=np.zeros(len(notional)), where=self.tradable)

    def round_lots(self, units: Floats) -> Floats:
        """Round units toward zero to whole lots, and drop trades under the minimum notional."""
        if self.lot_step is not None:
            step = np.where(self.lot_step > 0, self.lot_step, 1.0)
            lots = np.trunc(units / step * (1.0 + _LOT_SLACK))
            units = np.where(self.lot_step > 0, lots * step, units)
        if self.notional_min is not None:
            units = np.where(np.abs(units) * self.mid < self.notional_min, 0.0, units)
        return units


@dataclass(frozen=True, slots=True)
class Trades:
    """Signed units and what they cost; arrays of shape (assets,), costs at least 0 in base currency."""

    units: Floats
    price: Floats
    fee: Floats
    spread: Floats
    impact: Floats

    @property
    def cash(self) -> float:
        """Cash that comes in, negative when it goes out."""
        return float(-(self.units * self.price).sum() - self.fee.sum())

    @property
    def notional(self) -> float:
        """Buys plus sells at the executed price."""
        return float((np.abs(self.units) * self.price).sum())


def execute(market: Market, units: Floats) -> Trades:
    """Price signed units: a buy above mid, a sale below, and the fee on what was executed."""
    size = np.abs(units)
    notional = size * market.mid
    slip = market.slip_frac(notional)
    price = market.mid * (1.0 + np.sign(units) * slip)
    spread = notional * market.costs.spread_frac
    return Trades(units, price, size * price * market.costs.fee_frac, spread, notional * slip - spread)


def size_weights(
    market: Market, wanted: Floats, *, held: Floats, sellable: Floats, spendable: float
) -> Trades:
    """Trade to weights of what is left after the costs of the trade itself.

    Parameters
    ----------
    market
        Prices, liquidity and costs.
    wanted
        Shape (assets,), fractions of liquid NAV; nan leaves an asset as it is.
    held, sellable
        Shape (assets,), units in every state, and the part that can be sold.
    spendable
        Cash, base currency; negative when more is owed than held, and then coins are sold for it.

    Returns
    -------
    Trades
        Sales never exceed what is sellable, purchases never exceed the cash after sales.
    """
    value, most = held * market.mid, -sellable * market.mid
    moves = market.tradable & ~np.isnan(wanted)
    weights = np.where(moves, wanted, 0.0)
    total = before = spendable + float(value.sum())
    for _ in range(_ROUNDS):
        delta = np.where(moves, np.maximum(weights * max(total, 0.0) - value, most), 0.0)
        after = before - _cost_of(market, delta)
        if abs(after - total) <= _PRECISION * max(before, 1.0):
            break
        total = after
    units = np.where(moves & (delta <= most), -sellable, market.to_units(delta))
    return _within_cash(market, units, spendable)


def size_spend(market: Market, amounts: Floats, *, spendable: float) -> Trades:
    """Spend base currency on each asset, costs included.

    Parameters
    ----------
    market
        Prices, liquidity and costs.
    amounts
        Shape (assets,), base currency, at least 0.
    spendable
        Cash, base currency; amounts are cut in proportion when it is less.
    """
    asked = np.where(market.tradable, amounts, 0.0)
    affordable = asked * min(1.0, max(spendable, 0.0) / (asked.sum() or 1.0))
    before_fee = affordable / (1.0 + market.costs.fee_frac)
    notional = before_fee
    for _ in range(_ROUNDS):
        last, notional = notional, before_fee / (1.0 + market.slip_frac(notional))
        if np.array_equal(last, notional):
            break
    return _within_cash(market, market.to_units(notional), spendable)


def size_units(market: Market, wanted: Floats, *, held: Floats, sellable: Floats, spendable: float) -> Trades:
    """Trade to a number of units; nan leaves an asset as it is."""
    units = np.where(np.isnan(wanted) | ~market.tradable, 0.0, wanted - held)
    return _within_cash(market, np.maximum(units, -sellable), spendable)


def _cost_of(market: Market, delta: Floats) -> float:
    slip, fee = market.slip_frac(delta), market.costs.fee_frac
    return float((np.abs(delta) * (slip + fee) + delta * slip * fee).sum())


def _within_cash(market: Market, units: Floats, spendable: float) -> Trades:
    trades = execute(market, market.round_lots(units))
    short = -trades.cash - spendable
    if short <= ROUNDING * max(trades.notional, 1.0):
        return trades
    buys = trades.units > 0
    bought = -execute(market, np.where(buys, trades.units, 0.0)).cash
    kept = max(0.0, 1.0 - short / bought) if bought > 0 else 0.0
    return execute(market, market.round_lots(np.where(buys, trades.units * kept, trades.units)))
