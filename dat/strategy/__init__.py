"""What a strategy is, how one is found, when it is asked, and what becomes of its answer.

A strategy author needs no other import than this one.
"""

from dat.core.time import parse_instant
from dat.market.rolling import log_returns, rolling_mean
from dat.market.series import Floats
from dat.market.window import Window
from dat.orders.book import Book
from dat.orders.targets import Targets
from dat.strategy.contract import Needs, PriceStrategy, Strategy, param, require
from dat.treasury.venture import Commitment

__all__ = [
    "Book",
    "Commitment",
    "Floats",
    "Needs",
    "PriceStrategy",
    "Strategy",
    "Targets",
    "Window",
    "log_returns",
    "param",
    "parse_instant",
    "require",
    "rolling_mean",
]
