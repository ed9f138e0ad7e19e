"""Connecting to a venue through ccxt: by name, or to a server on this machine that stands in for it."""

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from dat.errors import InputError

__all__ = ["connect", "near_matches"]

_AUTHORITY = re.compile(r"^[a-z]+://[^/]+")


def connect(venue: str, *, endpoint: str | None = None) -> Any:
    """Make the ccxt client of a venue: spot markets only, its own rate limit on, numbers kept as text.

    Parameters
    ----------
    venue
        ccxt's name, such as ``binance``.
    endpoint
        Scheme, host and port of a server on this machine that every request goes to instead.

    Raises
    ------
    InputError
        When the venue is not known, or the endpoint is not on this machine.
    """
    # ccxt takes seconds to import, and only a pull needs it.
    import ccxt

    if venue not in ccxt.exchanges:
        raise InputError(f"no venue '{venue}' is known to ccxt{near_matches(venue, ccxt.exchanges)}")
    exchange = getattr(ccxt, venue)(
        {"enableRateLimit": True, "timeout": 20_000, "enableLastJsonResponse": True}
    )
    exchange.number = str
    exchange.options.update(_spot_only(exchange.options))
    if endpoint is not None:
        exchange.urls["api"] = _redirected(exchange.urls["api"], endpoint.rstrip("/"))
        _require_loopback(exchange.urls["api"])
    return exchange


def near_matches(word: str, known: Iterable[str]) -> str:
    """Give the end of a sentence that names what may have been meant.

    Examples
    --------
    >>> near_matches("binnance", ["binance", "kraken"])
    '; did you mean binance?'
    >>> near_matches("zzz", ["binance", "kraken"])
    ''
    """
    near = difflib.get_close_matches(word, list(known), n=4)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _spot_only(options: Mapping[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = {"fetchCurrencies": False, "fetchMargins": False, "defaultType": "spot"}
    markets = options.get("fetchMarkets")
    if isinstance(markets, Mapping) and "spot" in markets.get("types", ()):
        chosen["fetchMarkets"] = {**markets, "types": ["spot"]}
    return chosen


def _redirected(urls: Any, endpoint: str) -> Any:
    if isinstance(urls, Mapping):
        return {name: _redirected(url, endpoint) for name, url in urls.items()}
    return _AUTHORITY.sub(endpoint, urls) if isinstance(urls, str) else urls


def _require_loopback(urls: Any) -> None:
    for url in _leaves(urls):
        host = urlsplit(url).hostname or ""
        if not _is_loopback(host):
            raise InputError(f"'{url}' is not on this machine; an endpoint is http://127.0.0.1:PORT")


def _leaves(urls: Any) -> Iterator[str]:
    for url in urls.values() if isinstance(urls, Mapping) else (urls,):
        if isinstance(url, Mapping):
            yield from _leaves(url)
        elif isinstance(url, str):
            yield url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
