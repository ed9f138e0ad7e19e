"""Where commands write: figures on stdout, progress and notices on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

__all__ = ["emit_json", "err", "out"]

_WIDTH_UNKNOWN = 120  # in a pipe or a file there is no terminal to ask

out = Console(width=None if sys.stdout.isatty() else _WIDTH_UNKNOWN, emoji=False)
"""Figures for a reader."""

err = Console(stderr=True, emoji=False)
"""Progress, notices and errors."""


def emit_json(value: Any) -> None:
    """Write one JSON object on stdout; a Decimal, an instant or a path becomes a string.

    Examples
    --------
    >>> from decimal import Decimal
    >>> emit_json({"cash": Decimal("1.10")})
    {"cash": "1.10"}
    """
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False) + "\n")
