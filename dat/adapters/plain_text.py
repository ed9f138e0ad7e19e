"""The books as a plain-text double-entry journal, in the syntax that beancount reads."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date

from dat.core.money import plain
from dat.ledger.entry import Entry

__all__ = ["journal_lines"]

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9-]")
_FIRST_DAY = date(1970, 1, 1)


def journal_lines(entries: Iterable[Entry], *, title: str, base: str) -> Iterator[str]:
    """Write entries as transactions, and at the end the accounts that they use.

    Each posting has its own commodity and no cost, so that a reader checks the balance of every commodity by
    itself; lots stay in the books. A transaction carries number, source and hash of its entry.

    Parameters
    ----------
    entries
        In order.
    title
        Name of the books.
    base
        Their base currency.

    Yields
    ------
    str
        Lines with their ends.
    """
    names, days = _Names(), dict[str, date]()
    yield f'option "title" {_quoted(title)}\noption "operating_currency" "{base}"\n\n'
    for entry in entries:
        day = entry.event.at.astimezone(UTC).date()
        for posting in entry.postings:
            account = names.account(posting.account)
            days[account] = min(day, days.get(account, day))
        if entry.postings:
            yield _transaction(entry, day, names)
    yield from (f"{day} open {account}\n" for account, day in sorted(days.items()))


def _transaction(entry: Entry, day: date, names: "_Names") -> str:
    event = entry.event
    lines = [f"{day} * {_quoted(event.kind)} {_quoted(event.memo)}"]
    lines += [
        f'  number: "{entry.number}"',
        f"  source: {_quoted(event.source_id)}",
        f'  hash: "{entry.hash}"',
    ]
    lines += [
        f"  {names.account(posting.account)}  {plain(posting.amount)} {names.commodity(posting.commodity)}"
        for posting in entry.postings
    ]
    return "\n".join(lines) + "\n\n"


class _Names:
    """Names in the other syntax: one for each of ours, and never one for two."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        self._of: dict[str, str] = {}

    def account(self, ours: str) -> str:
        """Give an account: parts begin with a capital or digit and hold letters, digits and '-'."""
        return self._of.get(ours) or self._new(ours, ":".join(map(_part, ours.split(":"))))

    def commodity(self, ours: str) -> str:
        """Give a commodity: it begins with a capital letter."""
        key = f"commodity {ours}"
        return self._of.get(key) or self._new(key, ours if ours[0].isalpha() else f"X{ours}")

    def _new(self, ours: str, theirs: str) -> str:
        free, number = theirs, 2
        while free in self._taken:
            free, number = f"{theirs}-{number}", number + 1
        self._taken[free], self._of[ours] = ours, free
        return free


def _part(ours: str) -> str:
    name = _NOT_IN_A_NAME.sub("-", ours)
    return name[0].upper() + name[1:] if name[0].isalnum() else f"X{name}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
