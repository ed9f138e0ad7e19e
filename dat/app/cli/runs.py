"""``dat backtest``, ``dat compare`` and ``dat demo``: run treasury files, print figures, write reports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dat.app.cli.console import emit_json, err, out

if TYPE_CHECKING:
    from dat.app.run import Compared, Finished, Post

__all__ = ["add_run_commands"]

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
_Out = Annotated[Path | None, typer.Option("--out", help="Output directory.")]
_NoReport = Annotated[bool, typer.Option("--no-report", help="Write the run, but no HTML and PDF.")]


def add_run_commands(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("backtest")(backtest)
    app.command("compare")(compare)
    app.command("demo")(demo)


def backtest(
    file: Annotated[Path, typer.Argument(help="Treasury file.")],
    *,
    as_json: _Json = False,
    folder: _Out = None,
    no_report: _NoReport = False,
    post: Annotated[
        bool, typer.Option("--post", help="Post the run to books: those of the file, or books.db by the run.")
    ] = False,
    books: Annotated[
        str | None, typer.Option("--books", help="Post to these books: a file, a URL, or a treasury file.")
    ] = None,
) -> None:
    """Run a treasury over its bars and write its board report."""
    from dat.app.run import run_file

    with _progress_bar() as progress:
        done = run_file(
            file, out=folder, with_report=not no_report, post=_post(post, books), progress=progress
        )
    if as_json:
        emit_json(_plain(done))
        return
    _print_run(done)


def _post(post: bool, books: str | None) -> "Post | None":
    if not post and books is None:
        return None
    from dat.app.books_place import books_place
    from dat.app.run import Post

    return Post(None if books is None else books_place(books))


def compare(
    files: Annotated[list[Path], typer.Argument(help="Two or more treasury files.")],
    *,
    as_json: _Json = False,
    folder: _Out = None,
    no_report: _NoReport = False,
) -> None:
    """Run several treasuries and write their reports and a comparison."""
    _compare(files, as_json=as_json, folder=folder, with_report=not no_report)


def demo(folder: _Out = None, as_json: _Json = False) -> None:
    """Run the five sample treasuries over the bundled bars and write their reports and a comparison."""
    from dat.app.share import SAMPLES, sample_config

    _compare([sample_config(name) for name in SAMPLES], as_json=as_json, folder=folder, with_report=True)


def _compare(files: list[Path], *, as_json: bool, folder: Path | None, with_report: bool) -> None:
    from dat.app.run import compare_files

    with _progress_bar() as progress:
        compared = compare_files(files, out=folder, with_report=with_report, progress=progress)
    if as_json:
        emit_json(_plain_comparison(compared))
        return
    _print_comparison(compared)


def _plain(done: "Finished") -> dict[str, Any]:
    written = done.written
    return done.figures | {
        "run_dir": str(written.run_dir),
        "report_html": written.html and str(written.html),
        "report_pdf": written.pdf and str(written.pdf),
        "books": done.posted and done.posted.books,
        "books_head": done.posted and done.posted.head.hash,
    }


def _plain_comparison(compared: "Compared") -> dict[str, Any]:
    from dat.report.contents import report_json

    return {
        "treasuries": [_plain(done) for done in compared.runs],
        "comparison": report_json(compared.comparison),
        "comparison_html": compared.html and str(compared.html),
        "comparison_pdf": compared.pdf and str(compared.pdf),
    }


def _print_run(done: "Finished") -> None:
    from dat.app.cli.tables import report_table, show, tiles_table

    show(tiles_table(done.report))
    show(report_table(done.report.table("measures"), without=("definition",)))
    show(report_table(done.report.table("costs")))
    _print_paths(done)
    if done.posted is not None:
        text = (
            f"Books: {done.posted.books}, {done.posted.head.number:,} entries, head {done.posted.head.hash}"
        )
        out.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_comparison(compared: "Compared") -> None:
    from dat.app.cli.tables import report_table, show
    from dat.report.record import Table

    blocks = [block for section in compared.comparison.sections for block in section.blocks]
    for block in blocks:
        if isinstance(block, Table):
            show(report_table(block))
    for done in compared.runs:
        _print_paths(done)
    for path in (compared.html, compared.pdf):
        if path is not None:
            out.print(f"Comparison: {path}", markup=False, highlight=False, soft_wrap=True)


def _print_paths(done: "Finished") -> None:
    written = done.written
    for path in filter(None, (written.html, written.pdf)) if written.html else (written.run_dir,):
        out.print(f"{done.figures['treasury']}: {path}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    bar = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
    tasks: dict[str, Any] = {}

    def advance(treasury: str, done: int, total: int) -> None:
        if treasury not in tasks:
            bar.start()
            tasks[treasury] = bar.add_task(treasury, total=total)
        bar.update(tasks[treasury], completed=done)

    try:
        yield advance
    finally:
        bar.stop()
