"""Check stored books: read every row again and hold it against all others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import localcontext

from dat.core.money import EXACT
from dat.errors import LedgerError
from dat.ledger.checks import Auditor, Finding, read_event
from dat.ledger.entry import Entry, Head
from dat.ledger.shapes import Told
from dat.ports import BooksRows

__all__ = ["Verified", "audit"]

_TELL_EVERY = 2_000  # entries


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of books found.

    Parameters
    ----------
    head
        End of the stored chain.
    findings
        What is not as it must be; none when the books are whole.
    """

    head: Head
    findings: tuple[Finding, ...]


def audit(
    rows: BooksRows,
    *,
    find: Callable[[str], Entry | None],
    events: Iterator[Told | LedgerError] | None = None,
    damage: Iterator[Finding] | None = None,
    head: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verified:
    """Check the chain, the balance of each entry, each against its event, lots, and what is kept for speed.

    Parameters
    ----------
    rows
        The raw rows.
    find
        Gives the stored entry of a `source_id`, for corrections.
    events
        The events of all entries in order, where another process reads them; by default they are read here.
    damage
        What the database finds wrong with its file, where another process looks; by default it is asked here.
    head
        A hash that must be in the chain, such as a report has printed.
    progress
        Called with the number of entries checked.
    """
    findings: list[Finding] = []
    auditor = Auditor(find, rows.projections())
    said = events or map(read_event, rows.texts())
    is_in_chain = head is None
    with localcontext(EXACT):
        for stored in rows.entries():
            if isinstance(stored, Finding):
                findings.append(stored)
                continue
            findings += auditor.entry(stored, next(said))
            is_in_chain = is_in_chain or stored.raw.hash == head
            if progress is not None and auditor.head.number % _TELL_EVERY == 0:
                progress(auditor.head.number)
        findings += auditor.totals()
    findings += rows.journal()
    findings[:0] = rows.damage() if damage is None else damage
    if not is_in_chain:
        findings.append(
            Finding("entries", f"hash {head}", "is not in the chain: entries are missing at its end")
        )
    return Verified(auditor.head, tuple(findings))
