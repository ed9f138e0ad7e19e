"""The contract of a strategy. A strategy is a frozen dataclass whose fields are its parameters."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from dat.errors import StrategyError
from dat.market.series import Floats
from dat.market.window import Window
from dat.orders.book import Book
from dat.orders.targets import Targets

__all__ = ["Needs", "PriceStrategy", "Strategy", "param", "require"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a strategy must be given, declared as data.

    Parameters
    ----------
    assets
        Assets that it trades; each needs bars.
    lookback_bars
        Visible bars that it reads at most; with fewer it holds.
    series
        Names of extra series that it reads.
    """

    assets: tuple[str, ...]
    lookback_bars: int = 1
    series: tuple[str, ...] = ()


@runtime_checkable
class Strategy(Protocol):
    """What to hold; no clock, venue or database in reach, and the same inputs give the same answer."""

    @property
    def needs(self) -> Needs:
        """What the strategy must be given."""
        ...

    def decide(self, window: Window, book: Book) -> Targets:
        """Answer what to hold, on what is visible at `window.as_of`."""
        ...


class PriceStrategy(ABC):
    """A strategy that depends on closes alone: write one array function, `decide` follows from it."""

    @property
    @abstractmethod
    def needs(self) -> Needs:
        """What the strategy must be given; `lookback_bars` is how far a row of `weights` looks back."""

    @abstractmethod
    def weights(self, close: Floats) -> Floats:
        """Give target weights for every row.

        Parameters
        ----------
        close
            Shape (bars, assets) in the order of `needs.assets`; nan where a bar is missing.

        Returns
        -------
        ndarray
            Shape (bars, assets), fractions of liquid NAV; row t uses rows <= t only; nan means hold.
        """

    def decide(self, window: Window, book: Book) -> Targets:
        """Answer with the last row of `weights` over the lookback."""
        columns = [window.assets.index(asset) for asset in self.needs.assets]
        row = self.weights(window.close[-self.needs.lookback_bars :, columns])[-1]
        if np.isnan(row).any():
            return Targets.hold(f"fewer than {self.needs.lookback_bars} bars are known")
        return Targets.weights(dict(zip(self.needs.assets, row.tolist(), strict=True)), self.reason(row))

    def reason(self, row: Floats) -> str:
        """Say in words why `row` is the answer; a strategy may say it better."""
        return "target weights " + ", ".join(
            f"{a} {w:.1%}" for a, w in zip(self.needs.assets, row, strict=True)
        )


def param(default: Any, doc: str) -> Any:
    """Declare a parameter of a strategy: a dataclass field with its one-line description.

    Examples
    --------
    >>> from dataclasses import dataclass, fields
    >>> @dataclass(frozen=True)
    ... class Mine:
    ...     asset: str = param("BTC", "coin that is held")
    >>> fields(Mine)[0].metadata["doc"]
    'coin that is held'
    """
    if isinstance(default, list):
        raise StrategyError(f"the default {default!r} of a parameter must be immutable: write a tuple")
    if isinstance(default, Mapping):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata={"doc": doc})
    return field(default=default, metadata={"doc": doc})


def require(holds: bool, text: str) -> None:
    """Refuse a parameter.

    Raises
    ------
    StrategyError
        With `text`, when the condition does not hold.

    Examples
    --------
    >>> require(1 > 0, "fast must be positive")
    """
    if not holds:
        raise StrategyError(text)
