"""The specimen report in the repository is what the code writes today; `make specimen` writes it again.

What names a machine or a version is masked: hashes, library versions. Figures may differ by float rounding.
"""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dat.app.run import Finished, run_file
from dat.app.share import sample_config

SPECIMEN = Path(__file__).resolve().parents[2] / "reports" / "specimen"
MASKS = (re.compile(r"\b[0-9a-f]{8,64}\b"), re.compile(r"\b\d+\.\d+\.\d+(\.\w+)*\b"))
NUMBER = re.compile(r"[-−+]?\d[\d,]*(\.\d+)?")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return run_file(sample_config("ecosystem_eth"), out=tmp_path_factory.mktemp("specimen"))


def test_the_html_is_the_specimen(fresh: Finished) -> None:
    assert fresh.written.html is not None
    new, old = (_html_words(path) for path in (fresh.written.html, SPECIMEN / "report.html"))
    assert _first_difference(old, new) is None
    assert len(new) > 2_000


def test_the_pdf_is_the_specimen(fresh: Finished) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    assert fresh.written.pdf is not None
    new, old = (_pdf_words(path) for path in (fresh.written.pdf, SPECIMEN / "report.pdf"))
    assert _first_difference(old, new) is None
    assert len(new) > 1_000


def _first_difference(old: list[str], new: list[str]) -> str | None:
    for place, (was, now) in enumerate(zip(old, new, strict=False)):
        if not _alike(was, now):
            return f"after '{' '.join(new[max(place - 8, 0) : place])}': '{was}' became '{now}'"
    return None if len(old) == len(new) else f"{len(old)} words became {len(new)}"


def _alike(was: str, now: str) -> bool:
    if was == now:
        return True
    if NUMBER.sub("#", was) != NUMBER.sub("#", now):
        return False
    pairs = zip(_numbers(was), _numbers(now), strict=True)
    return all(abs(a - b) <= max(1e-9 * abs(a), 0.0101) for a, b in pairs)


def _numbers(word: str) -> list[float]:
    return [float(match[0].replace(",", "").replace("−", "-")) for match in NUMBER.finditer(word)]


def _words(text: str) -> list[str]:
    for mask in MASKS:
        text = mask.sub("*", text)
    return text.split()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipping += tag in ("script", "style", "svg", "noscript")

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in ("script", "style", "svg", "noscript")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(data)


def _html_words(path: Path) -> list[str]:
    reader = _Text()
    reader.feed(path.read_text(encoding="utf-8"))
    return _words(" ".join(reader.parts))


def _pdf_words(path: Path) -> list[str]:
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return _words(done.stdout)
