"""What `dat ledger` refuses: one message that names file, row, account and limit; nothing is half written."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dat.app.cli import main

HEADER = "kind,at,source_id,wallet,asset,units,currency,amount,value\n"
MONEY = "deposit,2024-01-01T00:00:00Z,d1,bank,USD,100000,,,\n"
BUY = "trade,2024-01-02T00:00:00Z,t1,bank,BTC,2,USD,80000,\n"

Books = Callable[..., tuple[int, str]]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Books:
    """Run a command of `dat ledger` in an empty folder; gives exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAT_BOOKS", raising=False)

    def run(*words: str) -> tuple[int, str]:
        code = main(["ledger", *words])
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err
        return code, caught.out + caught.err

    return run


def write(rows: str, name: str = "events.csv") -> str:
    Path(name).write_text(HEADER + rows)
    return name


def entries() -> int:
    with sqlite3.connect("books.db") as opened:
        count: int = opened.execute("SELECT count(*) FROM entries").fetchone()[0]
    return count


def test_every_row_that_cannot_be_read_is_named_and_no_books_are_made(ledger: Books) -> None:
    bad = "trade,yesterday,t1,bank,BTC,2,USD,80000,\ntrade,2024-01-02,t2,bank,BTC,1e3,USD,8,\n"
    code, said = ledger("import", write(MONEY + bad))
    assert code == 2
    assert "events.csv: rows cannot be read; nothing is kept" in said
    assert "row 3: at: 'yesterday' is no date or instant" in said
    assert "row 4: units = '1e3' is no decimal number below 1e+20; write 1234.5" in said
    assert not Path("books.db").exists()


def test_a_row_with_too_few_cells(ledger: Books) -> None:
    code, said = ledger("import", write(MONEY + "trade,2024-01-02,t1\n"))
    assert (code, "events.csv: row 3: 3 cells, and the header names 9" in said) == (2, True)
    assert not Path("books.db").exists()


def test_an_unknown_column_is_answered_with_the_nearest(ledger: Books) -> None:
    Path("events.csv").write_text("kind,at,source,asset\n")
    code, said = ledger("import", "events.csv")
    assert (code, "row 1: unknown column 'source'; did you mean 'source_id'?" in said) == (2, True)


def test_a_file_that_is_absent_or_no_text(ledger: Books) -> None:
    assert ledger("import", "nowhere.csv") == (
        2,
        "error: nowhere.csv cannot be read: No such file or directory\n",
    )
    Path("bytes.csv").write_bytes(HEADER.encode() + b"\xff\n")
    code, said = ledger("import", "bytes.csv")
    assert (code, "bytes.csv: no UTF-8 text" in said) == (2, True)


def test_selling_more_than_a_wallet_holds_names_the_row_and_keeps_nothing(ledger: Books) -> None:
    sale = "trade,2024-01-03T00:00:00Z,t2,bank,BTC,-2.5,USD,100000,\n"
    code, said = ledger("import", write(MONEY + BUY + sale))
    assert code == 2
    assert said == (
        "error: events.csv: row 4: trade t2 at 2024-01-03T00:00:00Z: assets:bank holds 2 BTC at "
        "2024-01-03T00:00:00Z, and 2.5 are to leave it; nothing is kept\n"
    )
    assert not Path("books.db").exists()


def test_a_refused_file_leaves_books_as_they_were(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    before = entries()
    code, said = ledger("import", write(BUY + BUY.replace("t1", "t2").replace("BTC", "DOGX"), "more.csv"))
    assert (code, "more.csv: row 3: trade t2" in said, "unknown asset 'DOGX'" in said) == (2, True, True)
    assert entries() == before
    assert ledger("verify")[0] == 0


def test_a_source_that_says_something_else(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    code, said = ledger("import", write(MONEY.replace("100000", "100001")))
    assert (code, "row 2: deposit d1" in said, "is entry 2 of the books already" in said) == (2, True, True)


def test_the_same_source_twice_in_one_file(ledger: Books) -> None:
    code, said = ledger("import", write(MONEY + MONEY.replace("100000", "5")))
    assert (code, "deposit d1" in said, "is entry 2 of the books already" in said) == (2, True, True)


def test_a_currency_without_a_rate(ledger: Books) -> None:
    code, said = ledger("import", write("deposit,2024-01-01T00:00:00Z,d1,bank,HKD,100,,,\n"))
    assert (code, "no rate of HKD in USD within 7 days before 2024-01-01T00:00:00Z" in said) == (2, True)


def test_a_locked_period(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    assert ledger("add", "kind=lock", "at=2024-06-30", "source_id=q2")[0] == 0
    before = entries()
    code, said = ledger("import", write(BUY))
    assert (code, "the period up to 2024-06-30T00:00:00Z is locked" in said) == (2, True)
    assert entries() == before


def test_a_word_that_is_no_field(ledger: Books) -> None:
    assert ledger("add", "lock") == (2, "error: 'lock' is no field: write FIELD=VALUE, such as kind=trade\n")


def test_another_method_than_that_of_the_books(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    code, said = ledger("import", write(BUY), "--method", "lifo")
    assert (code, "the books are kept as USD with lots by fifo, not as USD with lots by lifo" in said) == (
        2,
        True,
    )
    assert ledger("import", write(BUY), "--method", "dearest")[0] == 2


@pytest.mark.parametrize("command", ["balance", "lots", "show", "verify", "migrate"])
def test_books_that_are_not_there(ledger: Books, command: str) -> None:
    code, said = ledger(command, "--books", "nowhere.db")
    assert (code, "nowhere.db" in said) == (2, True)
    assert not Path("nowhere.db").exists()


def test_a_file_that_holds_no_books(ledger: Books) -> None:
    Path("books.db").write_text("this is a letter, not a database\n" * 40)
    code, said = ledger("balance")
    assert (code, "books.db" in said) == (1, True)
    assert Path("books.db").read_text().startswith("this is a letter")


def test_a_dry_run_keeps_nothing(ledger: Books) -> None:
    code, said = ledger("import", write(MONEY + BUY), "--dry-run", "--json")
    told = json.loads(said)
    assert (code, told["new"], told["dry_run"], Path("books.db").exists()) == (0, 3, True, False)


def test_an_unknown_head(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    code, said = ledger("verify", "--head", "f" * 64)
    assert (code, "is not in the chain" in said) == (1, True)


def test_an_entry_that_is_not_there(ledger: Books) -> None:
    assert ledger("import", write(MONEY))[0] == 0
    assert ledger("show", "t77") == (2, "error: no entry has the source_id 't77'\n")
