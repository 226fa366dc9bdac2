"""A notebook that has nothing to tell this month is withdrawn, with its reason; the others are published."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

READS = "import cxmodels as cx\npeople = open('data/small/customers.csv').read().count('2026')"
LEAVES = """
import pandas as pd
cx.report.attach("scores/value.parquet", pd.DataFrame({"customer": ["a" * 32], "clv": [1.0]}))
cx.report.record({"value.people": cx.Estimate.exact(people, "customers", people)})
"""
RAISES = """
from cxmodels.errors import NothingToTell
class TooFew(NothingToTell): pass
if people < 4:
    raise TooFew("base_value: at least <4> customers\\n are required, found fewer.")
cx.report.headline("value is told", "It is.")
"""
REASON = "at least <4> customers are required, found fewer"
SHOWN = "at least &lt;4&gt; customers are required, found fewer"
SUMMARY = (
    "from cxmodels.report.summary import summarise\nsummary = summarise(study, month, pages)\nsummary.headline()",
    "summary.findings()",
    "summary.beliefs()",
)
PARAMETERS = 'study: str = "data/small"\nmonth: str = ""\npages: str = ""'
MONTH_ALONE = {"summary.html", "notebooks/summary.ipynb", "results.json", "manifest.json"}
WITHOUT = MONTH_ALONE | {"people.html", "notebooks/people.ipynb"}
WITH = WITHOUT | {"value.html", "notebooks/value.ipynb", "scores/value.parquet"}


def with_three_notebooks(project):
    project.notebook("value", READS, LEAVES, RAISES)
    project.notebook("people")
    project.notebook("summary", *SUMMARY, parameters=PARAMETERS, plan='after = ["*"]')
    return project


@pytest.fixture
def unpublished(empty_project):
    """A project of which one notebook needs four customers, and there are three."""
    return with_three_notebooks(empty_project)


@pytest.fixture(scope="module")
def withdrawn_once(tmp_path_factory, new_project):
    made = with_three_notebooks(new_project(tmp_path_factory.mktemp("withdrawn") / "project"))
    return made, made.report()


@pytest.fixture
def withdrawn(withdrawn_once, tmp_path):
    """The same with 2026-09 published."""
    shutil.copytree(withdrawn_once[0].root, tmp_path / "project")
    return type(withdrawn_once[0])(tmp_path / "project")


def add_a_customer(project):
    with (project.root / "data" / "small" / "customers.csv").open("a") as table:
        table.write("d,2026-08-01\n")


def manifest(project):
    return json.loads((project.reports / "2026-09" / "manifest.json").read_text())


def index(project):
    return (project.reports / "index.html").read_text()


def test_the_month_is_published_without_what_the_notebook_made_so_far(withdrawn_once):
    project, done = withdrawn_once
    assert done.returncode == 0, done.stderr
    assert set(project.bytes_of("2026-09")) == WITHOUT
    assert "value: withdrawn" in done.stdout.splitlines()
    assert f"value withdrawn: {REASON}" in done.stdout.splitlines()
    results = json.loads((project.reports / "2026-09" / "results.json").read_text())
    assert [row["name"] for row in results] == ["people.customers"]
    assert 'href="value.html"' not in (project.reports / "2026-09" / "people.html").read_text()


def test_manifest_summary_and_index_give_the_reason(withdrawn_once):
    project, _ = withdrawn_once
    (entry,) = manifest(project)["left_out"]
    assert (entry["name"], entry["lacks"], entry["withdrawn"], entry["reason"]) == ("value", [], REASON, REASON)
    assert [made["name"] for made in manifest(project)["notebooks"]] == ["people", "summary"]
    summary = (project.reports / "2026-09" / "summary.html").read_text()
    assert f"<b>value</b> is left out: {SHOWN}." in summary
    assert '<span class="chip grey">left out</span>' in summary
    assert f"value ({SHOWN})" in index(project)


def test_an_unchanged_rerun_runs_nothing_and_gives_the_reason_again(withdrawn):
    before = withdrawn.bytes_of("2026-09")
    again = withdrawn.report()
    assert again.returncode == 0, again.stderr
    assert "2026-09 unchanged" in again.stdout
    assert f"value withdrawn: {REASON}" in again.stdout
    assert "started" not in again.stdout
    assert withdrawn.bytes_of("2026-09") == before


def test_a_run_of_something_else_keeps_the_reason_and_does_not_run_it_again(withdrawn):
    done = withdrawn.report("-p", "people.n=4")
    assert done.returncode == 0, done.stderr
    assert "people: done" in done.stdout
    assert "value: started" not in done.stdout
    assert f"value withdrawn: {REASON}" in done.stdout
    assert [(entry["name"], entry["reason"]) for entry in manifest(withdrawn)["left_out"]] == [("value", REASON)]
    assert f"value ({SHOWN})" in index(withdrawn)
    assert f"is left out: {SHOWN}." in (withdrawn.reports / "2026-09" / "summary.html").read_text()


def test_changed_data_bring_it_back_and_a_page_it_has_goes_when_it_withdraws_again(withdrawn):
    few = (withdrawn.root / "data" / "small" / "customers.csv").read_text()
    add_a_customer(withdrawn)
    back = withdrawn.report()
    assert back.returncode == 0, back.stderr
    assert "value: done" in back.stdout
    assert "value withdrawn" not in back.stdout
    assert set(withdrawn.bytes_of("2026-09")) == WITH
    assert manifest(withdrawn)["left_out"] == []
    assert "Not in this month" not in index(withdrawn)
    (withdrawn.root / "data" / "small" / "customers.csv").write_text(few)
    gone = withdrawn.report()
    assert gone.returncode == 0, gone.stderr
    assert f"value withdrawn: {REASON}" in gone.stdout
    assert set(withdrawn.bytes_of("2026-09")) == WITHOUT


def test_asked_for_alone_it_is_run_again_and_where_it_is_the_first_the_summary_says_why_there_is_no_page(unpublished):
    for _ in range(2):
        done = unpublished.report("--only", "value")
        assert done.returncode == 0, done.stderr
        assert "value: withdrawn" in done.stdout
        assert "people: left out, not asked for" in done.stdout
        assert set(unpublished.bytes_of("2026-09")) == MONTH_ALONE
        page = (unpublished.reports / "2026-09" / "summary.html").read_text()
        assert "No page of this month has a finding" in page
        assert f"is left out: {SHOWN}." in page


def test_a_notebook_that_finds_the_study_wrong_ends_as_wrong_input_and_is_not_withdrawn(empty_project):
    said = "loyalty.lav: 'trsut' is neither a construct nor an item"
    raises = f"from cxmodels.study.errors import SettingsError\nraise SettingsError({said!r})"
    empty_project.notebook("value", raises)
    done = empty_project.report()
    assert done.returncode == 2
    assert said in done.stderr
    assert not (empty_project.reports / "2026-09").exists()


def test_only_refuses_to_keep_a_reason_that_rests_on_other_data(withdrawn):
    before = withdrawn.bytes_of("2026-09")
    add_a_customer(withdrawn)
    mixed = withdrawn.report("--only", "people")
    assert mixed.returncode == 2
    assert "value would stay as published in 2026-09" in mixed.stderr
    assert withdrawn.bytes_of("2026-09") == before


def test_forced_it_is_run_again_and_withdrawn_again(withdrawn):
    forced = withdrawn.report("--force")
    assert forced.returncode == 0, forced.stderr
    assert "value: withdrawn" in forced.stdout
    assert set(withdrawn.bytes_of("2026-09")) == WITHOUT


def test_what_only_resembles_having_nothing_to_tell_still_fails_the_month(empty_project):
    error = "from cxmodels.errors import NothingToTell\n"
    caught = f"{error}try:\n    raise NothingToTell('few')\nexcept NothingToTell as found:\n    "
    cells = {
        "named_alike": "class NothingToTell(ValueError): pass\nraise NothingToTell('few')",
        "printed": "print('cxmodels_nothing_to_tell: few')\nraise ValueError('few')",
        "followed": f"{caught}raise RuntimeError('a mistake') from found",
        "shown": f"{error}get_ipython().run_cell('raise NothingToTell(1)')\n1 / 0",
        "ended": f"{caught}import os; os._exit(0)",
    }
    for name, cell in cells.items():
        empty_project.notebook(name, cell)
    done = empty_project.report()
    assert done.returncode == 1
    assert {line.split(",")[0] for line in done.stderr.splitlines() if ", cell 2: " in line} == set(cells)
    assert not (empty_project.reports / "2026-09").exists()


def test_a_notebook_that_fails_fails_the_month_beside_one_that_is_withdrawn(withdrawn):
    before = withdrawn.bytes_of("2026-09")
    add_a_customer(withdrawn)
    withdrawn.notebook("value", RAISES.replace("people", "3"))
    withdrawn.notebook("people", "1 / 0")
    done = withdrawn.report()
    assert done.returncode == 1
    assert "value: withdrawn" in done.stdout
    assert "people, cell 2: a cell raised ZeroDivisionError" in done.stderr
    assert withdrawn.bytes_of("2026-09") == before


def test_a_reason_the_gate_refuses_is_not_published(empty_project):
    empty_project.notebook("people")
    empty_project.notebook(
        "value", "from cxmodels.errors import NothingToTell\nraise NothingToTell('nobody but jane.doe@example.org')"
    )
    done = empty_project.report()
    assert done.returncode == 1
    assert "the gate: value, line 1: personal datum: e-mail" in done.stderr
    assert not (empty_project.reports / "2026-09").exists()
    assert "jane.doe" not in index(empty_project) + done.stderr + done.stdout


def test_orders_of_customers_who_came_once_have_a_churn_page_and_no_value(empty_project, root):
    project, random = empty_project, np.random.default_rng(1)
    for file in (root / "notebooks").iterdir():
        if file.is_file():
            shutil.copy(file, project.root / "notebooks")
    people = [f"c{number}" for number in range(120)]
    days = pd.Timestamp("2026-09-30") - pd.to_timedelta(random.integers(1, 500, 120), unit="D")
    orders = pd.DataFrame({"order_id": people, "customer_id": people, "ordered_at": days.date, "amount": 20.0})
    small = project.root / "data" / "small"
    orders.to_csv(small / "orders.csv", index=False)
    orders[["customer_id"]].assign(joined_on="2025-01-01").to_csv(small / "customers.csv", index=False)
    with (small / "study.toml").open("a") as settings:
        settings.write('[tables.orders]\npath = "orders.csv"\n[churn]\ninactivity_days = 90\n')
    done = project.report("--month", "2026-08", "--only", "churn,clv")
    assert done.returncode == 0, done.stderr
    pages = {path.name for path in (project.reports / "2026-08").glob("*.html")}
    assert pages == {"index.html", "churn.html"}
    why = "at least one customer who bought on a second day is required, found none"
    assert f"clv withdrawn: no model could be fitted. purchases: {why}" in done.stdout
    assert (
        f"is left out: no model could be fitted. purchases: {why}"
        in (project.reports / "2026-08" / "index.html").read_text()
    )
