"""The record as written text: what both templates print, so that HTML and PDF cannot differ."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from dat.report.activity import ENDS
from dat.report.record import (
    Block,
    Chart,
    Column,
    Comparison,
    Facts,
    Listing,
    Prose,
    Report,
    Row,
    Section,
    Table,
)
from dat.report.writing import close_of, day_of, instant_of, is_figure, money, write

__all__ = ["CONFIDENTIAL", "View", "comparison_view", "report_view"]

CONFIDENTIAL = "Confidential: for the board"

View = dict[str, Any]

_PAGE_POINTS = 489.0
_SIZES = (8.6, 7.8, 7.0, 6.2, 5.4)
_GLYPH, _INSET, _TEXT_POINTS = 0.475, 8.5, 62.0
_WRAP_CHARS = 26
_HASH_DIGITS = 12


def report_view(report: Report, *, rows_max: int) -> View:
    """Write a report.

    Parameters
    ----------
    report
        The record.
    rows_max
        Longer tables show their two ends and say where all rows are.

    Returns
    -------
    dict
        Text, lists and dicts only: JSON-ready.
    """
    cover = report.cover
    facts = (
        ("Period", f"{day_of(cover.start)} to {day_of(cover.as_of)}, {cover.bars}"),
        ("Policy", cover.mode_words),
        ("Core coin", cover.core),
        ("Base currency", cover.base),
        ("Money put in", f"{money(cover.money_in)} {cover.base}"),
    )
    return {
        "title": cover.company or cover.treasury,
        "subtitle": cover.treasury if cover.company else "",
        "kind": "Net asset value report",
        "headline": ["Net asset value", f"{money(report.statement.total)} {cover.base}"],
        "facts": [list(fact) for fact in facts],
        "banner": cover.banner,
        "as_of": instant_of(cover.as_of),
        "as_of_close": close_of(cover.as_of),
        "run": cover.run_id[:_HASH_DIGITS],
        "version": cover.dat_version,
        "summary": list(report.summary),
        "tiles": [[tile.label, tile.value, tile.detail, tile.tone] for tile in report.tiles],
        "sections": _sections(report.sections, rows_max),
        "confidential": CONFIDENTIAL,
    }


def comparison_view(comparison: Comparison, *, rows_max: int) -> View:
    """Write a comparison, with the keys of `report_view`."""
    facts = (
        ("Period", f"{day_of(comparison.start)} to {day_of(comparison.as_of)}, the dates that all share"),
        *comparison.treasuries,
    )
    return {
        "title": comparison.title,
        "subtitle": "",
        "kind": "Comparison",
        "headline": [],
        "facts": [list(fact) for fact in facts],
        "banner": comparison.banner,
        "as_of": instant_of(comparison.as_of),
        "as_of_close": close_of(comparison.as_of),
        "run": "",
        "version": "",
        "summary": list(comparison.summary),
        "tiles": [],
        "sections": _sections(comparison.sections, rows_max),
        "confidential": CONFIDENTIAL,
    }


def _sections(sections: tuple[Section, ...], rows_max: int) -> list[View]:
    return [
        {
            "number": str(place),
            "key": section.key,
            "title": section.title,
            "lead": section.lead,
            "blocks": [_block(block, rows_max) for block in section.blocks],
        }
        for place, section in enumerate(sections, start=2)
    ]


def _block(block: Block, rows_max: int) -> View:
    shared = {"type": type(block).__name__.lower(), "key": block.key, "title": block.title}
    return shared | _WRITERS[type(block)](block, rows_max)


def _table(table: Table, rows_max: int) -> View:
    ends = (*table.rows[:ENDS], *table.rows[-ENDS:])
    is_cut = table.row_count > min(rows_max, len(table.rows))
    rows = ends if is_cut and len(table.rows) > 2 * ENDS else table.rows
    columns = tuple(_timed(column, rows, place) for place, column in enumerate(table.columns))
    written = [[write(cell, column) for cell, column in zip(row.cells, columns, strict=True)] for row in rows]
    gap = f"{table.row_count - len(rows):,} rows are not shown here. {table.pointer}" if is_cut else ""
    heads = [_column(column, [cells[place] for cells in written]) for place, column in enumerate(columns)]
    return {
        "note": table.note,
        "columns": heads,
        "rows": [{"tone": row.tone, "cells": cells} for row, cells in zip(rows, written, strict=True)],
        "cut": ENDS if is_cut else -1,
        "gap": gap,
        "pointer": table.pointer,
        "size": _size(heads),
    }


def _timed(column: Column, rows: tuple[Row, ...], place: int) -> Column:
    # One row that is not at midnight gives every row of the column its time of day.
    cells = (row.cells[place] for row in rows)
    is_timed = any(isinstance(cell, datetime) and (cell.hour, cell.minute) != (0, 0) for cell in cells)
    return replace(column, kind="time") if column.kind == "day" and is_timed else column


def _column(column: Column, texts: list[str]) -> View:
    chars = max([len(column.title), *map(len, texts)])
    width = column.width or (1.0 if column.kind == "text" and chars > _WRAP_CHARS else 0.0)
    return {
        "title": column.title,
        "align": "right" if is_figure(column) else "left",
        "code": column.kind == "code",
        "day": column.kind in ("day", "time"),
        "signed": column.kind in ("change", "points", "signed_money"),
        "width": width,
        "chars": chars,
    }


def _size(columns: list[View]) -> float:
    # The largest letter with which the figures and at least some words a text column fit the width of a page.
    return next((size for size in _SIZES if _points(columns, size) <= _PAGE_POINTS), _SIZES[-1])


def _points(columns: list[View], size: float) -> float:
    texts = sum(min(_TEXT_POINTS, column["chars"] * size * _GLYPH) * column["width"] for column in columns)
    figures = sum(column["chars"] * size * _GLYPH for column in columns if not column["width"])
    return float(texts + figures) + _INSET * len(columns)


def _chart(chart: Chart, rows_max: int) -> View:
    return {"message": chart.message, "alt": chart.alt, "unit": chart.unit}


def _facts(facts: Facts, rows_max: int) -> View:
    return {"items": [list(item) for item in facts.items], "code": facts.is_code}


def _prose(prose: Prose, rows_max: int) -> View:
    return {"lines": list(prose.lines), "list": prose.is_list}


def _listing(listing: Listing, rows_max: int) -> View:
    return {"text": listing.text}


_WRITERS: Mapping[type, Callable[[Any, int], View]] = MappingProxyType(
    {Table: _table, Chart: _chart, Facts: _facts, Prose: _prose, Listing: _listing}
)
