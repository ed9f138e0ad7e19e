"""Whether entries follow a stored head: asked by every store of the books before it takes them."""

from collections.abc import Collection, Iterable

from dat.core.ids import content_hash
from dat.core.time import epoch_us
from dat.errors import LedgerError
from dat.ledger.entry import Entry, Head
from dat.ports import JournalRow

__all__ = ["first_known", "head_after", "journal_hash", "line_hash", "refuse_source"]


def head_after(head: Head, entries: Iterable[Entry]) -> Head:
    """Give the head of a chain once entries are added to it.

    Raises
    ------
    LedgerError
        When one does not follow the entry before it.
    """
    for entry in entries:
        if entry.number != head.number + 1 or entry.previous != head.hash:
            raise LedgerError(
                f"{entry.event}: is entry {entry.number} after {entry.previous[:16]}…, and the books end "
                f"with entry {head.number}, {head.hash[:16]}…; read them again and record it anew"
            )
        head = entry.head
    return head


def first_known(names: Iterable[str], known: Collection[str]) -> str:
    """Give the first of some sources that is known, or was named before among them; empty for none.

    Examples
    --------
    >>> first_known(["a", "b", "c"], {"c"}), first_known(["a", "b", "a"], ()), first_known(["a"], ())
    ('c', 'a', '')
    """
    before: set[str] = set()
    for name in names:
        if name in known or name in before:
            return name
        before.add(name)
    return ""


def journal_hash(previous: str, seq: int, row: JournalRow) -> str:
    """Hash a line of the order journal and the hash of the line before.

    Examples
    --------
    >>> from dat.core.time import parse_instant
    >>> journal_hash("", 1, JournalRow("i", "intended", parse_instant("2024-01-01"), "{}"))[:8]
    '9e25c845'
    """
    return line_hash(previous, seq, (row.intent, row.state, epoch_us(row.at), row.body))


def line_hash(previous: str, seq: int, line: tuple[str, str, int, str]) -> str:
    """Hash a line as it is stored: intent, state, microseconds since 1970, and body."""
    return content_hash([previous, seq, *line])


def refuse_source(source_id: str) -> LedgerError:
    """Give the error for a `source_id` that the books hold already."""
    refusal = LedgerError(f"source_id {source_id} is in the books already")
    refusal.source_id = source_id
    return refusal
