"""Another process reads ahead: a module of ours runs on a second core and sends what it reads in batches.

The child is ``python -m MODULE ARGUMENT``; it calls `send_all`, which writes frames to its stdout: one
byte that says what it is (a batch, an error in words, the end), four bytes of length, and the data.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import IO, BinaryIO

from dat.errors import InputError, StoreError

__all__ = ["read_ahead", "send_all"]

_BATCH, _ERROR, _END = b"b", b"e", b"."


def read_ahead(module: str, argument: str) -> Iterator[bytes]:
    """Start a module of ours at once, and give what it sends, batch by batch, when it is asked for.

    Raises
    ------
    InputError
        What the child raised, in its words.
    StoreError
        When the child ended before its work did.
    """
    path = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", module, argument]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=path)
    return _until_its_end(child, argument)


def _until_its_end(child: "subprocess.Popen[bytes]", argument: str) -> Iterator[bytes]:
    with child:
        assert child.stdout is not None
        try:
            yield from _batches(child.stdout, argument)
        finally:
            child.kill()


def send_all(batches: Iterable[bytes]) -> None:
    """Send batches to the process that reads ahead by this one, and the error that ends them, if any."""
    out = sys.stdout.buffer
    try:
        for batch in batches:
            _send(out, _BATCH, batch)
        _send(out, _END, b"")
    except InputError as error:
        _send(out, _ERROR, str(error).encode())
    out.flush()


def _send(out: BinaryIO, what: bytes, data: bytes) -> None:
    out.write(what + len(data).to_bytes(4, "little") + data)


def _batches(source: IO[bytes], argument: str) -> Iterator[bytes]:
    while True:
        what, length = source.read(1), int.from_bytes(source.read(4), "little")
        data = source.read(length)
        if what == _END:
            return
        if what == _ERROR:
            raise InputError(data.decode())
        if what != _BATCH or len(data) < length:
            raise StoreError(f"the process that reads {argument} ended before its work did")
        yield data
