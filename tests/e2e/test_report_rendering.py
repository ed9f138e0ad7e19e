"""Reports as a reader sees them: in a browser, on paper, and as PDF pages."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dat.report.html import render_html
from dat.report.pdf import render_pdf
from tests.unit.report.worlds import WORLDS, report_of

pytestmark = pytest.mark.browser
TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"
IN_BROWSER = ("passive", "ecosystem", "one_bar", "hostile")
SEEN = ("passive", "ecosystem", "one_bar", "no_fills", "huge", "tiny", "hostile")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reports")
    for name in SEEN:
        report = report_of(name)
        (place / f"{name}.html").write_text(render_html(report, templates=TEMPLATES), encoding="utf-8")
        (place / f"{name}.pdf").write_bytes(render_pdf(report, templates=TEMPLATES))
    return place


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield started
        started.close()


def _open(browser: Any, file: Path, *, width: int, scheme: str, complaints: list[str]) -> Any:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _is_outside(request.url) else None)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-drawn]", timeout=30_000)
    return page


def _is_outside(url: str) -> bool:
    return not url.startswith(("file:", "data:"))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (380, "light")])
@pytest.mark.parametrize("name", IN_BROWSER)
def test_page_draws_every_chart_without_a_complaint(
    name: str, width: int, scheme: str, folder: Path, browser: Any
) -> None:
    complaints: list[str] = []
    page = _open(browser, folder / f"{name}.html", width=width, scheme=scheme, complaints=complaints)
    charts = page.locator(".live").count()
    assert complaints == []
    assert charts == len(report_of(name).charts)
    assert page.locator(".live svg").count() == charts
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate("document.documentElement.dataset.drawn") == scheme
    assert len(page.screenshot()) > 10_000
    page.context.close()


def test_theme_and_range_buttons_work(folder: Path, browser: Any) -> None:
    complaints: list[str] = []
    page = _open(browser, folder / "passive.html", width=1280, scheme="light", complaints=complaints)
    all_of_it = page.locator("[data-chart=nav] svg").inner_html()
    page.click("button[data-days='365']")
    page.wait_for_function(
        "before => document.querySelector('[data-chart=nav] svg').innerHTML !== before", arg=all_of_it
    )
    assert page.get_attribute("button[data-days='365']", "aria-pressed") == "true"
    page.click("button.theme")
    page.wait_for_selector("html[data-drawn=dark]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 23, 30)"
    assert complaints == []
    page.context.close()


def test_hovering_tells_the_figures(folder: Path, browser: Any) -> None:
    page = _open(browser, folder / "passive.html", width=1280, scheme="light", complaints=[])
    chart = page.locator("[data-chart=nav] svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 4, box["y"] + box["height"] / 2)
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "Money put in" in page.inner_text("#vg-tooltip-element")
    page.context.close()


def test_page_without_scripts_still_shows_its_charts(folder: Path, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "passive.html").as_uri())
    assert page.locator(".still svg").first.is_visible()
    assert not page.locator(".tools").is_visible()
    page.context.close()


def test_page_prints_its_long_tables_short(folder: Path, browser: Any, tmp_path: Path) -> None:
    page = _open(browser, folder / "tiny.html", width=1280, scheme="dark", complaints=[])
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".still svg").first.is_visible()
    assert not page.locator("nav").first.is_visible()
    assert page.locator("tr.on-paper").first.is_visible()
    assert page.locator("tr.mid:visible").count() == 0
    page.context.close()


def _output(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"no {program} here: install poppler-utils to read PDF pages")
    done = subprocess.run([found, *arguments], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize("name", SEEN)
def test_pdf_is_tagged_titled_and_carries_its_fonts(name: str, folder: Path) -> None:
    facts = _output("pdfinfo", str(folder / f"{name}.pdf"))
    assert re.search(r"^Tagged: +yes$", facts, flags=re.MULTILINE)
    assert WORLDS[name].treasury.split("<")[0] in facts
    fonts = _output("pdffonts", str(folder / f"{name}.pdf")).splitlines()[2:]
    assert any("SourceSansPro" in font for font in fonts)
    assert all(re.search(r" yes +(yes|no) +yes ", font) for font in fonts)


@pytest.mark.parametrize("name", SEEN)
def test_pdf_says_what_the_record_says(name: str, folder: Path) -> None:
    text = _output("pdftotext", "-layout", str(folder / f"{name}.pdf"), "-")
    pages = text.rstrip("\f").split("\f")
    words = re.sub(r"[\s\u200b]+", "", text)
    report = report_of(name)
    for sentence in (*report.summary, *(tile.value for tile in report.tiles), report.cover.banner):
        assert re.sub(r"\s+", "", sentence) in words
    assert f"Page {len(pages)} / {len(pages)}" in pages[-1]
    assert all("As of" in page for page in pages)


@pytest.mark.parametrize("name", SEEN)
def test_contents_name_the_right_pages(name: str, folder: Path) -> None:
    text = _output("pdftotext", "-layout", str(folder / f"{name}.pdf"), "-")
    cover, *pages = text.rstrip("\f").split("\f")
    entries = re.findall(r"^ *(\d+) {1,3}(\S.*?)[ .]{3,}(\d+)$", cover, flags=re.MULTILINE)
    sections = ["Summary", *(section.title for section in report_of(name).sections)]
    assert [title.strip(" .") for _, title, _ in entries] == sections
    for number, title, page in entries:
        assert re.search(
            rf"^ *{number} +{re.escape(title.strip(' .'))}", pages[int(page) - 2], flags=re.MULTILINE
        )


@pytest.mark.parametrize("name", SEEN)
def test_no_pdf_page_is_blank_or_runs_over_its_edge(
    name: str, folder: Path, tmp_path: Path, pdftoppm_path: str
) -> None:
    subprocess.run(
        [pdftoppm_path, "-r", "36", "-gray", str(folder / f"{name}.pdf"), str(tmp_path / "page")], check=True
    )
    for picture in sorted(tmp_path.glob("*.pgm"))[1:]:
        _, size, _, pixels = picture.read_bytes().split(b"\n", 3)
        width, height = map(int, size.split())
        rows = [pixels[width * row : width * (row + 1)] for row in range(height)]
        assert sum(min(row) < 190 for row in rows) > 8  # head and foot of an empty page are 6
        edge = [pixel for row in rows for pixel in (*row[:18], *row[-18:])]
        assert min(edge) > 200, f"{picture.name} has ink outside its margins"
