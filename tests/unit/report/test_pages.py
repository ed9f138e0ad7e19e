"""HTML and PDF as bytes: nothing from outside, nothing executable but ours, the same every time."""

import base64
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dat.errors import StoreError
from dat.report.comparison import build_comparison
from dat.report.contents import build_report
from dat.report.html import HTML_BYTES_MAX, render_comparison_html, render_html
from dat.report.pdf import render_comparison_pdf, render_pdf
from tests.unit.report.worlds import WORLDS, manifest_of, report_of, run_world

TEMPLATES = Path(__file__).resolve().parents[3] / "reports" / "templates"
LOADING = {"src", "href", "srcset", "poster", "data", "action", "xlink:href"}


class Page(HTMLParser):
    """Attributes that load, headings and the text between tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.text = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.scripts += tag == "script"
        self.loads += [str(value) for name, value in attrs if name in LOADING]
        self.ids += [str(value) for name, value in attrs if name == "id"]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside not in ("script", "style") else ""


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render_html(report_of(name), templates=TEMPLATES) for name in WORLDS}


@pytest.mark.parametrize("name", WORLDS)
def test_page_loads_nothing(name: str, pages: dict[str, str]) -> None:
    page = Page(pages[name])
    assert all(target.startswith("#") for target in page.loads)
    assert "@import" not in pages[name]
    assert not re.findall(
        r"url\((?!data:|#)", re.sub(r"<script.*?</script>", "", pages[name], flags=re.DOTALL)
    )


@pytest.mark.parametrize("name", WORLDS)
def test_page_stays_small_and_well_formed(name: str, pages: dict[str, str]) -> None:
    page = Page(pages[name])
    assert len(pages[name].encode()) < HTML_BYTES_MAX
    assert page.headings[:2] == [1, 2]
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))


def test_only_our_two_scripts_may_run(pages: dict[str, str]) -> None:
    page = pages["passive"]
    bodies = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy.group(1)
    assert "unsafe-inline" not in policy.group(1).split("style-src")[0]
    for body in bodies:
        assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy.group(1).replace(
            "&#43;", "+"
        )
    assert len(bodies) == 2


def test_hostile_names_stay_text(pages: dict[str, str]) -> None:
    page = Page(pages["hostile"])
    assert page.scripts == 3  # two of ours and the data
    assert WORLDS["hostile"].treasury in page.text


@pytest.mark.parametrize("name", WORLDS)
def test_page_says_what_the_record_says(name: str, pages: dict[str, str]) -> None:
    report, text = report_of(name), Page(pages[name]).text
    for sentence in (*report.summary, *(tile.value for tile in report.tiles), report.cover.banner):
        assert sentence in text


def test_pages_are_the_same_every_time(pages: dict[str, str]) -> None:
    report = report_of("ecosystem")
    assert render_html(report, templates=TEMPLATES) == pages["ecosystem"]
    assert render_pdf(report, templates=TEMPLATES) == render_pdf(report, templates=TEMPLATES)


def test_pages_are_the_same_in_fresh_processes_and_time_zones() -> None:
    code = (
        "import hashlib\n"
        "from tests.unit.report.test_pages import TEMPLATES, report_of, render_html, render_pdf\n"
        "report = report_of('tiny')\n"
        "page = render_html(report, templates=TEMPLATES).encode()\n"
        "print(hashlib.sha256(page + render_pdf(report, templates=TEMPLATES)).hexdigest())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", code], env={"TZ": zone, "PYTHONHASHSEED": seed},
            cwd=TEMPLATES.parents[1], capture_output=True, check=True,
        ).stdout
        for zone, seed in (("UTC", "1"), ("Pacific/Kiritimati", "2"))
    }  # fmt: skip
    assert len(prints) == 1


def test_pdf_is_written_for_every_world() -> None:
    for name in WORLDS:
        assert render_pdf(report_of(name), templates=TEMPLATES).startswith(b"%PDF-1.7")


def test_names_in_scripts_that_the_font_lacks_are_set_all_the_same() -> None:
    run = run_world("all_cash")
    run = type(run)(
        **{**{field: getattr(run, field) for field in run.__dataclass_fields__}, "treasury": "東京 🚀"}
    )
    report = build_report(run, manifest=manifest_of(run), mandate=())
    assert render_pdf(report, templates=TEMPLATES).startswith(b"%PDF-1.7")
    assert "東京 🚀" in render_html(report, templates=TEMPLATES)


def test_comparison_pages_show_every_treasury() -> None:
    reports = (report_of("passive"), report_of("multi_asset"))
    comparison = build_comparison(reports)
    text = Page(render_comparison_html(comparison, templates=TEMPLATES)).text
    assert all(report.cover.treasury in text for report in reports)
    assert render_comparison_pdf(comparison, templates=TEMPLATES).startswith(b"%PDF-1.7")


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    for file in TEMPLATES.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "report.html.j2").write_text("{{ nothing }}", encoding="utf-8")
    (tmp_path / "report.typ").write_text("#nothing", encoding="utf-8")
    report = report_of("one_bar")
    with pytest.raises(StoreError, match="'nothing' is undefined"):
        render_html(report, templates=tmp_path)
    with pytest.raises(StoreError, match="unknown variable: nothing"):
        render_pdf(report, templates=tmp_path)
    with pytest.raises(StoreError, match="cannot be read"):
        render_html(report, templates=tmp_path / "absent")
