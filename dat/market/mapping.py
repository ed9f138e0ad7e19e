"""Which column of a foreign file is which: guessed from its name, shown, and never guessed twice over."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from dat.core.time import BarSize
from dat.errors import InputError
from dat.market.bars import BAR_COLUMNS

__all__ = ["apply_mapping", "guess_bar", "guess_mapping", "guess_pair", "read_instants"]

_NAMES: Mapping[str, tuple[str, ...]] = {
    "open_time": (
        "open_time",
        "opentime",
        "date",
        "datetime",
        "time",
        "timestamp",
        "timestamps",
        "unix",
        "ts",
    ),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "max", "high_price"),
    "low": ("low", "l", "min", "low_price"),
    "close": ("close", "c", "last", "close_price"),
    "volume": ("volume", "vol", "v", "base_volume", "volume_base"),
}
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "BTC", "ETH", "BNB")
_PAIR = re.compile(rf"^([A-Z0-9]{{2,10}}?)[-_/]?({'|'.join(_QUOTES)})(?![A-Z0-9])")
_LEAST_COUNT = 1e8
_UNITS: tuple[tuple[float, Literal["s", "ms", "us", "ns"]], ...] = (
    (1e11, "s"),
    (1e14, "ms"),
    (1e17, "us"),
    (np.inf, "ns"),
)


def guess_mapping(columns: Iterable[object], named: Mapping[str, str] | None = None) -> dict[str, str]:
    """Guess which column of a file is which column of the bar schema.

    Parameters
    ----------
    columns
        Column names of the file.
    named
        Choices that are made already, schema name to file name.

    Returns
    -------
    dict
        Schema name to file name, for all of `BAR_COLUMNS`.

    Raises
    ------
    InputError
        When a column is missing, or two could be meant, or a named one is not there; lists what was found.

    Examples
    --------
    >>> guess_mapping(["Date", "Open", "High", "Low", "Close", "Volume"])["open_time"]
    'Date'
    """
    present = [str(name) for name in columns]
    chosen = dict(named or {})
    _refuse_unknown(chosen, present)
    for target in BAR_COLUMNS:
        if target not in chosen:
            chosen[target] = _guess_one(target, [n for n in present if n not in chosen.values()], present)
    return {target: chosen[target] for target in BAR_COLUMNS}


def apply_mapping(frame: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Take the mapped columns out of a file's frame, instants read as UTC.

    Parameters
    ----------
    frame
        As read from the file.
    mapping
        Schema name to file name.

    Returns
    -------
    DataFrame
        The columns of the schema, in the order of the file; `normalise_bars` does the rest.

    Raises
    ------
    InputError
        When an instant cannot be read; names the row.
    """
    mapped = pd.DataFrame({target: frame[name] for target, name in mapping.items()})
    mapped["open_time"] = read_instants(mapped["open_time"])
    return mapped


def read_instants(column: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Read a column of instants: ISO 8601 text, datetimes, or seconds, ms, us or ns since 1970.

    Parameters
    ----------
    column
        Shape (n,); naive instants are UTC; the unit of a number follows from its size (1973 to 5138).

    Raises
    ------
    InputError
        When a value cannot be read; names row and value.

    Examples
    --------
    >>> read_instants(pd.Series([1636502400000]))[0].isoformat()
    '2021-11-10T00:00:00+00:00'
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        read = pd.to_datetime(column, utc=True)
    else:
        numbers = pd.to_numeric(column, errors="coerce")
        read = _from_numbers(numbers) if numbers.notna().any() else _from_text(column)
    bad = np.flatnonzero(read.isna().to_numpy())
    if len(bad):
        raise InputError(
            f"row {bad[0] + 1}: '{column.iloc[bad[0]]}' is no instant; "
            f"write 2021-11-10, 2021-11-10T00:00:00Z or a count of s, ms or us since 1970"
        )
    return read.dt.as_unit("us")


def guess_bar(opens: "pd.Series[pd.Timestamp]") -> BarSize:
    """Guess the bar size: the commonest distance between neighbours.

    Raises
    ------
    InputError
        When there are fewer than two instants, or the distance is no bar size.

    Examples
    --------
    >>> guess_bar(pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02"]), utc=True)).text
    '1d'
    """
    steps = opens.sort_values().diff().dropna()
    steps = steps[steps > pd.Timedelta(0)]
    if steps.empty:
        raise InputError("the bar size cannot be guessed from fewer than two bars; name it, such as 1d")
    seconds = int(steps.mode().iloc[0].total_seconds())
    for letter, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return BarSize(f"{seconds // size}{letter}")
    raise InputError(f"bars are {seconds} s apart, which is no bar size; name it, such as 1d")


def guess_pair(stem: str) -> str:
    """Guess the pair from a file's name.

    Raises
    ------
    InputError
        When the name does not begin with a pair.

    Examples
    --------
    >>> guess_pair("BTC_USDT-1d"), guess_pair("ethusdt_2021")
    ('BTC/USDT', 'ETH/USDT')
    """
    match = _PAIR.match(re.sub(r"^(BINANCE|KRAKEN|COINBASE|BITSTAMP|OKX|BYBIT)[-_]", "", stem.upper()))
    if match is None:
        raise InputError(f"no pair can be guessed from the file name '{stem}'; name it, such as BTC/USDT")
    return f"{match[1]}/{match[2]}"


def _guess_one(target: str, free: list[str], present: list[str]) -> str:
    fits = [name for name in free if _plain(name) in _NAMES[target]]
    found = f"the file has {', '.join(present) or 'no columns'}"
    if not fits:
        raise InputError(f"no column for '{target}' ({', '.join(_NAMES[target])}); {found}")
    if len(fits) > 1:
        raise InputError(f"{' and '.join(fits)} could each be '{target}'; name one; {found}")
    return fits[0]


def _refuse_unknown(named: Mapping[str, str], present: list[str]) -> None:
    for target, name in named.items():
        if target not in BAR_COLUMNS:
            raise InputError(f"'{target}' is no column of bars; they are {', '.join(BAR_COLUMNS)}")
        if name not in present:
            raise InputError(f"no column '{name}' for '{target}'; the file has {', '.join(present)}")


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().strip("<>").lower())


def _from_text(column: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")


def _from_numbers(numbers: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    unit = next(unit for bound, unit in _UNITS if not numbers.abs().max() >= bound)
    # A day written 20211110 must not pass for a count of seconds in 1970.
    counts = numbers.where(numbers.abs() >= _LEAST_COUNT).astype("Int64").array
    return pd.Series(pd.to_datetime(counts, unit=unit, utc=True, errors="coerce"), index=numbers.index)
