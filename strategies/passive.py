"""Passive single asset: buy one coin on a fixed policy, whatever the price, and never sell."""

from dataclasses import dataclass

from dat.strategy import Book, Needs, Targets, Window, param, require

__all__ = ["Passive"]

_POLICIES = ("lump_sum", "periodic", "deploy_all")


@dataclass(frozen=True)
class Passive:
    """Buy one coin and never sell: all at once, a fixed amount each period, or all cash each period.

    Notes
    -----
    lump_sum spends all cash above `keep_cash` once: on a date of the calendar, while it holds no coin.
    periodic spends `amount` at each date of the calendar.
    deploy_all spends all cash above `keep_cash` at each decision.
    Whatever the policy, the engine deploys new money (issuance, contributions) in the days that are stated.
    """

    asset: str = param("BTC", "coin that is bought")
    policy: str = param("lump_sum", "lump_sum, periodic or deploy_all")
    amount: float = param(0.0, "base currency per purchase, for periodic")
    keep_cash: float = param(0.0, "base currency that is never spent on coins")

    def __post_init__(self) -> None:
        require(
            self.policy in _POLICIES, f"policy must be one of {', '.join(_POLICIES)}; got '{self.policy}'"
        )
        require(self.keep_cash >= 0, f"keep_cash must be at least 0; got {self.keep_cash}")
        periodic = self.policy == "periodic"
        require(self.amount > 0 if periodic else True, f"periodic needs an amount above 0; got {self.amount}")

    @property
    def needs(self) -> Needs:
        """One coin, one bar."""
        return Needs((self.asset,))

    def decide(self, window: Window, book: Book) -> Targets:
        """Spend what the policy says and the treasury has."""
        free = max(0.0, book.spendable - self.keep_cash)
        wanted = {
            "lump_sum": 0.0 if book.units(self.asset) else free,
            "periodic": self.amount * book.scheduled,
            "deploy_all": free,
        }[self.policy]
        spend = min(wanted, free)
        if spend <= 0:
            return Targets.hold("no cash to spend" if wanted else "nothing is due")
        return Targets.spend({self.asset: spend}, f"{self.policy.replace('_', ' ')} purchase of {self.asset}")
