"""Bars from venues through ccxt."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import pandas as pd

from dat.adapters.ccxt_connect import connect, near_matches
from dat.adapters.ccxt_retry import Patience, read_patiently
from dat.adapters.clock import SystemClock
from dat.core.time import iso
from dat.errors import InputError, VenueError
from dat.market.bars import BAR_COLUMNS, BarKey, normalise_bars
from dat.ports import Clock

__all__ = ["CcxtBars"]

_DEFAULT_PAGE_BARS = 500


class CcxtBars:
    """Read bars of one venue page by page, at the pace that it allows.

    Parameters
    ----------
    venue
        ccxt's name, such as ``binance``.
    endpoint
        Scheme, host and port of a server on this machine that stands in for the venue.
    clock
        Tells the time where the venue does not.
    patience
        How often and how long a failed read is tried again.

    Notes
    -----
    Times of bars are the venue's. A bar counts as closed by the venue's clock, asked once and kept as an
    offset to `clock`. The text of each figure becomes a float once.
    """

    def __init__(
        self,
        venue: str,
        *,
        endpoint: str | None = None,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.venue = venue
        self.endpoint = endpoint
        self.clock = clock or SystemClock()
        self.patience = patience or Patience(time.sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if "_exchange" in self.__dict__:
            self._exchange.session.close()

    def now(self) -> datetime:
        """Give the venue's present instant."""
        return self.clock.now() + self._offset

    def fetch(self, key: BarKey, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Give the closed bars that open at or after `since` and before `until`, oldest first, in pages.

        Parameters
        ----------
        key
            The series; its venue names the store's series, the requests go to this source's venue.
        since, until
            Aware UTC.

        Raises
        ------
        InputError
            When the venue, the pair or the bar size is not known; names near matches.
        VenueError
            When the venue refuses or does not answer.
        """
        self._require_offered(key)
        cursor = since
        while cursor < min(until, self.now() - key.bar.delta + timedelta(microseconds=1)):
            rows = self._page(key, cursor)
            yield from self._closed(rows, key, since=cursor, until=until)
            # Some venues answer by span of time: after an empty page there may be more.
            seen = _instant(rows[-1][0]) + key.bar.delta if rows else cursor
            cursor = seen if seen > cursor else cursor + self._page_bars(key) * key.bar.delta

    def _page(self, key: BarKey, since: datetime) -> list[list[Any]]:
        limit, stamp = self._page_bars(key), int(since.timestamp() * 1000)
        rows = self._ask(
            lambda: self._exchange.fetch_ohlcv(key.pair, key.bar.text, since=stamp, limit=limit),
            f"{key.pair} {key.bar} bars from {iso(since)}",
        )
        if not all(_is_whole(row) for row in rows):
            raise VenueError(f"{self.venue} gave {key.pair} {key.bar} bars from {iso(since)} in another form")
        return sorted(rows, key=lambda row: int(row[0]))

    def _closed(
        self, rows: list[list[Any]], key: BarKey, *, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        frame = pd.DataFrame([row[: len(BAR_COLUMNS)] for row in rows], columns=list(BAR_COLUMNS))
        frame["open_time"] = pd.to_datetime(frame["open_time"].astype("int64"), unit="ms", utc=True)
        opens = frame["open_time"]
        inside = (opens >= since) & (opens < until) & (opens + key.bar.delta <= self.now())
        if inside.any():
            yield normalise_bars(frame[inside], key)

    def _require_offered(self, key: BarKey) -> None:
        markets = self._markets
        if key.pair not in markets:
            raise InputError(f"{self.venue} has no pair '{key.pair}'{near_matches(key.pair, markets)}")
        sizes = self._exchange.timeframes or {}
        if key.bar.text not in sizes:
            offered = ", ".join(sizes) or "none"
            raise InputError(f"{self.venue} has no bars of {key.bar}; it offers {offered}")

    def _page_bars(self, key: BarKey) -> int:
        limit = self._exchange.feature_value(key.pair, "fetchOHLCV", "limit", _DEFAULT_PAGE_BARS)
        return int(limit or _DEFAULT_PAGE_BARS)

    def _ask(self, call: Callable[[], Any], what: str) -> Any:
        return read_patiently(self._exchange, call, what=what, patience=self.patience)

    @cached_property
    def _exchange(self) -> Any:
        return connect(self.venue, endpoint=self.endpoint)

    @cached_property
    def _markets(self) -> Any:
        return self._ask(self._exchange.load_markets, "its markets")

    @cached_property
    def _offset(self) -> timedelta:
        if not self._exchange.has.get("fetchTime"):
            return timedelta(0)
        return _instant(self._ask(self._exchange.fetch_time, "its time")) - self.clock.now()


def _is_whole(row: Any) -> bool:
    places = row[: len(BAR_COLUMNS)] if isinstance(row, list) else ()
    return len(places) == len(BAR_COLUMNS) and None not in places


def _instant(stamp_ms: int) -> datetime:
    return datetime.fromtimestamp(int(stamp_ms) / 1000, UTC)
