"""Who may hold a lease: decisions that every store of leases shares."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dat.core.time import iso
from dat.errors import StoreError

__all__ = ["Lease", "granted", "released", "require_held"]


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Lease(NamedTuple):
    """A lease as it is kept. A released one has expired; its epoch stays, so that the next one is higher."""

    holder: str
    epoch: int
    expires_at: datetime


def granted(held: Lease | None, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease:
    """Give the lease that a holder gets: a renewal keeps the epoch, a new holding has the next one.

    Raises
    ------
    StoreError
        When another holder has it and it has not expired.
    """
    if held is None:
        return Lease(holder, 1, now + ttl)
    is_live = held.expires_at > now
    if is_live and held.holder != holder:
        raise StoreError(
            f"lease {name} is held by {held.holder} until {iso(held.expires_at)}; it is {iso(now)} now"
        )
    return Lease(holder, held.epoch if is_live else held.epoch + 1, now + ttl)


def require_held(held: Lease | None, name: str, holder: str, *, epoch: int, now: datetime) -> None:
    """Refuse to go on without the lease.

    Raises
    ------
    StoreError
        When it has expired, or belongs to another holder or epoch.
    """
    if held is None or (held.holder, held.epoch) != (holder, epoch):
        other = "nobody" if held is None else f"{held.holder} in epoch {held.epoch}"
        raise StoreError(f"lease {name} of {holder}, epoch {epoch}, is lost: {other} has it now")
    if held.expires_at <= now:
        raise StoreError(f"lease {name} of {holder} expired at {iso(held.expires_at)}; it is {iso(now)} now")


def released(held: Lease | None, holder: str, epoch: int) -> Lease | None:
    """Give what is to be kept of a lease that its holder gives back; None where it is not theirs any more."""
    if held is None or (held.holder, held.epoch) != (holder, epoch):
        return None
    return held._replace(expires_at=_LONG_AGO)
