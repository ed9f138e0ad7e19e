"""Run treasury files: each gives a run directory and a report; several give a comparison too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dat.app.figures import result_json
from dat.app.output import (
    DEFAULT_OUT,
    Documents,
    Written,
    output_folder,
    remove_documents,
    slug_of,
    write_documents,
    write_run,
)
from dat.app.share import templates_dir
from dat.app.wiring import Prepared, prepare
from dat.backtest.engine import run
from dat.backtest.result import RunResult
from dat.backtest.scenario import Scenario
from dat.errors import ConfigError
from dat.ports import StoredRun
from dat.report.comparison import build_comparison
from dat.report.contents import build_report
from dat.report.record import Comparison, Report

if TYPE_CHECKING:
    from dat.app.books_place import BooksPlace
    from dat.app.posting import Posted

__all__ = ["Compared", "Finished", "Post", "compare_files", "run_file"]

_SHARED_MIN = 2  # a line needs two points

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Post:
    """Asks for a run to be posted: to books that are named, else to those of the file, else by the run."""

    books: "BooksPlace | None" = None


@dataclass(frozen=True)
class Finished:
    """One treasury after its run."""

    prepared: Prepared
    result: RunResult
    report: Report
    figures: dict[str, Any]
    written: Written
    posted: "Posted | None" = None

    @property
    def as_of(self) -> date:
        """Day of the last close."""
        return self.report.cover.as_of.date()


@dataclass(frozen=True)
class Compared:
    """Several treasuries after their runs, side by side."""

    runs: tuple[Finished, ...]
    comparison: Comparison
    html: Path | None
    pdf: Path | None


def run_file(
    path: Path,
    *,
    out: Path | None = None,
    with_report: bool = True,
    post: Post | None = None,
    progress: Progress | None = None,
) -> Finished:
    """Run one treasury file and write what came of it.

    Parameters
    ----------
    path
        The treasury file.
    out
        Output directory; the file's own, or reports/out/TREASURY/DATE, by default.
    with_report
        Whether to write report.html and report.pdf.
    post
        Where to post the run; None posts it nowhere.
    progress
        Called after each bar with (treasury, bars done, bars in all).

    Raises
    ------
    InputError
        When the file, the strategy or the data is wrong; nothing is written.
    StoreError
        When the output cannot be written.
    """
    return _finish(prepare(path), out=out, with_report=with_report, post=post, progress=progress)


def compare_files(
    paths: Sequence[Path],
    *,
    out: Path | None = None,
    with_report: bool = True,
    progress: Progress | None = None,
) -> Compared:
    """Run several treasury files, write each and a comparison.

    Parameters
    ----------
    paths
        At least two treasury files with different names in them.
    out
        Root of the output: the comparison lies in it, each treasury in OUT/TREASURY. By default each goes
        where it goes alone, and the comparison to reports/out/comparison/DATE.
    with_report, progress
        As for `run_file`.

    Raises
    ------
    InputError
        When a file is wrong; all are read before the first runs, and nothing is written.
    StoreError
        When the output cannot be written.
    """
    ready = [prepare(path) for path in paths]
    _refuse_twins(ready)
    _require_shared_dates(ready)
    is_ours = out is None or any((out / _slug(one) / "run").exists() for one in ready)
    finished = tuple(
        _finish(one, out=out and out / _slug(one), with_report=with_report, progress=progress)
        for one in ready
    )
    comparison = build_comparison(tuple(one.report for one in finished))
    folder = out or output_folder("comparison", max(one.as_of for one in finished))
    if not with_report:
        if is_ours:  # a comparison of the runs that were replaced
            remove_documents(folder, "comparison")
        return Compared(finished, comparison, None, None)
    html, pdf = write_documents(folder, "comparison", _comparison_documents(comparison))
    return Compared(finished, comparison, html, pdf)


def _finish(
    prepared: Prepared,
    *,
    out: Path | None,
    with_report: bool,
    post: Post | None = None,
    progress: Progress | None,
) -> Finished:
    scenario = prepared.scenario
    result = run(scenario, progress=partial(progress, scenario.treasury) if progress else None)
    report = _report(prepared, result)
    figures = result_json(result, report.figures) | {"run_id": prepared.manifest["run_id"]}
    documents = _report_documents(report) if with_report else None
    folder = out or _default_folder(prepared, report)
    written = write_run(folder, StoredRun(result.tables, prepared.manifest, figures), documents)
    posted = _post(post, result, prepared, folder=folder) if post is not None else None
    return Finished(prepared, result, report, figures, written, posted)


def _post(post: Post, result: RunResult, prepared: Prepared, *, folder: Path) -> "Posted":
    from dat.app.posting import post_run

    return post_run(result, prepared.file, folder=folder, books=post.books)


def _report(prepared: Prepared, result: RunResult) -> Report:
    policy = prepared.scenario.policy
    words = (*policy.mandate.in_words(), policy.rule.in_words())
    company = prepared.file.settings.report.company
    return build_report(result, manifest=prepared.manifest, mandate=words, company=company)


def _report_documents(report: Report) -> Documents:
    from dat.report.html import render_html
    from dat.report.pdf import render_pdf

    templates = templates_dir()
    html = render_html(report, templates=templates)
    return Documents(html.encode(), render_pdf(report, templates=templates))


def _comparison_documents(comparison: Comparison) -> Documents:
    from dat.report.html import render_comparison_html
    from dat.report.pdf import render_comparison_pdf

    templates = templates_dir()
    html = render_comparison_html(comparison, templates=templates)
    return Documents(html.encode(), render_comparison_pdf(comparison, templates=templates))


def _default_folder(prepared: Prepared, report: Report) -> Path:
    own = prepared.file.settings.report.out
    if own is not None:
        return prepared.file.folder / own
    return output_folder(prepared.scenario.treasury, report.cover.as_of.date(), root=DEFAULT_OUT)


def _slug(prepared: Prepared) -> str:
    return slug_of(prepared.scenario.treasury)


def _require_shared_dates(ready: Sequence[Prepared]) -> None:
    dates = [_dates(one.scenario) for one in ready]
    if len(set.intersection(*map(set, dates))) >= _SHARED_MIN:
        return
    runs = zip(ready, dates, strict=True)
    spans = (f"{one.scenario.treasury} {_minute(days[0])} to {_minute(days[-1])}" for one, days in runs)
    text = f"the runs share fewer than {_SHARED_MIN} dates: {', '.join(spans)}"
    raise ConfigError(f"nothing to compare: {text}")


def _dates(scenario: Scenario) -> list[np.datetime64]:
    rows = scenario.rows
    return [scenario.panel.open_time[rows[0]], *scenario.panel.as_of[rows]]


def _minute(instant: np.datetime64) -> str:
    return f"{np.datetime_as_string(instant, unit='m')}Z"


def _refuse_twins(ready: Sequence[Prepared]) -> None:
    seen: dict[str, Path] = {}
    for one in ready:
        twin = seen.setdefault(_slug(one), one.file.path)
        if twin is not one.file.path:
            text = f"{twin} has the same name, and would be written to the same place"
            raise one.file.refuse("treasury.name", text, f'"{one.scenario.treasury}"')
