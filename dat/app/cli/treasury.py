"""``dat init``, ``dat check`` and ``dat schema``: write a treasury file and read it back."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from dat.app.cli.console import emit_json, out

__all__ = ["add_treasury_commands"]


def add_treasury_commands(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("init")(init)
    app.command("check")(check)
    app.command("schema")(schema)


def init(
    name: Annotated[str, typer.Argument(help="Name of the treasury.")],
    mode: Annotated[
        Literal["passive", "active", "multi_asset", "ecosystem"], typer.Option(help="How it is run.")
    ],
    folder: Annotated[Path, typer.Option("--dir", help="Where to write.")] = Path(),
) -> None:
    """Write a commented sample treasury file; an existing file is never overwritten."""
    from dat.app.sample_file import write_sample_file

    path = write_sample_file(name, mode, folder)
    out.print(f"Wrote {path}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"Next: dat check {path}", markup=False, highlight=False, soft_wrap=True)


def check(
    file: Annotated[Path, typer.Argument(help="Treasury file.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say in plain words what a treasury file means, and whether it can run. Nothing is run or written."""
    from dat.app.wiring import prepare
    from dat.app.words import in_words

    words = in_words(prepare(file))
    if as_json:
        emit_json(words.plain())
        return
    for title, lines in words.paragraphs:
        if not lines:
            continue
        out.print(title, style="bold", highlight=False)
        for line in lines:
            out.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    table = Table(title="Bars", title_justify="left", title_style="bold")
    for heading in ("Asset", "Series", "Bars", "First open", "Last close", "Missing", "Filled"):
        table.add_column(heading, justify="right" if heading in ("Bars", "Missing", "Filled") else "left")
    for row in words.coverage:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table)


def schema() -> None:
    """Print the JSON Schema of a treasury file, for editors that complete and check."""
    from dat.app.json_schema import treasury_file_schema

    sys.stdout.write(json.dumps(treasury_file_schema(), indent=2) + "\n")
