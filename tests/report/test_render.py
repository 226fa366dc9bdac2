"""A page needs no network, no script and no other file, and shows what is meant for a reader."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import pandas as pd
import pytest
from executed import CONTEXT, VERDICT, churn, drawing, notebook, says, shows

import cxmodels as cx
from cxmodels.report.frame import months_nav, restamp
from cxmodels.report.render import render_page


@pytest.fixture(scope="module")
def page():
    return render_page(churn(), CONTEXT, "03_churn")


def rendered(*cells):
    return render_page(notebook(says("# Churn"), *cells), CONTEXT)


def main_of(page):
    return page[page.index("<main") : page.index("<details") if "<details" in page else page.index("</main>")]


class Outline(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.levels = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))


def test_the_headline_is_the_only_first_heading_and_its_lead_comes_first(page):
    assert re.findall("<h1>(.*?)</h1>", page) == ["Fewer customers will leave"]
    assert main_of(page).index('<p class="lead">About <b>17.8 %</b> will leave.</p>') < main_of(page).index(
        "Who leaves"
    )


def test_a_page_without_headline_is_named_as_in_the_navigation():
    assert "<h1>Churn</h1>" in rendered(shows())


def test_the_notebooks_own_title_gives_way_to_the_headline(page):
    assert "Who leaves, and when." in page
    assert re.search(r"<h\d[^>]*>Churn<", page) is None


def test_no_level_of_heading_is_left_out():
    levels = Outline(rendered(says("#### Deep"), says("## Next"), says("##### Deeper"), shows(drawing()))).levels
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_policy_forbids_everything_but_inline_pictures_and_style(page):
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "<script" not in page


def test_the_look_stands_once_in_the_head(page):
    assert page.count("<style") == 1
    assert "cx-look" not in page


def test_a_page_weighs_under_15_kb_without_its_content():
    assert len(render_page(notebook(says("# Churn")), CONTEXT, "03_churn").encode()) < 15_000


def test_all_code_is_folded_parameters_included(page):
    folded = page[page.index("<details") : page.index("</details>")]
    assert "study: str = &#34;data/demo&#34;" in folded
    assert "Parameters as the notebook has them" in folded
    assert "show()" not in main_of(page)


def test_the_words_of_a_picture_are_kept(page):
    assert 'alt="A line falls from 100 to 50 percent."' in page


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [({"image/png": {"alt": "A line."}}, '<img alt="A line." src='), ({}, "<figure><img src=")],
)
def test_a_bare_picture_keeps_the_words_it_has_and_gets_none_it_has_not(metadata, expected):
    output = nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="}, metadata=metadata)
    assert expected in rendered(shows(output))


@pytest.mark.parametrize("words", ["<Axes: title={'center': 'x'}>", "[<Line2D at 0x7f>]", "(<Figure size 1>,)"])
def test_the_bare_name_of_an_object_is_not_shown(words):
    assert "Axes" not in main_of(rendered(shows(nbformat.v4.new_output("display_data", {"text/plain": words}))))
    assert "0x7f" not in main_of(rendered(shows(nbformat.v4.new_output("display_data", {"text/plain": words}))))


def test_a_result_in_plain_words_is_shown_and_escaped():
    assert '<pre tabindex="0">1 &lt; 2</pre>' in rendered(
        shows(nbformat.v4.new_output("display_data", {"text/plain": "1 < 2"}))
    )


def test_warnings_are_not_shown_and_what_is_printed_is():
    page = rendered(
        shows(
            nbformat.v4.new_output("stream", name="stderr", text="DeprecationWarning"),
            nbformat.v4.new_output("stream", name="stdout", text="printed & said"),
        )
    )
    assert "DeprecationWarning" not in page
    assert "printed &amp; said" in page


def test_a_pandas_table_scrolls_in_a_place_of_its_own():
    frame = nbformat.v4.new_output("display_data", {"text/html": pd.DataFrame({"a": [1]})._repr_html_()})
    page = main_of(rendered(shows(frame)))
    assert re.search('<div class="scroll" tabindex="0" role="region" aria-label="Table"><table', page)
    assert "<style" not in page


def test_tables_with_the_same_heads_are_regions_of_different_names():
    same = cx.report.table(pd.DataFrame({"a": [1]}))
    page = main_of(rendered(shows(same), shows(same), shows(cx.report.table(pd.DataFrame({"b": [1]})))))
    assert re.findall('role="region" aria-label="([^"]*)"', page) == ["A", "A (2)", "B"]


def test_prose_for_who_opens_the_notebook_is_not_on_the_page():
    page = rendered(says("For researchers.", tags=["notebook-only"]), says("For readers."))
    assert "For readers." in page
    assert "For researchers." not in page


def test_prose_that_leads_to_what_is_not_shown_this_month_is_not_on_the_page():
    leads = says("What the next cell shows.", tags=["with-next"])
    silent = {"output_type": "execute_result", "data": {"text/plain": "<Axes: >"}, "metadata": {}, "execution_count": 1}
    empty = cx.report.table(pd.DataFrame({"a": []}), title="Groups")
    nothing = [(shows(),), (shows(silent),), (shows(empty),), (says("More prose."), shows(VERDICT)), ()]
    assert ["What the next cell shows." in rendered(leads, *cells) for cells in nothing] == [False] * len(nothing)
    assert "What the next cell shows." in rendered(leads, shows(VERDICT))
    assert "Said all the same." in rendered(says("Said all the same."), shows())


def test_an_id_is_used_once():
    verdict = cx.Verdict("Churn", (cx.Check("a", "b", "c", "green", "d"),))
    page = rendered(shows(verdict), shows(verdict))
    assert page.count('id="verdict"') == 1
    assert page.count("What it means") == 2


def test_the_frame_says_whose_when_where_and_from_what(page):
    for part in (
        "<title>Churn · September 2026 · Maison &lt;Aurore&gt;</title>",
        '<a aria-current="page" href="churn.html">Churn</a>',
        '<a href="../2026-08/index.html">‹ August 2026</a>',
        "As known on 30 September 2026",
        "5\u202f012 customers, 61 without consent left out",
        "<code>3f9c20a1b7de</code>",
        "<code>a41be02</code>, clean",
        'href="manifest.json"',
        'href="results.json"',
        'href="notebooks/03_churn.ipynb"',
        "<code>cxmodels report data/demo --month 2026-09</code>",
        '<html lang="en">',
        'class="skip" href="#main"',
    ):
        assert part in page


def test_what_is_not_known_is_not_in_the_footer():
    bare = replace(CONTEXT, customers=None, left_out=None, data="", code="", clean=None, previous=None)
    page = render_page(notebook(says("# Churn")), bare)
    assert not any(part in page for part in ("consent", "data <code>", "clean", "2026-08", "notebooks/"))


def test_the_links_between_months_can_be_made_anew_and_nothing_else_changes(page):
    later = restamp(page, "2026-07", "2026-09", "2026-10")
    assert '<a href="../2026-10/index.html">October 2026 ›</a>' in later
    assert "2026-08" not in later
    assert restamp(later, "2026-08", "2026-09", None) == page
    assert months_nav("2026-08", "2026-09", None) in page


def test_the_same_notebook_gives_the_same_page(page):
    assert render_page(churn(), CONTEXT, "03_churn") == page
