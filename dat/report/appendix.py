"""What an auditor asks for: the mandate, the data, what the figures are not, and how to make them again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dat.core.money import exact
from dat.core.time import parse_instant
from dat.report.record import Block, Column, Facts, Figures, Listing, Prose, Row, Table
from dat.report.track import Track
from dat.report.writing import count_of, instant_of, number, percent

__all__ = [
    "LIMITATIONS",
    "assumption_block",
    "data_blocks",
    "limitation_lines",
    "manifest_blocks",
    "price_sources",
]

LIMITATIONS = (
    "This is a backtest: past prices, run through a policy after the fact. It is no record of trades that "
    "took place, and past results say nothing certain about future ones.",
    "Net asset value is a measure of holdings at market prices. It is not a measure of income, solvency "
    "or liquidity, and it is not the price at which shares trade.",
    "Coins are valued at the last close of the named source. A sale of the whole position would move it.",
    "The assets, dates and parameters of this run were chosen with knowledge of what followed; the figures "
    "are not evidence of skill.",
    "Taxes, and debt and preferred claims that the treasury file does not state, are left out.",
)
_SHARE_LIMITATIONS = (
    "mNAV is the market value of the shares over the value of the coins (definition mnav-basic, version 1). "
    "It ignores debt, preferred claims, cash and ventures where there are any, and it does not say what the "
    "shares are worth.",
    "Coins per share and coin yield, gross (definition coin-yield-basic, version 1), use units of the core "
    "coin in every state over shares outstanding, gross of debt. Spending cash that was there at the start "
    "raises them; the net figures count all coins and cash less what is payable, at the core coin's price. "
    "Neither is a return to shareholders or measures income or liquidity.",
    "Share price and mNAV are assumed, not observed: the premium path is an input of the treasury file, and "
    "the price is that times coin value per share.",
)
_VENTURE_LIMITATION = (
    "Ventures are carried at what was paid for them. No mark, discount for lack of marketability or "
    "impairment is applied, so that their value may be higher or lower."
)
_BYTES_LIMITATION = (
    "The dates inside the PDF file are the as-of instant by design, so that the same run gives the same "
    "bytes; they do not say when the report was made."
)
_BUNDLED = "sample: bundled with dat; origin and licence are in its NOTICE"
_VOLUME_WARNING_FRAC = 0.25
_FILLED_SHOWN = 12


def limitation_lines(track: Track) -> tuple[str, ...]:
    """Choose the limitation texts that apply."""
    shares = _SHARE_LIMITATIONS if track.has_shares else ()
    ventures = (_VENTURE_LIMITATION,) if len(track.result.ventures) else ()
    return (*LIMITATIONS, *_too_large(track), *shares, *ventures, _BYTES_LIMITATION)


def _too_large(track: Track) -> Iterator[str]:
    shares = track.result.fills["adv_frac"]
    count = int((shares > _VOLUME_WARNING_FRAC).sum())
    if count:
        limit, most = (percent(exact(frac, 8), places=0) for frac in (_VOLUME_WARNING_FRAC, shares.max()))
        yield (
            f"Warning: {count_of(count, 'trade')} took more than {limit} of average daily volume, the "
            f"largest {most}. A market seldom carries that in a day; the price would "
            "be worse than the one here."
        )


def price_sources(data: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Find venue and pair of each asset among the series of a manifest.

    Examples
    --------
    >>> price_sources([{"name": "binance BTC/USDT 1d"}, {"name": "eth_staking_apr"}])
    {'BTC': 'binance BTC/USDT'}
    """
    names = [str(entry["name"]).split(" ") for entry in data]
    pairs = [(name[0], name[1]) for name in names if len(name) == 3 and "/" in name[1]]
    return {pair.split("/")[0]: f"{venue} {pair}" for venue, pair in pairs}


def data_blocks(manifest: Mapping[str, Any]) -> tuple[Block, ...]:
    """Sources, their hashes and what was filled."""
    columns = (
        Column("name", "Series", width=1.2),
        Column("source", "Source", width=1.6),
        Column("rows", "Rows", "count"),
        Column("first", "First", "day"),
        Column("last", "Last", "day"),
        Column("filled", "Filled", "count"),
    )
    rows = tuple(_source(entry) for entry in manifest["data"])
    table = Table("data", "Data sources", columns, rows, len(rows), " ".join(_filled(manifest["data"])))
    hashes = tuple((str(entry["name"]), str(entry["sha256"])) for entry in manifest["data"])
    return table, Facts("data_hashes", "SHA-256 of each series", hashes, is_code=True)


def manifest_blocks(manifest: Mapping[str, Any], figures: Figures) -> tuple[Block, ...]:
    """Everything that is needed to make this report again, byte for byte."""
    file = manifest["treasury_file"]
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(manifest["libraries"].items()))
    run = (
        ("dat", str(manifest["dat_version"])),
        ("Python", str(manifest["python"])),
        ("Libraries", libraries),
        ("Seed", str(manifest["seed"])),
        ("Periods a year", number(figures.periods_per_year, 0)),
    )
    hashes = (
        ("Run", str(manifest["run_id"])),
        ("Code", str(manifest["code_sha256"])),
        (f"Treasury file {file['name']}", str(file["sha256"])),
    )
    return (
        Facts("run", "Versions", run),
        Facts("run_hashes", "SHA-256 of run, code and treasury file", hashes, is_code=True),
        Listing("treasury_file", f"Treasury file {file['name']}", str(file["text"])),
    )


def assumption_block(manifest: Mapping[str, Any]) -> tuple[Prose, ...]:
    """State the assumptions of the run, if it names any."""
    lines = tuple(str(line) for line in manifest["assumptions"])
    return (Prose("assumptions", "Assumptions", lines, is_list=True),) if lines else ()


def _source(entry: Mapping[str, Any]) -> Row:
    first, last = parse_instant(entry["first"]), parse_instant(entry["last"])
    return Row((str(entry["name"]), _origin(entry), int(entry["rows"]), first, last, len(entry["filled"])))


def _origin(entry: Mapping[str, Any]) -> str:
    source = str(entry["source"])
    return str(entry.get("description", "")) or (_BUNDLED if source == "sample" else source)


def _filled(data: list[Mapping[str, Any]]) -> Iterator[str]:
    for entry in data:
        filled = [instant_of(parse_instant(instant)) for instant in entry["filled"]]
        if filled:
            more = f" and {len(filled) - _FILLED_SHOWN:,} more" if len(filled) > _FILLED_SHOWN else ""
            bars = count_of(len(filled), "bar")
            yield f"{entry['name']}: {bars} filled, by choice: {', '.join(filled[:_FILLED_SHOWN])}{more}."
    if not any(entry["filled"] for entry in data):
        yield "No bar was filled or repaired."
