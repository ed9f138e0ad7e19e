"""A run as events of the books: which, in what order, called how, and with what figures; by hand."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from dat.backtest.engine import run
from dat.backtest.posting import recorded_at, run_events
from dat.backtest.result import RunResult
from dat.backtest.scenario import Scenario
from dat.core.money import plain, quantise
from dat.core.time import iso
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.errors import LedgerError
from dat.ledger.event import Event, event_json
from dat.orders.targets import Targets
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms
from dat.treasury.venture import Commitment
from tests.posted_books import post
from tests.scenarios import Scripted, day, panel_of, scenario_of

FLAT = panel_of({"ETH": [10.0] * 5})
MOST = Targets.weights(
    {"ETH": 0.9},
    "buy\nand stake",
    staked_frac={"ETH": 0.5},
    commitments=(Commitment("Fonds Große", 30.0, 1, "L2"),),
)
OUT = Targets.weights({"ETH": 0.0}, "sell", staked_frac={"ETH": 0.0})


def small(**changes: object) -> Scenario:
    """1000 buys 90 ether at 10 on the second day; 45 are staked at 1 % a day and asked back a day later."""
    facts = {
        "capital": CapitalPlan(1000.0, 100.0, contributions=(Contribution(day(2), 5.0),)),
        "trading": TradingCosts(fee_bps=0.0),
        "running": RunningCosts(fixed_per_year=365.0),
        "staking": {"ETH": StakingTerms(apr_frac=3.65, unbonding_days=1.0)},
        "rule": Rule("bar"),
    }
    return scenario_of(FLAT, Scripted(("ETH",), {1: MOST, 2: OUT}), **(facts | changes))


def told(events: list[Event]) -> list[str]:
    amounts = [(event, event.units or event.amount) for event in events if event.kind != "open"]
    return [
        f"{event.source_id} {plain(quantise(amount, 12))}" for event, amount in amounts if amount is not None
    ]


def of_kind(result: RunResult, *kinds: str) -> list[Event]:
    return [event for event in run_events(result, method="fifo") if event.kind in kinds]


def test_events_are_named_after_what_happened_and_stand_in_time_order() -> None:
    result = run(small())
    assert told(list(run_events(result, method="fifo"))) == [
        "start-2024-01-01T00:00:00Z 100",
        "cost-2024-01-02T00:00:00Z 1",
        "payment-2024-01-02T00:00:00Z 1",
        "commit-2024-01-02T00:00:00Z-Fonds-Gro-e 30",
        "fill-2024-01-02T00:00:00Z-ETH 89.91",
        "stake-2024-01-02T00:00:00Z-ETH 44.955",
        "cost-2024-01-03T00:00:00Z 1",
        "payment-2024-01-03T00:00:00Z 1",
        "reward-2024-01-03T00:00:00Z-ETH 0.44955",
        "contribution-2024-01-03T00:00:00Z 5",
        "fill-2024-01-03T00:00:00Z-ETH -44.955",
        "unstake-2024-01-03T00:00:00Z-ETH 45.40455",
        "cost-2024-01-04T00:00:00Z 1",
        "payment-2024-01-04T00:00:00Z 1",
        "unlock-2024-01-04T00:00:00Z-ETH 45.40455",
        "cost-2024-01-05T00:00:00Z 1",
        "payment-2024-01-05T00:00:00Z 1",
        "cost-2024-01-06T00:00:00Z 1",
        "payment-2024-01-06T00:00:00Z 1",
    ]


def test_what_happens_at_an_open_is_booked_a_microsecond_after_the_close_of_that_instant() -> None:
    events = {event.source_id: event for event in run_events(run(small()), method="fifo")}
    assert events["start-2024-01-01T00:00:00Z"].at == day(0)
    assert events["payment-2024-01-02T00:00:00Z"].at == day(1)
    fill = events["fill-2024-01-02T00:00:00Z-ETH"]
    assert iso(fill.at) == "2024-01-02T00:00:00.000001Z"
    assert recorded_at(fill) == fill.at


def test_the_books_are_opened_and_unknown_coins_declared_with_all_decimals() -> None:
    events = run_events(run(scenario_of(panel_of({"SHIB": [10.0]}))), method="hifo", wash_days=30)
    assert [event_json(next(events)) for _ in range(2)] == [
        '{"at":"2024-01-01T00:00:00Z","currency":"USD","days":"30","kind":"open","method":"hifo",'
        '"source_id":"open-2024-01-01T00:00:00Z"}',
        '{"asset":"SHIB","at":"2024-01-01T00:00:00Z","kind":"declare","method":"coin",'
        '"source_id":"declare-SHIB","units":"18"}',
    ]


def test_a_fill_carries_amount_fee_and_reason() -> None:
    (bought,) = of_kind(run(small(trading=TradingCosts(10.0, 20.0))), "trade")[:1]
    # 10 with 20 bps of spread is 10.02, of which 10 bps is the fee; 0.9 of 999 is what is left after both
    units, amount, fee = (float(value or 0) for value in (bought.units, bought.amount, bought.fee))
    assert amount == pytest.approx(units * 10.02, abs=1e-8)
    assert fee == pytest.approx(amount * 0.001, abs=1e-8)
    assert units * 10.0 == pytest.approx(0.9 * (999.0 - (amount + fee - units * 10.0)), abs=1e-6)
    assert (bought.fee_asset, bought.currency, bought.wallet) == ("USD", "USD", "treasury")
    assert bought.memo == "buy and stake"


def test_a_deal_keeps_its_full_name_in_the_memo() -> None:
    (promised,) = of_kind(run(small()), "commitment")
    assert (promised.instrument, promised.memo) == ("Fonds-Gro-e", "Fonds Große, L2")


def test_deals_whose_names_read_alike_stay_apart() -> None:
    deals = tuple(Commitment(name, 10.0, 1) for name in ("Fund I", "Fund/I", "Fund-I", "基金"))
    buy = Targets.weights({"BTC": 0.1}, "x", commitments=deals)
    promised = of_kind(
        run(scenario_of(panel_of({"BTC": [10.0] * 3}), Scripted(script={1: buy}))), "commitment"
    )
    assert [event.instrument for event in promised] == ["Fund-I", "Fund-I-2", "Fund-I-3", "deal"]


def test_shares_sold_at_the_market_carry_their_underwriting_cost() -> None:
    panel = panel_of({"BTC": [10.0] * 4}, start="2024-01-30")
    plan = CapitalPlan(1000.0, 1000.0, atm=AtmRule(1.0, 0.10, cost_bps=250.0), mnav=1.5)
    buy = Targets.weights({"BTC": 1.0}, "all")
    (sold,) = of_kind(run(scenario_of(panel, Scripted(script={1: buy}), capital=plan)), "share_issue")[1:]
    # 100 shares at 1.5 * 1000 / 1000
    assert (sold.source_id, sold.method, sold.asset) == ("atm-2024-02-01T00:00:00Z", "atm", "COMMON")
    assert (sold.units, sold.amount, sold.fee) == (Decimal(100), Decimal(150), Decimal("3.75"))


def test_money_without_shares_is_a_deposit_and_shares_without_money_bring_none() -> None:
    later = (Contribution(day(1), 0.0, 7.0), Contribution(day(1), 0.0, 8.0), Contribution(day(1), 0.0))
    plan = CapitalPlan(1000.0, contributions=later)
    start, first, second = of_kind(
        run(scenario_of(panel_of({"BTC": [10.0] * 3}), capital=plan)), "deposit", "share_issue"
    )
    assert (start.kind, start.asset, start.units) == ("deposit", "USD", Decimal(1000))
    assert (first.units, first.amount, first.wallet) == (Decimal(7), None, "")
    assert [first.source_id, second.source_id] == [
        "contribution-2024-01-02T00:00:00Z",
        "contribution-2024-01-02T00:00:00Z-2",
    ]


def test_a_call_that_thirds_do_not_add_up_to_pays_the_rest_of_the_promise() -> None:
    thirds = Targets.weights({"BTC": 0.1}, "x", commitments=(Commitment("Fund I", 100.0, 3),))
    panel = panel_of({"BTC": [10.0] * 100})
    posted = post(run(scenario_of(panel, Scripted(script={1: thirds}))))
    called = [entry.event.amount for entry in posted.entries if entry.event.kind == "call"]
    assert called == [Decimal("33.33333333"), Decimal("33.33333333"), Decimal("33.33333334")]
    assert posted.sums["equity:commitments:Fund-I", "USD"] == 0


def test_the_last_sale_takes_all_that_rounding_has_left() -> None:
    buys = {bar: Targets.spend({"BTC": 1.0}, "a third") for bar in range(1, 4)}
    script = buys | {4: Targets.units({"BTC": 0.0}, "out")}
    result = run(scenario_of(panel_of({"BTC": [3.0] * 6}), Scripted(script=script)))
    assert result.fills["units"].iloc[-1] == 1.0
    posted = post(result)
    assert posted.entries[-1].event.units == Decimal("-0.99999999")
    assert posted.sums["assets:treasury", "BTC"] == 0


def test_the_last_purchase_takes_no_more_than_the_cash_that_is_left() -> None:
    names = ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA")
    sixths = Targets.weights(dict.fromkeys(names, 1 / 6), "sixths")
    prices = panel_of(dict.fromkeys(names, [10.0] * 2))
    posted = post(run(scenario_of(prices, Scripted(names, {1: sixths}), cash=100.0)))
    paid = [entry.event.amount for entry in posted.entries if entry.event.kind == "trade"]
    assert paid == [*[Decimal("16.66666667")] * 5, Decimal("16.66666665")]
    assert posted.sums["assets:treasury", "USD"] == 0


def test_a_call_may_be_short_by_what_the_engine_takes_for_the_rounding_of_nav() -> None:
    panel = panel_of({"BTC": [10.0, 10.0, *[1e7] * 40]})
    half = Targets.weights({"BTC": 0.5}, "half", commitments=(Commitment("Fund I", 100.0, 1),))
    result = run(scenario_of(panel, Scripted(script={1: half})))
    assert result.daily["nav"].iloc[-1] > 1e8  # of which 2e-11 is 0.01
    is_call = result.ventures["event"] == "call"
    by_a_hair = replace(result, ventures=result.ventures.assign(amount=100.0 + 0.0005 * is_call))
    posted = post(by_a_hair)
    assert posted.sums["assets:venture:Fund-I", "USD"] == 100
    too_much = replace(result, ventures=result.ventures.assign(amount=100.0 + 0.02 * is_call))
    with pytest.raises(LedgerError, match="USD promised to Fund I are to leave"):
        post(too_much)


def test_more_than_rounding_explains_is_refused() -> None:
    result = run(small())
    more = result.fills["units"].where(result.fills["side"] == "buy", result.fills["units"] + 1e-6)
    broken = replace(result, fills=result.fills.assign(units=more))
    with pytest.raises(LedgerError, match=r"bar that closes 2024-01-04T00:00:00Z.*liquid ETH are to leave"):
        list(run_events(broken, method="fifo"))


def test_a_fill_that_is_nothing_is_left_out() -> None:
    result = run(small())
    dust = result.fills.iloc[[0]].assign(units=1e-9, notional=1e-9, as_of=pd.Timestamp(day(3)))
    more = replace(result, fills=pd.concat([result.fills, dust], ignore_index=True))
    assert len(of_kind(more, "trade")) == len(of_kind(result, "trade"))


@pytest.mark.parametrize("table", ["contributions", "fills", "issuances", "moves", "ventures"])
def test_a_row_that_lies_in_no_bar_is_refused(table: str) -> None:
    plan = CapitalPlan(
        1000.0, 100.0, contributions=(Contribution(day(2), 5.0),), atm=AtmRule(1.0, 0.10), mnav=1.5
    )
    result = run(replace(small(capital=plan), panel=panel_of({"ETH": [10.0] * 40}, start="2024-01-30")))
    rows = result.tables[table]
    late = rows["as_of"].where(rows.index < len(rows) - 1, pd.Timestamp(day(90)))
    broken = replace(result, **{table: rows.assign(as_of=late)})  # type: ignore[arg-type]
    with pytest.raises(LedgerError, match=rf"{table} of 2024-03-31T00:00:00Z, (open|close), lie in no bar"):
        list(run_events(broken, method="fifo"))


def test_what_is_made_on_an_asset_that_is_money_stands_in_its_trading_account() -> None:
    script = {1: Targets.units({"USDC": 100.0}, "in"), 2: Targets.units({"USDC": 0.0}, "out")}
    prices = panel_of({"USDC": [1.0, 1.0, 1.0, 1.01, 1.01]}, open_={"USDC": [1.0, 1.0, 1.01, 1.01, 1.01]})
    posted = post(run(scenario_of(prices, Scripted(("USDC",), script))))
    gained = {account: amount for (account, _), amount in posted.sums.items() if amount}
    assert gained["equity:trading:USDC"] == -1
    assert not posted.books.lots.piles()


def test_lots_cannot_be_named() -> None:
    with pytest.raises(LedgerError, match="the method specific needs names"):
        run_events(run(small()), method="specific")
