"""The documentation is complete and true: every command, key and error is in it, and every example runs."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from dat import errors
from dat.app.cli import app, main
from tests.treasury_keys import PAGE, known_keys, with_table

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*(page.read_text("utf-8") for page in PAGES), README]
_BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT_CODE = re.compile(r"# exit code (\d+)$")
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


def section(page: str, heading: str) -> str:
    """Give the text under a heading, up to the next one."""
    found = re.search(rf"^## `{re.escape(heading)}`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section '{heading}'"
    return found[1]


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
    shared = section(page, "dat data import") if name.startswith("dat data") else ""
    options = {option for item in COMMANDS[name].params for option in item.opts if option.startswith("--")}
    named = words_in_code(text + shared) | {"--help"}
    assert {option for option in options if option not in named and option not in text} == set()
    assert any(f"$ {name}" in page or f"\n{name} " in page for page in TEXTS), "no example"


def test_every_command_that_the_pages_name_exists() -> None:
    named = {hit for text in TEXTS for hit in re.findall(r"(?:\$ |bin/)(dat(?: data)? [a-z]+)", text)}
    assert named - set(COMMANDS) == set()


def test_the_table_of_keys_is_that_of_the_models() -> None:
    page = PAGE.read_text("utf-8")
    assert len(known_keys()) > 50
    assert page == with_table(page), "run: python -m tests.treasury_keys"


def test_every_error_is_documented_with_its_exit_code() -> None:
    page = (DOCS / "errors.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d) \|", page, re.MULTILINE))
    assert rows == {name: str(getattr(errors, name).exit_code) for name in errors.__all__}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for language, title, body in _BLOCK.findall(page.read_text("utf-8")):
        if title:
            (tmp_path / title).write_text(body, "utf-8")
        for example in examples(body) if language == "console" else ():
            run_example(example, capsys)


def run_example(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(example.command)
    if program != "dat" or example.command.startswith(_NEVER_IN_A_TEST):
        return
    code = main(arguments)
    printed = "".join(capsys.readouterr())
    assert code == example.exit_code, f"{example.command}\n{printed}"
    missing = [line for line in example.shown if line not in printed]
    assert missing == [], f"{example.command}\n{printed}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["backtest", "small.toml", "--no-report"],
        ["compare", "small.toml", "other.toml", "--no-report"],
        ["check", "small.toml"],
        ["strategies"],
        ["data", "list", "--sample"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_json_key_is_documented(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(smallest_file())
    (tmp_path / "other.toml").write_text(smallest_file().replace("Smallest", "Other"))
    assert main([*arguments, "--json"]) == 0
    documented = {word.strip(",") for word in words_in_code((DOCS / "cli.md").read_text("utf-8"))}
    assert set(keys_of(json.loads(capsys.readouterr().out))) - documented == set()


def smallest_file() -> str:
    bodies = {title: body for _, title, body in _BLOCK.findall(PAGE.read_text("utf-8"))}
    return str(bodies["smallest.toml"])


def keys_of(value: Any, depth: int = 0) -> Iterator[str]:
    """Give the keys of nested objects; those of holdings and of the report's tables are data."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item, depth)
    elif isinstance(value, dict):
        yield from value
        for key, inner in value.items():
            if key not in ("holdings", "tables", "default"):
                yield from keys_of(inner, depth + 1)


def test_every_make_verb_that_the_readme_names_exists() -> None:
    verbs = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))
    assert {"demo", "test"} <= named <= verbs


def test_the_commands_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    found = re.findall(r"^\.venv/bin/(dat [^#\n]+)", README, re.MULTILINE)
    assert len(found) >= 4
    for command in found:
        run_example(Example(command, 0, []), capsys)


def test_the_strategy_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    file, source = re.findall(r"in a file `(\w+\.py)`.*?```python\n(.*?)```", README, re.DOTALL)[0]
    (tmp_path / file).write_text(source)
    name = re.findall(r'Name it in a treasury file as `(name = "\w+:\w+")`', README)[0]
    smallest = smallest_file()
    assert 'name = "passive"' in smallest
    (tmp_path / "mine.toml").write_text(smallest.replace('name = "passive"', name))
    run_example(Example("dat backtest mine.toml --no-report", 0, []), capsys)
