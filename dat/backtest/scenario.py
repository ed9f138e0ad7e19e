"""All that one run needs, in memory: facts in, result out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

import numpy as np

from dat.core.time import parse_instant
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.errors import DataError
from dat.mandate.mandate import Mandate
from dat.market.panel import Panel
from dat.market.series import Series
from dat.strategy.contract import Strategy
from dat.strategy.when import Rule
from dat.treasury.capital import CapitalPlan
from dat.treasury.staking import StakingTerms

__all__ = ["Lot", "Policy", "Scenario"]


@dataclass(frozen=True, slots=True)
class Lot:
    """Smallest tradable steps of an asset: units are rounded down to `step`, smaller trades are dropped.

    Parameters
    ----------
    step
        Units; 0 means fractional, 1 whole units.
    notional_min
        Base currency.
    """

    step: float = 0.0
    notional_min: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """What to hold, when to trade, and what is allowed."""

    strategy: Strategy
    rule: Rule
    mandate: Mandate


@dataclass(frozen=True)
class Scenario:
    """A treasury, its market and its costs, ready to run.

    Parameters
    ----------
    treasury, mode, base, core
        Name, mode, base currency, and the coin whose units per share are followed.
    panel, series
        Bars and extra series; bars before `start` are history that the strategy may see.
    policy, capital
        What to hold and when; where the money comes from.
    trading, running
        Costs.
    lots, staking
        By asset; an asset without an entry is fractional, and is not staked.
    start, end
        First open and last close of the run; None takes all bars.
    fill
        ``next_open`` trades at the open after the decision; ``same_close`` at the close it rests on.

    Raises
    ------
    DataError
        When the run would hold no bar, or the core coin, an asset or a series that is named has no data.
    """

    treasury: str
    mode: str
    base: str
    core: str
    panel: Panel
    policy: Policy
    capital: CapitalPlan
    series: Mapping[str, Series] = field(default_factory=lambda: MappingProxyType({}))
    trading: TradingCosts = field(default_factory=TradingCosts)
    running: RunningCosts = field(default_factory=RunningCosts)
    lots: Mapping[str, Lot] = field(default_factory=lambda: MappingProxyType({}))
    staking: Mapping[str, StakingTerms] = field(default_factory=lambda: MappingProxyType({}))
    start: datetime | None = None
    end: datetime | None = None
    fill: Literal["next_open", "same_close"] = "next_open"

    def __post_init__(self) -> None:
        needs = self.policy.strategy.needs
        self._require_known("bars", {self.core, *needs.assets}, self.panel.assets)
        self._require_known("series", {*needs.series, *self._series_named()}, self.series)
        self._require_plausible()
        if not np.isfinite(self.panel.close[self.rows.start : self.rows.stop]).any():
            first, last = self.panel.open_time[0], self.panel.as_of[-1]
            asked, given = f"{self.start} and {self.end}", f"{first}Z to {last}Z"
            raise DataError(f"{self.treasury}: no bar between {asked}; bars reach from {given}")

    def _series_named(self) -> set[str]:
        named = {terms.apr_series for terms in self.staking.values()} | {self.capital.mnav_series}
        return {name for name in named if name is not None}

    def _require_known(self, what: str, named: Iterable[str], given: Iterable[str]) -> None:
        missing, known = sorted(set(named) - set(given)), ", ".join(given) or "nothing"
        if missing:
            raise DataError(
                f"{self.treasury}: no {what} for {', '.join(missing)}; {what} are given for {known}"
            )

    def _require_plausible(self) -> None:
        for asset, terms in self.staking.items():
            if terms.apr_series is not None:
                use = f"the staking rate of {asset}, a fraction of 0 to 1 a year"
                _require_between(self.series[terms.apr_series], low=0.0, high=1.0, use=use)
        if self.capital.mnav_series is not None:
            use = "mNAV, a multiple above 0 and at most 50, never per cent"
            _require_between(self.series[self.capital.mnav_series], low=1e-9, high=50.0, use=use)

    @property
    def rows(self) -> range:
        """Rows of the panel that the run steps through."""
        opens, closes = self.panel.open_time, self.panel.as_of
        first = 0 if self.start is None else int(np.searchsorted(opens, _naive(self.start)))
        last = (
            len(opens) if self.end is None else int(np.searchsorted(closes, _naive(self.end), side="right"))
        )
        return range(first, last)


def _require_between(series: Series, *, low: float, high: float, use: str) -> None:
    bad = np.flatnonzero((series.values < low) | (series.values > high))
    if len(bad):
        value, at = series.values[bad[0]], series.known_at[bad[0]]
        raise DataError(f"series {series.name} is used as {use}; it is {value:g} at {at}Z")


def _naive(instant: datetime) -> np.datetime64:
    return np.datetime64(parse_instant(instant).replace(tzinfo=None), "us")
