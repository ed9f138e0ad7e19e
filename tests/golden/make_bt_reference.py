"""Write what `bt` makes of a monthly rebalanced portfolio of the five bundled coins.

This is no part of the tests: it ran once, in an environment of its own that has `bt` and not `dat`::

    python3.11 -m venv /path/of/its/own
    /path/of/its/own/bin/python -m pip install "bt==1.4.1" pyarrow
    /path/of/its/own/bin/python tests/golden/make_bt_reference.py

It reads the bundled files itself. Each bar is dated by its close, as a decision on that bar is; `bt` trades
at the close it decides on. It rebalances on the first date and on the first date of each month, in
fractional units.
"""

import json
import platform
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "dat" / "adapters" / "sample" / "files"
WEIGHTS = {"BTC": 0.4, "ETH": 0.25, "BNB": 0.15, "SOL": 0.12, "XRP": 0.08}
CAPITAL = 1_000_000.0


def closes() -> pd.DataFrame:
    frames = {asset: pd.read_feather(SAMPLE / f"{asset}_USDT-1d.feather") for asset in WEIGHTS}
    series = {asset: frame.set_index(frame.columns[0])["close"] for asset, frame in frames.items()}
    table = pd.DataFrame(series)
    table.index = pd.DatetimeIndex(table.index).tz_localize(None) + pd.Timedelta(days=1)
    return table


def equity(prices: pd.DataFrame, fee_frac: float) -> dict[str, float]:
    bt = import_module("bt")  # here, since the test run reads every module for its doctests
    strategy = bt.Strategy(
        "fixed",
        [
            bt.algos.RunMonthly(run_on_first_date=True),
            bt.algos.SelectAll(),
            bt.algos.WeighSpecified(**WEIGHTS),
            bt.algos.Rebalance(),
        ],
    )
    test = bt.Backtest(
        strategy,
        prices,
        initial_capital=CAPITAL,
        commissions=lambda units, price: abs(units) * price * fee_frac,
        integer_positions=False,
        progress_bar=False,
    )
    bt.run(test)
    values = test.strategy.values.loc[prices.index[0] :]
    kept = (values.index.day == 1) | (values.index == values.index[0]) | (values.index == values.index[-1])
    return {str(date.date()): float(value) for date, value in values[kept].items()}


def main() -> None:
    prices = closes()
    reference = {
        "made_by": "tests/golden/make_bt_reference.py",
        "versions": {name: version(name) for name in ("bt", "ffn", "numpy", "pandas")}
        | {"python": platform.python_version()},
        "weights": WEIGHTS,
        "capital": CAPITAL,
        "equity_by_fee_bps": {"0": equity(prices, 0.0), "10": equity(prices, 0.001)},
    }
    path = HERE / "bt_monthly_fixed_weights.json"
    path.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
