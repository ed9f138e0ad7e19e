"""The child that reads a CSV file of events ahead: ``python -m dat.adapters.csv_ahead FILE``."""

import marshal
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dat.adapters.ahead import send_all
from dat.adapters.csv_events import read_here
from dat.ledger.event import packed

__all__ = ["batches"]

_ROWS = 2_000


def batches(path: Path) -> Iterator[bytes]:
    """Give the rows of a file in batches: canonical JSON and the packed event."""
    rows = read_here(path)
    while batch := [(said.text, packed(said.event)) for said in islice(rows, _ROWS)]:
        yield marshal.dumps(batch)


if __name__ == "__main__":
    send_all(batches(Path(sys.argv[1])))
