"""What the commands of `dat data` take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dat.errors import InputError

__all__ = ["CheckOptions", "FillOptions", "ImportOptions", "ListOptions", "PullOptions", "column_names"]

_Bars = typer.Option("--bars", "--bar", help="Bar size, such as 1d or 4h.")
_Venue = typer.Option(help="Where the trades happened, such as binance.")


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """Options of every command."""

    store: Annotated[Path, typer.Option(envvar="DAT_STORE", help="Folder of the bar store.")] = Path("data")
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False


@dataclass(frozen=True, kw_only=True)
class ImportOptions(StoreOptions):
    """Options of ``dat data import``."""

    files: Annotated[list[Path], typer.Argument(help="CSV, Parquet or Feather files of bars.")]
    venue: Annotated[str, _Venue] = "file"
    pair: Annotated[
        str | None, typer.Option(help="Base and quote, such as BTC/USDT; guessed from the file name.")
    ] = None
    bars: Annotated[
        str | None, typer.Option("--bars", "--bar", help="Bar size, such as 1d; guessed from the spacing.")
    ] = None
    columns: Annotated[
        str | None, typer.Option("--map", help="Columns that cannot be guessed: open_time=Date,close=Last.")
    ] = None
    revise: Annotated[
        bool, typer.Option("--revise", help="Replace stored bars that differ, and record it.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class PullOptions(StoreOptions):
    """Options of ``dat data pull``."""

    pair: Annotated[str, typer.Argument(help="Base and quote, such as BTC/USDT.")]
    venue: Annotated[str, typer.Option(help="A venue by its ccxt name.")] = "binance"
    bars: Annotated[str, _Bars] = "1d"
    since: Annotated[
        str | None, typer.Option(help="Earliest bar wanted, such as 2017-08-17; the first stored bar.")
    ] = None
    until: Annotated[str | None, typer.Option(help="Bars that open before this; now.")] = None
    endpoint: Annotated[
        str | None, typer.Option(help="A server on this machine in the venue's place: http://127.0.0.1:PORT.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class CheckOptions(StoreOptions):
    """Options of ``dat data check``."""

    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to check; without any, the series of the store.")
    ] = None
    venue: Annotated[str | None, typer.Option(help="Only series of this venue.")] = None
    pair: Annotated[str | None, typer.Option(help="Only series of this pair.")] = None
    bars: Annotated[str | None, typer.Option("--bars", "--bar", help="Only bars of this size.")] = None
    as_of: Annotated[str | None, typer.Option(help="Instant of the check; now.")] = None
    outlier: Annotated[
        float, typer.Option(min=0.0, help="A close is an outlier above this multiple of the usual move.")
    ] = 10.0


@dataclass(frozen=True, kw_only=True)
class FillOptions(StoreOptions):
    """Options of ``dat data fill``."""

    pair: Annotated[str, typer.Argument(help="Base and quote, such as BTC/USDT.")]
    method: Annotated[str, typer.Option(help="How: previous_close.")]
    venue: Annotated[str, _Venue] = "binance"
    bars: Annotated[str, _Bars] = "1d"


@dataclass(frozen=True, kw_only=True)
class ListOptions(StoreOptions):
    """Options of ``dat data list``."""

    sample: Annotated[bool, typer.Option("--sample", help="List the bundled series instead.")] = False


def column_names(text: str | None) -> dict[str, str]:
    """Read ``open_time=Date,close=Last`` as schema name to file name.

    Raises
    ------
    InputError
        When a part has another form.

    Examples
    --------
    >>> column_names("open_time=Date,close=Last")
    {'open_time': 'Date', 'close': 'Last'}
    """
    parts = [part.partition("=") for part in text.split(",")] if text else []
    wrong = ["".join(part) for part in parts if not (part[0].strip() and part[2].strip())]
    if wrong:
        raise InputError(f"--map: '{wrong[0]}' is no NAME=COLUMN; write open_time=Date,close=Last")
    return {name.strip(): column.strip() for name, _, column in parts}
