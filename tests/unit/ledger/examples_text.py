"""Bookkeeping examples as text: events, and under each the postings that it must make.

::

    # A title begins an example; books of USD and FIFO are opened unless it opens them itself
    ; a comment
    kind source_id instant field=value ...
        account COMMODITY amount        a posting; all of them, sums of one account are given as one
        nothing                         no posting at all
        ! text                          refused with this message, after its name; ... ends a beginning
    lot account COMMODITY name units cost        what is open at the end; all of it where one is given
    balance account COMMODITY amount             at the end
"""

import shlex
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from dat.core.time import iso
from dat.ledger.entry import Entry
from dat.ledger.event import Event, event_from_texts
from tests.kept_books import Amounts, KeptBooks, open_event

__all__ = ["Example", "read_examples", "replay"]

FOLDER = Path(__file__).parent / "examples"


class Line(NamedTuple):
    """An event, and what is said under it."""

    event: Event
    said: list[str]


class Example(NamedTuple):
    """Events with what is expected of each, and of the end."""

    title: str
    lines: list[Line]
    lots: list[str]
    balances: list[str]

    @property
    def shown_kinds(self) -> set[str]:
        """Kinds whose postings are written out."""
        return {line.event.kind for line in self.lines if line.said and not _refusal(line)}


def read_examples() -> list[Example]:
    """Read every example in the folder."""
    return [
        found for path in sorted(FOLDER.glob("*_by_hand.txt")) for found in _read(path.read_text("utf-8"))
    ]


def _read(text: str) -> list[Example]:
    examples: list[Example] = []
    for line in text.splitlines():
        words = line.strip()
        if line.startswith("# "):
            examples.append(Example(line[2:], [], [], []))
        elif not words or words.startswith(";"):
            continue
        elif line.startswith("lot "):
            examples[-1].lots.append(words)
        elif line.startswith("balance "):
            examples[-1].balances.append(words)
        elif line.startswith(" "):
            examples[-1].lines[-1].said.append(words)
        else:
            examples[-1].lines.append(Line(_event(words), []))
    return examples


def _event(words: str) -> Event:
    kind, source_id, at, *pairs = shlex.split(words)
    return event_from_texts(
        {"kind": kind, "source_id": source_id, "at": at, **dict(pair.split("=", 1) for pair in pairs)}
    )


def replay(example: Example) -> KeptBooks:
    """Record the events of an example, holding each entry against what is written under it."""
    is_opened = any(line.event.kind == "open" and not _refusal(line) for line in example.lines)
    books = KeptBooks([] if is_opened else [open_event()])
    for line in example.lines:
        refusal = _refusal(line)
        if refusal:
            _refuse(books, line.event, _whole(refusal, line.event))
            continue
        entry = books.record(line.event)
        if line.said:
            assert _sums(entry) == _expected(line.said), line.event
    _hold_the_end(books, example)
    return books


def _refuse(books: KeptBooks, event: Event, why: str) -> None:
    before = books.lots(), books.balances(), list(books.entries)
    said, start = books.refuse(event), why.removesuffix("...")
    assert said.startswith(start) if start != why else said == why
    assert (books.lots(), books.balances(), books.entries) == before


def _refusal(line: Line) -> str:
    return " ".join(text.removeprefix("!").strip() for text in line.said if line.said[0].startswith("!"))


def _whole(refusal: str, event: Event) -> str:
    return f"{event.kind} {event.source_id} at {iso(event.at)}: {refusal}"


def _sums(entry: Entry) -> Amounts:
    sums: Amounts = {}
    for account, commodity, amount in entry.postings:
        sums[account, commodity] = sums.get((account, commodity), Decimal(0)) + amount
    return {place: amount for place, amount in sums.items() if amount}


def _expected(said: list[str]) -> Amounts:
    rows = [] if said == ["nothing"] else [line.split() for line in said]
    expected = {(account, commodity): Decimal(amount) for account, commodity, amount in rows}
    assert len(expected) == len(rows), "an account is written twice"
    return expected


def _hold_the_end(books: KeptBooks, example: Example) -> None:
    if example.lots:
        found = [(place, name, lot.name, lot.units, lot.cost) for place, name, lot in books.lots()]
        expected = [line.split()[1:] for line in example.lots]
        assert found == sorted((*row[:3], Decimal(row[3]), Decimal(row[4])) for row in expected)
    balances = books.balances()
    for _, account, commodity, amount in (line.split() for line in example.balances):
        assert balances.get((account, commodity), Decimal(0)) == Decimal(amount), account
