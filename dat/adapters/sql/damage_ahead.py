"""The child that lets SQLite check its file meanwhile: ``python -m dat.adapters.sql.damage_ahead FILE``."""

import marshal
import sys
from collections.abc import Iterator
from pathlib import Path

from dat.adapters.ahead import read_ahead, send_all
from dat.adapters.sql.address import Address
from dat.adapters.sql.stored_rows import rows_to_check
from dat.ledger.checks import Finding

__all__ = ["damage_ahead", "found"]


def damage_ahead(path: Path) -> Iterator[Finding]:
    """Start to look for damage of a file at once, and give what is found when it is asked for."""
    batches = read_ahead("dat.adapters.sql.damage_ahead", str(path))
    return (Finding(*finding) for batch in batches for finding in marshal.loads(batch))


def found(path: Path) -> Iterator[bytes]:
    """Give all findings in one batch."""
    with rows_to_check(Address(path)) as rows:
        yield marshal.dumps([tuple(finding) for finding in rows.damage()])


if __name__ == "__main__":
    send_all(found(Path(sys.argv[1])))
