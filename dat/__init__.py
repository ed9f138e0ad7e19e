"""Run a listed crypto treasury: its backtest, its paper run, its live daemon and its board report."""

__version__ = "0.1.0"
