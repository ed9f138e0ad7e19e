"""Where commands write: figures on stdout, progress and notices on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

__all__ = ["emit_json", "err", "out"]

_WIDTH_UNKNOWN = 120  # in a pipe or a file there is no terminal to ask

# A closed stream is None; `main` refuses to run without stdout, and this only must not fail before.
_has_terminal = sys.stdout is not None and sys.stdout.isatty()

out = Console(width=None if _has_terminal else _WIDTH_UNKNOWN, emoji=False)
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
