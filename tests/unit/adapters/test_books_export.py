"""Books leave as CSV, Parquet and a journal, and come back from CSV as they were."""

import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dat.adapters.csv_events import events_csv, read_events, read_here
from dat.adapters.parquet.books import write_books
from dat.adapters.plain_text import journal_lines
from dat.ledger.books import Books
from dat.ledger.entry import Entry
from dat.ledger.event import Event, event_from_texts
from tests.contract.test_unit_of_work import HISTORY, NOW, events

ODD = """
    declare 2024-02-01 c1 asset=1INCH method=coin units=18
    deposit 2024-02-01 o1 wallet=a_b asset=1INCH units=5 value=2
    deposit 2024-02-01 o2 wallet=a-b asset=1INCH units=5 value=2
    deposit 2024-02-01 o3 wallet=a.b asset=1INCH units=5 value=2
"""


def recorded() -> list[Entry]:
    """Record the history of the contracts and some odd names, with a memo that needs quotes."""
    memo = event_from_texts(
        {"kind": "lock", "at": "2024-03-01", "source_id": "l1", "memo": 'closed "for good", by \\ hand; ü'}
    )
    opening = event_from_texts(
        {"kind": "open", "at": "2024-01-01", "source_id": "open", "currency": "USD", "method": "fifo"}
    )
    books, entries = Books(), dict[str, Entry]()
    for event in (opening, *events(HISTORY), *events(ODD), memo):
        entries[event.source_id] = books.record(event, recorded_at=NOW, target=entries.get(event.ref))
    return list(entries.values())


def test_events_written_as_csv_are_read_back_word_for_word(tmp_path: Path) -> None:
    entries = recorded()
    file = tmp_path / "events.csv"
    file.write_text("".join(events_csv(entry.event for entry in entries)), "utf-8")
    back = list(read_events(file))
    assert [said.event for said in back] == [entry.event for entry in entries]
    assert [said.text for said in back] == [entry.event_text for entry in entries]


def test_a_large_file_is_read_ahead_by_another_process_to_the_same_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "events.csv"
    lines = [f"deposit,2024-01-0{1 + n % 9},d{n},bank,USD,{n + 1}" for n in range(5_000)]
    file.write_text("\n".join(["kind,at,source_id,wallet,asset,units", *lines]))
    here = list(read_here(file))
    monkeypatch.setattr("dat.adapters.csv_events._LARGE", 0)
    assert list(read_events(file)) == here
    instants = [said.event.at for said in here]
    assert instants == sorted(instants)


def test_beancount_accepts_the_journal(tmp_path: Path) -> None:
    program = shutil.which("bean-check", path=str(Path(sys.executable).parent)) or shutil.which("bean-check")
    if program is None:
        pytest.skip("beancount is not installed")
    journal = tmp_path / "books.beancount"
    journal.write_text("".join(journal_lines(recorded(), title='The "books"', base="USD")), "utf-8")
    done = subprocess.run([program, "--no-cache", str(journal)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    journal.write_text(journal.read_text("utf-8").replace("-120000 USD", "-120001 USD"), "utf-8")
    broken = subprocess.run(
        [program, "--no-cache", str(journal)], capture_output=True, text=True, check=False
    )
    assert "does not balance: (-1 USD)" in broken.stdout + broken.stderr


def test_two_names_never_become_one_in_the_journal() -> None:
    text = "".join(journal_lines(recorded(), title="t", base="USD"))
    opened = [line.split()[2] for line in text.splitlines() if " open " in line]
    assert len(set(opened)) == len(opened)
    assert {"Assets:A-b", "Assets:A-b-2", "Assets:A-b-3"} <= set(opened)
    assert "5 X1INCH" in text


def test_parquet_keeps_every_digit_and_is_the_same_twice(tmp_path: Path) -> None:
    entries = recorded()
    paths = write_books(tmp_path / "one", entries)
    again = write_books(tmp_path / "two", entries)
    assert [path.name for path in paths] == ["entries.parquet", "postings.parquet", "lot_moves.parquet"]
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    postings = pq.read_table(paths[1]).to_pylist()
    told = [(entry.number, *posting) for entry in entries for posting in entry.postings]
    assert [(row["number"], row["account"], row["commodity"], row["amount"]) for row in postings] == told
    assert all(isinstance(row["amount"], Decimal) for row in postings)


def of_kind(kind: str, found: list[Entry]) -> Event:
    return next(entry.event for entry in found if entry.event.kind == kind)


def test_a_memo_survives_the_csv(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("".join(events_csv([of_kind("lock", recorded())])), "utf-8")
    assert [said.event.memo for said in read_events(file)] == ['closed "for good", by \\ hand; ü']
