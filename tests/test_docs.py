"""The documentation is complete and true: every command, key and error is in it, and every example runs."""

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from dat import errors
from dat.app.cli import app, main
from dat.app.share import SAMPLES
from tests.documented_keys import documented_keys, is_documented, keys_of, section
from tests.event_kinds import PAGE as KINDS_PAGE
from tests.event_kinds import with_kinds
from tests.klines_server import KlinesVenue, serving
from tests.small_treasury import make_bars
from tests.treasury_keys import PAGE, known_keys, with_table

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*(page.read_text("utf-8") for page in PAGES), README]
_BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT_CODE = re.compile(r"# exit code (\d+)$")
SHARED = ("dat data import", "dat ledger add")  # their sections tell the options of the whole group
_NEVER_IN_A_TEST = ("dat data pull",)  # it would reach for a venue


class Example(NamedTuple):
    """One command of a page, with the lines that the page shows below it."""

    command: str
    exit_code: int
    shown: list[str]


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command by its full name."""
    root = typer.main.get_command(app)
    todo = [("dat", root)]
    while todo:
        name, command = todo.pop()
        children = getattr(command, "commands", {})
        todo += [(f"{name} {child}", inner) for child, inner in children.items()]
        if not children:
            yield name, command


COMMANDS = dict(commands())


def takes_json(command: Any) -> bool:
    return any("--json" in item.opts for item in command.params)


def words_in_code(text: str) -> set[str]:
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()}


def examples(block: str) -> Iterator[Example]:
    for part in block.split("\n$ "):
        command, *shown = part.removeprefix("$ ").strip("\n").split("\n")
        code = _EXIT_CODE.search(command)
        yield Example(_EXIT_CODE.sub("", command), int(code[1]) if code else 0, shown)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented_with_an_example(name: str) -> None:
    page = (DOCS / "cli.md").read_text("utf-8")
    text = section(page, name)
    group = next((first for first in SHARED if name.startswith(first.rpartition(" ")[0])), None)
    shared = section(page, group) if group else ""
    options = {option for item in COMMANDS[name].params for option in item.opts if option.startswith("--")}
    named = words_in_code(text + shared) | {"--help"}
    assert {option for option in options if option not in named and option not in text} == set()
    assert any(f"$ {name}" in page or f"\n{name} " in page for page in TEXTS), "no example"


def test_every_command_that_the_pages_name_exists() -> None:
    named = {hit for text in TEXTS for hit in re.findall(r"(?:\$ |bin/)(dat(?: data| ledger)? [a-z]+)", text)}
    assert named - set(COMMANDS) == set()


def test_the_table_of_keys_is_that_of_the_models() -> None:
    page = PAGE.read_text("utf-8")
    assert len(known_keys()) > 50
    assert page == with_table(page), "run: python -m tests.treasury_keys"


def test_the_table_of_kinds_is_that_of_the_rules() -> None:
    page = KINDS_PAGE.read_text("utf-8")
    assert page == with_kinds(page), "run: python -m tests.event_kinds"


def test_every_error_is_documented_with_its_exit_code() -> None:
    page = (DOCS / "errors.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d) \|", page, re.MULTILINE))
    assert rows == {name: str(getattr(errors, name).exit_code) for name in errors.__all__}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    forget_modules(monkeypatch)
    for language, title, body in _BLOCK.findall(page.read_text("utf-8")):
        if title:
            (tmp_path / title).write_text(body, "utf-8")
        for example in examples(body) if language == "console" else ():
            run_example(example, capsys)


def forget_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no module of a page behind: another page has one of the same name, elsewhere."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    for module in re.findall(r"^name = \"(\w+):\w+\"|`name = \"(\w+):\w+\"`", "\n".join(TEXTS), re.MULTILINE):
        monkeypatch.delitem(sys.modules, "".join(module), raising=False)


def run_example(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(example.command)
    if program != "dat" or example.command.startswith(_NEVER_IN_A_TEST):
        return
    code = main(arguments)
    printed = "".join(capsys.readouterr())
    assert code == example.exit_code, f"{example.command}\n{printed}"
    missing = [line for line in example.shown if line not in printed]
    assert missing == [], f"{example.command}\n{printed}"


def test_a_table_of_json_keys_is_read_as_it_is_meant() -> None:
    table = "| JSON key | what |\n|---|---|\n"
    page = (
        f"## `dat a`\n{table}| `x`, `y[]` | two |\n| `z.w`: `ASSET` | units |\n\n| `no` | key |\n"
        f"## `dat b`\n{table}| `runs[]` | each with the keys of `dat a` |\n"
        "## `dat c`\nIt has the keys of `dat b`.\n"
    )
    first = {"x", "y[]", "z", "z.w", "z.w.ASSET"}
    assert documented_keys(page, "dat a") == first
    assert documented_keys(page, "dat b") == {"runs[]", *(f"runs[].{key}" for key in first)}
    assert documented_keys(page, "dat c") == documented_keys(page, "dat b")
    assert is_documented("z.w.BTC", first)
    assert not is_documented("z.w.BTC.more", first)
    assert not is_documented("y", first)


@pytest.mark.parametrize("name", [name for name in COMMANDS if takes_json(COMMANDS[name])])
def test_the_json_keys_of_a_command_are_those_that_its_section_lists(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dat.app.share.SAMPLES", SAMPLES[:2])  # five take long and print the same keys
    with READY[name](tmp_path) as arguments:
        capsys.readouterr()
        assert main([*name.split()[1:], *arguments, "--json"]) == (name == "dat ledger verify")
    found = set(keys_of(json.loads(capsys.readouterr().out)))
    listed = documented_keys((DOCS / "cli.md").read_text("utf-8"), name)
    assert {key for key in found if not is_documented(key, listed)} == set()
    assert {key for key in listed if not any(is_documented(each, {key}) for each in found)} == set()


@contextmanager
def treasury_files(folder: Path) -> Iterator[list[str]]:
    """Write two files, of which a command takes the first or both."""
    for name in ("Smallest", "Other"):
        (folder / f"{name}.toml").write_text(smallest_file().replace("Smallest", name))
    yield ["Smallest.toml"]


@contextmanager
def two_files(folder: Path) -> Iterator[list[str]]:
    with treasury_files(folder):
        yield ["Smallest.toml", "Other.toml", "--no-report"]


@contextmanager
def nothing(folder: Path) -> Iterator[list[str]]:
    yield []


@contextmanager
def bars_file(folder: Path) -> Iterator[list[str]]:
    make_bars([1.0, 2.0, 2.0, 2.0]).drop(index=1).to_csv(folder / "bars.csv", index=False)
    yield ["bars.csv", "--venue", "binance", "--pair", "BTC/USDT", "--bars", "1d"]


@contextmanager
def store_with_a_hole(folder: Path) -> Iterator[list[str]]:
    with bars_file(folder) as arguments:
        assert main(["data", "import", *arguments]) == 0
    yield ["BTC/USDT", "--method", "previous_close"]


@contextmanager
def own_store(folder: Path) -> Iterator[list[str]]:
    with store_with_a_hole(folder):
        yield []


@contextmanager
def filled_store(folder: Path) -> Iterator[list[str]]:
    with store_with_a_hole(folder) as arguments:
        assert main(["data", "fill", *arguments]) == 0
    yield ["--as-of", "2024-02-01"]  # weeks after the last bar: a finding


@contextmanager
def venue_with_a_hole(folder: Path) -> Iterator[list[str]]:
    bars = make_bars([1.0, 2.0, 3.0, 4.0]).drop(index=1)
    venue = KlinesVenue({("BTCUSDT", "1d"): bars}, datetime(2024, 1, 5, 12, tzinfo=UTC))
    with serving(venue) as endpoint:
        yield ["BTC/USDT", "--since", "2024-01-01", "--endpoint", endpoint]


@contextmanager
def new_event(folder: Path) -> Iterator[list[str]]:
    with own_books(folder):
        words = "kind=trade wallet=bank asset=BTC units=1 currency=USD price=1 at=2024-01-03 source_id=t2"
        yield words.split()


@contextmanager
def events_file(folder: Path) -> Iterator[list[str]]:
    rows = (
        "kind,at,source_id,wallet,asset,units,currency,price",
        "deposit,2024-01-01,d1,bank,USD,9,,",
        "trade,2024-01-02,t1,bank,BTC,2,USD,3",
    )
    (folder / "events.csv").write_text("\n".join(rows))
    yield ["events.csv"]


@contextmanager
def own_books(folder: Path) -> Iterator[list[str]]:
    with events_file(folder) as arguments:
        assert main(["ledger", "import", *arguments]) == 0
    yield []


@contextmanager
def books_to_export(folder: Path) -> Iterator[list[str]]:
    with own_books(folder):
        yield ["journal.txt", "--format", "journal"]


@contextmanager
def tampered_books(folder: Path) -> Iterator[list[str]]:
    with own_books(folder), closing(sqlite3.connect(folder / "books.db")) as opened:
        opened.execute("UPDATE open_lots SET units = '3'")
        opened.commit()
    yield []


@contextmanager
def old_books(folder: Path) -> Iterator[list[str]]:
    with own_books(folder), closing(sqlite3.connect(folder / "books.db")) as opened:
        for statement in (
            "DROP TABLE order_journal",
            "DROP TABLE leases",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            opened.execute(statement)
        opened.commit()
    yield []


READY: dict[str, Callable[[Path], AbstractContextManager[list[str]]]] = {
    "dat check": treasury_files,
    "dat backtest": treasury_files,
    "dat compare": two_files,
    "dat demo": nothing,
    "dat strategies": nothing,
    "dat data import": bars_file,
    "dat data pull": venue_with_a_hole,
    "dat data check": filled_store,
    "dat data fill": store_with_a_hole,
    "dat data list": own_store,
    "dat ledger add": new_event,
    "dat ledger import": events_file,
    "dat ledger export": books_to_export,
    "dat ledger balance": own_books,
    "dat ledger lots": own_books,
    "dat ledger show": own_books,
    "dat ledger verify": tampered_books,
    "dat ledger migrate": old_books,
}


def smallest_file() -> str:
    bodies = {title: body for _, title, body in _BLOCK.findall(PAGE.read_text("utf-8"))}
    return str(bodies["smallest.toml"])


def test_every_make_verb_that_the_readme_names_exists() -> None:
    named = {verb for text in TEXTS for verb in re.findall(r"(?:^|`)make (\w+)", text, re.MULTILINE)}
    printed = set(re.findall(r"^  make (\w+) +\S", make("help"), re.MULTILINE))
    assert {"demo", "test"} <= named <= printed
    for verb in sorted(printed - {"help"}):
        make("--dry-run", verb)  # fails where there is no such target; nothing is run


def make(*words: str) -> str:
    program = shutil.which("make")
    assert program is not None
    command = [program, "--silent", "--directory", str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_commands_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    blocks = {title: body for _, title, body in _BLOCK.findall(KINDS_PAGE.read_text("utf-8"))}
    (tmp_path / "trades.csv").write_text(str(blocks["trades.csv"]))
    found = re.findall(r"^\.venv/bin/(dat [^#\n]+)", README, re.MULTILINE)
    assert len(found) >= 4
    for command in found:
        run_example(Example(command, 0, []), capsys)


def test_the_strategy_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    forget_modules(monkeypatch)
    file, source = re.findall(r"in a file `(\w+\.py)`.*?```python\n(.*?)```", README, re.DOTALL)[0]
    (tmp_path / file).write_text(source)
    name = re.findall(r'Name it in a treasury file as `(name = "\w+:\w+")`', README)[0]
    smallest = smallest_file()
    assert 'name = "passive"' in smallest
    (tmp_path / "mine.toml").write_text(smallest.replace('name = "passive"', name))
    run_example(Example("dat backtest mine.toml --no-report", 0, []), capsys)
