"""One record through all measures, worked out by hand; and the records on which little is defined."""

import math
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest

from dat.errors import InputError
from dat.measures.drawdown import Drawdown
from dat.measures.summary import Summary, TrackRecord, summarise

NAN = math.nan

# Years: 100 put in; 25 % up to 125, 20 % down to 100, 300 put in after two years, 60 % up to 640.
RECORD = TrackRecord(
    returns=np.array([0.25, -0.2, 0.6]),
    benchmark_returns=np.array([0.1, -0.1, 0.3]),
    nav=np.array([125.0, 100.0, 640.0]),
    traded_notional=np.array([100.0, 0.0, 300.0]),
    costs=np.array([1.0, 0.0, 3.0]),
    flows=np.array([100.0, 300.0]),
    flow_days=np.array([0.0, 730.0]),
    closing_day=1095.0,
    periods_per_year=1,
    risk_free_per_period=0.05,
)


def test_every_measure_of_three_years() -> None:
    # Linked 1.25 * 0.8 * 1.6 = 1.6. Mean 0.65 / 3; squares 0.0625 + 0.04 + 0.36 = 0.4625.
    spread = math.sqrt((0.4625 - 0.65**2 / 3) / 2)
    # Money: 100 x^3 + 300 x = 640 has one real root, by Cardano's formula.
    inner = math.sqrt(3.2**2 + 1)
    growth = math.cbrt(3.2 + inner) + math.cbrt(3.2 - inner)
    # Benchmark mean 0.1, off by 0, -0.2, 0.2: beta (0.04 + 0.12) / 0.08. Differences 0.15, -0.1, 0.3.
    apart = math.sqrt((0.0225 + 0.01 + 0.09 - 0.35**2 / 3) / 2)
    assert asdict(summarise(RECORD)) == {
        "periods_per_year": 1.0,
        "n_periods": 3,
        "time_weighted_return_frac": pytest.approx(0.6),
        "annualised_return_frac": pytest.approx(1.6 ** (1 / 3) - 1),
        "money_weighted_return_frac": pytest.approx(growth - 1),
        "volatility_frac": pytest.approx(spread),
        "downside_deviation_frac": pytest.approx(0.25 / math.sqrt(3)),
        "sharpe": pytest.approx((0.65 / 3 - 0.05) / spread),
        "sortino": pytest.approx((0.65 / 3 - 0.05) / 0.25 * math.sqrt(3)),
        "calmar": pytest.approx((1.6 ** (1 / 3) - 1) / 0.2),
        "drawdown_frac_max": pytest.approx(-0.2),
        "drawdown_deepest": {
            "peak_index": 0,
            "trough_index": 1,
            "recovery_index": 2,
            "depth_frac": pytest.approx(-0.2),
        },
        "underwater_periods_max": 1,
        "value_at_risk_95_frac": pytest.approx(-0.2 + 0.1 * 0.45),
        "conditional_value_at_risk_95_frac": -0.2,
        "beta": pytest.approx(2.0),
        "tracking_error_frac": pytest.approx(apart),
        "information_ratio": pytest.approx(0.35 / 3 / apart),
        "turnover_frac": pytest.approx(200 / 865),
        "cost_drag_frac": pytest.approx(4 / 865),
    }


def record_of(returns: list[float], nav: list[float], **changes: Any) -> TrackRecord:
    nothing = np.zeros(len(returns))
    return replace(
        RECORD,
        **{
            "returns": np.array(returns),
            "benchmark_returns": nothing,
            "nav": np.array(nav),
            "traded_notional": nothing,
            "costs": nothing,
            "flows": np.array([100.0]),
            "flow_days": np.array([0.0]),
            "risk_free_per_period": 0.0,
            **changes,
        },
    )


def undefined(summary: Summary) -> set[str]:
    figures = {field.name: getattr(summary, field.name) for field in fields(summary)}
    return {name for name, figure in figures.items() if isinstance(figure, float) and math.isnan(figure)}


def test_all_cash_has_no_ratio() -> None:
    summary = summarise(record_of([0.0, 0.0, 0.0], [100.0, 100.0, 100.0]))
    assert undefined(summary) == {"sharpe", "sortino", "calmar", "beta", "information_ratio"}
    assert summary.money_weighted_return_frac == pytest.approx(0.0, abs=1e-12)
    assert (summary.drawdown_frac_max, summary.drawdown_deepest, summary.volatility_frac) == (0.0, None, 0.0)


def test_one_row_has_no_spread() -> None:
    assert undefined(summarise(record_of([0.1], [110.0]))) == {
        "volatility_frac",
        "sharpe",
        "sortino",
        "calmar",
        "beta",
        "tracking_error_frac",
        "information_ratio",
    }


def test_no_rows_leave_nothing_but_the_counts() -> None:
    summary = summarise(record_of([], []))
    floats = {field.name for field in fields(Summary) if field.type is float}
    assert undefined(summary) == floats - {"periods_per_year"}
    assert (summary.n_periods, summary.drawdown_deepest, summary.underwater_periods_max) == (0, None, 0)


def test_no_benchmark_leaves_its_three_measures_out() -> None:
    summary = summarise(replace(RECORD, benchmark_returns=np.full(3, NAN)))
    assert undefined(summary) == {"beta", "tracking_error_frac", "information_ratio"}


def test_a_total_loss_is_a_loss_of_all() -> None:
    summary = summarise(record_of([0.5, -1.2], [150.0, -30.0]))
    assert summary.time_weighted_return_frac == -1.0
    assert summary.annualised_return_frac == -1.0
    assert summary.drawdown_deepest == Drawdown(0, 1, None, -1.0)
    assert math.isnan(summary.money_weighted_return_frac)


def test_a_fall_from_the_opening_value_starts_at_row_0() -> None:
    summary = summarise(record_of([-0.5, 0.5, 1.0], [50.0, 75.0, 150.0]))
    assert summary.drawdown_deepest == Drawdown(0, 0, 2, -0.5)
    assert summary.underwater_periods_max == 2


def test_a_first_row_without_return_is_not_counted() -> None:
    summary = summarise(record_of([NAN, 0.5, -0.5], [100.0, 150.0, 75.0]))
    assert summary.n_periods == 2
    assert summary.drawdown_deepest == Drawdown(1, 2, None, -0.5)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"costs": np.zeros(2)}, "returns 3, benchmark_returns 3, nav 3, traded_notional 3, costs 2"),
        ({"flow_days": np.zeros(3)}, "flows 2, flow_days 3"),
        ({"periods_per_year": 0}, "periods_per_year is 0"),
        ({"nav": np.array([1.0, math.inf, 1.0])}, "nav is inf at row 1"),
        ({"flows": np.array([1.0, -math.inf])}, "flows is -inf at row 1"),
    ],
)
def test_bad_records_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        summarise(replace(RECORD, **changes))
