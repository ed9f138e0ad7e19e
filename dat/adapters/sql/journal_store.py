"""The order journal and the leases in a database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from dat.adapters.chain import journal_hash
from dat.adapters.leases import Lease, granted, released, require_held
from dat.adapters.sql.batch import fetch, stream
from dat.adapters.sql.tables import JOURNAL, LEASES
from dat.core.time import epoch_us, from_epoch_us
from dat.ledger.entry import GENESIS
from dat.ports import JournalRow

__all__ = ["SqlLeaseStore", "SqlOrderJournal"]

_LAST = select(JOURNAL.c.seq, JOURNAL.c.hash).order_by(JOURNAL.c.seq.desc()).limit(1)
_ROWS = select(JOURNAL.c.intent, JOURNAL.c.state, JOURNAL.c.at_us, JOURNAL.c.body).order_by(JOURNAL.c.seq)


class SqlOrderJournal:
    """Keep the order journal on a connection with a transaction; a line carries the hash of all before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, row: JournalRow) -> None:
        """Add a line."""
        found = fetch(self._connection, _LAST)
        seq, previous = found[0] if found else (0, GENESIS)
        values = {"seq": seq + 1, "intent": row.intent, "state": row.state, "at_us": epoch_us(row.at)}
        digest = journal_hash(previous, seq + 1, row)
        self._connection.execute(insert(JOURNAL).values(**values, body=row.body, hash=digest))

    def rows(self, intent: str | None = None) -> Iterator[JournalRow]:
        """Give the lines, of one intent or all, in the order in which they were added."""
        chosen = _ROWS if intent is None else _ROWS.where(JOURNAL.c.intent == intent)
        for name, state, at_us, body in stream(self._connection, chosen):
            yield JournalRow(name, state, from_epoch_us(at_us), body)


class SqlLeaseStore:
    """Keep the leases on a connection that has a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> int:
        """Take or renew a lease and give its epoch; a renewal keeps it."""
        held = self._held(name)
        lease = granted(held, name, holder, now=now, ttl=ttl)
        if held is None:
            self._connection.execute(insert(LEASES).values(name=name, **_values(lease)))
        else:
            self._keep(name, lease)
        return lease.epoch

    def require(self, name: str, holder: str, *, epoch: int, now: datetime) -> None:
        """Refuse to go on without the lease."""
        require_held(self._held(name), name, holder, epoch=epoch, now=now)

    def release(self, name: str, holder: str, *, epoch: int) -> None:
        """Give a lease back; one that is not held any more is no error."""
        left = released(self._held(name), holder, epoch)
        if left is not None:
            self._keep(name, left)

    def _keep(self, name: str, lease: Lease) -> None:
        self._connection.execute(update(LEASES).where(LEASES.c.name == name).values(**_values(lease)))

    def _held(self, name: str) -> Lease | None:
        held = select(LEASES.c.holder, LEASES.c.epoch, LEASES.c.expires_us).where(LEASES.c.name == name)
        for holder, epoch, expires_us in fetch(self._connection, held):
            return Lease(holder, epoch, from_epoch_us(expires_us))
        return None


def _values(lease: Lease) -> dict[str, str | int]:
    return {"holder": lease.holder, "epoch": lease.epoch, "expires_us": epoch_us(lease.expires_at)}
