"""Files that are whole or absent, also when the process is killed while it writes."""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from dat.errors import StoreError

__all__ = ["TEMPORARY", "exclusive", "remove_leftovers", "replace_file", "sync_file"]

TEMPORARY = ".tmp"
"""Ending of a file that is being written; one that stays behind belongs to a writer that died."""


def replace_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file in one step: readers see the old content or the new, never a part.

    Who may read it is decided by the umask, as for any new file.

    Parameters
    ----------
    path
        Where to write; folders are made.
    data
        The whole content, or its parts in order; what making a part raises leaves the old content.

    Raises
    ------
    StoreError
        When the file cannot be written; the old content is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(fresh.unlink, missing_ok=True)
            _write_through(fresh, data)
            fresh.replace(path)
            on_failure.pop_all()
        sync_file(path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def remove_leftovers(folder: Path) -> int:
    """Remove what dead writers left in a folder; the caller holds its lock. Give how many.

    Examples
    --------
    >>> remove_leftovers(Path("no-such-folder"))
    0
    """
    leftovers = list(folder.glob(f".*{TEMPORARY}"))
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


@contextlib.contextmanager
def exclusive(path: Path, *, wait_s: float = 10.0) -> Iterator[None]:
    """Hold a lock; the kernel releases it when the holder ends, however it ends.

    Parameters
    ----------
    path
        A folder that exists, or a lock file, which is made when absent and never removed.
    wait_s
        How long to wait for another holder, seconds.

    Raises
    ------
    StoreError
        When another process still holds the lock after `wait_s`.
    """
    folder = path if path.is_dir() else path.parent
    folder.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    lock = os.open(path, flags, 0o666)
    try:
        deadline = time.monotonic() + wait_s
        while not _locked(lock):
            if time.monotonic() >= deadline:
                raise StoreError(f"{folder} is being written by another process for {wait_s:g} s")
            time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_file(path: Path) -> None:
    """See to it that the content of a file, or of a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_through(path: Path, data: bytes | Iterable[bytes]) -> None:
    with path.open("xb") as file:
        file.writelines([data] if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())
