"""The gate refuses what may not be published, and lets everything else through."""

import base64
from functools import cache

import nbformat
import pytest
from executed import CONTEXT, churn, notebook, says, shows

from cxmodels.report.gate import Finding, inspect, inspect_notebook
from cxmodels.report.render import render_page

OUTSIDE = {
    "an image": '<img alt="a" src="https://example.org/a.png">',
    "an image without scheme": '<img alt="a" src="//example.org/a.png">',
    "a source set": '<img alt="a" srcset="data:image/png;base64,AA== 1x, //example.org/a.png 2x">',
    "a link": '<a href="http://example.org">a</a>',
    "a link in capitals": '<a HREF="HTTPS://EXAMPLE.ORG">a</a>',
    "a link in entities": '<a href="&#104;ttps://example.org">a</a>',
    "a link with a gap": '<a href=" \thttps://example.org">a</a>',
    "a link by script": '<a href="javascript:alert(1)">a</a>',
    "a local file": '<a href="file:///etc/passwd">a</a>',
    "text": "<p>see https://example.org/page</p>",
    "a comment": "<!-- http://example.org -->",
    "a style": '<p style="background:url(//example.org/a.png)">a</p>',
    "a style sheet": "<style>@import 'a.css';</style>",
    "a font": "<style>@font-face{src:url('fonts/a.woff')}</style>",
    "a drawing": f'<img alt="a" src="data:image/svg+xml;base64,{base64.b64encode(b"<a href=_https://x.org_>").decode()}">',
}
ACTIVE = [
    "<script>1</script>",
    '<iframe title="a"></iframe>',
    '<p onclick="a()">a</p>',
    '<meta http-equiv="refresh" content="1">',
    '<link rel="icon" href="a.ico">',
    '<form action="a"></form>',
]
WITHOUT_WORDS = [
    '<img src="data:image/png;base64,AA==">',
    '<img alt=" " src="data:image/png;base64,AA==">',
    "<svg></svg>",
    "<figure><p>a</p></figure>",
]
PERSONS = {
    "e-mail": "jeanne.martin@example.org",
    "phone number": "06 12 34 56 78",
    "IBAN": "FR14 2004 1010 0505 0001 3M02 606",
    "payment card": "4111 1111 1111 1111",
    "social security number": "255081416802538",
}
SECRETS = {
    "AWS key": "AKIAIOSFODNN7EXAMPLE",
    "GitHub token": "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6",
    "secret in an assignment": "password=hunter2!",
    "private key": "-----BEGIN PRIVATE KEY-----",
}


@cache
def published():
    return render_page(churn(), CONTEXT, "03_churn")


def page(content):
    """Return the published page with something planted in its main part."""
    return published().replace("</main>", f"{content}</main>")


def rules(content, **more):
    return {finding.rule for finding in inspect(page(content), "churn.html", environ={}, **more)}


def test_our_own_page_passes_with_its_pictures_hashes_dates_and_numbers():
    numbers = (
        "<p>5\u202f012 rows, 0.4111111111111111, 2026-09-30T12:00:00, d2f6a6e1a1a35f2b5a4e4d2f6a6e1a1a35f2b5a4</p>"
    )
    assert inspect(page(numbers), "churn.html", environ={}) == []


@pytest.mark.parametrize("content", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_an_address_outside_is_refused_wherever_it_hides(content):
    assert "external address" in rules(content)


def test_the_names_of_the_markup_languages_are_no_addresses():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="a"></svg><math xmlns="http://www.w3.org/1998/Math/MathML"></math>'
    assert rules(svg) == set()


def test_a_neighbouring_page_and_a_place_on_this_one_are_no_addresses():
    assert (
        rules('<a href="data_quality.html#verdict">a</a><a href="../2026-08/index.html">b</a><a href="#main">c</a>')
        == set()
    )


@pytest.mark.parametrize("content", ACTIVE)
def test_active_content_is_refused(content):
    assert "active content" in rules(content)


@pytest.mark.parametrize("content", WITHOUT_WORDS)
def test_a_picture_without_words_is_refused(content):
    assert rules(content) == {"no words for a picture"}


@pytest.mark.parametrize(
    "content", ['<svg aria-label="a"></svg>', "<svg><title>a</title></svg>", '<svg aria-hidden="true"></svg>']
)
def test_a_drawing_that_is_named_or_hidden_passes(content):
    assert rules(content) == set()


@pytest.mark.parametrize(("rule", "text"), PERSONS.items())
@pytest.mark.parametrize("place", ["<p>{}</p>", '<p title="{}">a</p>', "<!-- {} -->", "<p><b>{}</b></p>"])
def test_a_personal_datum_is_refused_wherever_it_stands_and_not_repeated(rule, text, place):
    found = inspect(page(place.format(text)), "churn.html", environ={})
    assert {finding.rule for finding in found} == {f"personal datum: {rule}"}
    assert not any(text in str(finding) for finding in found)


def test_a_datum_cut_by_tags_is_still_found():
    assert "personal datum: e-mail" in rules("<p>jeanne.<b>martin</b>@example.org</p>")


def test_a_datum_written_in_entities_is_still_found():
    assert "personal datum: e-mail" in rules("<p>jeanne&#64;example.org</p>")


@pytest.mark.parametrize(("rule", "text"), SECRETS.items())
def test_a_secret_is_refused_and_not_repeated(rule, text):
    found = inspect(page(f"<p>{text}</p>"), "churn.html", environ={})
    assert {finding.rule for finding in found} == {f"secret: {rule}"}
    assert not any(text in str(finding) for finding in found)


def test_the_value_of_a_secret_variable_is_refused():
    found = inspect(page("<p>It is bluebird.</p>"), "churn.html", environ={"CXMODELS_SECRET": "bluebird"})
    assert [finding.rule for finding in found] == ["secret: value of the environment variable CXMODELS_SECRET"]
    assert "bluebird" not in str(found)


def test_a_page_that_is_too_large_is_refused():
    assert rules("", limit=1000) == {"too large"}


def test_a_finding_says_page_place_rule_and_what_stands_around():
    found = inspect("<p>\n\nCall 06 12 34 56 78 now</p>", "churn.html", environ={})
    assert found == [Finding("churn.html", "personal datum: phone number", "line 3", "<p> Call [phone number] now</p>")]


def test_our_own_notebook_passes():
    assert inspect_notebook(churn(), "03_churn.ipynb", environ={}) == []


def test_a_cell_that_did_not_run_is_refused():
    cell = nbformat.v4.new_code_cell("1 + 1")
    found = inspect_notebook(notebook(says("# A"), cell), "a.ipynb", environ={})
    assert found == [Finding("a.ipynb", "unexecuted cell", "cell 2", "1 + 1")]


def test_an_empty_cell_need_not_run():
    assert inspect_notebook(notebook(nbformat.v4.new_code_cell(" ")), "a.ipynb", environ={}) == []


def test_an_error_in_an_output_is_refused():
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="for jo@example.org", traceback=[])
    found = inspect_notebook(notebook(shows(error)), "a.ipynb", environ={})
    assert Finding("a.ipynb", "error in an output", "cell 1", "ValueError: for [e-mail]") in found


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "image/svg+xml"])
@pytest.mark.parametrize(("rule", "text"), PERSONS.items())
def test_a_personal_datum_in_any_kind_of_output_of_a_notebook_is_refused(rule, text, kind):
    output = nbformat.v4.new_output("display_data", {kind: f"<b>{text}</b>"})
    assert {finding.rule for finding in inspect_notebook(notebook(shows(output)), "a.ipynb", environ={})} == {
        f"personal datum: {rule}"
    }


def test_a_secret_in_a_source_a_warning_or_the_parameters_of_a_notebook_is_refused():
    token = SECRETS["GitHub token"]
    warning = nbformat.v4.new_output("stream", name="stderr", text=token)
    passed = notebook(says("# A"))
    passed.metadata["papermill"] = {"parameters": {"key": token}}
    for book in (notebook(shows(source=f"x = '{token}'")), notebook(shows(warning)), passed):
        assert {finding.rule for finding in inspect_notebook(book, "a.ipynb", environ={})} == {"secret: GitHub token"}
