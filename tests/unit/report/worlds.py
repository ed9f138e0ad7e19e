"""Invented treasuries: ordinary ones and the edges."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from dat.backtest.result import RunResult
from tests.unit.report.simulation import World, run_world

__all__ = ["MANDATES", "WORLDS", "World", "manifest_of", "run_world"]

_HOSTILE = "<script>alert(1)</script> & \"Sons\" 'Ltd' #strong[x] $y$ \\ @z"
_FIVE = {"BTC": 29_300.0, "ETH": 740.0, "BNB": 112.0, "SOL": 31.0, "XRP": 0.62}
_PASSIVE = World(
    "Meridian Bitcoin Reserve",
    "passive",
    {"BTC": 1.0},
    {"BTC": 29_300.0},
    monthly_inflow=1_000_000.0,
    reason="buy with all new cash, whatever the price",
)

WORLDS: Mapping[str, World] = MappingProxyType(
    {
        "passive": _PASSIVE,
        "multi_asset": World(
            "Northgate Digital Assets",
            "multi_asset",
            {"BTC": 0.45, "ETH": 0.2, "BNB": 0.15, "SOL": 0.1, "XRP": 0.08},
            _FIVE,
            shares=40_000_000.0,
            mnav=1.35,
            rebalance_days=30,
            denied=("BTC would be 0.612 of NAV; the limit is 0.600",),
        ),
        "ecosystem": World(
            "Aurora Ether Ecosystem",
            "ecosystem",
            {"ETH": 0.7, "BNB": 0.08},
            {"ETH": 740.0, "BNB": 112.0},
            capital=250_000_000.0,
            shares=25_000_000.0,
            mnav=1.1,
            staked_frac=0.6,
            rebalance_days=90,
            seed=11,
            deals=(
                ("Rollup Sequencer SAFT", "L2 and modular", 0.05),
                ("Compute Market equity", "AI + crypto", 0.04),
                ("Stablecoin issuer, series A", "stablecoins and payments", 0.06),
            ),
            denied=(
                "ventures would be 0.2134 of NAV; the limit is 0.2000",
                "Compute Market equity exceeds the cap per deal",
            ),
        ),
        "active": World(
            "Tidewater Active Bitcoin",
            "active",
            {"BTC": 0.8},
            {"BTC": 29_300.0},
            rebalance_days=1,
            reason="close above its 100-day mean: exposure 0.80",
            seed=5,
        ),
        "one_bar": replace(_PASSIVE, name="One Bar Holdings", days=1),
        "no_fills": replace(
            _PASSIVE, name="Waiting Treasury", weights={"BTC": 0.0}, days=200, shares=1_000_000.0, mnav=1.0
        ),
        "all_cash": replace(
            _PASSIVE, name="All Cash Treasury", weights={"BTC": 0.0}, days=90, monthly_inflow=0.0
        ),
        "huge": World(
            "Sovereign Reserve",
            "multi_asset",
            {"BTC": 0.5, "SHIBDOLLARLONGTICKER": 0.4},
            {"BTC": 94_000.0, "SHIBDOLLARLONGTICKER": 0.83},
            capital=1e12,
            shares=9.9e11,
            mnav=1.3,
            rebalance_days=30,
            days=400,
        ),
        "tiny": World(
            "Micro Price Treasury",
            "multi_asset",
            {"PEPE": 0.6, "SHIB": 0.3},
            {"PEPE": 1.2e-6, "SHIB": 8.7e-6},
            capital=25_000.0,
            shares=50_000.0,
            mnav=1.2,
            rebalance_days=7,
            days=365,
        ),
        "hostile": replace(
            _PASSIVE,
            name=_HOSTILE,
            reason=_HOSTILE + " " + "x" * 180,
            days=120,
            rebalance_days=30,
            denied=(_HOSTILE,),
            denied_days=50,
        ),
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
        "hostile": (_HOSTILE, "Second rule."),
    }
)


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
        "run_id": hashlib.sha256(text.encode()).hexdigest(),
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
