"""The JSON keys that docs/cli.md lists for a command, and those that an object has, as dotted paths."""

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["documented_keys", "is_documented", "keys_of", "section"]

_TABLE = re.compile(r"^\| JSON key \| what \|\n\|---\|---\|\n((?:\|.*\n)+)", re.MULTILINE)
_ROW = re.compile(r"^\| (.+?) \| (.*) \|$", re.MULTILINE)
_BORROWED = re.compile(r"the keys of `(dat [a-z ]+)`")
_LEAVES = ("default",)  # a default is a value of the strategy's own


def section(page: str, heading: str) -> str:
    """Give the text under a heading, up to the next one."""
    found = re.search(rf"^## `{re.escape(heading)}`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section '{heading}'"
    return found[1]


def documented_keys(page: str, command: str) -> set[str]:
    """Give the keys that the section of a command lists, those that it borrows from another one included."""
    text = section(page, command)
    table = _TABLE.search(text)
    if table is None:
        borrowed = _BORROWED.search(text)
        assert borrowed, f"{command}: no table of JSON keys"
        return documented_keys(page, borrowed[1])
    return {key for cell, what in _ROW.findall(table[1]) for key in _keys_of_row(page, cell, what)}


def _keys_of_row(page: str, cell: str, what: str) -> Iterator[str]:
    owner, colon, members = cell.rpartition(": ")
    names = re.findall(r"`([^`]+)`", members if colon else cell)
    prefix = owner.strip("`")
    yield from _with_owners(prefix) if prefix else ()
    for name in names:
        yield f"{prefix}.{name}" if prefix else name
    borrowed = _BORROWED.search(what)
    if borrowed:
        yield from (f"{names[0]}.{key}" for key in documented_keys(page, borrowed[1]))


def _with_owners(path: str) -> Iterator[str]:
    parts = path.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def keys_of(value: Any, prefix: str = "") -> Iterator[str]:
    """Give the path of every key of an object; `[]` stands for each member of a list.

    Examples
    --------
    >>> sorted(keys_of({"a": [{"b": 1}, {"c": []}], "d": {"e": None}}))
    ['a[]', 'a[].b', 'a[].c[]', 'd', 'd.e']
    """
    for key, inner in value.items():
        path = f"{prefix}{key}"
        members = inner if isinstance(inner, list) and key not in _LEAVES else [inner]
        path += "[]" if members is inner else ""
        yield path
        for member in members:
            if isinstance(member, dict) and key not in _LEAVES:
                yield from keys_of(member, f"{path}.")


def is_documented(key: str, documented: set[str]) -> bool:
    """Tell whether a path is listed; a part in capitals stands for any key."""
    return any(_pattern(path).fullmatch(key) for path in documented)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(
        r"\.".join(re.sub(r"^[A-Z]+", r"[^.]+", part).replace("[]", r"\[\]") for part in path.split("."))
    )
