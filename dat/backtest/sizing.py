"""How much to trade at given prices: targets to signed units, after costs, within cash, in whole lots."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dat.backtest.scenario import Lot
from dat.costs.trading import TradingCosts
from dat.market.series import Floats

__all__ = ["Market", "Trades", "execute", "lots_of", "size_spend", "size_units", "size_weights"]

_ROUNDS = 8
_PRECISION = 1e-13


@dataclass(frozen=True, slots=True)
class Market:
    """Prices and liquidity at the instant of a fill; arrays of shape (assets,), nan price where no bar is.

    Parameters
    ----------
    mid
        Price before spread and impact.
    sigma_daily, adv
        Daily volatility and average daily volume in base currency, known before the fill.
    costs
        Rates.
    lot_step, notional_min
        Smallest steps; 0 for none.
    """

    mid: Floats
    sigma_daily: Floats
    adv: Floats
    costs: TradingCosts
    lot_step: Floats
    notional_min: Floats

    @property
    def tradable(self) -> npt.NDArray[np.bool_]:
        """True where there is a price."""
        return np.isfinite(self.mid)

    def slip_frac(self, notional: Floats) -> Floats:
        """Half-spread and impact of trades of this size, as a fraction of mid."""
        impact = self.costs.impact_frac(notional, sigma_daily=self.sigma_daily, adv=self.adv)
        return self.costs.spread_frac + impact

    def round_lots(self, units: Floats) -> Floats:
        """Round units toward zero to whole lots, and drop trades under the minimum notional."""
        step = np.where(self.lot_step > 0, self.lot_step, 1.0)
        whole = np.trunc(np.round(units / step, 9)) * step
        rounded = np.where(self.lot_step > 0, whole, units)
        small = np.abs(rounded) * np.nan_to_num(self.mid) < self.notional_min
        return np.where(small | ~np.isfinite(self.mid), 0.0, rounded)


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


def lots_of(lots: Mapping[str, Lot], assets: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Give lot steps and least notionals as arrays of shape (assets,)."""
    chosen = [lots.get(asset, Lot()) for asset in assets]
    return np.array([lot.step for lot in chosen]), np.array([lot.notional_min for lot in chosen])


def execute(market: Market, units: Floats) -> Trades:
    """Price signed units: a buy above mid, a sale below, and the fee on what was executed."""
    mid = np.nan_to_num(market.mid)
    notional = np.abs(units) * mid
    impact_frac = market.costs.impact_frac(notional, sigma_daily=market.sigma_daily, adv=market.adv)
    price = mid * (1.0 + np.sign(units) * (market.costs.spread_frac + impact_frac))
    fee = np.abs(units) * price * market.costs.fee_frac
    return Trades(units, price, fee, notional * market.costs.spread_frac, notional * impact_frac)


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
    mid = np.nan_to_num(market.mid)
    value = held * mid
    total = liquid = spendable + float(value.sum())
    moves = ~np.isnan(wanted) & market.tradable
    for _ in range(_ROUNDS):
        delta = np.where(moves, np.nan_to_num(wanted) * max(total, 0.0) - value, 0.0)
        delta = np.maximum(delta, -sellable * mid)
        after = liquid - _cost_of(market, delta)
        if abs(after - total) <= _PRECISION * max(liquid, 1.0):
            break
        total = after
    units = np.where(mid > 0, delta / np.where(mid > 0, mid, 1.0), 0.0)
    sales_all = delta <= -sellable * mid
    units = np.where(sales_all & moves, -sellable, units)
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
    amounts = np.where(market.tradable, amounts, 0.0)
    notional = amounts / (1.0 + market.costs.fee_frac)
    for _ in range(_ROUNDS):
        notional = amounts / ((1.0 + market.costs.fee_frac) * (1.0 + market.slip_frac(notional)))
    units = np.where(amounts > 0, notional / np.where(market.tradable, market.mid, 1.0), 0.0)
    return _within_cash(market, units, spendable)


def size_units(market: Market, wanted: Floats, *, held: Floats, sellable: Floats, spendable: float) -> Trades:
    """Trade to a number of units; nan leaves an asset as it is."""
    units = np.where(np.isnan(wanted), 0.0, np.nan_to_num(wanted) - held)
    return _within_cash(market, np.maximum(units, -sellable), spendable)


def _cost_of(market: Market, delta: Floats) -> float:
    slip, fee = market.slip_frac(delta), market.costs.fee_frac
    side = np.sign(delta)
    return float((np.abs(delta) * (slip + fee * (1.0 + side * slip))).sum())


def _within_cash(market: Market, units: Floats, spendable: float) -> Trades:
    rounded = market.round_lots(units)
    trades = execute(market, rounded)
    if (short := -trades.cash - spendable) <= _PRECISION * max(trades.notional, 1.0):
        return trades
    buys = units > 0
    bought = -execute(market, np.where(buys, rounded, 0.0)).cash
    kept = max(0.0, 1.0 - short / bought) if bought > 0 else 0.0
    return execute(market, market.round_lots(np.where(buys, units * kept, units)))
