"""Bars and series from CSV files."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from dat.errors import DataError, InputError
from dat.market.bars import BAR_COLUMNS
from dat.market.mapping import read_instants
from dat.market.series import Instants, Series

__all__ = ["read_bars_csv", "read_series"]

_TIME_NAMES = ("date", "time", "timestamp", "datetime")


def read_bars_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file of bars as it is, its own column names kept.

    Parameters
    ----------
    path
        A file with a header, or without one in the order open time, open, high, low, close, volume (as
        Binance publishes them).

    Returns
    -------
    DataFrame
        As in the file; `dat.market.mapping` brings it into the schema.

    Raises
    ------
    InputError
        When the file is absent, empty or no CSV.
    """
    frame = _read(path)
    if not all(_is_number(name) for name in frame.columns):
        return frame
    bare = _read(path, header=None)
    return bare.rename(columns=dict(enumerate(BAR_COLUMNS))).rename(columns=str)


def read_series(
    path: Path, name: str, *, known_lag: timedelta = timedelta(0), column: str | None = None
) -> Series:
    """Read one number through time, with the instant at which each value became known.

    Parameters
    ----------
    path
        CSV with a column date, time, timestamp or datetime, one value column, and optionally known_at.
    name
        How a treasury file calls the series.
    known_lag
        A value is known this long after its date, unless the file has a column known_at.
    column
        The value column, when the file has several.

    Raises
    ------
    InputError
        When the file or a column is absent, or two columns could be meant.
    DataError
        When the file has no rows, or instants do not rise, or a value is no finite number.
    """
    frame = _read(path)
    if frame.empty:
        raise DataError(f"series {name}: {path} has no rows")
    known_at = _known_at(frame, path, known_lag)
    values = frame[column if column in frame.columns else _value_column(frame, path, column)]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64")
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise DataError(f"series {name}: row {bad[0] + 1} of {path} has '{values.iloc[bad[0]]}', no number")
    return Series(name, known_at, numbers)


def _known_at(frame: pd.DataFrame, path: Path, known_lag: timedelta) -> Instants:
    if "known_at" in frame.columns:
        return read_instants(frame["known_at"]).to_numpy(dtype="datetime64[us]")
    dates = read_instants(frame[_time_column(frame, path)]).to_numpy(dtype="datetime64[us]")
    if known_lag < timedelta(0):
        raise InputError(f"{path}: a value cannot be known {-known_lag} before its date")
    return (dates + np.timedelta64(known_lag)).astype("datetime64[us]")


def _time_column(frame: pd.DataFrame, path: Path) -> str:
    found = [str(name) for name in frame.columns if str(name).lower() in _TIME_NAMES]
    if len(found) != 1:
        raise InputError(
            f"{path} needs one column named {', '.join(_TIME_NAMES)}; "
            f"it has {', '.join(map(str, frame.columns))}"
        )
    return found[0]


def _value_column(frame: pd.DataFrame, path: Path, column: str | None) -> str:
    rest = [str(name) for name in frame.columns if str(name).lower() not in (*_TIME_NAMES, "known_at")]
    if column is not None or len(rest) != 1:
        wanted = f"has no column '{column}'" if column else "needs one value column"
        raise InputError(f"{path} {wanted}; it has {', '.join(map(str, frame.columns))}")
    return rest[0]


def _read(path: Path, header: Literal["infer"] | None = "infer") -> pd.DataFrame:
    try:
        frame: pd.DataFrame = pd.read_csv(path, header=header)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from error
    return frame


def _is_number(name: object) -> bool:
    return str(name).replace(".", "", 1).isdigit()
