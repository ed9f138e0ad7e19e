"""The child that reads the events of books ahead: ``python -m dat.adapters.sql.events_ahead FILE``."""

import marshal
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dat.adapters.ahead import read_ahead, send_all
from dat.adapters.sql.address import Address
from dat.adapters.sql.stored_rows import rows_to_check
from dat.errors import LedgerError
from dat.ledger.checks import read_event
from dat.ledger.event import packed, unpacked
from dat.ledger.shapes import Told

__all__ = ["batches", "events_ahead"]

_ROWS = 2_000


def events_ahead(path: Path) -> Iterator[Told | LedgerError]:
    """Give the events of the books in a file, checked, or why one cannot be read, by another process."""
    for batch in read_ahead("dat.adapters.sql.events_ahead", str(path)):
        for text, said in marshal.loads(batch):
            yield LedgerError(text) if said is None else Told(unpacked(said), text)


def batches(path: Path) -> Iterator[bytes]:
    """Give the events in batches: canonical JSON and the packed event, or an error and None."""
    with rows_to_check(Address(path)) as rows:
        texts = rows.texts()
        while batch := [_plain(read_event(text)) for text in islice(texts, _ROWS)]:
            yield marshal.dumps(batch)


def _plain(said: Told | LedgerError) -> tuple[str, tuple[object, ...] | None]:
    return (str(said), None) if isinstance(said, LedgerError) else (said.text, packed(said.event))


if __name__ == "__main__":
    send_all(batches(Path(sys.argv[1])))
