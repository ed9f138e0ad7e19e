"""The specimen report in the repository is what the code writes today; `make specimen` writes it again.

Only what is a hash or a version is masked. Figures are the same to 1 in 10,000,000,000: the rounding
of another processor may move them by so much.
"""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from dat.app.run import Finished, run_file
from dat.app.share import sample_config

SPECIMEN = Path(__file__).resolve().parents[2] / "reports" / "specimen"
TOLERANCE = 1e-10  # relative
# A hash has a letter and a digit, so that no figure looks like one; the decimals of a figure are no word.
HASH = re.compile(r"(?<![\w.,])(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8,64}(?!\w|\.\d)")
VERSION = re.compile(r"\b\d+\.\d+\.\d+\w*(\.\w+)*\b")
BARE_DIGITS = re.compile(r"(?<![\w.,])\d{8,64}(?!\w|[.,]\d)")
NUMBER = re.compile(r"[-−+]?\d[\d,]*(\.\d+)?")
UNSEEN = ("script", "style", "svg", "noscript")


class Page(NamedTuple):
    """What a report says, and the hashes among it: those in cells and facts that are set in a fixed width."""

    text: str
    hashes: tuple[str, ...]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return run_file(sample_config("ecosystem_eth"), out=tmp_path_factory.mktemp("specimen"))


def test_the_html_is_the_specimen(fresh: Finished) -> None:
    assert fresh.written.html is not None
    new, old = (html_words(path) for path in (fresh.written.html, SPECIMEN / "report.html"))
    assert first_difference(old, new) is None
    assert len(new) > 2_000


def test_the_pdf_is_the_specimen(fresh: Finished) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    assert fresh.written.pdf is not None
    new, old = (pdf_words(path) for path in (fresh.written.pdf, SPECIMEN / "report.pdf"))
    assert first_difference(old, new) is None
    assert len(new) > 1_000


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("1,198.80", "1,198.81"),
        ("0.12345678", "0.12345679"),
        ("1,000", "1000"),
        ("12345678", "12345679"),
        ("−1.5", "1.5"),
        ("4.2", "4.20"),
        ("180,000,000.00", "180,000,000.02"),
        ("2025-09-18", "2025-09-19"),
        ("Approved", "Denied"),
        ("+3.10%", "+3.11%"),
        ("1.2345678e10", "1.2345679e10"),
    ],
)
def test_a_change_is_seen(was: str, now: str) -> None:
    assert first_difference(words(Page(was, ())), words(Page(now, ()))) is not None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Run 985a6153b431 ·", "Run 1234567890ab ·"),
        ("numpy 2.4.6, pyarrow 26.0.1,", "numpy 2.5.5, pyarrow 27.0.0,"),
        ("vl-convert-python 1.9.0.post1", "vl-convert-python 1.9.1"),
        ("1,180,000,000.00", "1,180,000,000.01"),
    ],
)
def test_hashes_versions_and_the_rounding_of_a_processor_are_no_change(was: str, now: str) -> None:
    assert first_difference(words(Page(was, ())), words(Page(now, ()))) is None


def test_a_hash_without_letters_is_known_by_its_cell() -> None:
    cells = [
        f'<td class="r">12345678<td class="c">{digest}</table><dl class="code"><dt>Run<dd>{run}</dl>{short}'
        for digest, run, short in (
            ("3212073964", "9" * 64, "9" * 12),
            ("ab12073964", "8" * 60 + "abcd", "8" * 12),
        )
    ]
    first, second = (words(html_page(text)) for text in cells)
    assert first == second == ["12345678", "*", "Run", "*", "*"]


def first_difference(old: list[str], new: list[str]) -> str | None:
    for place, (was, now) in enumerate(zip(old, new, strict=False)):
        if not _alike(was, now):
            return f"after '{' '.join(new[max(place - 8, 0) : place])}': '{was}' became '{now}'"
    return None if len(old) == len(new) else f"{len(old)} words became {len(new)}"


def _alike(was: str, now: str) -> bool:
    if was == now:
        return True
    if re.sub(r"\d", "0", was) != re.sub(r"\d", "0", now):
        return False
    pairs = zip(_numbers(was), _numbers(now), strict=True)
    return all(abs(a - b) <= TOLERANCE * abs(a) for a, b in pairs)


def _numbers(word: str) -> list[float]:
    return [float(match[0].replace(",", "").replace("−", "-")) for match in NUMBER.finditer(word)]


def words(page: Page) -> list[str]:
    def masked(digits: re.Match[str]) -> str:
        return "*" if any(digest.startswith(digits[0]) for digest in page.hashes) else digits[0]

    return BARE_DIGITS.sub(masked, VERSION.sub("*", HASH.sub("*", page.text))).split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hashes: list[str] = []
        self.skipping, self.in_facts, self.in_hash = 0, False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kinds = (dict(attrs).get("class") or "").split()
        self.skipping += tag in UNSEEN
        self.in_facts = "code" in kinds if tag == "dl" else self.in_facts
        self.in_hash = (tag == "td" and "c" in kinds) or (tag == "dd" and self.in_facts)

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in UNSEEN
        self.in_hash = False

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(data)
            self.hashes += data.split() if self.in_hash else []


def html_page(text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(" ".join(reader.parts), tuple(reader.hashes))


def html_words(path: Path) -> list[str]:
    return words(html_page(path.read_text("utf-8")))


def pdf_words(path: Path) -> list[str]:
    """Read a PDF; its hashes are those of the HTML beside it."""
    command = ["pdftotext", "-layout", str(path), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    hashes = html_page(path.with_suffix(".html").read_text("utf-8")).hashes
    return words(Page(done.stdout, hashes))
