"""A server on this machine that gives bars as Binance spot does, with the faults of a bad day."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd

RECORDED = json.loads((Path(__file__).parent / "data" / "binance_spot_recorded.json").read_text())
STEP_MS = {"1h": 3_600_000, "1d": 86_400_000}


@dataclass(frozen=True)
class Fault:
    """One answer that is not what was asked for."""

    status: int = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False


def too_many(retry_after_s: int, status: int = 429) -> Fault:
    """Give the answer of a venue that was asked too often."""
    body = '{"code":-1003,"msg":"Too much request weight used."}'
    return Fault(status, body, (("Retry-After", str(retry_after_s)),))


@dataclass
class KlinesVenue:
    """What the server holds and what was asked of it.

    `now` is the venue's own time: the bar that is open then is given too, as Binance does.
    """

    bars: dict[tuple[str, str], pd.DataFrame]
    now: datetime
    rows_max: int = 1000
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    on_klines: Callable[[int], None] = lambda count: None

    @property
    def klines_asked(self) -> list[dict[str, str]]:
        return [query for path, query in self.asked if path.endswith("/klines")]

    def answer(self, path: str, query: dict[str, str]) -> Any:
        if path == "/api/v3/time":
            return {"serverTime": int(self.now.timestamp() * 1000)}
        if path == "/api/v3/exchangeInfo":
            return RECORDED["GET /api/v3/exchangeInfo"][0]["response"]
        if path == "/api/v3/klines":
            return self.klines(query)
        return None

    def klines(self, query: dict[str, str]) -> list[list[Any]]:
        step_ms = STEP_MS[query["interval"]]
        rows = kline_rows(self.bars[query["symbol"], query["interval"]], step_ms)
        last = min(int(query.get("endTime", 1 << 60)), int(self.now.timestamp() * 1000))
        rows = [row for row in rows if int(query.get("startTime", 0)) <= row[0] <= last]
        limit = min(int(query.get("limit", 500)), self.rows_max)
        return rows[:limit] if "startTime" in query else rows[-limit:]


def kline_rows(bars: pd.DataFrame, step_ms: int) -> list[list[Any]]:
    """Write bars as Binance does: twelve places a row, figures as text with eight decimals."""
    opens = bars["open_time"].dt.as_unit("ms").astype("int64")
    figures = bars[["open", "high", "low", "close", "volume"]].itertuples(index=False)
    return [
        [
            at,
            *(f"{figure:.8f}" for figure in row),
            at + step_ms - 1,
            "0.00000000",
            1,
            *["0.00000000"] * 2,
            "0",
        ]
        for at, row in zip(opens.tolist(), figures, strict=True)
    ]


@contextmanager
def serving(venue: KlinesVenue) -> Iterator[str]:
    """Serve a venue and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _requests_of(venue))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _requests_of(venue: KlinesVenue) -> type[BaseHTTPRequestHandler]:
    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            venue.asked.append((url.path, query))
            if url.path.endswith("/klines"):
                venue.on_klines(len(venue.klines_asked))
                if venue.faults:
                    self._give(venue.faults.pop(0))
                    return
            answer = venue.answer(url.path, query)
            status = 200 if answer is not None else 404
            self._give(Fault(status, json.dumps(answer), (("X-MBX-USED-WEIGHT-1M", "2"),)))

        def _give(self, fault: Fault) -> None:
            body = fault.body.encode()
            self.send_response(fault.status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(body) + (1000 if fault.is_cut else 0)))
            for name, value in fault.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = fault.is_cut

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: pytest shows what matters."""

    return Requests
