"""The composition root: a treasury file becomes a scenario that is ready to run, with its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from dat.adapters.clock import SystemClock
from dat.app.assumptions import assumptions
from dat.app.code import code_facts
from dat.app.market_data import MarketData, end_of_run, read_market
from dat.app.own_module import make_importable
from dat.app.settings import Mode, TreasuryFile
from dat.app.settings_capital import AtmSection
from dat.app.share import templates_dir
from dat.app.treasury_file import LoadedFile, read_treasury_file
from dat.backtest.manifest import SourceText, build_manifest
from dat.backtest.scenario import Lot, Policy, Scenario
from dat.core.time import iso, parse_instant
from dat.costs.running import RunningCosts
from dat.costs.trading import TradingCosts
from dat.errors import StrategyError
from dat.mandate.mandate import Mandate
from dat.ports import Clock
from dat.strategy.contract import Strategy
from dat.strategy.load import load_strategy
from dat.strategy.when import Rule
from dat.treasury.capital import AtmRule, CapitalPlan, Contribution
from dat.treasury.staking import StakingTerms

__all__ = ["Prepared", "prepare"]

_OURS = "strategies"  # the package of the four modes; a strategy from elsewhere may run any mode


@dataclass(frozen=True)
class Prepared:
    """A treasury that is ready to run."""

    file: LoadedFile
    market: MarketData
    scenario: Scenario
    manifest: Mapping[str, Any]


def prepare(path: Path, *, clock: Clock | None = None) -> Prepared:
    """Read a treasury file and all that it names; nothing is written.

    Parameters
    ----------
    path
        The treasury file.
    clock
        Tells what lies in the future; the machine's clock by default.

    Raises
    ------
    ConfigError
        When the file says what cannot be.
    StrategyError
        When the strategy cannot be built from its parameters.
    DataError
        When bars or series are wrong.
    """
    now = (clock or SystemClock()).now()
    file = read_treasury_file(path, today=now.date())
    strategy = _strategy(file)
    _require_mode(file, strategy)
    _require_known(file, strategy)
    market = read_market(file, strategy.needs.assets, now=now)
    scenario = _scenario(file, strategy, market)
    _require_arrivals(file, scenario)
    settings = file.settings
    manifest = build_manifest(
        code=code_facts(strategy, templates=templates_dir()),
        treasury_file=SourceText(path.name, file.text),
        data=market.sources,
        assumptions=assumptions(settings, market),
        seed=settings.backtest.seed,
    )
    return Prepared(file, market, scenario, manifest)


def _strategy(file: LoadedFile) -> Strategy:
    section = file.settings.strategy
    make_importable(file)
    try:
        return load_strategy(section.name, section.params)
    except StrategyError as error:
        raise StrategyError(f"{file.path}: [strategy] {error}") from None


def _require_mode(file: LoadedFile, strategy: Strategy) -> None:
    package, _, mode = type(strategy).__module__.rpartition(".")
    said = file.settings.treasury.mode
    if package == _OURS and mode in get_args(Mode) and mode != said:
        text = f"strategy '{file.settings.strategy.name}' is of mode {mode}; say so, or name another strategy"
        raise file.refuse("treasury.mode", text, f'"{said}"')


def _require_known(file: LoadedFile, strategy: Strategy) -> None:
    settings, traded = file.settings, strategy.needs.assets
    core = settings.treasury.core
    if core is not None and core not in traded:
        raise file.refuse("treasury.core", f"the strategy trades {', '.join(traded)}", f'"{core}"')
    for table, names in (("market.lots", settings.market.lots), ("staking", settings.staking)):
        for asset in sorted(set(names) - set(traded)):
            raise file.refuse(f"{table}.{asset}", f"the strategy trades {', '.join(traded)}")
    eligible = settings.mandate.eligible or traded
    for table in ("weight_min", "weight_max"):
        for asset in sorted(set(getattr(settings.mandate, table)) - set(eligible)):
            raise file.refuse(f"mandate.{table}.{asset}", f"eligible are {', '.join(eligible)}")
    declared = [series.name for series in settings.market.series]
    for name in sorted(set(strategy.needs.series) - set(declared)):
        raise file.refuse("market.series", f"the strategy reads '{name}'; declare it")


def _require_arrivals(file: LoadedFile, scenario: Scenario) -> None:
    last = parse_instant(scenario.panel.open_time[scenario.rows[-1]].item())
    for number, paid in enumerate(file.settings.capital.contributions):
        if parse_instant(paid.date) > last:
            text = f"money comes in at the open of a bar, and the last one opens {iso(last)}"
            raise file.refuse(f"capital.contributions[{number}].date", text, str(paid.date))


def _scenario(file: LoadedFile, strategy: Strategy, market: MarketData) -> Scenario:
    settings = file.settings
    policy = Policy(strategy, _rule(settings), _mandate(settings, strategy))
    return Scenario(
        treasury=settings.treasury.name,
        mode=settings.treasury.mode,
        base=settings.treasury.base_currency,
        core=settings.treasury.core or strategy.needs.assets[0],
        panel=market.panel,
        policy=policy,
        capital=_capital(settings),
        series=market.series,
        trading=_trading(settings),
        running=_running(settings),
        lots=_lots(settings),
        staking=_staking(settings),
        start=parse_instant(settings.treasury.inception),
        end=end_of_run(file),
        fill=settings.backtest.fill,
    )


def _rule(settings: TreasuryFile) -> Rule:
    section = settings.rebalance
    bands = _optional(section.band_abs), _optional(section.band_rel)
    return Rule(section.calendar, *bands, section.band_role)


def _mandate(settings: TreasuryFile, strategy: Strategy) -> Mandate:
    section = settings.mandate
    return Mandate(
        eligible=section.eligible or strategy.needs.assets,
        weight_min={asset: float(weight) for asset, weight in section.weight_min.items()},
        weight_max={asset: float(weight) for asset, weight in section.weight_max.items()},
        cash_min_frac=float(section.cash_min_frac),
        staked_max_frac=float(section.staked_max_frac),
        illiquid_max_frac=float(section.illiquid_max_frac),
        deal_max_frac=float(section.deal_max_frac),
    )


def _capital(settings: TreasuryFile) -> CapitalPlan:
    section = settings.capital
    return CapitalPlan(
        cash_start=float(section.cash),
        shares_start=float(section.shares),
        contributions=tuple(
            Contribution(parse_instant(paid.date), float(paid.amount), float(paid.shares), paid.deploy_days)
            for paid in sorted(section.contributions, key=lambda paid: paid.date)
        ),
        atm=_atm(section.atm),
        mnav=_optional(section.mnav),
        mnav_series=section.mnav_series,
    )


def _atm(section: AtmSection | None) -> AtmRule | None:
    if section is None:
        return None
    return AtmRule(
        float(section.mnav_min),
        float(section.issue_frac_per_month),
        deploy_days=section.deploy_days,
        cost_bps=float(section.cost_bps),
    )


def _trading(settings: TreasuryFile) -> TradingCosts:
    costs = settings.costs
    return TradingCosts(float(costs.fee_bps), float(costs.half_spread_bps), float(costs.impact_coefficient))


def _running(settings: TreasuryFile) -> RunningCosts:
    costs = settings.costs
    return RunningCosts(
        fixed_per_year=float(costs.management_fixed_per_year),
        per_decision=float(costs.management_per_decision),
        nav_bps_per_year=float(costs.management_nav_bps_per_year),
        cash_rate_per_year=float(costs.cash_rate_per_year),
    )


def _lots(settings: TreasuryFile) -> dict[str, Lot]:
    lots = settings.market.lots
    return {asset: Lot(float(lot.step), float(lot.notional_min)) for asset, lot in lots.items()}


def _staking(settings: TreasuryFile) -> dict[str, StakingTerms]:
    return {
        asset: StakingTerms(
            apr_series=terms.apr_series,
            apr_frac=float(terms.apr_frac or 0),
            unbonding_days=float(terms.unbonding_days),
            commission_frac=float(terms.commission_frac),
        )
        for asset, terms in settings.staking.items()
    }


def _optional(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
