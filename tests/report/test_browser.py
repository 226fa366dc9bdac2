"""Every kind of page in a real browser: offline, quiet, accessible, and as narrow as a phone."""

from dataclasses import replace
from io import BytesIO

import nbformat
import pytest
from executed import CONTEXT, VERDICT, churn, notebook, says, shows
from PIL import Image, ImageStat

import cxmodels as cx
from cxmodels import language
from cxmodels.report.failure import Failure, failure_page
from cxmodels.report.index import index_page
from cxmodels.report.render import render_page

pytestmark = pytest.mark.browser
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PAGES = ["churn.html", "months.html", "failures/2026-10.html"]


@pytest.fixture(scope="module")
def browser(chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a page with everything a page may hold, and the list of months beside it."""
    place = tmp_path_factory.mktemp("reports")
    (place / "churn.html").write_text(render_page(churn(), CONTEXT, "03_churn"), encoding="utf-8")
    notebooks = place / "2026-09" / "notebooks"
    notebooks.mkdir(parents=True)
    (place / "failures").mkdir()
    failed = Failure(
        "churn", "a cell raised ValueError: no rows", 3, "fit = cx.churn.fit_cox(episodes)\n" * 3, "x" * 300
    )
    refused = Failure("the gate", "churn.html, line 3: external address: " + "a" * 90)
    told = failure_page("Maison <Aurore>", "2026-10", [failed, refused], "cxmodels report data/demo", "1 November 2026")
    (place / "failures" / "2026-10.html").write_text(told, encoding="utf-8")
    figures = cx.report.cards([cx.report.Card("Rows that passed", cx.Estimate.exact(0.98, "share", 100))])
    told = notebook(says("# Summary"), shows(cx.report.headline("Told", "So."), figures))
    nbformat.write(told, notebooks / "00_summary.ipynb")
    (place / "months.html").write_text(index_page(place, "Maison Aurore"), encoding="utf-8")
    return place


@pytest.fixture
def open_page(browser, folder):
    """Open a page from its file with the network off; what it asked for and said is noted on it."""
    contexts = []

    def opened(name, width=1200, scheme="light", bypass=False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, bypass_csp=bypass
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto((folder / name).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself_and_says_nothing(open_page, folder, name):
    page = open_page(name)
    assert [url for url in page.asked if not url.startswith("data:")] == [(folder / name).as_uri()]
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_between_a_reader_and_the_page(open_page, axe_source, name, scheme):
    page = open_page(name, scheme=scheme, bypass=True)
    page.evaluate(axe_source)
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("width", [360, 768, 1200])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_reaches_over_the_side(open_page, name, width):
    page = open_page(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_every_picture_has_words_and_is_really_there(open_page):
    page = open_page("churn.html")
    pictures = page.evaluate("[...document.images].map(one => [one.alt, one.complete && one.naturalWidth > 0])")
    assert pictures
    assert all(words and drawn for words, drawn in pictures)


def test_ink_on_paper_is_chalk_on_slate_in_the_dark(open_page):
    seen = {}
    for scheme in ("light", "dark"):
        picture = open_page("churn.html", scheme=scheme).locator("figure img").first
        grey = Image.open(BytesIO(picture.screenshot())).convert("L")
        seen[scheme] = (ImageStat.Stat(grey).mean[0], *grey.getextrema())
    paper, ink, _ = seen["light"]
    slate, _, chalk = seen["dark"]
    assert paper > 200
    assert ink < 100
    assert slate < 80
    assert chalk > 150


@pytest.mark.parametrize("tongue", ["en", "fr"])
def test_a_verdict_on_a_phone_says_before_each_cell_what_its_column_is(open_page, folder, monkeypatch, tongue):
    monkeypatch.setenv(language.SPOKEN, tongue)
    written = render_page(notebook(says("# Churn"), shows(VERDICT)), replace(CONTEXT, language=tongue))
    (folder / f"{tongue}.html").write_text(written, encoding="utf-8")
    page = open_page(f"{tongue}.html", width=360)
    heads = page.evaluate("[...document.querySelectorAll('#verdict thead th')].map(one => one.textContent)")
    content = "one => getComputedStyle(one, '::before').content"
    before = page.evaluate(f"[...document.querySelectorAll('#verdict tbody tr:first-child td')].map({content})")
    assert [said.strip('" :\u00a0') for said in before] == ["none", "none", *heads[2:4], "none"]


def test_the_code_is_folded_until_it_is_asked_for(open_page):
    page = open_page("churn.html")
    assert not page.locator("details pre").first.is_visible()
    page.locator("summary").click()
    assert page.locator("details pre").first.is_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(open_page):
    page = open_page("churn.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")


def test_on_paper_there_is_no_navigation_and_no_code(open_page):
    page = open_page("churn.html")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("details").is_visible()
    assert page.locator("h1").is_visible()
