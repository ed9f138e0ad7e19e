"""Books that a run is posted to, against the tables of the engine: every balance, gain and total."""

from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dat.app.wiring import prepare
from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.ledger.lots import METHODS
from tests.posted_books import ENGINE_FRAC, Posted, balances_at_closes, gap_of, post, tolerance_of
from tests.property.worlds import make_world

SEEDS = st.integers(0, 2**32 - 1)
UNNAMED = tuple(method for method in METHODS if method != "specific")
SAMPLES = sorted((Path(__file__).parents[2] / "config").glob("*.toml"))
SUMS_FRAC = 1e-14  # the float sums alone: a sample is never short by what the engine would let pass
EVERY = 61  # of the closes of a sample is looked at, and the last


@cache
def sample_run(path: Path) -> RunResult:
    return run(prepare(path).scenario)


def widest_gap(result: RunResult, posted: Posted, rows: list[int], *, frac: float = ENGINE_FRAC) -> float:
    """Give the largest difference at these closes, as a share of what rounding allows."""
    closes = [result.daily["as_of"].iloc[row] for row in rows]
    allowed = tolerance_of(result, posted.entries, frac=frac)
    at_closes = zip(rows, balances_at_closes(posted.entries, closes), strict=True)
    return max(gap_of(result, row, sums, allowed) for row, sums in at_closes)


def lowest(posted: Posted, base: str) -> Decimal:
    """Give the lowest that cash, and what is owed and promised, ever were: after each entry."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    low = Decimal(0)
    for entry in posted.entries:
        for account, commodity, amount in entry.postings:
            is_debt = account.startswith(("liabilities:payable", "equity:commitments:"))
            if commodity == base and (is_debt or account == "assets:treasury"):
                sums[account] += -amount if is_debt else amount
                low = min(low, sums[account])
    return low


def assert_totals(result: RunResult, posted: Posted) -> None:
    """Compare income, cost, capital and gains with the tables, which know no lots."""
    daily, fills, allowed = result.daily, result.fills, tolerance_of(result, posted.entries)
    held = result.holdings.tail(len(result.assets))
    slack = 4 * allowed.money + sum(
        allowed.units[asset] * np.nan_to_num(price)
        for asset, price in zip(held["asset"], held["price"], strict=True)
    )
    bought = np.where(fills["side"] == "buy", 1.0, -1.0)
    put_in = (fills["notional"] * bought + fills["fee"]).sum() + daily["staking_income"].sum()
    cost = float(sum(move.cost for entry in posted.entries for move in entry.moves))
    realised, unrealised = -posted.under("income:realised:"), daily["coin_value"].iloc[-1] - cost
    assert abs(realised + unrealised - (daily["coin_value"].iloc[-1] - put_in)) <= slack

    came = daily["flow_open"].sum() + daily["flow_close"].sum()
    assert abs(-posted.under("equity:capital:", "equity:external:") - came) <= slack
    assert abs(-posted.under("income:interest") - daily["interest_income"].sum()) <= slack
    assert abs(-posted.under("income:staking:") - daily["staking_income"].sum()) <= slack
    assert abs(posted.under("expenses:management") - daily["management_cost"].sum()) <= slack
    assert posted.under("equity:rounding") == 0.0


@settings(max_examples=100)
@given(SEEDS, st.sampled_from(UNNAMED), st.sampled_from((0, 0, 1, 30)))
def test_books_of_any_run_hold_what_its_tables_say(seed: int, method: str, days: int) -> None:
    result = run(make_world(seed))
    posted = post(result, method, wash_days=0 if method == "average" else days)
    assert widest_gap(result, posted, list(range(len(result.daily)))) <= 1.0
    assert_totals(result, posted)
    instants = [entry.event.at for entry in posted.entries]
    assert instants == sorted(instants)
    assert [entry.recorded_at for entry in posted.entries] == instants
    assert lowest(posted, result.base) >= 0


@settings(max_examples=30)
@given(SEEDS)
def test_the_same_run_twice_has_the_same_hashes(seed: int) -> None:
    first, second = (post(run(make_world(seed))) for _ in range(2))
    assert first.books.head == second.books.head


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_books_of_a_sample_hold_what_its_tables_say(path: Path) -> None:
    result = sample_run(path)
    posted = post(result)
    last = len(result.daily) - 1
    assert widest_gap(result, posted, [*range(0, last, EVERY), last], frac=SUMS_FRAC) <= 1.0
    assert_totals(result, posted)
    assert post(result).books.head == posted.books.head
    assert len(posted.entries) > 5_000


@pytest.mark.parametrize("method", UNNAMED)
def test_every_lot_method_comes_to_the_same_gain(method: str) -> None:
    result = sample_run(next(path for path in SAMPLES if path.stem == "multi_asset"))
    assert_totals(result, post(result, method))
