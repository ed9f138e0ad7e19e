"""An event: one thing that happened to a treasury, as one flat record. What is stored is its JSON."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from operator import is_not
from typing import Any, NamedTuple

from dat.core.money import plain
from dat.core.time import epoch_us, from_epoch_us, iso, parse_instant
from dat.errors import InputError, LedgerError
from dat.ledger.commodity import AMOUNT_MAX

__all__ = [
    "AMOUNTS",
    "DECIMALS_MAX",
    "FIELDS",
    "Event",
    "event_from_json",
    "event_from_texts",
    "event_json",
    "event_texts",
    "given_fields",
    "packed",
    "unpacked",
]


class Event(NamedTuple):
    """One thing that happened. A field that a kind does not use stays empty; `dat.ledger.shapes` says which.

    Parameters
    ----------
    kind
        Name of the rule, such as ``trade``.
    at
        When it happened, aware UTC.
    source_id
        Unique name of the event at its source; the lot that it makes has the same name.
    wallet, to_wallet, cash_wallet
        Where it happened; where coins went; where the money went when that is elsewhere.
    asset, units
        What, and how much of it; units of a trade are negative for a sale, all others positive.
    state
        State of the coins: one of `accounts.STATES`.
    currency, amount, price
        Money against it: in all, or for each unit.
    value
        Fair value in the base currency, where no money tells it.
    fee, fee_asset, fee_value
        Units of the fee, in which commodity, and its value in the base currency.
    instrument
        Deal, note, loan or party.
    principal
        Part of a payment that settles a debt or gives capital back.
    method
        How: of issuance, of a fee, of a declaration, of lots.
    days
        A number of days.
    lots
        Names of the lots to draw on, in order.
    ref
        `source_id` of the event that a correction reverses.
    memo
        Words for a reader.
    """

    kind: str
    at: datetime
    source_id: str
    wallet: str = ""
    to_wallet: str = ""
    cash_wallet: str = ""
    asset: str = ""
    units: Decimal | None = None
    state: str = ""
    currency: str = ""
    amount: Decimal | None = None
    price: Decimal | None = None
    value: Decimal | None = None
    fee: Decimal | None = None
    fee_asset: str = ""
    fee_value: Decimal | None = None
    instrument: str = ""
    principal: Decimal | None = None
    method: str = ""
    days: Decimal | None = None
    lots: tuple[str, ...] = ()
    ref: str = ""
    memo: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} at {iso(self.at)}"


FIELDS: tuple[str, ...] = Event._fields
AMOUNTS = ("units", "amount", "price", "value", "fee", "fee_value", "principal", "days")
"""Fields that hold a Decimal."""
DECIMALS_MAX = 40
"""Decimals that an amount may have: what is written can be read again."""

_AMOUNTS = frozenset(AMOUNTS)
_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "at": lambda at: f'"{iso(at)}"',
    "lots": lambda lots: f"[{','.join(map(_quoted, lots))}]",
    **dict.fromkeys(AMOUNTS, lambda amount: f'"{plain(amount)}"'),
}
_NOTHING = tuple(Event._field_defaults.get(name) for name in FIELDS)
_NUMBER = re.compile(rf"[-+]?[0-9]{{1,20}}(\.[0-9]{{1,{DECIMALS_MAX}}})?$")


def event_json(event: Event) -> str:
    """Write an event as canonical JSON: sorted keys, no empty fields, amounts as plain decimal text.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> event_json(Event("deposit", parse_instant("2024-01-01"), "a", asset="BTC", units=Decimal("1.50")))
    '{"asset":"BTC","at":"2024-01-01T00:00:00Z","kind":"deposit","source_id":"a","units":"1.5"}'
    """
    layout = _layout(given_fields(event))
    return "{" + ",".join([key + write(event[index]) for index, key, write in layout]) + "}"


def given_fields(event: Event) -> tuple[bool, ...]:
    """Tell of each field whether the event gives it."""
    return tuple(map(is_not, event, _NOTHING))  # the empty text and the empty tuple are one object each


@lru_cache(maxsize=4096)
def _layout(given: tuple[bool, ...]) -> tuple[tuple[int, str, Callable[[Any], str]], ...]:
    named = sorted((name, index) for index, name in enumerate(FIELDS) if given[index])
    return tuple((index, f'"{name}":', _WRITTEN.get(name, _quoted)) for name, index in named)


def event_from_json(text: str) -> Event:
    """Read an event that `event_json` wrote.

    Raises
    ------
    LedgerError
        When the text is no such JSON.
    """
    try:
        said = json.loads(text)
        _require_texts(said)
        said["at"] = parse_instant(said["at"])
        said["lots"] = tuple(said.get("lots", ()))
        for name in _AMOUNTS & said.keys():
            said[name] = Decimal(said[name])
        return Event(**said)
    except (*_UNREADABLE, InvalidOperation, InputError) as error:
        raise LedgerError(f"no event can be read from {text[:80]!r}: {error}") from None


def event_texts(event: Event) -> dict[str, str]:
    """Give the fields of an event as `event_from_texts` reads them; empty ones are left out.

    Examples
    --------
    >>> event_texts(event_from_texts({"kind": "lock", "at": "2024-01-01", "source_id": "a"}))
    {'kind': 'lock', 'at': '2024-01-01T00:00:00Z', 'source_id': 'a'}
    """
    said = json.loads(event_json(event))
    said["lots"] = " ".join(event.lots)
    return {name: said[name] for name in FIELDS if said.get(name)}


def event_from_texts(texts: Mapping[str, str]) -> Event:
    """Read an event from text fields, as a CSV row or a command line gives them; empty ones are left out.

    Parameters
    ----------
    texts
        By field name; lots are separated by spaces.

    Raises
    ------
    LedgerError
        When a field is unknown, a required one is missing, or an amount or instant cannot be read.

    Examples
    --------
    >>> event_from_texts({"kind": "deposit", "at": "2024-01-01", "source_id": "a", "units": "2"}).units
    Decimal('2')
    """
    said: dict[str, Any] = {name: text for name, raw in texts.items() if (text := raw.strip())}
    unknown = said.keys() - _KNOWN
    if unknown:
        raise LedgerError(f"unknown field '{min(unknown)}'; fields are {', '.join(FIELDS)}")
    for name in ("kind", "at", "source_id"):
        if name not in said:
            raise LedgerError(f"{name} is missing; every event has kind, at and source_id")
    said["at"] = _instant(said["at"])
    if "lots" in said:
        said["lots"] = tuple(said["lots"].split())
    for name in _AMOUNTS & said.keys():
        said[name] = _amount(name, said[name])
    return Event(**said)


def packed(event: Event) -> tuple[Any, ...]:
    """Give an event as texts and whole numbers, to be handed to another process.

    Examples
    --------
    >>> event = event_from_texts({"kind": "deposit", "at": "2024-01-01", "source_id": "a", "units": "2"})
    >>> unpacked(packed(event)) == event
    True
    """
    said: list[Any] = [*event]
    said[_AT] = epoch_us(event.at)
    for index in _NUMBERS:
        if said[index] is not None:
            said[index] = str(said[index])
    return tuple(said)


def unpacked(said: tuple[Any, ...]) -> Event:
    """Give the event that `packed` packed."""
    fields = [*said]
    fields[_AT] = from_epoch_us(fields[_AT])
    for index in _NUMBERS:
        if fields[index] is not None:
            fields[index] = Decimal(fields[index])
    return Event._make(fields)


_KNOWN = frozenset(FIELDS)
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_AT = FIELDS.index("at")
_NUMBERS = tuple(map(FIELDS.index, AMOUNTS))


def _require_texts(said: Any) -> None:
    for name, value in said.items():
        if name != "lots" and not isinstance(value, str):
            raise TypeError(f"{name} = {value!r} is no text")
        if name == "lots" and not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            raise TypeError(f"{name} = {value!r} is no list of texts")


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except InputError as error:
        raise LedgerError(f"at: {error}") from None


def _amount(name: str, text: str) -> Decimal:
    if not _NUMBER.match(text):
        raise LedgerError(
            f"{name} = '{text}' is no decimal number below {AMOUNT_MAX:.0e}; "
            "write 1234.5, without commas or exponent"
        )
    return Decimal(text)
