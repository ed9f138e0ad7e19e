"""What cannot be true together in a treasury file whose single values are all right."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from dat.app.problems import Problem
from dat.app.quantities import LARGEST
from dat.app.settings import TreasuryFile

__all__ = ["CONTRADICTIONS", "PAR", "contradictions"]

PAR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"USD": ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USDP"), "EUR": ("EURC", "EURI")}
)
"""Stablecoins that are taken at par with their currency; a run says so."""


def contradictions(settings: TreasuryFile) -> list[Problem]:
    """Find the keys of a file that contradict each other."""
    return [problem for rule in CONTRADICTIONS for problem in rule(settings)]


def _dates(settings: TreasuryFile) -> Iterator[Problem]:
    treasury = settings.treasury
    if treasury.end is not None and treasury.end < treasury.inception:
        yield Problem("treasury.end", f"must not be before inception {treasury.inception}", str(treasury.end))
    for number, paid in enumerate(settings.capital.contributions):
        late = treasury.end is not None and paid.date > treasury.end
        if paid.date < treasury.inception or late:
            text = f"must be within the run, {treasury.inception} to {treasury.end or 'the last bar'}"
            yield Problem(f"capital.contributions[{number}].date", text, str(paid.date))


def _currency(settings: TreasuryFile) -> Iterator[Problem]:
    base, quote = settings.treasury.base_currency, settings.market.quote
    if base == quote or quote in PAR.get(base, ()):
        return
    par = "; ".join(f"{money} with {', '.join(coins)}" for money, coins in PAR.items())
    text = (
        f'bars are in market.quote = "{quote}", and currency conversion is not supported yet; at par: {par}'
    )
    yield Problem("treasury.base_currency", text, f'"{base}"')


def _finite(settings: TreasuryFile) -> Iterator[Problem]:
    for name, value in settings.strategy.params.items():
        for place, number in _numbers(name, value):
            if not number.is_finite() or abs(number) > LARGEST:
                text = f"must be a number of at most {LARGEST:,} either way"
                yield Problem(f"strategy.params.{place}", text, str(number))


def _numbers(place: str, value: Any) -> Iterator[tuple[str, Decimal]]:
    if isinstance(value, Decimal | int):
        yield place, Decimal(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _numbers(f"{place}[{position}]", inner)


def _weights(settings: TreasuryFile) -> Iterator[Problem]:
    mandate = settings.mandate
    for asset, low in mandate.weight_min.items():
        high = mandate.weight_max.get(asset)
        if high is not None and low > high:
            text = f"must not be above mandate.weight_max.{asset} = {high}"
            yield Problem(f"mandate.weight_min.{asset}", text, str(low))
    room, least = 1 - mandate.cash_min_frac, sum(mandate.weight_min.values())
    if least > room:
        text = f"the least weights must sum to at most 1 - cash_min_frac = {room}; they sum to {least}"
        yield Problem("mandate.weight_min", text)


def _eligible(settings: TreasuryFile) -> Iterator[Problem]:
    mandate = settings.mandate
    if mandate.eligible is None:
        return
    allowed = ", ".join(mandate.eligible)
    for table in ("weight_min", "weight_max"):
        for asset, weight in getattr(mandate, table).items():
            if asset not in mandate.eligible:
                text = f"{asset} is not in mandate.eligible: {allowed}"
                yield Problem(f"mandate.{table}.{asset}", text, str(weight))


def _illiquid(settings: TreasuryFile) -> Iterator[Problem]:
    mandate = settings.mandate
    if mandate.deal_max_frac > mandate.illiquid_max_frac:
        text = f"must not be above mandate.illiquid_max_frac = {mandate.illiquid_max_frac}"
        yield Problem("mandate.deal_max_frac", text, str(mandate.deal_max_frac))


def _money(settings: TreasuryFile) -> Iterator[Problem]:
    capital = settings.capital
    if not capital.cash and not capital.contributions:
        yield Problem("capital.cash", "must be above 0, since no contribution comes in", str(capital.cash))


def _shares(settings: TreasuryFile) -> Iterator[Problem]:
    capital = settings.capital
    if capital.shares:
        return
    if capital.atm is not None:
        yield Problem("capital.atm", "shares can be issued only when capital.shares is above 0")
    for number, paid in enumerate(capital.contributions):
        if paid.shares:
            text = "shares can be issued only when capital.shares is above 0"
            yield Problem(f"capital.contributions[{number}].shares", text, str(paid.shares))


def _premium(settings: TreasuryFile) -> Iterator[Problem]:
    capital = settings.capital
    if capital.mnav is not None and capital.mnav_series is not None:
        yield Problem("capital.mnav", "give mnav or mnav_series, not both", str(capital.mnav))
    if capital.atm is not None and capital.mnav is None and capital.mnav_series is None:
        yield Problem("capital.atm", "needs a premium path: give capital.mnav or capital.mnav_series")


def _series(settings: TreasuryFile) -> Iterator[Problem]:
    names = [series.name for series in settings.market.series]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Problem(f"market.series[{number}].name", "this name is taken already", f'"{name}"')
    for number, series in enumerate(settings.market.series):
        if series.column is not None and series.source == "sample":
            text = "a bundled series has one value column; leave it out"
            yield Problem(f"market.series[{number}].column", text, f'"{series.column}"')
    asked = {"capital.mnav_series": settings.capital.mnav_series}
    asked |= {f"staking.{asset}.apr_series": terms.apr_series for asset, terms in settings.staking.items()}
    for key, wanted in asked.items():
        if wanted is not None and wanted not in names:
            text = f"no such series; [[market.series]] declares {', '.join(names) or 'none'}"
            yield Problem(key, text, f'"{wanted}"')


def _staking(settings: TreasuryFile) -> Iterator[Problem]:
    for asset, terms in settings.staking.items():
        if (terms.apr_series is None) == (terms.apr_frac is None):
            yield Problem(f"staking.{asset}", "give either apr_series or apr_frac")


CONTRADICTIONS: tuple[Callable[[TreasuryFile], Iterator[Problem]], ...] = (
    _dates,
    _currency,
    _finite,
    _weights,
    _eligible,
    _illiquid,
    _money,
    _shares,
    _premium,
    _series,
    _staking,
)
"""Each rule looks at a file and gives the problems that it finds."""
