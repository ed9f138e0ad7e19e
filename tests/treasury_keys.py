"""The table of keys in docs/treasury-file.md, made from the models.

``python -m tests.treasury_keys`` writes it again.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dat.app.json_schema import treasury_file_schema

PAGE = Path(__file__).resolve().parents[1] / "docs" / "treasury-file.md"
_MARKED = re.compile(r"(?<=<!-- keys -->\n).*(?=<!-- end of keys -->)", re.DOTALL)

Schema = dict[str, Any]


class Key(NamedTuple):
    """One row: a dotted key, what it may be, its default and its meaning."""

    name: str
    value: str
    default: str
    meaning: str


def known_keys() -> list[Key]:
    schema = treasury_file_schema()
    return list(_keys("", schema, schema["$defs"]))


def key_table() -> str:
    head = "| key | value | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(f"| `{k.name}` | {k.value} | {k.default} | {k.meaning} |\n" for k in known_keys())


def with_table(page: str) -> str:
    """Put the table between the two marks of a page."""
    assert _MARKED.search(page), f"{PAGE.name} lacks its two marks"
    return _MARKED.sub(lambda _: key_table(), page)


def _keys(prefix: str, schema: Schema, defs: Schema) -> Iterator[Key]:
    for name, raw in schema["properties"].items():
        value = next((part for part in raw.get("anyOf", ()) if part.get("type") != "null"), raw)
        key = f"{prefix}{name}"
        for place, inner in _inside(key, value):
            if "$ref" in inner:
                yield from _keys(f"{place}.", defs[inner["$ref"].rpartition("/")[2]], defs)
            else:
                default = "required" if name in schema.get("required", ()) else _default(raw)
                yield Key(place, _value(inner), default, raw.get("description", ""))


def _inside(key: str, value: Schema) -> Iterator[tuple[str, Schema]]:
    if "patternProperties" in value:
        yield from ((f"{key}.ASSET", inner) for inner in value["patternProperties"].values())
    elif value.get("type") == "array" and "$ref" in value["items"]:
        yield f"{key}[]", value["items"]
    else:
        yield key, value


def _default(raw: Schema) -> str:
    default = raw.get("default")
    return "" if default in (None, [], {}) else f"`{default}`"


def _value(value: Schema) -> str:
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    kinds = {"number": "number", "integer": "whole number", "array": "list of text", "object": "table"}
    if value["type"] in ("number", "integer"):
        return f"{kinds[value['type']]}{_limits(value)}, {value['unit']}"
    return "date" if value.get("format") == "date" else kinds.get(value["type"], "text")


def _limits(value: Schema) -> str:
    if "exclusiveMinimum" in value:
        low, link = f" above {value['exclusiveMinimum']}", ", at most "
    else:
        low, link = f" from {value['minimum']}", " to "
    return f"{low}{link}{value['maximum']:,}" if "maximum" in value else low


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
