"""Every Protocol that the inside needs from the outside. Implementations live in `dat.adapters`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from dat.ledger.checks import Finding, Projections, StoredEntry
    from dat.ledger.entry import Entry, Head
    from dat.ledger.lots import Lot
    from dat.market.bars import BarFrame, BarKey

__all__ = [
    "BarReader",
    "BarSource",
    "BarStore",
    "BooksRows",
    "Clock",
    "JournalRow",
    "LeaseStore",
    "LedgerStore",
    "OrderJournal",
    "Progress",
    "StoredRun",
    "UnitOfWork",
]


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


class LedgerStore(Protocol):
    """Holds the books: entries are added at the end and never changed."""

    def head(self) -> "Head":
        """Give the end of the chain; of empty books that is number 0 with the hash `GENESIS`."""
        ...

    def append(self, entries: "Sequence[Entry]", lots: "Iterable[tuple[str, str, str, Lot | None]]") -> None:
        """Add entries at the end of the chain, and keep what became of the lots that they touched.

        Parameters
        ----------
        entries
            In order; the first follows the stored head.
        lots
            (account, commodity, name of the lot, what is left of it there; None for nothing), once each.

        Raises
        ------
        LedgerError
            When a `source_id` is in the books already, or the first entry does not follow the stored head.
        """
        ...

    def entries(
        self, *, after: int = 0, kinds: Sequence[str] = (), source_ids: Sequence[str] = ()
    ) -> "Iterator[Entry]":
        """Give entries numbered above `after`, in order; of these kinds and sources where some are named."""
        ...

    def balances(self, as_of: datetime | None = None) -> Mapping[tuple[str, str], Decimal]:
        """Sum the postings of events at or before an instant, by (account, commodity), without sums of 0."""
        ...

    def open_lots(
        self, account: str | None = None, commodity: str | None = None
    ) -> "Iterator[tuple[str, str, Lot]]":
        """Give (account, commodity, lot) open now; in order of account, commodity, date, number, name."""
        ...


class BooksRows(Protocol):
    """The raw rows of stored books, as text: what was tampered with is given, not refused."""

    def damage(self) -> "Iterator[Finding]":
        """Give what the database itself finds wrong with what it stores."""
        ...

    def entries(self) -> "Iterator[StoredEntry | Finding]":
        """Give each entry with its lines, in order; lines that belong to no entry are findings."""
        ...

    def texts(self) -> Iterator[str]:
        """Give the events of all entries, as text, in order."""
        ...

    def projections(self) -> "Projections":
        """Give what is kept beside the chain for speed."""
        ...

    def journal(self) -> "Iterator[Finding]":
        """Give the lines of the order journal that are not as they must be."""
        ...


class JournalRow(NamedTuple):
    """One line of the order journal.

    Parameters
    ----------
    intent
        Id of the intent that the line belongs to.
    state
        State that it enters.
    at
        When, aware UTC.
    body
        JSON text: what is known of it.
    """

    intent: str
    state: str
    at: datetime
    body: str


class OrderJournal(Protocol):
    """Remembers what was intended and what became of it; lines are added and never changed."""

    def append(self, row: JournalRow) -> None:
        """Add a line."""
        ...

    def rows(self, intent: str | None = None) -> Iterator[JournalRow]:
        """Give the lines, of one intent or all, in the order in which they were added."""
        ...


class LeaseStore(Protocol):
    """Lets one holder at a time do a thing; each new holder has a higher epoch, which fences the old off."""

    def acquire(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> int:
        """Take or renew a lease and give its epoch; a renewal keeps it.

        Raises
        ------
        StoreError
            When another holder has it and it has not expired; the text names holder and expiry.
        """
        ...

    def require(self, name: str, holder: str, *, epoch: int, now: datetime) -> None:
        """Refuse to go on without the lease.

        Raises
        ------
        StoreError
            When the lease has expired, or belongs to another holder or epoch.
        """
        ...

    def release(self, name: str, holder: str, *, epoch: int) -> None:
        """Give a lease back; one that is not held any more is no error."""
        ...


class UnitOfWork(Protocol):
    """One transaction over everything that must change together: all of it is kept by `commit`, or none.

    Entering waits for its turn to write; leaving without `commit` rolls back.
    """

    @property
    def ledger(self) -> LedgerStore:
        """The books."""
        ...

    @property
    def journal(self) -> OrderJournal:
        """The order journal."""
        ...

    @property
    def leases(self) -> LeaseStore:
        """The leases."""
        ...

    def commit(self) -> None:
        """Keep all that was done since entering.

        Raises
        ------
        StoreError
            When it cannot be kept, such as on a full disk; then nothing is.
        """
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """Roll back what was not committed."""
        ...
