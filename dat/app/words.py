"""A treasury file said back in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dat.app.settings import TreasuryFile
from dat.app.settings_capital import CapitalSection, CostsSection
from dat.app.wiring import Prepared
from dat.core.time import iso

__all__ = ["Words", "in_words"]

Paragraph = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Words:
    """What a file means: titled sentences, and how far the bars of each asset reach."""

    treasury: str
    mode: str
    paragraphs: tuple[Paragraph, ...]
    coverage: tuple[dict[str, str | int], ...]

    def plain(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        words = {title.lower().replace(" ", "_"): list(lines) for title, lines in self.paragraphs}
        return {"treasury": self.treasury, "mode": self.mode, **words, "coverage": list(self.coverage)}


def in_words(prepared: Prepared) -> Words:
    """Say what would run."""
    settings, policy = prepared.file.settings, prepared.scenario.policy
    paragraphs = (
        ("Run", tuple(_run(prepared))),
        ("Strategy", tuple(_strategy(settings))),
        ("Rule", (policy.rule.in_words(), _FILLS[settings.backtest.fill])),
        ("Mandate", policy.mandate.in_words()),
        ("Capital", tuple(_capital(settings.capital, settings.treasury.base_currency))),
        ("Costs", tuple(_costs(settings.costs, settings.treasury.base_currency))),
        ("Assumptions", tuple(prepared.manifest["assumptions"])),
        ("Warnings", tuple(_warnings(prepared))),
    )
    return Words(settings.treasury.name, settings.treasury.mode, paragraphs, tuple(_coverage(prepared)))


_FILLS = {
    "next_open": "A decision at one close is traded at the next open.",
    "same_close": "A decision at one close is traded at that same close.",
}


def _run(prepared: Prepared) -> Iterator[str]:
    scenario, treasury = prepared.scenario, prepared.file.settings.treasury
    rows, panel = scenario.rows, scenario.panel
    first, last = panel.open_time[rows.start].item(), panel.as_of[rows.stop - 1].item()
    yield f"{treasury.name}: a treasury of mode {treasury.mode}, kept in {scenario.base}."
    yield f"It would run {len(rows):,} bars of {panel.bar}, from {iso(first)} to {iso(last)}."
    yield f"{scenario.core} is the coin that is followed per share."


def _strategy(settings: TreasuryFile) -> Iterator[str]:
    yield f"What to hold is decided by '{settings.strategy.name}'."
    for name, value in settings.strategy.params.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{name}:"
            yield from (f"  {', '.join(f'{key} {item}' for key, item in entry.items())}" for entry in value)
        else:
            yield f"{name}: {_said(value)}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _capital(capital: CapitalSection, base: str) -> Iterator[str]:
    shares = f" and {capital.shares:,f} shares outstanding" if capital.shares else "; no shares are counted"
    yield f"It starts with {capital.cash:,f} {base}{shares}."
    if capital.mnav is not None:
        yield f"The share trades at a constant mNAV of {capital.mnav}."
    if capital.mnav_series is not None:
        yield f"The share trades at the mNAV of series '{capital.mnav_series}'."
    if capital.atm is not None:
        issued, least = capital.atm.issue_frac_per_month * 100, capital.atm.mnav_min
        yield (
            f"While mNAV is at least {least}, {issued.normalize():f} % of the shares is issued each month, "
            f"at a cost of {capital.atm.cost_bps} bps, and the proceeds are deployed over "
            f"{capital.atm.deploy_days} days by the last approved targets."
        )
    for paid in capital.contributions:
        against = f" against {paid.shares:,f} shares" if paid.shares else ""
        deployed = (
            f", deployed over {paid.deploy_days} days" if paid.deploy_days else ", left to the strategy"
        )
        yield f"On {paid.date} {paid.amount:,f} {base} come in{against}{deployed}."


def _costs(costs: CostsSection, base: str) -> Iterator[str]:
    yield (
        f"A trade costs {costs.fee_bps} bps fee and {costs.half_spread_bps} bps half-spread, and moves the "
        f"price by {costs.impact_coefficient} x daily volatility x sqrt(trade / daily volume)."
    )
    yield (
        f"Management costs {costs.management_fixed_per_year:,f} {base} a year, "
        f"{costs.management_per_decision:,f} {base} a decision and "
        f"{costs.management_nav_bps_per_year} bps of NAV a year."
    )
    yield f"Cash earns {(costs.cash_rate_per_year * 100).normalize():f} % a year."


def _warnings(prepared: Prepared) -> Iterator[str]:
    policy = prepared.scenario.policy
    for asset in policy.strategy.needs.assets:
        if asset not in policy.mandate.eligible:
            yield f"The strategy trades {asset}, which mandate.eligible leaves out; holding it is a breach."


def _coverage(prepared: Prepared) -> Iterator[dict[str, str | int]]:
    for bars in prepared.market.coverage:
        yield {
            "asset": bars.asset,
            "series": str(bars.key),
            "bars": len(bars.frame),
            "first_open": iso(bars.first),
            "last_close": iso(bars.last),
            "missing": bars.missing,
            "filled": len(bars.filled),
        }
