"""Every Protocol that the inside needs from the outside. Implementations live in `dat.adapters`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dat.market.bars import BarFrame, BarKey

__all__ = ["BarReader", "BarSource", "BarStore", "Clock", "Progress", "StoredRun"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


class Progress(Protocol):
    """Is told how far a long piece of work has come."""

    def __call__(self, bars_done: int, bars_expected: int, /) -> None:
        """Take note of the bars done so far and of those expected in all."""
        ...


class BarReader(Protocol):
    """Holds series of bars and reads them."""

    def keys(self) -> "tuple[BarKey, ...]":
        """Name every stored series, sorted."""
        ...

    def read(
        self, key: "BarKey", *, start: datetime | None = None, end: datetime | None = None
    ) -> "BarFrame":
        """Give the bars that open at or after `start` and before `end`, in the schema of `dat.market.bars`.

        Sorted by open time, each open time once. A series that is not stored has no bars; it is no error.
        """
        ...

    def fills(self, key: "BarKey") -> Mapping[str, tuple[datetime, ...]]:
        """Give the open times that were filled by choice, by method; everything else came from a source."""
        ...


class BarStore(BarReader, Protocol):
    """Holds series of bars, reads them and adds to them. What is stored is never changed in silence."""

    def append(self, key: "BarKey", frame: "BarFrame", *, revise: bool = False) -> int:
        """Add bars and give how many are new.

        A bar that is stored already with the same values is no change. One that differs raises `DataError`
        naming the instant and both values, and nothing is written, unless `revise` is asked for by name;
        then the old and the new values are recorded beside the series.
        """
        ...

    def fill(self, key: "BarKey", frame: "BarFrame", method: str) -> int:
        """Add made-up bars where none is stored, record them under `method`, and give how many are new."""
        ...


class BarSource(Protocol):
    """Gives bars from outside, such as a venue."""

    def now(self) -> datetime:
        """Give the source's own present instant, aware, in UTC: a bar is closed when this has passed it."""
        ...

    def fetch(self, key: "BarKey", since: datetime, until: datetime) -> "Iterator[BarFrame]":
        """Give the closed bars that open at or after `since` and before `until`, oldest first, in pages."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A finished run as it is kept.

    Parameters
    ----------
    tables
        DataFrames by name, as `dat.backtest.result.COLUMNS` declares them.
    manifest
        How the run was made, JSON-ready.
    result
        Who and what was run, and the figures, JSON-ready with Decimals as strings.
    """

    tables: Mapping[str, Any]
    manifest: Mapping[str, Any]
    result: Mapping[str, Any]
