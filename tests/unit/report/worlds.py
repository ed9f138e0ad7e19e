"""Invented treasuries, run by the engine on seeded random walks: ordinary ones and the edges."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.backtest.scenario import Scenario
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.mandate.mandate import Mandate
from dat.market.panel import Panel
from dat.market.series import Series
from dat.orders.targets import Targets
from dat.report.contents import build_report
from dat.report.record import Report
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from strategies.passive import Passive
from tests.scenarios import Scripted, day, panel_of, scenario_of

__all__ = ["MANDATES", "WORLDS", "manifest_of", "report_of", "run_world"]

HOSTILE = "<script>alert(1)</script> & \"Sons\" 'Ltd' #strong[x] $y$ \\ @z"
_FIVE = {"BTC": 29_300.0, "ETH": 740.0, "BNB": 112.0, "SOL": 31.0, "XRP": 0.62}
_COSTS: dict[str, Any] = {
    "trading": TradingCosts(fee_bps=10, half_spread_bps=4, impact_coefficient=0.1),
    "running": RunningCosts(nav_bps_per_year=35, cash_rate_per_year=0.02),
    "base": "USDT",
}
_DEALS = (
    Commitment("Rollup Sequencer SAFT", 12_000_000.0, 12, "L2 and modular"),
    Commitment("Compute Market equity", 10_000_000.0, 10, "AI + crypto"),
    Commitment("Stablecoin issuer, series A", 15_000_000.0, 6, "stablecoins and payments"),
)
_TOO_BIG = Commitment("Validator joint venture", 900_000_000.0, 1, "staking")


def _walk(first: Mapping[str, float], days: int, *, seed: int = 7) -> Panel:
    # No market model: a shared random walk, and one of its own for each coin after the first.
    rng = np.random.default_rng(seed)
    market, paths = rng.normal(0.0014, 0.026, days), {}
    for place, (asset, price) in enumerate(first.items()):
        steps = market + rng.normal(0.0, 0.018, days) * (place > 0)
        digits = 2 if price >= 100 else 4 if price >= 0.1 else 12
        paths[asset] = np.round(price * np.exp(np.cumsum(steps) - steps[0]), digits)
    volume = {asset: 1e9 / path for asset, path in paths.items()}
    return panel_of(paths, volume=volume, start="2021-01-01")


def _premium(panel: Panel, middle: float) -> dict[str, Series]:
    waves = middle + 0.45 * np.sin(np.arange(len(panel.as_of)) / 130.0)
    return {"premium": Series("premium", panel.as_of, np.maximum(0.4, waves))}


def _monthly_money(days: int, amount: float) -> tuple[Contribution, ...]:
    first = day(0) - timedelta(days=1095)  # 2021-01-01
    return tuple(Contribution(first + timedelta(days=30 * n), amount) for n in range(1, days // 30))


def _passive(days: int = 1825) -> Scenario:
    capital = CapitalPlan(1e8, contributions=_monthly_money(days, 1e6))
    panel = _walk({"BTC": 29_300.0}, days)
    facts: dict[str, Any] = {"treasury": "Meridian Bitcoin Reserve", "rule": Rule("7d"), "capital": capital}
    return scenario_of(panel, Passive("BTC", policy="deploy_all"), **facts, **_COSTS)


def _multi_asset() -> Scenario:
    panel, names = _walk(_FIVE, 1825), tuple(_FIVE)
    policy = Targets.weights(dict(zip(names, (0.45, 0.2, 0.15, 0.1, 0.08), strict=True)), "policy weights")
    denied = Targets.weights({"BTC": 0.612, "ETH": 0.3}, "more of the first coin")
    strategy = Scripted(names, dict.fromkeys((391, 781, 1171, 1561), denied), always=policy)
    atm = AtmRule(1.2, 0.015, deploy_days=5)
    return scenario_of(
        panel,
        strategy,
        treasury="Northgate Digital Assets",
        mode="multi_asset",
        rule=Rule("30d"),
        mandate=Mandate(names, weight_max={"BTC": 0.5, "ETH": 0.22, "SOL": 0.11}, cash_min_frac=0.01),
        capital=CapitalPlan(1e8, shares_start=4e7, mnav_series="premium", atm=atm),
        series=_premium(panel, 1.35),
        **_COSTS,
    )


def _ecosystem() -> Scenario:
    panel = _walk({"ETH": 740.0, "BNB": 112.0}, 1825, seed=11)
    split, staked = {"ETH": 0.7, "BNB": 0.08}, {"ETH": 0.6}
    script = {
        1 + 90 * (2 * place + 1): Targets.weights(
            split, f"fund {deal.deal}", staked_frac=staked, commitments=(deal,)
        )
        for place, deal in enumerate(_DEALS)
    }
    script[1 + 90 * 8] = Targets.weights(split, "fund a validator", commitments=(_TOO_BIG,))
    return scenario_of(
        panel,
        Scripted(("ETH", "BNB"), script, always=Targets.weights(split, "policy weights", staked_frac=staked)),
        treasury="Aurora Ether Ecosystem",
        mode="ecosystem",
        rule=Rule("90d"),
        mandate=Mandate(("ETH", "BNB"), illiquid_max_frac=0.2, deal_max_frac=0.1),
        capital=CapitalPlan(2.5e8, shares_start=2.5e7, mnav=1.1),
        staking={"ETH": StakingTerms(apr_frac=0.03)},
        **_COSTS,
    )


def _active() -> Scenario:
    panel = _walk({"BTC": 29_300.0}, 1825, seed=5)
    always = Targets.weights({"BTC": 0.8}, "close above its 100-day mean: exposure 0.80")
    facts: dict[str, Any] = {"treasury": "Tidewater Active Bitcoin", "mode": "active", "cash": 1e8}
    return scenario_of(panel, Scripted(("BTC",), always=always), **facts, **_COSTS)


def _waiting(name: str, days: int, shares: float = 0.0) -> Scenario:
    capital = CapitalPlan(1e8, shares_start=shares, mnav=1.0 if shares else None)
    panel = _walk({"BTC": 29_300.0}, days)
    return scenario_of(panel, treasury=name, rule=Rule("monthly"), capital=capital, **_COSTS)


def _weighted(name: str, prices: Mapping[str, float], days: int, *, rule: str, **capital: float) -> Scenario:
    weights = dict(zip(prices, (0.5, 0.4), strict=True))
    return scenario_of(
        _walk(prices, days),
        Scripted(tuple(prices), always=Targets.weights(weights, "policy weights")),
        treasury=name,
        mode="multi_asset",
        rule=Rule(rule),
        capital=CapitalPlan(capital["cash"], shares_start=capital["shares"], mnav=1.25),
        **_COSTS,
    )


def _hostile() -> Scenario:
    reason = HOSTILE + " " + "x" * 180
    deal = Commitment(HOSTILE, 2e8, 1)
    script = {n: Targets.weights({"BTC": 0.5}, reason, commitments=(deal,)) for n in (31, 91)}
    strategy = Scripted(("BTC",), script, always=Targets.weights({"BTC": 0.5}, reason))
    facts: dict[str, Any] = {
        "treasury": HOSTILE,
        "rule": Rule("30d"),
        "cash": 1e8,
        "mandate": Mandate(("BTC",)),
    }
    return scenario_of(_walk({"BTC": 29_300.0}, 120), strategy, **facts, **_COSTS)


_LONG = {"BTC": 94_000.0, "SHIBDOLLARLONGTICKER": 0.83}
_SMALL = {"PEPE": 1.2e-6, "SHIB": 8.7e-6}

WORLDS: Mapping[str, Scenario] = MappingProxyType(
    {
        "passive": _passive(),
        "multi_asset": _multi_asset(),
        "ecosystem": _ecosystem(),
        "active": _active(),
        "one_bar": replace(_passive(days=1), treasury="One Bar Holdings"),
        "no_fills": _waiting("Waiting Treasury", 200, shares=1e6),
        "all_cash": _waiting("All Cash Treasury", 90),
        "huge": _weighted("Sovereign Reserve", _LONG, 400, rule="30d", cash=1e12, shares=9.9e11),
        "tiny": _weighted("Micro Price Treasury", _SMALL, 365, rule="7d", cash=25_000.0, shares=50_000.0),
        "hostile": _hostile(),
    }
)
"""Three ordinary treasuries, one that trades daily, and the edges."""

MANDATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "passive": (
            "Hold BTC only. Never sell.",
            "Deploy all new cash at the open of the next bar.",
            "Keep at most 2% of NAV in cash after a purchase.",
        ),
        "hostile": (HOSTILE, "Second rule."),
    }
)


@cache
def run_world(name: str) -> RunResult:
    """Run a world once a process; tables are shared and must not be changed in place."""
    return run(WORLDS[name])


@cache
def report_of(name: str) -> Report:
    """Make the report of a world once a process; it is frozen."""
    result = run_world(name)
    return build_report(result, manifest=manifest_of(result), mandate=MANDATES.get(name, MANDATES["passive"]))


def manifest_of(result: RunResult, *, filled: tuple[str, ...] = ()) -> dict[str, Any]:
    """A manifest as the app writes it, with invented hashes."""
    lines = (
        "[treasury]",
        f'name = "{result.treasury}"',
        f'mode = "{result.mode}"',
        f'base = "{result.base}"',
    )
    text = "\n".join((*lines, "", "[strategy]", f'name = "{result.mode}"', ""))
    first, last = result.daily["as_of"].iloc[0], result.daily["as_of"].iloc[-1]
    return {
        "run_id": hashlib.sha256(f"run {text}".encode()).hexdigest(),
        "dat_version": "0.1.0",
        "code_sha256": hashlib.sha256(b"code").hexdigest(),
        "python": "3.11.7",
        "libraries": {
            "numpy": "2.4.6",
            "pandas": "3.1.1",
            "typst": "0.15.2",
            "vl-convert-python": "1.9.0.post1",
        },
        "seed": 7,
        "treasury_file": {
            "name": f"{result.mode}.toml",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "text": text,
        },
        "data": [
            {
                "name": f"binance {asset}/{result.base} 1d",
                "source": "sample data (MIT, invented for this test)",
                "rows": len(result.daily),
                "first": first.isoformat(),
                "last": last.isoformat(),
                "sha256": hashlib.sha256(asset.encode()).hexdigest(),
                "filled": list(filled),
            }
            for asset in result.assets
        ],
        "assumptions": [
            "Fills at the open of the bar after the decision; fee 10 bps, half-spread 4 bps, impact 1 bp.",
            "Cash earns 2.00% a year, simple, credited daily.",
        ],
    }
