"""The figures of the first page; only those that exist."""

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd

from dat.core.money import exact, quantise
from dat.report.record import Figures, Statement, Tile
from dat.report.share_plots import share_scale
from dat.report.statement import places_for, total_of
from dat.report.track import Track
from dat.report.writing import day_of, number, percent, short_money

__all__ = ["tiles_of"]


def tiles_of(track: Track, statement: Statement, figures: Figures) -> tuple[Tile, ...]:
    """Choose and write the tiles.

    Parameters
    ----------
    track, statement, figures
        The run, its NAV and its measures.

    Returns
    -------
    tuple of Tile
        NAV first; per-share figures only when there are shares, net before gross.
    """
    tiles = [_nav(track, statement), _return(track, figures), _fall(track, figures)]
    if track.has_shares:
        tiles += [*_per_share(track, figures), *_mnav(track, figures)]
    return (*tiles, *_money_weighted(figures), *_risk(figures), *_cost(track, figures))


def _nav(track: Track, statement: Statement) -> Tile:
    base = track.result.base
    detail = f"{number(statement.total, 2)} {base}"
    return Tile("nav", f"Net asset value, {base}", short_money(statement.total), detail)


def _return(track: Track, figures: Figures) -> Tile:
    held = f"holding {track.result.core} from the first open"
    value, core = figures.time_weighted_return, figures.benchmark_return
    ahead = None if value is None or core is None else value - core
    detail = f"{held}: not defined"
    if ahead is not None and core is not None:
        points, side = number(abs(ahead) * 100, 2), "more" if ahead > 0 else "less"
        apart = "the same as" if points == "0.00" else f"{points} points {side} than"
        detail, ahead = f"{apart} {held} ({percent(core, signed=True)})", quantise(ahead, 4)
    return Tile("time_weighted_return", "Time-weighted return", _change(value), detail, _tone(ahead))


def _fall(track: Track, figures: Figures) -> Tile:
    deepest = track.summary.drawdown_deepest
    detail = "never below an earlier value"
    if deepest is not None:
        detail = f"lowest on {day_of(track.times[deepest.trough_index + 1])}"
    return Tile("max_drawdown", "Deepest fall", _change(figures.max_drawdown), detail)


def _per_share(track: Track, figures: Figures) -> Iterator[Tile]:
    core, daily = track.result.core, track.result.daily
    scale, word = share_scale(daily["hps_net"].to_numpy(dtype=float))
    unit = f"{core} per {word}{'share' if scale == 1 else 'shares'}"
    net, gross = figures.coin_yield_net, figures.coin_yield
    if net is not None:
        detail = f"coin yield net {percent(net, signed=True)} since {day_of(track.first_day('hps_net'))}"
        yield Tile("per_share_net", f"{unit}, net", _units(daily["hps_net"], scale), detail, _tone(net))
    if gross is not None:
        what = f"gross, {core} alone" if len(track.result.assets) > 1 else "gross"
        detail = f"coin yield gross {percent(gross, signed=True)} from the first coin"
        yield Tile("per_share", f"{unit}, {what}", _units(daily["hps"], scale), detail)


def _units(values: "pd.Series[float]", scale: float) -> str:
    return f"{values.iloc[-1] * scale:,.6g}"


def _mnav(track: Track, figures: Figures) -> Iterator[Tile]:
    if figures.mnav is not None:
        premium = percent(figures.mnav - 1, signed=True, places=1)
        detail, tone = f"an input of this run, not a result; premium {premium} on coins alone", "plain"
        if track.price_to_nav is not None:
            detail, tone = _price(track, track.price_to_nav)
        yield Tile("mnav", "mNAV on coins alone, assumed", f"{number(figures.mnav, 3)}×", detail, tone)


def _price(track: Track, multiple: Decimal) -> tuple[str, str]:
    # With much cash a premium on the coins is a discount to what a share stands for.
    price = exact(float(track.last["share_price"]), 12)
    shown = number(price, places_for(price, least=2, digits=3))
    words = f"share price {shown}, {number(multiple, 2)} × NAV per share"
    return words, "bad" if quantise(multiple, 2) < 1 else "plain"


def _money_weighted(figures: Figures) -> Iterator[Tile]:
    if figures.money_weighted_return is not None:
        yield Tile(
            "money_weighted_return",
            "Money-weighted return, a year",
            _change(figures.money_weighted_return),
            "what each unit of money put in earned",
        )


def _risk(figures: Figures) -> Iterator[Tile]:
    if figures.volatility is not None:
        sharpe = "not defined" if figures.sharpe is None else number(figures.sharpe, 2)
        yield Tile("volatility", "Volatility, a year", percent(figures.volatility), f"Sharpe ratio {sharpe}")


def _cost(track: Track, figures: Figures) -> Iterator[Tile]:
    if figures.cost_ratio is not None:
        total = total_of(iter(track.costs.values()))
        detail = f"{short_money(total)} {track.result.base} in all"
        yield Tile(
            "cost_ratio", "Cost ratio, a year of average NAV", percent(figures.cost_ratio, places=3), detail
        )


def _change(value: Decimal | None) -> str:
    return "–" if value is None else percent(value, signed=True)


def _tone(value: Decimal | None) -> str:
    return "plain" if not value else "good" if value > 0 else "bad"
