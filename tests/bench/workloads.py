"""What is timed. A workload is made ready (imports, inputs) and gives the function that the clock sees.

Each runs in a process of its own, so imports are inside: they are the baseline, not the workload.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["WORKLOADS", "Workload"]

Timed = Callable[[], float]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Workload:
    """One line of the table.

    Parameters
    ----------
    title
        What it is, in words.
    ready
        Imports and inputs; gives the function to time, which gives its result in one number.
    peer
        The same for `bt`, or None.
    target_s
        What the project promises, or None.
    """

    title: str
    ready: Callable[[], Timed]
    peer: Callable[[], Timed] | None = None
    target_s: float | None = None


def stepped_daily() -> Timed:
    """Ten assets, ten years, rebalanced every day at the next open, every kind of cost on."""
    from dat.backtest.engine import run
    from dat.backtest.scenario import Policy, Scenario
    from dat.costs.running import RunningCosts
    from dat.costs.trading import TradingCosts
    from dat.mandate.mandate import Mandate
    from dat.strategy.when import Rule
    from dat.treasury.capital import CapitalPlan
    from strategies.multi_asset import MultiAsset
    from tests.bench.inputs import ASSETS, daily_panel

    panel = daily_panel()
    scenario = Scenario(
        "Bench",
        "multi_asset",
        "USD",
        "A000",
        panel=panel,
        policy=Policy(MultiAsset(ASSETS), Rule("daily"), Mandate(ASSETS)),
        capital=CapitalPlan(10_000_000.0),
        trading=TradingCosts(fee_bps=10, half_spread_bps=5, impact_coefficient=0.5),
        running=RunningCosts(100_000.0, 10.0, nav_bps_per_year=25.0, cash_rate_per_year=0.03),
    )
    return lambda: float(run(scenario).daily["nav"].iloc[-1])


def weekly_purchase() -> Timed:
    """W1: coins for 100 and the fee on top each seventh close, for ten years; ends at 194,538.791312."""
    from strategies.passive import Passive

    return _fee_only(Passive("A000", "periodic", 100.0 * 1.001), calendar="7d", assets=1, cash=60_000.0)


def monthly_weights() -> Timed:
    """W3: equal weights of ten assets, rebalanced at the first close of a month, fee 10 bps."""
    from strategies.multi_asset import MultiAsset
    from tests.bench.inputs import ASSETS

    return _fee_only(MultiAsset(ASSETS), calendar="monthly", assets=10, cash=1_000_000.0)


def board_report() -> Timed:
    """The report of one treasury as HTML and PDF, after its run."""
    from dat.app.share import templates_dir
    from dat.app.wiring import prepare
    from dat.backtest.engine import run
    from dat.report.contents import build_report
    from dat.report.html import render_html
    from dat.report.pdf import render_pdf

    prepared, templates = prepare(ROOT / "config" / "multi_asset.toml"), templates_dir()
    result, policy = run(prepared.scenario), prepared.scenario.policy

    def make() -> float:
        words = (*policy.mandate.in_words(), policy.rule.in_words())
        report = build_report(result, manifest=prepared.manifest, mandate=words)
        return float(
            len(render_html(report, templates=templates)) + len(render_pdf(report, templates=templates))
        )

    return make


def _fee_only(strategy: object, *, calendar: str, assets: int, cash: float) -> Timed:
    from dat.backtest.engine import run
    from dat.costs.trading import TradingCosts
    from dat.strategy.contract import Strategy
    from dat.strategy.when import Rule
    from tests.bench.inputs import daily_panel
    from tests.scenarios import scenario_of

    assert isinstance(strategy, Strategy)
    costs = TradingCosts(fee_bps=10)
    scenario = scenario_of(
        daily_panel(assets), strategy, rule=Rule(calendar), cash=cash, trading=costs, fill="same_close"
    )
    return lambda: float(run(scenario).daily["nav"].iloc[-1])


def _bt(*, every: str, assets: int, cash: float) -> Timed:
    from tests.bench.peer_bt import fixed_weights, weekly_units

    return weekly_units(cash) if every == "7d" else fixed_weights(every, assets, cash)


WORKLOADS: dict[str, Workload] = {
    "stepped_daily": Workload(
        "10 assets x 3,652 daily bars, daily rebalance, stepped, all costs",
        stepped_daily,
        lambda: _bt(every="daily", assets=10, cash=10_000_000.0),
        target_s=1.0,
    ),
    "weekly_purchase": Workload(
        "W1: weekly purchase, 1 asset, 3,652 daily bars",
        weekly_purchase,
        lambda: _bt(every="7d", assets=1, cash=60_000.0),
    ),
    "monthly_weights": Workload(
        "W3: monthly equal weights, 10 assets x 3,652 daily bars",
        monthly_weights,
        lambda: _bt(every="monthly", assets=10, cash=1_000_000.0),
    ),
    "board_report": Workload("report of one treasury, HTML and PDF", board_report, target_s=3.0),
}
"""By name; `bt` pays the fee only, fills at the close it decides on, and keeps no books."""
