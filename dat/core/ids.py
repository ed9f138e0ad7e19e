"""Content hashes: the same content has the same id, on every machine."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["canonical_json", "content_hash"]


def canonical_json(value: Any) -> str:
    """Write a value as JSON with sorted keys and no spaces; other types are written with `str`.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [1.5, None]})
    '{"a":[1.5,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain, ensure_ascii=False)


def content_hash(value: Any) -> str:
    """Hash bytes, text or any JSON-like value with SHA-256.

    Returns
    -------
    str
        64 hex digits.

    Examples
    --------
    >>> content_hash(b"")[:8]
    'e3b0c442'
    """
    data = (
        value
        if isinstance(value, bytes)
        else (value if isinstance(value, str) else canonical_json(value)).encode()
    )
    return hashlib.sha256(data).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
