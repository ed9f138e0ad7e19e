"""The table of kinds in docs/ledger.md, made from the rules.

``python -m tests.event_kinds`` writes it again.
"""

import re
from pathlib import Path

from dat.ledger.rules import KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "ledger.md"
_MARKED = re.compile(r"(?<=<!-- kinds -->\n).*(?=<!-- end of kinds -->)", re.DOTALL)


def kind_table() -> str:
    head = "| kind | needs | may have | what |\n|---|---|---|---|\n"
    rows = [(name, _code(kind.required), _code(kind.optional), kind.what) for name, kind in KINDS.items()]
    return head + "".join(f"| `{name}` | {needs} | {may} | {what} |\n" for name, needs, may, what in rows)


def with_kinds(page: str) -> str:
    """Put the table between the two marks of a page."""
    assert _MARKED.search(page), f"{PAGE.name} lacks its two marks"
    return _MARKED.sub(lambda _: kind_table(), page)


def _code(names: tuple[str, ...]) -> str:
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(with_kinds(PAGE.read_text("utf-8")), "utf-8")
