"""Published, quoted and toy figures of digital-asset treasuries: every row of kpi_rows.csv is one test."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dat.measures.multiples import (
    accretion_issue_and_buy,
    accretion_sell_and_buyback,
    coin_gain,
    coin_yield,
    coin_yield_additive,
    days_to_cover_mnav,
    holdings_per_share,
    mnav_basic,
)
from dat.measures.returns import modified_dietz, time_weighted_return
from dat.measures.risk import sharpe

SATS = 1e8

with (Path(__file__).parent / "kpi_rows.csv").open(newline="", encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


def modified_dietz_by_day(bv: float, ev: float, flows: list[list[float]], days: float) -> float:
    weights = [(days - day) / days for _, day in flows]
    return modified_dietz(bv, ev, flows=[amount for amount, _ in flows], weights=weights)


def mnav_of_market_cap(**given: float) -> float:
    if "mcap" in given:
        return mnav_basic(given["mcap"], given["nav"])
    return mnav_basic(given["shares"] * given["px"], given["btc"] * given["price"])


def yield_and_gain(btc_start: float, sh_start: float, btc_end: float, sh_end: float) -> list[float]:
    growth = coin_yield(holdings_per_share(btc_start, sh_start), holdings_per_share(btc_end, sh_end))
    return [growth, coin_gain(btc_start, growth)]


def additive_quarters(bps: list[float]) -> list[float]:
    first, second, third = bps
    return [
        coin_yield_additive(first, second, hps_year_start=first),
        coin_yield_additive(second, third, hps_year_start=first),
        coin_yield_additive(first, third, hps_year_start=first),
    ]


def leveraged_return(L: float, r: list[float]) -> float:
    return time_weighted_return(L * np.array(r))


FORMULAS: dict[str, Callable[..., Any]] = {
    "accretion_issue_and_buy": lambda s, mnav: accretion_issue_and_buy(s, mnav),
    "accretion_sell_and_buyback": lambda x, mnav: accretion_sell_and_buyback(x, mnav),
    "bps_assumed_diluted_sats": lambda btc, shares, convert, conv_px, **_: (
        SATS * holdings_per_share(btc, shares + convert / conv_px)
    ),
    "btc_gain": lambda btc_start, btc_yield: coin_gain(btc_start, btc_yield),
    "btc_per_share_sats": lambda btc, adso: SATS * holdings_per_share(btc, adso),
    "btc_yield": lambda btc_start, adso_start, btc_end, adso_end: coin_yield(
        holdings_per_share(btc_start, adso_start), holdings_per_share(btc_end, adso_end)
    ),
    "btc_yield_additive_quarter": additive_quarters,
    "btc_yield_and_gain": yield_and_gain,
    "btc_yield_chained": lambda q: time_weighted_return(q),
    "btc_yield_from_gain": lambda btc_gain, btc_start: coin_yield(btc_start, btc_start + btc_gain),
    "btc_yield_unchained_last_quarter": lambda fy, ytd_q3: coin_yield(1 + ytd_q3, 1 + fy),
    "days_to_cover_mnav": lambda mnav, daily_yield: days_to_cover_mnav(mnav, daily_yield),
    "eth_concentration": lambda eth, adso: holdings_per_share(eth, adso / 1000),
    "eth_concentration_growth": lambda conc_start, conc_end: coin_yield(conc_start, conc_end),
    "mnav_basic": mnav_of_market_cap,
    "modified_dietz": modified_dietz_by_day,
    "sharpe_iid": lambda r, bench: sharpe(r, periods_per_year=1, risk_free_per_period=bench),
    "sol_per_share": lambda sol, shares: holdings_per_share(sol, shares),
    "volatility_drag_of_rebalanced_leverage": leveraged_return,
}


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row['metric']}-{row['company']}-{row['period']}" for row in ROWS]
)
def test_row_of_the_table(row: dict[str, str]) -> None:
    found = np.atleast_1d(FORMULAS[row["metric"]](**json.loads(row["inputs"])))
    expected = np.atleast_1d(json.loads(row["expected"]))
    tolerance = np.broadcast_to(json.loads(row["tolerance"]), expected.shape)
    assert found.shape == expected.shape
    assert (np.abs(found - expected) <= tolerance).all(), f"{found} is not {expected}: {row['source']}"


def test_every_formula_has_a_row() -> None:
    assert {row["metric"] for row in ROWS} == set(FORMULAS)


def test_concentration_on_a_share_count_wrong_by_48_times_is_not_the_published_one() -> None:
    # A press page gave SharpLink 4.5 million assumed diluted shares instead of about 215 million.
    assert abs(holdings_per_share(859_853, 4_500_000 / 1000) - 4.0) > 100
