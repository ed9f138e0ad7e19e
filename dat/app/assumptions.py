"""What a run takes for granted, in sentences that go into its manifest and its report."""

from collections.abc import Callable, Iterator

from dat.app.market_data import MarketData
from dat.app.settings import TreasuryFile
from dat.core.time import iso, parse_instant

__all__ = ["assumptions"]


def assumptions(settings: TreasuryFile, market: MarketData) -> tuple[str, ...]:
    """Say what is assumed rather than known, in a fixed order."""
    return tuple(line for rule in _RULES for line in rule(settings, market))


def _parity(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    base, quote = settings.treasury.base_currency, settings.market.quote
    if base != quote:
        yield f"1 {quote} is taken as 1 {base}."


def _fills(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    when = {
        "next_open": "A decision rests on a close and is filled at the open of the next bar, in full.",
        "same_close": "A decision is filled in full at the very close it rests on, which nobody can do.",
    }
    yield when[settings.backtest.fill]
    yield "Bars of one venue stand for the market; a coin is marked at its last known close."


def _trading_costs(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    yield "Fee, spread, impact and management cost are settings of the treasury file, not measurements."
    if settings.costs.impact_coefficient:
        yield "Impact counts once 5 bars of volume and volatility are known; before that it is 0."
    else:
        yield "Trades do not move the price: impact is off."


def _premium(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    capital = settings.capital
    if capital.mnav is not None:
        yield f"The share trades at a constant mNAV of {capital.mnav}; it is assumed, not observed."
    if capital.mnav_series is not None:
        yield f"The share trades at the mNAV of series {capital.mnav_series}, known at the time."
    if capital.atm is not None:
        yield "Shares are issued at the market price, without a discount and without a limit of volume."


def _staking(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    for asset, terms in settings.staking.items():
        rate = f"the rate of series {terms.apr_series}" if terms.apr_series else f"{terms.apr_frac} a year"
        unbonding = f"unbonding takes {terms.unbonding_days} days"
        yield f"Staked {asset} earns {rate} without slashing; {unbonding}."


def _late_and_missing(settings: TreasuryFile, market: MarketData) -> Iterator[str]:
    start, end = parse_instant(settings.treasury.inception), max(bars.last for bars in market.coverage)
    for bars in market.coverage:
        if bars.first > start:
            yield f"{bars.asset} has its first bar at {iso(bars.first)} and is not traded before."
        if bars.missing:
            yield f"{bars.asset} lacks {_bars(bars.missing)}; none is traded in, the last close stands."
        if bars.last < end:
            yield f"{bars.asset} has its last bar at {iso(bars.last)}; its last close stands from then on."
        if bars.filled:
            yield f"{bars.asset} has {_bars(len(bars.filled))} filled by choice."


def _bars(count: int) -> str:
    return f"{count:,} bar" if count == 1 else f"{count:,} bars"


_RULES: tuple[Callable[[TreasuryFile, MarketData], Iterator[str]], ...] = (
    _parity,
    _fills,
    _trading_costs,
    _premium,
    _staking,
    _late_and_missing,
)
