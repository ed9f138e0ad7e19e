"""Multi-asset: hold several coins by fixed weights or by risk."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dat.strategy import Book, Floats, Needs, Targets, Window, log_returns, param, require
from dat.strategy.optimise.risk_weights import inverse_volatility, minimum_variance

__all__ = ["MultiAsset"]

Flags = npt.NDArray[np.bool_]
_KNOWN_FRAC_MIN = 0.9
_METHODS = {"inverse_volatility": inverse_volatility, "minimum_variance": minimum_variance}


@dataclass(frozen=True)
class MultiAsset:
    """Hold several coins: fixed weights, weights by inverse volatility, or the portfolio of least variance.

    Notes
    -----
    A coin joins once nine tenths of its last `lookback_bars` closes are known; with fixed weights, once it
    has a price. Until then its share is handed to the others. Risk is estimated on the rows that all joined
    coins have, so a missing bar (an outage of the venue) drops a row and not a coin.
    """

    assets: tuple[str, ...] = param(("BTC", "ETH"), "coins that may be held")
    method: str = param("fixed", "fixed, inverse_volatility or minimum_variance")
    weights: Mapping[str, float] | None = param(
        None, "weight by coin, for fixed; they sum to 1; None is equal"
    )
    lookback_bars: int = param(90, "closes that risk is estimated on, bars")
    weight_cap: float = param(1.0, "largest weight of one coin, fraction of what is invested")
    invested_frac: float = param(1.0, "fraction of liquid NAV in coins; the rest stays cash")

    def __post_init__(self) -> None:
        methods = ("fixed", *_METHODS)
        require(self.method in methods, f"method must be one of {', '.join(methods)}; got '{self.method}'")
        require(
            len(set(self.assets)) == len(self.assets) > 0,
            f"assets must be named once each; got {self.assets}",
        )
        require(self.lookback_bars >= 3, f"lookback_bars must be at least 3; got {self.lookback_bars}")
        require(0 < self.invested_frac <= 1, f"invested_frac must be in (0, 1]; got {self.invested_frac}")
        room = self.weight_cap * len(self.assets) >= 1 and self.weight_cap <= 1
        require(room, f"weight_cap must be between 1/{len(self.assets)} and 1; got {self.weight_cap}")
        if self.weights is not None:
            self._check_weights(self.weights)

    @property
    def needs(self) -> Needs:
        """All coins over the lookback; fixed weights look at one bar."""
        return Needs(self.assets, lookback_bars=1 if self.method == "fixed" else self.lookback_bars)

    def decide(self, window: Window, book: Book) -> Targets:
        """Weigh the coins that are known well enough."""
        columns = [window.assets.index(asset) for asset in self.assets]
        close = window.close[-self.needs.lookback_bars :, columns]
        ready = self._ready(close, book)
        history = close[np.isfinite(close[:, ready]).all(axis=1)][:, ready]
        if not ready.any() or (self.method != "fixed" and len(history) < self.lookback_bars / 2):
            return Targets.hold(f"too few of the last {self.needs.lookback_bars} closes are known")
        weights = self._weigh(history, ready) * self.invested_frac
        amounts = dict(zip(self.assets, weights.tolist(), strict=True))
        return Targets.weights(amounts, self._reason(ready))

    def _ready(self, close: Floats, book: Book) -> Flags:
        if self.method == "fixed":
            return np.array([book.price[asset] == book.price[asset] for asset in self.assets])
        enough: Flags = np.isfinite(close).sum(axis=0) >= _KNOWN_FRAC_MIN * self.lookback_bars
        return enough

    def _weigh(self, history: Floats, ready: Flags) -> Floats:
        weights = np.zeros(len(self.assets))
        if self.method == "fixed":
            wanted = self._fixed() * ready
            return np.divide(wanted, wanted.sum() or 1.0)
        cap = max(self.weight_cap, 1.0 / ready.sum())
        weights[ready] = _METHODS[self.method](log_returns(history), cap=cap)
        return weights

    def _fixed(self) -> Floats:
        if self.weights is None:
            return np.full(len(self.assets), 1.0 / len(self.assets))
        return np.array([self.weights.get(asset, 0.0) for asset in self.assets], dtype=np.float64)

    def _check_weights(self, weights: Mapping[str, float]) -> None:
        strangers = [asset for asset in weights if asset not in self.assets]
        require(not strangers, f"weights name {', '.join(strangers)}, which is not among the assets")
        total = float(sum(weights.values()))
        require(abs(total - 1.0) < 1e-9, f"weights must sum to 1; they sum to {total:g}")
        require(min(weights.values()) >= 0, f"weights must be at least 0; got {dict(weights)}")

    def _reason(self, ready: Flags) -> str:
        missing = [asset for asset, known in zip(self.assets, ready, strict=True) if not known]
        waits = f"; {', '.join(missing)} not yet known" if missing else ""
        basis = "" if self.method == "fixed" else f" on {self.lookback_bars} closes"
        return f"{self.method.replace('_', ' ')} weights{basis}{waits}"
