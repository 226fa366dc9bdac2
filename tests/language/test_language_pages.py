"""Whole pages in French: of what they show nothing stays English but names from the data."""

import json
import re

import pytest

from cxmodels import language
from cxmodels.cli import app
from cxmodels.feedback.verbatims.words import FUNCTION_WORDS
from cxmodels.look import UNTRANSLATED
from cxmodels.report.data_quality import DataPage
from cxmodels.study import open_study
from cxmodels.study.contract import TABLES

STUDY = """
[study]
name = "Maison Aurore"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.csv"
[tables.orders]
path = "orders.csv"
"""
CUSTOMERS = (
    "customer_id,joined_on,region\n"
    + "".join(f"c{n},2026-0{n % 9 + 1}-03,Nord\n" for n in range(40))
    + ",2026-01-01,\n"
)
ORDERS = "order_id,customer_id,ordered_at,amount\n" + "".join(
    f"o{n},c{n},2026-09-0{n % 9 + 1},{n}.50\n" for n in range(40)
)
PARTS = ("headline", "cards", "reasons", "tables", "coverage", "missing", "persons", "verdict")
# Tables, columns and the purpose of the study are names, which stay as they are.
NAMES = {*TABLES, *(column.name for table in TABLES.values() for column in table.columns), "analytics"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "small"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "orders.csv").write_text(ORDERS)
    return DataPage(open_study(folder), "2026-09")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_data_page_leaves_nothing_in_english(page, part, monkeypatch):
    monkeypatch.setenv(language.SPOKEN, "fr")
    language.translator("fr").taken()
    shown = getattr(page, part)
    shown = shown() if callable(shown) else shown
    left = shown._repr_mimebundle_().get(UNTRANSLATED, [])
    assert [text for text in left if text not in NAMES] == []


@pytest.mark.slow
def test_the_pages_of_the_demo_leave_nothing_in_english_but_names_and_the_words_of_the_study(
    tmp_path, root, monkeypatch
):
    from typer.testing import CliRunner

    (tmp_path / "notebooks").symlink_to(root / "notebooks")
    (tmp_path / "requirements.lock").symlink_to(root / "requirements.lock")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["demo", "--out", "data/demo"]).exit_code == 0
    done = CliRunner().invoke(app, ["report", "data/demo", "--language", "fr"])
    assert done.exit_code == 0, done.output
    study = open_study("data/demo")
    own = " ".join((study.settings.study.good_for, study.settings.study.not_good_for))
    names = {str(value) for table in study.tables for value in _names(study, table)}
    names |= {word for said in (own, *names) for word in re.findall(r"[^\W_]+", said)} | _words_of_themes(study)
    left = {
        text
        for file in (tmp_path / "reports" / study.months()[1] / "notebooks").glob("*.ipynb")
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", ())
        for text in output.get("data", {}).get(UNTRANSLATED, ())
    }
    unknown = {text for text in left if not _is_name(text, names)}
    assert unknown == set()


def _names(study, table):
    """Names of the columns of a table and the values of those that have few."""
    rows = study.snapshot("").numbered(table)
    yield from (table, *rows.columns)
    for column in rows.columns:
        if rows[column].type().is_string() and rows[column].nunique().to_pyarrow().as_py() < 60:
            yield from rows[column].topk(60).to_pyarrow().to_pydict()[column]


def _words_of_themes(study):
    """Words of the comments that may name a theme, which is what no sentence is made of alone."""
    comments = study.snapshot("").numbered("responses").comment.to_pyarrow().to_pylist()
    words = {word for comment in comments if comment for word in re.findall(r"\w+", comment.lower())}
    return words.difference(*FUNCTION_WORDS.values())


def _is_name(text, names):
    if re.fullmatch(r"(scores|lists)/\w+\.\w+", text):
        return True
    # a name that begins a sentence has a large letter
    told = (text, text[:1].lower() + text[1:])
    return any(one in NAMES | names or names.issuperset(re.findall(r"\w+", one)) for one in told)
