"""The figures of a run as scripts read them: JSON-ready, every number a Decimal written as a string."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from dat.backtest.result import RunResult
from dat.core.money import exact, exact_or_none
from dat.core.time import BarSize, iso
from dat.report.record import Figures

__all__ = ["result_from", "result_json"]

_MONEY_PLACES = 8
_UNIT_PLACES = 12


def result_json(result: RunResult, figures: Figures) -> dict[str, Any]:
    """Give who was run and what came of it.

    Parameters
    ----------
    result
        A run of at least one bar.
    figures
        Its measures, as the report prints them.

    Returns
    -------
    dict
        Money with 8 decimals, units with 12, undefined measures None; keys as docs/cli.md lists them.
    """
    last = result.daily.iloc[-1]
    return {
        "treasury": result.treasury,
        "mode": result.mode,
        "base_currency": result.base,
        "core": result.core,
        "assets": list(result.assets),
        "bar": result.bar.text,
        "bars": len(result.daily),
        "start": iso(result.daily["as_of"].iloc[0] - result.bar.delta),
        "end": iso(last["as_of"]),
        "equity_final": _money(last["nav"]),
        "cash": _money(last["cash"]),
        "payable": _money(last["payable"]),
        "ventures": _money(last["venture_value"]),
        "unfunded": _money(last["unfunded"]),
        "shares": _money(last["shares"]),
        "nav_per_share": _optional(last["nav_per_share"]),
        "holdings_per_share": _optional(last["hps"]),
        "holdings": _holdings(result),
        "costs": {kind: _money(cost) for kind, cost in result.costs.items()},
        "measures": {name: _text(value) for name, value in asdict(figures).items()},
    }


def result_from(tables: Mapping[str, Any], facts: Mapping[str, Any]) -> RunResult:
    """Put a stored run together again; `facts` is what `result_json` gave."""
    return RunResult(
        treasury=facts["treasury"],
        mode=facts["mode"],
        base=facts["base_currency"],
        core=facts["core"],
        assets=tuple(facts["assets"]),
        bar=BarSize(facts["bar"]),
        **tables,
    )


def _holdings(result: RunResult) -> dict[str, str]:
    held = result.holdings[result.holdings["as_of"] == result.daily["as_of"].iloc[-1]]
    units = held["liquid"] + held["staked"] + held["unbonding"]
    return {asset: _units(count) for asset, count in zip(held["asset"], units, strict=True)}


def _money(value: float) -> str:
    return f"{exact(value, _MONEY_PLACES):f}"


def _units(value: float) -> str:
    return f"{exact(value, _UNIT_PLACES):f}"


def _optional(value: float) -> str | None:
    known = exact_or_none(value, _UNIT_PLACES)
    return None if known is None else f"{known:f}"


def _text(value: Decimal | int | None) -> str | int | None:
    return f"{value:f}" if isinstance(value, Decimal) else value
