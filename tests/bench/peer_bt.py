"""The same work in `bt`, where it is installed; it is no dependency."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd

from tests.bench.inputs import ASSETS, daily_closes

__all__ = ["fixed_weights", "weekly_units"]

_FEE = 0.001


def _prices(assets: int) -> pd.DataFrame:
    index = pd.date_range("2015-01-02", periods=len(daily_closes()), freq="D")  # dated by the close
    return pd.DataFrame(daily_closes()[:, :assets], index=index, columns=list(ASSETS[:assets]))


def _final(algos: Callable[[], list[Any]], prices: pd.DataFrame, cash: float) -> float:
    bt = import_module("bt")
    test = bt.Backtest(
        bt.Strategy("peer", algos()),
        prices,
        initial_capital=cash,
        commissions=lambda units, price: abs(units) * price * _FEE,
        integer_positions=False,
        progress_bar=False,
    )
    test.run()
    return float(test.strategy.values.iloc[-1])


def fixed_weights(every: str, assets: int, cash: float) -> Callable[[], float]:
    """Rebalance to equal weights on the first date and on each new day or month."""
    bt, prices = import_module("bt"), _prices(assets)
    due = {"daily": bt.algos.RunDaily, "monthly": bt.algos.RunMonthly}[every]

    def algos() -> list[Any]:
        steps = [bt.algos.SelectAll(), bt.algos.WeighEqually(), bt.algos.Rebalance()]
        return [due(run_on_first_date=True), *steps]

    return lambda: _final(algos, prices, cash)


def weekly_units(cash: float) -> Callable[[], float]:
    """Buy coins for 100 on each seventh date, with the fee on top."""
    bt, prices = import_module("bt"), _prices(1)
    dates = prices.index[::7]

    class Purchase(bt.Algo):  # type: ignore[misc, name-defined]
        def __call__(self, target: Any) -> bool:
            target.transact(100.0 / target.universe[ASSETS[0]].loc[target.now], child=ASSETS[0])
            return True

    return lambda: _final(lambda: [bt.algos.RunOnDate(*dates), Purchase()], prices, cash)
