"""Whoever changes a stored row is found, and the row is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from dat.adapters.sql.address import Address, address_of
from dat.adapters.sql.unit_of_work import SqlUnitOfWork
from dat.app.books import BooksPlace, verify_books
from dat.errors import StoreError
from dat.ledger.books import Settings
from dat.operations.bookkeeping import record_events
from tests.contract.conftest import postgres_url  # noqa: F401  # the fixture
from tests.contract.test_unit_of_work import HISTORY, events
from tests.postgres import fresh_database
from tests.unit.adapters.sql.sample_books import NOW, make_books

COLUMNS = {
    "entries": ("number", "at_us", "recorded_us", "kind", "source_id", "event", "hash"),
    "postings": ("entry", "line", "account", "commodity", "amount"),
    "lot_moves": ("entry", "line", "account", "commodity", "units", "cost", "lot", "acquired_us"),
    "open_lots": (
        "account",
        "commodity",
        "lot",
        "number",
        "acquired_us",
        "units",
        "cost",
        "unit_cost",
        "since_us",
    ),
    "order_journal": ("seq", "intent", "state", "at_us", "body", "hash"),
}
CASES = [(table, column) for table, columns in COLUMNS.items() for column in columns]


def findings(address: Address) -> list[str]:
    place = BooksPlace(str(address.path))
    return [str(finding) for finding in verify_books(place, head=None, progress=None).findings]


def change(address: Address, *statements: str) -> None:
    """Change rows as somebody does who may do everything: first the triggers go."""
    assert address.path is not None
    with closing(sqlite3.connect(address.path)) as opened:
        names = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            opened.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            opened.execute(statement)
        opened.commit()


def flipped(value: object) -> object:
    """Change one character, or one bit of a number."""
    if isinstance(value, int):
        return value ^ 1
    text = str(value)
    return text[:-1] + chr(ord(text[-1]) ^ 1)


def test_whole_books_have_no_finding(tmp_path: Path) -> None:
    assert findings(make_books(tmp_path)) == []


@pytest.mark.parametrize(("table", "column"), CASES)
def test_one_changed_value_of_any_row_is_found(table: str, column: str, tmp_path: Path) -> None:
    address = make_books(tmp_path)
    assert address.path is not None
    with closing(sqlite3.connect(address.path)) as opened:
        rows = opened.execute(f"SELECT {column} FROM {table}").fetchall()
    for number in sorted({0, len(rows) // 2, len(rows) - 1}):
        folder = tmp_path / str(number)
        folder.mkdir()
        copy = make_books(folder)
        assert copy.path is not None
        change(copy)
        with closing(sqlite3.connect(copy.path)) as opened:
            rowid = opened.execute(f"SELECT * FROM {table}").fetchall()[number]
            names = COLUMNS[table]
            where = " AND ".join(f"{name} = ?" for name in names)
            bad = flipped(rowid[names.index(column)])
            try:
                opened.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (bad, *rowid))
            except sqlite3.IntegrityError:
                continue  # the flip would make a twin of another row; the table itself refuses it
            opened.commit()
        found = findings(copy)
        assert any(line.startswith(table) for line in found), found


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM entries WHERE number = 5", "entries number 6: follows number 4"),
        ("DELETE FROM postings WHERE entry = 5 AND line = 2", "postings entry 5 line"),
        (
            "INSERT INTO postings VALUES (5, 9, 'assets:bank', 'USD', '1')",
            "postings entry 5 line 9: belongs to no",
        ),
        (
            "INSERT INTO postings VALUES (99, 1, 'assets:bank', 'USD', '1')",
            "postings entry 99 line 1: belongs to no",
        ),
        ("DELETE FROM lot_moves WHERE entry = 4", "lot_moves entry 4 line 1: is missing"),
        ("DELETE FROM open_lots WHERE lot = 'r1'", "open_lots assets:hot:staked ETH r1: stored None"),
        ("DELETE FROM order_journal WHERE seq = 1", "order_journal seq 2: 1 is missing or out of place"),
        (
            "UPDATE postings SET amount = 'much' WHERE entry = 2",
            "postings entry 2 line 1: stored 1 assets:bank USD much",
        ),
        (
            "UPDATE postings SET account = CAST(x'ff41' AS TEXT) WHERE entry = 3 AND line = 1",
            r"postings entry 3 line 1: stored 1 \xffA (no UTF-8) USD",
        ),
        (
            f"UPDATE order_journal SET at_us = {2**62} WHERE seq = 2",
            "order_journal seq 2: hash ",
        ),
        (
            "UPDATE entries SET event = 'nonsense' WHERE number = 3",
            "entries number 3: the event is refused: no event",
        ),
    ],
)
def test_a_row_that_is_gone_added_or_nonsense_is_named(statement: str, named: str, tmp_path: Path) -> None:
    address = make_books(tmp_path)
    change(address, statement)
    assert any(line.startswith(named) for line in findings(address)), findings(address)


def test_a_chain_that_is_cut_at_its_end_is_told_by_its_head(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    place = BooksPlace(str(address.path))
    head = verify_books(place, head=None, progress=None).head.hash
    assert verify_books(place, head=head, progress=None).findings == ()
    change(
        address,
        "DELETE FROM entries WHERE number = 11",
        "DELETE FROM postings WHERE entry = 11",
        "DELETE FROM lot_moves WHERE entry = 11",
    )
    found = [str(finding) for finding in verify_books(place, head=head, progress=None).findings]
    assert f"entries hash {head}: is not in the chain: entries are missing at its end" in found


def dump(path: Path) -> list[str]:
    """Give all that a file says, as SQL."""
    with closing(sqlite3.connect(path)) as opened:
        return list(opened.iterdump())


def is_seen(address: Address) -> bool:
    """Whether a check finds anything, or the file cannot be read at all."""
    try:
        return bool(findings(address))
    except StoreError:
        return True


def test_a_flipped_byte_of_the_file_is_found_or_changes_nothing_that_is_stored(tmp_path: Path) -> None:
    address = make_books(tmp_path)
    path = address.path
    assert path is not None
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")
    before, whole = dump(path), path.read_bytes()
    for offset in range(100, len(whole), 997):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 4]) + whole[offset + 1 :])
        assert is_seen(address) or dump(path) == before, offset


def test_books_on_postgresql_are_checked_too(postgres_url: str) -> None:  # noqa: F811
    url = fresh_database(postgres_url)
    address = address_of(url)
    with SqlUnitOfWork(address, is_new=True) as work:
        record_events(work, events(HISTORY), clock=lambda _: NOW, settings=Settings("USD", "fifo"))
        work.commit()

    def found() -> list[str]:
        return [str(finding) for finding in verify_books(BooksPlace(url), head=None, progress=None).findings]

    assert found() == []
    with SqlUnitOfWork(address) as work:
        work.connection.execute(text("ALTER TABLE postings DISABLE TRIGGER USER"))
        work.connection.execute(text("UPDATE postings SET amount = 7 WHERE entry = 2 AND line = 1"))
        work.commit()
    told = found()
    assert "schema postings_refuse_change: is missing or switched off" in told
    stored = "stored 1 assets:bank USD 7, and the event gives 1 assets:bank USD 1000000"
    assert f"postings entry 2 line 1: {stored}" in told
