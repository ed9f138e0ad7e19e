"""Whether an event has the fields of its kind, with values that can be meant."""

import re
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from dat.core.money import plain
from dat.errors import LedgerError
from dat.ledger.accounts import STATES
from dat.ledger.commodity import AMOUNT_MAX
from dat.ledger.event import AMOUNTS, DECIMALS_MAX, FIELDS, Event, event_json, given_fields
from dat.ledger.rules import KINDS

__all__ = ["REVERSES", "Told", "require_shape", "told"]

REVERSES = "reverse:"
"""A correction is called so with the name of what it reverses: an entry is reversed once."""

_ALWAYS = ("kind", "at", "source_id", "memo")
_SIGNED = {("trade", "units"), ("mark", "amount")}
_MAY_BE_ZERO = {"value", "fee", "fee_value", "days", "principal"}
_EMPTY = (None, "", ())
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ASSET = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,15}")
_SOURCE = re.compile(r"[!-~]{1,128}")
_MEMO_MAX = 1_000
_PATTERNS = {
    "wallet": _NAME,
    "to_wallet": _NAME,
    "cash_wallet": _NAME,
    "instrument": _NAME,
    "method": _NAME,
    "asset": _ASSET,
    "currency": _ASSET,
    "fee_asset": _ASSET,
}
_MEANT = {
    _NAME: "1 to 64 letters, digits, '_', '.' and '-'",
    _ASSET: "1 to 16 capital letters, digits, '.', '_' and '-', such as BTC",
}


class _Shape(NamedTuple):
    allowed: frozenset[str]
    accepted: set[tuple[bool, ...]]  # which fields were given together before, and found right
    numbers: tuple[tuple[int, bool, bool], ...]  # (index, may be negative, may be zero)
    names: tuple[tuple[int, re.Pattern[str]], ...]


@cache
def _shape(kind: str) -> _Shape:
    known = KINDS[kind]
    allowed = frozenset((*_ALWAYS, *known.required, *known.optional))
    return _Shape(
        allowed,
        set(),
        tuple(
            (FIELDS.index(name), (kind, name) in _SIGNED, name in _MAY_BE_ZERO or kind == "declare")
            for name in AMOUNTS
            if name in allowed
        ),
        tuple((FIELDS.index(name), pattern) for name, pattern in _PATTERNS.items() if name in allowed),
    )


class Told(NamedTuple):
    """An event whose fields are those of its kind, and its canonical JSON."""

    event: Event
    text: str


def told(event: Event) -> Told:
    """Check an event and write it.

    Raises
    ------
    LedgerError
        When its fields are not those of its kind.
    """
    require_shape(event)
    return Told(event, event_json(event))


def require_shape(event: Event) -> None:
    """Refuse an event whose fields are not those of its kind.

    Raises
    ------
    LedgerError
        Naming the field, its value and what is allowed.
    """
    if event.kind not in KINDS:
        raise LedgerError(f"no kind of event is called '{event.kind}'; kinds are {', '.join(KINDS)}")
    shape = _shape(event.kind)
    given = given_fields(event)
    if given not in shape.accepted:
        _require_fields(event.kind, {name for name, is_given in zip(FIELDS, given, strict=True) if is_given})
        shape.accepted.add(given)
    for index, pattern in shape.names:
        if event[index] and not _is_name(pattern, event[index]):
            raise LedgerError(f"{FIELDS[index]} = '{event[index]}' is no name; use {_MEANT[pattern]}")
    _require_numbers(event, shape)
    _require_words(event)
    _require_pairs(event)


def _require_fields(kind: str, given: set[str]) -> None:
    for name in KINDS[kind].required:
        if name not in given:
            raise LedgerError(f"{name} is missing; a {kind} needs {_needs(kind)}")
    for name in FIELDS:
        if name in given and name not in _shape(kind).allowed:
            raise LedgerError(f"{name} does not go with a {kind}; it takes {_takes(kind)}")


def _is_source(text: object) -> bool:
    return isinstance(text, str) and _SOURCE.fullmatch(text) is not None


@lru_cache(maxsize=4096)  # wallets and assets come again and again
def _is_name(pattern: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _require_numbers(event: Event, shape: _Shape) -> None:
    for index, may_be_negative, may_be_zero in shape.numbers:
        amount = event[index]
        if amount is None:
            continue
        if type(amount) is not Decimal or not amount.is_finite():
            raise LedgerError(f"{FIELDS[index]} = {amount!r} is no finite Decimal; floats are refused")
        if not -AMOUNT_MAX < amount < AMOUNT_MAX:  # compared, not computed: no context rounds it
            raise LedgerError(f"{FIELDS[index]} = {plain(amount)} is not below {AMOUNT_MAX:.0e}")
        if _has_too_many_decimals(amount):
            raise LedgerError(f"{FIELDS[index]} = {plain(amount)} has more than {DECIMALS_MAX} decimals")
        if (amount < 0 and not may_be_negative) or (not amount and not may_be_zero):
            bound = "not be 0" if may_be_negative else ("be at least 0" if may_be_zero else "be above 0")
            raise LedgerError(f"{FIELDS[index]} = {plain(amount)} must {bound}")


def _has_too_many_decimals(amount: Decimal) -> bool:
    text = str(amount)
    if len(text) <= DECIMALS_MAX and "E" not in text:  # nearly always, and cheap
        return False
    return len(plain(amount).partition(".")[2]) > DECIMALS_MAX


def _require_words(event: Event) -> None:
    if not _is_source(event.source_id):
        raise LedgerError(
            f"source_id = {event.source_id!r} must be 1 to 128 printable characters without spaces"
        )
    if event.state and event.state not in STATES:
        raise LedgerError(f"state = '{event.state}' is none of {', '.join(STATES)}")
    if event.memo and not _is_line(event.memo):
        raise LedgerError(
            f"memo must be one line of at most {_MEMO_MAX} characters, without spaces around it"
        )
    if not _is_instant(event.at):
        raise LedgerError(f"at = {event.at} has no time zone; give an aware instant")
    if event.lots and not _are_names(event.lots):
        raise LedgerError(f"lots = {event.lots!r} must be a tuple of names of lots, each a source_id")


def _is_instant(at: object) -> bool:
    return isinstance(at, datetime) and at.utcoffset() is not None


def _are_names(lots: object) -> bool:
    return isinstance(lots, tuple) and all(map(_is_source, lots))


def _is_line(memo: object) -> bool:
    return isinstance(memo, str) and len(memo) <= _MEMO_MAX and memo.isprintable() and memo == memo.strip()


def _require_pairs(event: Event) -> None:
    if event.asset and event.asset == event.currency and event.kind != "declare":
        raise LedgerError(f"asset and currency are both {event.asset}")
    if event.fee and not event.fee_asset and event.kind in ("trade", "transfer"):
        raise LedgerError(f"fee = {plain(event.fee)} of what? fee_asset is missing")
    if event.kind == "correction" and not _is_source(event.ref):
        raise LedgerError(f"ref = {event.ref!r} is no source_id")
    if event.kind == "correction" and event.source_id != f"{REVERSES}{event.ref}":
        raise LedgerError(f"the correction of {event.ref} has the source_id {REVERSES}{event.ref}, no other")
    if event.kind != "correction" and event.source_id.startswith(REVERSES):
        raise LedgerError(f"source_id = {event.source_id}: only a correction is called so")
    if event.kind in ("mark", "write_off"):
        _require_position(event)
    if event.kind in ("share_issue", "preferred_issue") and event.amount is not None:
        for name in ("wallet", "currency"):
            if not getattr(event, name):
                raise LedgerError(
                    f"{name} is missing; the money of an issuance goes to a wallet in a currency"
                )


def _require_position(event: Event) -> None:
    is_coin = bool(event.asset)
    if is_coin == bool(event.instrument):
        raise LedgerError(f"a {event.kind} needs either an asset or an instrument")
    if event.kind == "write_off":
        needed = ("wallet", "units") if is_coin else ("amount",)
        for name in needed:
            if getattr(event, name) in _EMPTY:
                raise LedgerError(f"{name} is missing; a write_off needs {' and '.join(needed)} here")


def _needs(kind: str) -> str:
    return ", ".join(KINDS[kind].required) or "no field beside kind, at and source_id"


def _takes(kind: str) -> str:
    return ", ".join((*KINDS[kind].required, *KINDS[kind].optional, "memo"))
