"""The list of months: newest first, with what each found, what it lacks and what went wrong last."""

import json

import nbformat
import pytest
from executed import churn, notebook, says, shows

import cxmodels as cx
from cxmodels.report.gate import inspect
from cxmodels.report.index import index_page


@pytest.fixture
def reports(tmp_path):
    """Write two months, the later one without the churn page."""
    for month, title in (("2026-08", "August <told>"), ("2026-09", "September told")):
        notebooks = tmp_path / month / "notebooks"
        notebooks.mkdir(parents=True)
        card = cx.report.cards([cx.report.Card("Rows that passed", cx.Estimate.exact(0.98, "share", 100))])
        summary = notebook(says("# Summary"), shows(cx.report.headline(title, "So.")), shows(card))
        nbformat.write(summary, notebooks / "00_summary.ipynb")
    nbformat.write(churn(), tmp_path / "2026-08" / "notebooks" / "03_churn.ipynb")
    lacking = {"left_out": [{"title": "Churn", "reason": "the study has no table contracts", "lacks": ["contracts"]}]}
    (tmp_path / "2026-09" / "manifest.json").write_text(json.dumps(lacking))
    return tmp_path


def test_the_newest_month_comes_first_and_is_marked_as_latest(reports):
    page = index_page(reports, "Maison Aurore")
    assert page.index("September 2026") < page.index("latest") < page.index("August 2026")
    assert page.count("latest") == 1


def test_each_month_links_to_its_page_and_tells_headline_and_key_figures(reports):
    page = index_page(reports, "Maison Aurore")
    assert '<a href="2026-08/index.html">August 2026</a>' in page
    assert "August &lt;told&gt;" in page
    assert page.count("<dt>Rows that passed</dt><dd>98.0\u202f%</dd>") == 2


def test_a_page_left_out_is_named_with_the_table_it_lacks(reports):
    assert "Churn (the study has no table contracts)" in index_page(reports, "Maison Aurore")


def test_a_failure_is_told_on_top_with_the_link_to_what_went_wrong(reports):
    assert "could not be published" not in index_page(reports, "Maison Aurore")
    (reports / "failures").mkdir()
    (reports / "failures" / "2026-10.html").write_text("")
    page = index_page(reports, "Maison Aurore")
    assert page.index('href="failures/2026-10.html"') < page.index("September 2026")
    assert "<b>October 2026 could not be published</b>" in page


def test_what_is_not_a_month_is_not_listed(reports):
    for name in (".staging", "telco", "2026-1"):
        (reports / name).mkdir()
    page = index_page(reports, "Maison Aurore")
    assert page.count("<article") == 2


def test_before_the_first_month_the_list_says_so(tmp_path):
    assert "No month is published yet" in index_page(tmp_path, "Maison Aurore")


def test_the_list_passes_the_gate(reports):
    assert inspect(index_page(reports, "Maison Aurore"), "index.html", environ={}) == []
