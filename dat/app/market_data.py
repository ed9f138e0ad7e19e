"""Bars and series of one treasury: read, refused when they are wrong, aligned, and described."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dat.adapters.csv import read_series
from dat.adapters.parquet import ParquetBarStore
from dat.adapters.sample import SampleBarStore, sample_origin, sample_series
from dat.app.settings_market import SeriesSection
from dat.app.treasury_file import LoadedFile
from dat.backtest.manifest import DataSource, source_of_bars, source_of_series
from dat.core.time import BarSize, iso, parse_instant
from dat.errors import DataError, InputError
from dat.market.bars import BarFrame, BarKey
from dat.market.panel import Panel, align_bars
from dat.market.quality import require_clean
from dat.market.series import Series
from dat.ports import BarReader

__all__ = ["Coverage", "MarketData", "end_of_run", "read_market"]

_SAMPLE = "sample"
_SAMPLE_LAG = timedelta(days=1)
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Coverage:
    """The bars of one asset, and how far they reach.

    Parameters
    ----------
    asset, key, frame
        The bars, history before the run included; at least one.
    filled
        Open times that were filled by choice.
    """

    asset: str
    key: BarKey
    frame: BarFrame
    filled: tuple[datetime, ...]

    @property
    def first(self) -> datetime:
        """Open of the first bar."""
        return parse_instant(self.frame["open_time"].iloc[0])

    @property
    def last(self) -> datetime:
        """Close of the last bar."""
        return parse_instant(self.frame["open_time"].iloc[-1] + self.key.bar.delta)

    @property
    def missing(self) -> int:
        """Bars that are missing between the two."""
        return round((self.last - self.first) / self.key.bar.delta) - len(self.frame)


@dataclass(frozen=True)
class MarketData:
    """All that a run sees of the market, and where it came from."""

    panel: Panel
    series: dict[str, Series]
    sources: tuple[DataSource, ...]
    coverage: tuple[Coverage, ...]


def read_market(file: LoadedFile, assets: tuple[str, ...], *, now: datetime) -> MarketData:
    """Read what a treasury file declares.

    Parameters
    ----------
    file
        Says where bars and series are.
    assets
        Those to read bars for.
    now
        Bars that close after this instant are refused.

    Raises
    ------
    ConfigError
        When there is no store, an asset has no bars, or the bars do not reach the run.
    DataError
        When bars or values are wrong.
    """
    market, store = file.settings.market, _open_store(file)
    coverage = tuple(_read_bars(file, store, asset, now=now) for asset in assets)
    panel = align_bars({bars.asset: bars.frame for bars in coverage}, BarSize(market.bar))
    _require_range(file, panel)
    series = {declared.name: _read_series(file, number) for number, declared in enumerate(market.series)}
    sources = [
        source_of_bars(str(c.key), _origin(market.source, str(c.key)), c.frame, filled=c.filled)
        for c in coverage
    ]
    sources += [
        source_of_series(series[item.name], _origin(item.source, item.name)) for item in market.series
    ]
    return MarketData(panel, series, tuple(sources), coverage)


def _origin(source: str, name: str) -> str:
    return f"sample: {sample_origin(name)}" if source == "sample" else source


def _open_store(file: LoadedFile) -> BarReader:
    source = file.settings.market.source
    if source == _SAMPLE:
        return SampleBarStore()
    folder = file.folder / source
    if not folder.is_dir():
        text = f"no such directory {folder}; write 'sample', or import bars with 'dat data import'"
        raise file.refuse("market.source", text, f'"{source}"')
    return ParquetBarStore(folder)


def _read_bars(file: LoadedFile, store: BarReader, asset: str, *, now: datetime) -> Coverage:
    market = file.settings.market
    key = BarKey(market.venue, f"{asset}/{market.quote}", BarSize(market.bar))
    frame = store.read(key, end=end_of_run(file))
    if frame.empty:
        raise file.refuse("market", f"no bars of {key} for {asset} in '{market.source}'{_held(store)}")
    clean = require_clean(frame, key, as_of=now)
    opens = {parse_instant(instant) for instant in clean["open_time"]}
    filled = sorted(instant for instants in store.fills(key).values() for instant in instants)
    bars = Coverage(asset, key, clean, tuple(instant for instant in filled if instant in opens))
    start = parse_instant(file.settings.treasury.inception)
    if bars.last <= start:
        text = f"the bars of {key} end {iso(bars.last)}, before the start date"
        raise file.refuse("treasury.inception", text, f"{start:%Y-%m-%d}")
    return bars


def end_of_run(file: LoadedFile) -> datetime | None:
    """Give the latest close of a run, the midnight after its last day, or None for the last bar."""
    end = file.settings.treasury.end
    return None if end is None else parse_instant(end) + timedelta(days=1)


def _held(store: BarReader) -> str:
    held = tuple(map(str, store.keys()))
    more = ", ..." if len(held) > _NAMED else ""
    return f"; it holds {', '.join(held[:_NAMED])}{more}" if held else "; it is empty"


def _require_range(file: LoadedFile, panel: Panel) -> None:
    start, end = parse_instant(file.settings.treasury.inception), end_of_run(file)
    first, last = (parse_instant(time.item()) for time in (panel.open_time[0], panel.as_of[-1]))
    if start < first:
        text = f"the first bar opens {iso(first)}; choose an inception on or after it"
        raise file.refuse("treasury.inception", text, f"{start:%Y-%m-%d}")
    if end is not None and last + panel.bar.delta <= end:
        text = f"the last bar closes {iso(last)}; choose an end before it, or leave it out"
        raise file.refuse("treasury.end", text, str(file.settings.treasury.end))


def _read_series(file: LoadedFile, number: int) -> Series:
    declared = file.settings.market.series[number]
    try:
        return _series(file, declared)
    except InputError as error:
        text = f"series '{declared.name}': {error}"
        refusal = file.refuse(f"market.series[{number}].source", text, f'"{declared.source}"')
        raise (DataError(str(refusal)) if isinstance(error, DataError) else refusal) from None


def _series(file: LoadedFile, declared: SeriesSection) -> Series:
    lag = timedelta(days=float(declared.known_lag_days))
    if declared.source != _SAMPLE:
        path = file.folder / declared.source
        return read_series(path, declared.name, known_lag=lag, column=declared.column)
    bundled = sample_series(declared.name)
    shift = np.timedelta64(lag - _SAMPLE_LAG)
    return Series(declared.name, bundled.known_at + shift, np.array(bundled.values))
