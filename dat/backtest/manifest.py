"""The manifest of a run: everything that is needed to make it again, and the id that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dat.core.ids import content_hash
from dat.core.time import iso
from dat.market.series import Series

__all__ = ["CodeFacts", "DataSource", "SourceText", "build_manifest", "source_of_bars", "source_of_series"]


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What computed the run: our version, a hash of our sources, and what they stand on."""

    dat_version: str
    code_sha256: str
    python: str
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A treasury file: its name without a directory, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class DataSource:
    """One series of bars or values that went into a run.

    Parameters
    ----------
    name, source
        Which series; where it came from, as the treasury file says.
    rows, first, last
        How many values; open time (bars) or known_at (values) of the first and last, ISO 8601.
    sha256
        Hash of all instants and values.
    filled
        Open times that were filled by choice, ISO 8601.
    """

    name: str
    source: str
    rows: int
    first: str
    last: str
    sha256: str
    filled: tuple[str, ...] = ()


def source_of_bars(
    name: str, source: str, frame: pd.DataFrame, *, filled: Sequence[datetime] = ()
) -> DataSource:
    """Describe bars in the schema of `dat.market.bars`, at least one."""
    opens = frame["open_time"].to_numpy(dtype="datetime64[us]")
    values = frame.drop(columns="open_time").to_numpy(dtype="float64")
    data = opens.astype("<i8").tobytes() + values.astype("<f8").tobytes()
    first, last = (frame["open_time"].iloc[row].to_pydatetime() for row in (0, -1))
    instants = tuple(iso(instant) for instant in sorted(filled))
    return DataSource(name, source, len(frame), iso(first), iso(last), content_hash(data), instants)


def source_of_series(series: Series, source: str) -> DataSource:
    """Describe an extra series, at least one value."""
    first, last = (iso(series.known_at[place].astype("datetime64[us]").item()) for place in (0, -1))
    return DataSource(series.name, source, len(series.values), first, last, series.sha256)


def build_manifest(
    *,
    code: CodeFacts,
    treasury_file: SourceText,
    data: Sequence[DataSource],
    assumptions: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Put the facts of a run together; no clock and no path is among them.

    Returns
    -------
    dict
        Keys run_id, dat_version, code_sha256, python, libraries, seed, treasury_file, data, assumptions;
        run_id is the hash of all the others.

    Examples
    --------
    >>> code = CodeFacts("1.0", "ab", "3.11.7", {"numpy": "2.4"})
    >>> file = SourceText("mine.toml", "[treasury]")
    >>> made = build_manifest(code=code, treasury_file=file, data=(), assumptions=(), seed=0)
    >>> list(made)[:2], len(made["run_id"])
    (['run_id', 'dat_version'], 64)
    """
    facts = {
        **asdict(code),
        "seed": seed,
        "treasury_file": {
            "name": treasury_file.name,
            "sha256": content_hash(treasury_file.text),
            "text": treasury_file.text,
        },
        "data": [asdict(source) | {"filled": list(source.filled)} for source in data],
        "assumptions": list(assumptions),
    }
    return {"run_id": content_hash(facts), **facts}
