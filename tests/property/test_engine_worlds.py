"""Random worlds: the engine against a second implementation, and what must hold in every run."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.backtest.scenario import Scenario
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.treasury.capital import CapitalPlan
from tests.property.second_engine import second_run
from tests.property.worlds import make_world
from tests.scenarios import panel_of

SEEDS = st.integers(0, 2**32 - 1)
KINDS = ("fee", "spread", "impact")


def rows_by_instant(result: RunResult, scenario: Scenario) -> dict[pd.Timestamp, int]:
    """Give the row of the bar in which a trade or a decision happened."""
    ends = result.daily["as_of"]
    is_open = scenario.fill == "next_open"
    starts = ends - scenario.panel.bar.delta if is_open else ends
    return {at: row for row, at in enumerate(starts)}


@settings(max_examples=150)
@given(SEEDS)
def test_two_implementations_agree(seed: int) -> None:
    scenario = make_world(seed)
    ours, other = run(scenario), second_run(scenario)
    scale = np.maximum(np.abs(other.navs), 1.0)

    closes = {at: row for row, at in enumerate(ours.daily["as_of"])}
    decisions = ours.decisions[["as_of", "trigger", "outcome"]].itertuples(index=False)
    assert [(closes[at], trigger, outcome) for at, trigger, outcome in decisions] == other.decisions
    assert np.abs(ours.daily["nav"] - other.navs).max() < 1e-9 * scale.max()
    assert (np.abs(ours.daily["nav"] - other.navs) / scale).max() < 1e-9
    assert (np.abs(ours.daily["cash"] - other.cashes) / scale).max() < 1e-9

    units = ours.holdings[["liquid", "staked", "unbonding"]].sum(axis=1).to_numpy()
    price = np.nan_to_num(ours.holdings["price"].to_numpy())
    expected = np.array([list(held.values()) for held in other.held]).ravel()
    width = len(scenario.panel.assets)
    assert (np.abs(units - expected) * price / np.repeat(scale, width)).max() < 1e-9
    for kind in KINDS:
        assert abs(ours.costs[kind] - other.costs[kind]) < 1e-9 * scale.max()
    calls = ours.ventures[ours.ventures["event"] == "call"]
    assert list(zip(calls["deal"], calls["amount"], strict=True)) == other.paid_calls
    passed = zip(ours.breaches["as_of"].map(closes), ours.breaches["rule"], strict=True)
    assert [(int(row), rule) for row, rule in passed] == other.passed_limits


@settings(max_examples=150)
@given(SEEDS)
def test_the_books_of_a_run_balance(seed: int) -> None:
    scenario = make_world(seed)
    result = run(scenario)
    daily, holdings, scale = result.daily, result.holdings, max(1.0, result.daily["nav"].abs().max())

    parts = daily["coin_value"] + daily["cash"] + daily["venture_value"] - daily["payable"]
    assert np.abs(daily["nav"] - parts).max() <= 1e-12 * scale
    by_asset = holdings.groupby("as_of", sort=False)["value"].sum().to_numpy()
    assert np.abs(by_asset - daily["coin_value"]).max() <= 1e-12 * scale
    assert daily["cash"].min() >= 0.0
    assert daily["payable"].min() >= 0.0
    assert holdings[["liquid", "staked", "unbonding"]].to_numpy().min() >= 0.0
    assert daily[[f"{kind}_cost" for kind in (*KINDS, "management")]].to_numpy().min() >= -1e-9 * scale

    counted = daily[daily["shares"] > 0]
    core = holdings[holdings["asset"] == scenario.core].set_index("as_of").loc[counted["as_of"]]
    in_every_state = core[["liquid", "staked", "unbonding"]].sum(axis=1).to_numpy()
    assert np.allclose(counted["hps"] * counted["shares"], in_every_state, rtol=1e-12)
    assert np.allclose(counted["nav_per_share"] * counted["shares"], counted["nav"], rtol=1e-12, atol=1e-9)
    market_cap, coins = counted["share_price"] * counted["shares"], counted["coin_value"]
    assert np.allclose(market_cap, counted["mnav"] * coins, rtol=1e-12, equal_nan=True)
    assert counted["mnav"].notna().eq((coins > 0) & (scenario.capital.mnav is not None)).all()

    ventures, called = result.ventures, result.ventures["event"] == "call"
    promised = ventures.loc[~called, "amount"].sum()
    assert np.isclose(daily["venture_value"].iloc[-1], ventures.loc[called, "amount"].sum())
    assert np.isclose(daily["unfunded"].iloc[-1] + daily["venture_value"].iloc[-1], promised)


@settings(max_examples=150)
@given(SEEDS)
def test_cash_reconciles_from_the_tables_alone(seed: int) -> None:
    scenario = make_world(seed)
    result = run(scenario)
    daily, fills = result.daily, result.fills
    row_of, bars = rows_by_instant(result, scenario), len(daily)

    def per_bar(table: pd.DataFrame, values: pd.Series, rows: dict[pd.Timestamp, int]) -> pd.Series:
        place = table["as_of"].map(rows).astype("int64")
        return values.groupby(place).sum().reindex(range(bars), fill_value=0.0)

    columns = {"fee": "fee_cost", "notional": "traded"} | {
        f"{kind}_cost": f"{kind}_cost" for kind in KINDS[1:]
    }
    for of_fills, of_bars in columns.items():
        summed = per_bar(fills, fills[of_fills], row_of)
        assert np.allclose(summed, daily[of_bars], rtol=1e-12, atol=1e-12)

    bought = fills["notional"] * np.where(fills["side"] == "buy", 1.0, -1.0)
    paid = daily["management_cost"] - daily["payable"].diff().fillna(daily["payable"])
    income = daily["flow_open"] + daily["flow_close"] + daily["interest_income"]
    called = daily["venture_value"].diff().fillna(daily["venture_value"])
    spent = per_bar(fills, bought, row_of) + daily["fee_cost"] + called + paid
    change = daily["cash"].diff().fillna(daily["cash"])
    assert np.abs(change - (income - spent)).max() <= 1e-9 * max(1.0, daily["nav"].abs().max())

    at_mid = (fills["price"] - fills["mid_price"]).abs() * fills["units"]
    assert np.allclose(at_mid, fills["spread_cost"] + fills["impact_cost"], rtol=1e-6, atol=1e-9)


@settings(max_examples=60)
@given(SEEDS)
def test_coins_and_shares_reconcile_from_the_tables_alone(seed: int) -> None:
    scenario = make_world(seed)
    result = run(scenario)
    daily, fills, moves = result.daily, result.fills, result.moves
    closes = {at: row for row, at in enumerate(daily["as_of"])}

    def by_bar(table: pd.DataFrame, values: pd.Series) -> pd.Series:
        closed = table["as_of"].where(table["moment"] == "close", table["as_of"] + scenario.panel.bar.delta)
        rows = closed.map(closes)
        return values.groupby(rows.astype("int64")).sum().reindex(range(len(daily)), fill_value=0.0).cumsum()

    for asset in scenario.panel.assets:
        held = result.holdings[result.holdings["asset"] == asset].reset_index(drop=True)
        traded = fills["units"] * np.where(fills["side"] == "buy", 1.0, -1.0) * (fills["asset"] == asset)
        moved = {
            event: by_bar(moves, moves["units"] * ((moves["event"] == event) & (moves["asset"] == asset)))
            for event in ("stake", "unstake", "unlock", "reward")
        }
        expected = {
            "liquid": by_bar(fills, traded) + moved["unlock"] - moved["stake"],
            "staked": moved["stake"] + moved["reward"] - moved["unstake"],
            "unbonding": moved["unstake"] - moved["unlock"],
        }
        for state, units in expected.items():
            assert np.allclose(held[state], units, rtol=1e-9, atol=1e-9), (asset, state)
    is_reward = moves["event"] == "reward"
    earned = by_bar(moves, moves["value"])
    assert np.allclose(earned, daily["staking_income"].cumsum(), rtol=1e-9, atol=1e-9)
    assert (moves.loc[~is_reward, "value"] == 0.0).all()

    came, issued = result.contributions, result.issuances
    shares = came["shares"].sum() + issued["shares_issued"].sum()
    assert np.isclose(daily["shares"].iloc[-1], shares, rtol=1e-12)
    assert np.isclose(daily["flow_open"].sum(), came["amount"].sum(), rtol=1e-12)
    assert came["as_of"].isin(daily["as_of"] - scenario.panel.bar.delta).all()


@settings(max_examples=60)
@given(SEEDS, st.floats(0.0, 1.0))
def test_cutting_the_future_off_does_not_change_the_past(seed: int, part: float) -> None:
    scenario = make_world(seed)
    rows = max(1, round(part * len(scenario.panel)))
    cut = scenario.panel.head(rows)
    if not np.isfinite(cut.close).any():
        return
    whole, shorter = run(scenario), run(replace(scenario, panel=cut))
    end = shorter.daily["as_of"].iloc[-1]
    for name, table in shorter.tables.items():
        past, future = whole.tables[name].head(len(table)), whole.tables[name].iloc[len(table) :]
        pd.testing.assert_frame_equal(table, past, check_exact=True)
        assert (future["as_of"] >= end).all()  # the open of the next bar is the same instant


@settings(max_examples=30)
@given(SEEDS)
def test_the_same_run_twice_gives_the_same_tables(seed: int) -> None:
    first, second = run(make_world(seed)), run(make_world(seed))
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name], check_exact=True)


@settings(max_examples=60)
@given(SEEDS)
def test_without_cost_and_price_moves_nav_stays(seed: int) -> None:
    world = make_world(seed)
    flat = {asset: np.full(len(world.panel), 16.0) for asset in world.panel.assets}
    still = replace(
        world,
        panel=panel_of(flat),
        trading=TradingCosts(),
        running=RunningCosts(),
        staking={},
        capital=CapitalPlan(world.capital.cash_start),
    )
    nav = run(still).daily["nav"]
    assert np.abs(nav - world.capital.cash_start).max() <= 1e-9 * max(1.0, world.capital.cash_start)
