"""Patience for calls that only read: wait as long as a venue asks, give up by name. Never for an order."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dat.errors import VenueError

__all__ = ["Patience", "read_patiently"]

# A refusal that the next try meets again, which ccxt files under recoverable errors.
_FINAL = re.compile(r" (401|403|451) |CERTIFICATE_VERIFY_FAILED")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try again.

    Parameters
    ----------
    sleep
        Waits for a number of seconds.
    attempts
        Tries in all, at least 1.
    first_wait_s, longest_wait_s
        The first wait, doubled each time; and the longest that is waited, also when a venue asks for more.
    """

    sleep: Callable[[float], None]
    attempts: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 120.0


def read_patiently(exchange: Any, call: Callable[[], Any], *, what: str, patience: Patience) -> Any:
    """Make a call that only reads, again when it failed on the way.

    Parameters
    ----------
    exchange
        The ccxt client.
    call
        Makes one request.
    what
        The request in words, for an error.
    patience
        How often and how long.

    Raises
    ------
    VenueError
        When the venue refuses, asks for too long a wait, or does not answer within the attempts.
    """
    import ccxt

    for attempt in range(1, patience.attempts + 1):
        try:
            return _whole_answer(exchange, call)
        except ccxt.OperationFailed as error:
            failed = error
            if attempt == patience.attempts or _FINAL.search(str(error)):
                break
            patience.sleep(_wait_s(exchange, error, what=what, attempt=attempt, patience=patience))
        except ccxt.BaseError as error:
            raise VenueError(f"{exchange.id} refused {what}: {_short(error)}") from error
    raise VenueError(f"{exchange.id} did not give {what} in {attempt} tries: {_short(failed)}") from failed


def _whole_answer(exchange: Any, call: Callable[[], Any]) -> Any:
    import ccxt

    exchange.last_json_response = {}
    answer = call()
    # ccxt takes a cut or empty body with status 200 for an answer without rows.
    if not isinstance(exchange.last_json_response, dict | list):
        raise ccxt.BadResponse(f"{exchange.id} answered with something that is no JSON")
    return answer


def _wait_s(exchange: Any, error: Exception, *, what: str, attempt: int, patience: Patience) -> float:
    import ccxt

    backoff_s = min(patience.first_wait_s * 2 ** (attempt - 1), patience.longest_wait_s)
    if not isinstance(error, ccxt.DDoSProtection | ccxt.RateLimitExceeded):
        return float(backoff_s)
    asked_s = _retry_after_s(exchange.last_response_headers or {})
    if asked_s > patience.longest_wait_s:
        raise VenueError(
            f"{exchange.id} asks to wait {asked_s:g} s before {what} (limit {patience.longest_wait_s:g} s); "
            "run again then, what came so far is kept"
        ) from error
    return max(asked_s, float(backoff_s))


def _retry_after_s(headers: Any) -> float:
    value = str(headers.get("Retry-After", ""))
    return float(value) if value.isdigit() else 0.0


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:300]}…"
