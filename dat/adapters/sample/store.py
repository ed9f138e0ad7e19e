"""The bundled files as a store: read only, every file checked against its hash before it is used."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pandas as pd

from dat.adapters.csv import read_bars_csv, read_series
from dat.adapters.memory import MemoryBarStore
from dat.adapters.parquet import read_bars_file
from dat.core.ids import content_hash
from dat.core.time import BarSize
from dat.errors import InputError, StoreError
from dat.market.bars import BarKey
from dat.market.mapping import apply_mapping, guess_mapping
from dat.market.series import Series

__all__ = ["SampleBarStore", "sample_file", "sample_manifest", "sample_origin", "sample_series"]

_FOLDER = Path(__file__).parent
_KNOWN_LAG = timedelta(days=1)


class SampleBarStore:
    """Read the bundled bars.

    Binance daily bars of BTC, ETH, BNB, SOL and XRP against USDT (venue ``binance``, 2020-09-20 to
    2025-09-18), a long BTC/USDT (venue ``binance-long``, 2017-08-17 to 2024-04-21) and a BTC/USD whose venue
    its source does not state (venue ``unstated``, 2020-01-01 to 2026-08-13).

    Examples
    --------
    >>> [str(key) for key in SampleBarStore().keys()][:2]
    ['binance BNB/USDT 1d', 'binance BTC/USDT 1d']
    """

    def keys(self) -> tuple[BarKey, ...]:
        """Name every bundled series, sorted."""
        return tuple(sorted(_series_files()))

    def read(
        self, key: BarKey, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Give the bars that open at or after `start` and before `end`; none when the series is not bundled.

        Raises
        ------
        StoreError
            When the file is not the one that was bundled.
        """
        return _loaded(key).read(key, start=start, end=end)

    def fills(self, key: BarKey) -> Mapping[str, tuple[datetime, ...]]:
        """Give nothing: no bundled bar was filled."""
        return {}

    def append(self, key: BarKey, frame: pd.DataFrame, *, revise: bool = False) -> NoReturn:
        """Refuse: the sample is read only.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(f"{key}: the bundled sample is read only; write to a store of your own")

    def fill(self, key: BarKey, frame: pd.DataFrame, method: str) -> NoReturn:
        """Refuse: the sample is read only.

        Raises
        ------
        StoreError
            Always.
        """
        self.append(key, frame)


@cache
def sample_manifest() -> Mapping[str, Mapping[str, Any]]:
    """Give what is known of each bundled file: hash, source, licence, rows and range, by file name.

    Examples
    --------
    >>> sample_manifest()["eth_apr_daily.csv"]["rows"]
    1909
    """
    entries = json.loads((_FOLDER / "MANIFEST.json").read_text())["files"]
    return MappingProxyType({entry["file"]: MappingProxyType(entry) for entry in entries})


def sample_origin(name: str) -> str:
    """Say where bundled bars (``venue pair bar``) or a bundled series come from, and under which licence.

    Examples
    --------
    >>> sample_origin("binance BTC/USDT 1d")
    'Binance spot BTC/USDT, daily bars; bernini10/oraculo-de-bitcoin @ 68eb4edc50, MIT'
    """
    for entry in sample_manifest().values():
        if name in (f"{entry.get('venue')} {entry.get('pair')} {entry.get('bar')}", entry.get("series")):
            return f"{entry['what']}; {entry['source']}, {entry['licence']}"
    raise InputError(f"no bundled data is named '{name}'")


@cache
def sample_file(name: str) -> Path:
    """Give the path of a bundled file after checking its hash, once a process.

    Raises
    ------
    InputError
        When no such file is bundled.
    StoreError
        When its content is not what was bundled.
    """
    if name not in sample_manifest():
        raise InputError(f"no sample file '{name}'; there are {', '.join(sample_manifest())}")
    path, expected = _FOLDER / "files" / name, sample_manifest()[name]["sha256"]
    try:
        found = content_hash(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    if found != expected:
        raise StoreError(f"{path} has SHA-256 {found}, not {expected}: it is not the bundled file")
    return path


def sample_series(name: str) -> Series:
    """Read a bundled series.

    Parameters
    ----------
    name
        ``eth_staking_apr``: network staking yield of ether, fraction a year, 2020-12-01 to 2026-02-21,
        each value known one day after its date.

    Raises
    ------
    InputError
        When no such series is bundled.

    Examples
    --------
    >>> series = sample_series("eth_staking_apr")
    >>> str(series.known_at[0]), round(float(series.values[0]), 4)
    ('2020-12-02T00:00:00.000000', 0.174)
    """
    files = {entry["series"]: file for file, entry in sample_manifest().items() if "series" in entry}
    if name not in files:
        raise InputError(f"no sample series '{name}'; there are {', '.join(files)}")
    return read_series(sample_file(files[name]), name, known_lag=_KNOWN_LAG)


@cache
def _series_files() -> Mapping[BarKey, str]:
    return {
        BarKey(entry["venue"], entry["pair"], BarSize(entry["bar"])): file
        for file, entry in sample_manifest().items()
        if "pair" in entry
    }


@cache
def _loaded(key: BarKey) -> MemoryBarStore:
    store = MemoryBarStore()
    if key in _series_files():
        path = sample_file(_series_files()[key])
        frame = read_bars_csv(path) if path.suffix == ".csv" else read_bars_file(path)
        store.append(key, apply_mapping(frame, guess_mapping(frame.columns)))
    return store
