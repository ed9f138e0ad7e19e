"""From a treasury file to a scenario: every key arrives where it belongs, and gaps are told."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dat.adapters.parquet import ParquetBarStore
from dat.app.wiring import prepare
from dat.core.time import BarSize
from dat.errors import ConfigError
from dat.market.bars import BarKey
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, Contribution
from tests.small_treasury import make_bars, write_bars, write_treasury

EVERYTHING = """\
shares = 100
mnav = 1.3
[capital.atm]
mnav_min = 1.2
issue_frac_per_month = 0.02
deploy_days = 5
[[capital.contributions]]
date = 2024-01-03
amount = 50.5
shares = 4
[[capital.contributions]]
date = 2024-01-02
amount = 20
[market.lots.BTC]
step = 0.001
notional_min = 5
[mandate]
weight_max = { BTC = 0.9 }
cash_min_frac = 0.1
staked_max_frac = 0.5
illiquid_max_frac = 0.2
deal_max_frac = 0.05
[staking.BTC]
apr_frac = 0.03
unbonding_days = 7
commission_frac = 0.1
[costs]
fee_bps = 10
half_spread_bps = 2.5
impact_coefficient = 0.8
management_fixed_per_year = 1000
management_per_decision = 5
management_nav_bps_per_year = 20
cash_rate_per_year = 0.04
[backtest]
fill = "same_close"
seed = 3
"""


class FixedClock:
    """Tell one instant."""

    def now(self) -> datetime:
        return datetime(2024, 6, 1, 12, tzinfo=UTC)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    path = write_treasury(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    ready = prepare(path)
    assert (ready.scenario.treasury, ready.file.text[:10]) == ("Small", "[treasury]")


@pytest.mark.parametrize(
    ("base", "quote"), [("USD", "USDT"), ("USD", "FDUSD"), ("USDT", "USDT"), ("HKD", "HKD")]
)
def test_bars_in_the_base_currency_or_at_par_with_it_are_accepted(
    tmp_path: Path, base: str, quote: str
) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    (tmp_path / "bars/binance/BTC-USDT").rename(tmp_path / f"bars/binance/BTC-{quote}")
    changes = (
        ("inception", f'base_currency = "{base}"\ninception'),
        ("[market]", f'[market]\nquote = "{quote}"'),
    )
    assert prepare(write_treasury(tmp_path, *changes)).scenario.base == base


def test_every_key_arrives(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    rule = 'calendar = "7d"\nband_abs = 0.05\nband_rel = 0.2\nband_role = "trigger"'
    ready = prepare(write_treasury(tmp_path, ('calendar = "once"', rule), extra=EVERYTHING))
    scenario = ready.scenario
    assert (scenario.treasury, scenario.mode, scenario.base, scenario.core) == (
        "Small",
        "passive",
        "USD",
        "BTC",
    )
    assert scenario.policy.rule == Rule("7d", 0.05, 0.2, "trigger")
    assert (scenario.fill, ready.manifest["seed"]) == ("same_close", 3)
    capital, mandate, costs = scenario.capital, scenario.policy.mandate, scenario.running
    assert (capital.cash_start, capital.shares_start, capital.mnav) == (1000.0, 100.0, 1.3)
    assert capital.atm == AtmRule(1.2, 0.02, 5)
    assert capital.contributions == (
        Contribution(datetime(2024, 1, 2, tzinfo=UTC), 20.0, 0.0),
        Contribution(datetime(2024, 1, 3, tzinfo=UTC), 50.5, 4.0),
    )
    assert (mandate.eligible, dict(mandate.weight_max), mandate.cash_min_frac) == (
        ("BTC",),
        {"BTC": 0.9},
        0.1,
    )
    assert (mandate.staked_max_frac, mandate.illiquid_max_frac, mandate.deal_max_frac) == (0.5, 0.2, 0.05)
    assert (scenario.lots["BTC"].step, scenario.lots["BTC"].notional_min) == (0.001, 5.0)
    trading, staking = scenario.trading, scenario.staking["BTC"]
    assert (trading.fee_bps, trading.half_spread_bps, trading.impact_coefficient) == (10.0, 2.5, 0.8)
    assert (staking.apr_frac, staking.unbonding_days, staking.commission_frac) == (0.03, 7.0, 0.1)
    assert (costs.fixed_per_year, costs.per_decision) == (1000.0, 5.0)
    assert (costs.nav_bps_per_year, costs.cash_rate_per_year) == (20.0, 0.04)


def test_bars_after_the_end_do_not_change_the_run(tmp_path: Path) -> None:
    path = write_treasury(tmp_path, ("inception = 2024-01-01", "inception = 2024-01-01\nend = 2024-01-02"))
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    before = prepare(path).manifest["run_id"]
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    after = prepare(path)
    assert after.manifest["run_id"] == before
    assert len(after.scenario.rows) == 2


def test_bars_before_inception_are_history(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0, 120.0]))
    ready = prepare(write_treasury(tmp_path, ("2024-01-01", "2024-01-02")))
    assert (ready.scenario.rows, len(ready.scenario.panel)) == (range(1, 3), 3)


def test_gaps_late_listings_and_early_ends_are_told_and_left_as_they_are(tmp_path: Path) -> None:
    path = write_treasury(
        tmp_path,
        ('mode = "passive"', 'mode = "multi_asset"'),
        ('name = "passive"\n\n[strategy.params]\nasset = "BTC"',
         'name = "multi_asset"\n\n[strategy.params]\nassets = ["BTC", "ETH"]'),
    )  # fmt: skip
    write_bars(tmp_path / "bars", make_bars([1.0, 2.0, 3.0, 4.0, 5.0]).drop(index=2))
    write_bars(tmp_path / "bars", make_bars([7.0, 8.0], start="2024-01-02"), "ETH")
    ready = prepare(path)
    btc, eth = ready.market.coverage
    assert (btc.missing, eth.missing) == (1, 0)
    np.testing.assert_array_equal(ready.scenario.panel.close[:, 0], [1.0, 2.0, np.nan, 4.0, 5.0])
    told = ready.manifest["assumptions"]
    assert "BTC lacks 1 bar; none is traded in, the last close stands." in told
    assert "ETH has its first bar at 2024-01-02T00:00:00Z and is not traded before." in told
    assert "ETH has its last bar at 2024-01-04T00:00:00Z; its last close stands from then on." in told


def test_filled_bars_are_named_in_the_manifest(tmp_path: Path) -> None:
    store, key = ParquetBarStore(tmp_path / "bars"), BarKey("binance", "BTC/USDT", BarSize("1d"))
    frame = make_bars([1.0, 2.0, 3.0])
    store.append(key, frame.drop(index=1))
    store.fill(key, frame.iloc[[1]], "previous_close")
    ready = prepare(write_treasury(tmp_path))
    assert ready.manifest["data"][0]["filled"] == ["2024-01-02T00:00:00Z"]
    assert "BTC has 1 bar filled by choice." in ready.manifest["assumptions"]


def test_a_series_from_a_file_is_known_after_its_lag(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    days = pd.DataFrame({"date": ["2023-12-31", "2024-01-01"], "premium": [1.5, 1.6]})
    days.to_csv(tmp_path / "premium.csv", index=False)
    lines = (
        'shares = 10\nmnav_series = "premium"\n[[market.series]]\nname = "premium"\nsource = "premium.csv"\n'
    )
    ready = prepare(write_treasury(tmp_path, extra=lines + "known_lag_days = 0.5\n"))
    known = ready.scenario.series["premium"].known_at.astype("datetime64[h]").astype(str).tolist()
    assert known == ["2023-12-31T12", "2024-01-01T12"]
    assert ready.manifest["data"][1]["source"] == "premium.csv"


def test_a_column_is_chosen_by_name(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    (tmp_path / "rates.csv").write_text("date,low,high\n2024-01-01,0.02,0.04\n")
    lines = '[[market.series]]\nname = "apr"\nsource = "rates.csv"\ncolumn = "high"\n'
    ready = prepare(write_treasury(tmp_path, extra=lines))
    assert ready.scenario.series["apr"].values.tolist() == [0.04]


def test_a_strategy_from_elsewhere_may_run_any_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "any_mode.py").write_text(
        "from strategies.passive import Passive\nclass Mine(Passive): ...\n"
    )
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    named = ('[strategy]\nname = "passive"', '[strategy]\nname = "any_mode:Mine"')
    for mode in ("passive", "active", "multi_asset", "ecosystem"):
        ready = prepare(write_treasury(tmp_path, ('mode = "passive"', f'mode = "{mode}"'), named))
        assert ready.scenario.mode == mode


def test_our_strategy_by_its_module_keeps_its_mode(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    named = ('[strategy]\nname = "passive"', '[strategy]\nname = "strategies.passive:Passive"')
    assert prepare(write_treasury(tmp_path, named)).scenario.mode == "passive"
    with pytest.raises(ConfigError, match="is of mode passive; say so, or name another strategy"):
        prepare(write_treasury(tmp_path, named, ('mode = "passive"', 'mode = "ecosystem"')))


def test_the_lag_of_a_bundled_series_can_be_longer(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    lines = '[[market.series]]\nname = "eth_staking_apr"\nknown_lag_days = 3\n'
    ready = prepare(write_treasury(tmp_path, extra=lines))
    # Its first value is of 2020-12-01.
    assert str(ready.scenario.series["eth_staking_apr"].known_at[0])[:10] == "2020-12-04"


def test_the_clock_decides_what_lies_in_the_future(tmp_path: Path) -> None:
    write_bars(tmp_path / "bars", make_bars([1.0] * 200))
    with pytest.raises(ConfigError, match="lies in the future; today is 2024-06-01"):
        prepare(write_treasury(tmp_path, ("2024-01-01", "2024-06-02")), clock=FixedClock())
    with pytest.raises(Exception, match="bar closes 2024-06-02T00:00:00Z, after the clock's 2024-06-01T12"):
        prepare(write_treasury(tmp_path), clock=FixedClock())


def test_a_strategy_from_elsewhere_is_part_of_the_code_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "from dataclasses import dataclass\n"
        "from dat.strategy import Needs, Targets\n"
        "@dataclass(frozen=True)\n"
        "class Idle:\n"
        "    needs = Needs(('BTC',))\n"
        "    def decide(self, window, book):\n"
        "        return Targets.hold('idle')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    write_bars(tmp_path / "bars", make_bars([100.0, 110.0]))
    (tmp_path / "elsewhere_idle.py").write_text(source)
    own = write_treasury(tmp_path)
    built_in = prepare(own).manifest["code_sha256"]
    path = write_treasury(tmp_path, ('name = "passive"\n\n[s', 'name = "elsewhere_idle:Idle"\n\n[s'),
                          ('asset = "BTC"', ""))  # fmt: skip
    first = prepare(path).manifest["code_sha256"]
    (tmp_path / "elsewhere_idle.py").write_text(source + "# another line\n")
    assert len({built_in, first, prepare(path).manifest["code_sha256"]}) == 3
