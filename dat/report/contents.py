"""The contents of a report: one frozen record that HTML, PDF, tables and JSON print alike."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from dat.backtest.result import RunResult
from dat.core.time import iso
from dat.report.activity import costs_table, largest_trade, transaction_tables
from dat.report.appendix import (
    assumption_block,
    data_blocks,
    limitation_lines,
    manifest_blocks,
    price_sources,
)
from dat.report.bridge import movement_table, units_table
from dat.report.capital import accretion_table, commitments_table, issuances_table, issued_table
from dat.report.decisions import decision_tables
from dat.report.limits import limits_table
from dat.report.performance import calendar_table, drawdown_table, measures_table
from dat.report.plots import (
    drawdown_chart,
    growth_chart,
    holdings_chart,
    nav_chart,
)
from dat.report.record import (
    Block,
    Cell,
    Comparison,
    Cover,
    Figures,
    Prose,
    Report,
    Section,
    Statement,
    Table,
)
from dat.report.share_plots import mnav_chart, per_share_chart
from dat.report.statement import nav_statement, statement_table
from dat.report.tiles import tiles_of
from dat.report.track import Track, figures_of, track_of
from dat.report.wording import BANNER, MODE_WORDS, summary_of
from dat.report.writing import count_of, money

__all__ = ["build_report", "report_json"]

Manifest = Mapping[str, Any]


def build_report(
    result: RunResult, *, manifest: Manifest, mandate: tuple[str, ...], company: str | None = None
) -> Report:
    """Make the record of a run.

    Parameters
    ----------
    result
        What the run left behind; at least one row.
    manifest
        How the run was made: run_id, dat_version, code_sha256, python, libraries, seed, treasury_file, data
        and assumptions.
    mandate
        The mandate in plain sentences.
    company
        Legal name of the holder, for the cover and the head of each page; texts and tables name the treasury.

    Returns
    -------
    Report
        Exact figures and text; the same for the same input, on every machine.

    Raises
    ------
    DataError
        When the run has no rows.
    """
    track = track_of(result)
    statement = nav_statement(track, price_sources(manifest["data"]))
    figures = figures_of(track, nav=statement.total)
    return Report(
        cover=_cover(track, manifest, company),
        summary=summary_of(track, statement, figures),
        tiles=tiles_of(track, statement, figures),
        statement=statement,
        figures=figures,
        growth=growth_chart(track, figures),
        sections=tuple(_sections(track, statement, figures, manifest=manifest, mandate=mandate)),
    )


def report_json(report: Report | Comparison) -> dict[str, Any]:
    """Write the record as JSON-ready values: Decimals as strings, instants as ISO 8601, no chart series."""
    plain = (
        _plain_report(report)
        if isinstance(report, Report)
        else {"title": report.title, "run_ids": list(report.run_ids)}
    )
    return plain | {
        "as_of": iso(report.cover.as_of if isinstance(report, Report) else report.as_of),
        "summary": list(report.summary),
        "tables": {
            block.key: [_plain_row(block, row.cells) for row in block.rows]
            for section in report.sections
            for block in section.blocks
            if isinstance(block, Table)
        },
    }


def _cover(track: Track, manifest: Manifest, company: str | None) -> Cover:
    result = track.result
    return Cover(
        treasury=result.treasury,
        company=company,
        mode=result.mode,
        mode_words=MODE_WORDS.get(result.mode, result.mode),
        base=result.base,
        core=result.core,
        start=track.times[0],
        as_of=track.as_of,
        bars=f"{count_of(len(track.returns), 'bar')} of {result.bar}",
        money_in=track.money_in,
        banner=BANNER,
        run_id=str(manifest["run_id"]),
        dat_version=str(manifest["dat_version"]),
    )


def _sections(
    track: Track, statement: Statement, figures: Figures, *, manifest: Manifest, mandate: tuple[str, ...]
) -> Iterator[Section]:
    yield _nav_section(track, statement)
    yield _performance_section(track, figures)
    if track.has_shares:
        yield _share_section(track, figures)
    yield _holdings_section(track, statement)
    yield _activity_section(track)
    yield _decision_section(track, mandate)
    yield _method_section(track, manifest)
    yield _manifest_section(figures, manifest)


def _nav_section(track: Track, statement: Statement) -> Section:
    lead = f"{money(statement.total)} {track.result.base} in the backtest, at last closes."
    blocks: tuple[Block, ...] = (
        statement_table(statement, track.result.base),
        movement_table(track, statement),
        *units_table(track, statement),
        nav_chart(track, statement),
    )
    return Section("nav", "Net asset value", lead, blocks)


def _performance_section(track: Track, figures: Figures) -> Section:
    blocks = (
        growth_chart(track, figures),
        drawdown_chart(track, figures),
        calendar_table(track),
        drawdown_table(track),
        measures_table(track, figures),
    )
    lead = "Returns of the entity, after all costs. Money put in or taken out does not count as gain or loss."
    return Section("performance", f"Performance against holding {track.result.core}", lead, blocks)


def _share_section(track: Track, figures: Figures) -> Section:
    drawn = tuple(chart for chart in (per_share_chart(track), mnav_chart(track)) if chart.is_telling)
    blocks: tuple[Block, ...] = (*drawn, issued_table(track))
    if len(track.result.issuances):
        blocks = (*blocks, accretion_table(track, figures), issuances_table(track))
    lead = (
        "What one share stands for, over the basic share count. mNAV and share price are inputs of the run, "
        "assumed and not observed."
    )
    return Section("shares", "Per share", lead, blocks)


def _holdings_section(track: Track, statement: Statement) -> Section:
    chart = holdings_chart(track)
    blocks: tuple[Block, ...] = (chart,) if chart.is_telling else ()
    if len(track.result.ventures):
        blocks = (*blocks, commitments_table(track, statement))
    return Section(
        "holdings", "Holdings over time", "Value by asset at each close, on top of one another.", blocks
    )


def _activity_section(track: Track) -> Section:
    fills = len(track.result.fills)
    lead = "Nothing was bought or sold."
    if fills:
        lead = f"{count_of(fills, 'transaction')}. {largest_trade(track)}"
    return Section(
        "activity", "Costs and transactions", lead, (costs_table(track), *transaction_tables(track))
    )


def _decision_section(track: Track, mandate: tuple[str, ...]) -> Section:
    rules = mandate or ("No rule is set.",)
    lead = "Every decision is recorded with its trigger, reason and a hash of its inputs, traded or not."
    blocks: tuple[Block, ...] = (
        Prose("mandate", "The mandate in words", rules, is_list=True),
        *limits_table(track),
        *decision_tables(track),
    )
    return Section("decisions", "Mandate and decisions", lead, blocks)


def _method_section(track: Track, manifest: Manifest) -> Section:
    limits = Prose("limitations", "What these figures are not", limitation_lines(track), is_list=True)
    blocks: tuple[Block, ...] = (limits, *assumption_block(manifest), *data_blocks(manifest))
    return Section(
        "method", "Limitations, assumptions and data", "Read these before relying on a figure.", blocks
    )


def _manifest_section(figures: Figures, manifest: Manifest) -> Section:
    lead = "The same file, data and code give this report again, byte for byte."
    return Section("manifest", "Run manifest", lead, manifest_blocks(manifest, figures))


def _plain_report(report: Report) -> dict[str, Any]:
    cover, statement = report.cover, report.statement
    return {
        "treasury": cover.treasury,
        "company": cover.company,
        "mode": cover.mode,
        "base": cover.base,
        "core": cover.core,
        "start": iso(cover.start),
        "run_id": cover.run_id,
        "nav": str(statement.total),
        "nav_per_share": None if statement.nav_per_share is None else str(statement.nav_per_share),
        "shares": None if statement.shares is None else str(statement.shares),
        "figures": {name: _plain(getattr(report.figures, name)) for name in Figures.__dataclass_fields__},
        "tiles": {tile.key: tile.value for tile in report.tiles},
    }


def _plain_row(table: Table, cells: tuple[Cell, ...]) -> dict[str, str | int | None]:
    return {column.key: _plain(cell) for column, cell in zip(table.columns, cells, strict=True)}


def _plain(cell: Cell) -> str | int | None:
    if isinstance(cell, datetime):
        return iso(cell)
    return str(cell) if isinstance(cell, Decimal) else cell
