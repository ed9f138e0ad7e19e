"""A strategy in a package of its own."""

from dataclasses import dataclass

from dat.strategy import Book, Needs, Targets, Window, param, require


@dataclass(frozen=True)
class DipBuyer:
    """Buy for a fixed amount whenever the price has fallen far from its high."""

    asset: str = param("BTC", "coin that is bought")
    fall_frac: float = param(0.1, "fall from the high that makes a dip")
    bars: int = param(30, "bars over which the high is taken")
    amount: float = param(1000.0, "base currency per purchase")

    def __post_init__(self) -> None:
        require(0 < self.fall_frac < 1, f"fall_frac must be between 0 and 1; got {self.fall_frac}")

    @property
    def needs(self) -> Needs:
        return Needs((self.asset,), lookback_bars=self.bars)

    def decide(self, window: Window, book: Book) -> Targets:
        known = [close for close in window.closes(self.asset)[-self.bars :] if close == close]
        if not known or known[-1] > (1 - self.fall_frac) * max(known):
            return Targets.hold("no dip")
        money = min(self.amount, max(0.0, book.spendable))
        return Targets.spend({self.asset: money}, f"{1 - known[-1] / max(known):.0%} below the high")
