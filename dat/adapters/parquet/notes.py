"""What was done to a series by choice, kept beside it: bars that were filled, bars that were revised."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dat.adapters.files import replace_file
from dat.core.time import iso, parse_instant
from dat.errors import StoreError
from dat.market.bars import BAR_COLUMNS
from dat.market.merge import Change

__all__ = ["Notes", "read_notes", "write_notes"]


@dataclass(frozen=True, slots=True)
class Notes:
    """The record of one series.

    Parameters
    ----------
    fills
        Open times that were filled, by method.
    revisions
        Bars that were replaced, oldest revision first: at, open_time, before, after.
    """

    fills: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    revisions: tuple[Mapping[str, Any], ...] = ()

    def filled(self, method: str, instants: Iterable[datetime]) -> "Notes":
        """Add filled bars."""
        mine = {*self.fills.get(method, ()), *instants}
        return replace(self, fills={**self.fills, method: tuple(sorted(mine))})

    def observed(self, instants: Iterable[datetime]) -> "Notes":
        """Take bars off the filled ones: a source has given them."""
        gone = set(instants)
        left = {method: tuple(t for t in times if t not in gone) for method, times in self.fills.items()}
        return replace(self, fills={method: times for method, times in left.items() if times})

    def revised(self, changes: Iterable[Change], at: datetime) -> "Notes":
        """Add bars that are replaced, with old and new values."""
        names = BAR_COLUMNS[1:]
        added = [
            {
                "at": iso(at),
                "open_time": iso(change.open_time),
                "before": dict(zip(names, map(repr, change.before), strict=True)),
                "after": dict(zip(names, map(repr, change.after), strict=True)),
            }
            for change in changes
        ]
        return replace(self, revisions=(*self.revisions, *added))


def read_notes(path: Path) -> Notes:
    """Read the record; an absent file is an empty record.

    Raises
    ------
    StoreError
        When the file is there and cannot be read.
    """
    try:
        raw = json.loads(path.read_bytes())
        fills = {method: tuple(map(parse_instant, times)) for method, times in raw["fills"].items()}
        return Notes(fills, tuple(raw["revisions"]))
    except FileNotFoundError:
        return Notes()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def write_notes(path: Path, notes: Notes) -> None:
    """Write the record in one step."""
    fills = {method: [iso(time) for time in times] for method, times in sorted(notes.fills.items())}
    raw = {"fills": fills, "revisions": list(notes.revisions)}
    replace_file(path, (json.dumps(raw, indent=1) + "\n").encode())
