"""Events from and to CSV: one row an event, the columns are the fields of `dat.ledger.event.Event`."""

import csv
import io
import marshal
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from dat.adapters.ahead import read_ahead
from dat.core.time import parse_instant
from dat.errors import InputError, LedgerError
from dat.ledger.event import FIELDS, Event, event_from_texts, event_texts, unpacked
from dat.ledger.shapes import Told, told

__all__ = ["events_csv", "read_events", "read_here", "row_of"]

_PROBLEMS_MAX = 20
_LARGE = 4_000_000  # bytes; another process takes half a second to start


def read_events(path: Path) -> Iterator[Told]:
    """Read the events of a CSV file in the order of their instants; rows of one instant keep their order.

    A file that is in order already is read as a stream, a large one by another process that reads ahead;
    one that is not is held in memory while it is sorted.

    Parameters
    ----------
    path
        UTF-8, with a header that names fields of `Event`; kind, at and source_id are needed. Empty cells are
        fields that are not given. Lots are separated by spaces.

    Raises
    ------
    InputError
        When the file cannot be read, or its header is wrong; and after the last row, when rows are wrong:
        each with its number.
    """
    is_large = path.is_file() and path.stat().st_size >= _LARGE
    return _ahead(path) if is_large else read_here(path)


def read_here(path: Path) -> Iterator[Told]:
    """Read a file as `read_events` does, in this process."""
    if _is_in_order(path):
        return _whole(path)
    return iter(sorted(_whole(path), key=lambda said: said.event.at))


def _ahead(path: Path) -> Iterator[Told]:
    for batch in read_ahead("dat.adapters.csv_ahead", str(path)):
        for text, said in marshal.loads(batch):
            yield Told(unpacked(said), text)


def _whole(path: Path) -> Iterator[Told]:
    problems: list[str] = []
    for number, texts in _rows(path):
        try:
            said = told(event_from_texts(texts))
        except LedgerError as error:
            problems.append(f"row {number}: {error}")
            if len(problems) == _PROBLEMS_MAX:
                problems.append("… reading stopped here")
                break
        else:
            yield said
    if problems:
        raise InputError("\n  ".join([f"{path}: rows cannot be read; nothing is kept", *problems]))


def row_of(path: Path, source_id: str) -> str:
    """Say in which row of a file an event stands, such as ``trades.csv: row 17``; empty when in none."""
    found = (number for number, texts in _rows(path) if texts.get("source_id", "").strip() == source_id)
    row = next(found, None)
    return f"{path}: row {row}" if row is not None and source_id else ""


def events_csv(events: Iterable[Event]) -> Iterator[str]:
    """Write events as `read_events` reads them, line by line, the header first; every field is a column."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, FIELDS, lineterminator="\n", restval="")
    writer.writeheader()
    for event in events:
        yield _taken(buffer)
        writer.writerow(event_texts(event))
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _is_in_order(path: Path) -> bool:
    before = ""
    for _, texts in _rows(path):
        text = texts.get("at", "").strip()
        if not _follows(before, text):
            return False
        before = text
    return True


def _follows(before: str, text: str) -> bool:
    if len(before) == len(text) and before.endswith("Z") and text.endswith("Z"):
        return before <= text  # of one form, so that text sorts as time
    try:
        return not before or parse_instant(before) <= parse_instant(text)
    except InputError:
        return True  # told with its row when it is read


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    row = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = _header(path, next(reader, []))
            for cells in filter(None, reader):
                row = reader.line_num
                yield row, _named(path, row, header, cells=cells)
    except csv.Error as error:
        raise InputError(f"{path}: after row {row}: no valid CSV: {error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: no UTF-8 text: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def _named(path: Path, row: int, header: Sequence[str], *, cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise InputError(f"{path}: row {row}: {len(cells)} cells, and the header names {len(header)}")
    return dict(zip(header, cells, strict=True))


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not names:
        raise InputError(f"{path}: the file is empty; its first row names the columns")
    for name in names:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise InputError(f"{path}: row 1: unknown column '{name}'{hint} Columns are {', '.join(FIELDS)}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path}: row 1: column '{twice}' is named twice")
    missing = [name for name in FIELDS[:3] if name not in names]
    if missing:
        raise InputError(
            f"{path}: row 1: column '{missing[0]}' is missing; every event has {', '.join(FIELDS[:3])}"
        )
    return names
