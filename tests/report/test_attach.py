"""Tables that lie beside a page: what is written, what is published, kept or refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxmodels as cx
from cxmodels.report.attachments import ROWS, attach, write_parquet
from cxmodels.report.gate_tables import HEXADECIMAL, inspect_table
from cxmodels.study.privacy import LENGTH, pseudonym

FILE = "scores/churn.parquet"
ATTACHES = """
import pandas as pd, cxmodels as cx
table = pd.DataFrame({"customer": ["b" * 32, "a" * 32], "churn_12m": [0.2, 0.1]})
cx.report.attach("scores/churn.parquet", table)
"""


def people(n: int) -> list[str]:
    return [pseudonym(f"c{number}", b"a secret of these tests") for number in range(n)]


@pytest.fixture(scope="module")
def attached_once(tmp_path_factory: pytest.TempPathFactory, new_project):
    made = new_project(tmp_path_factory.mktemp("attached") / "project")
    made.notebook("people", ATTACHES)
    made.notebook("last", ATTACHES.replace("churn", "last"), plan='after = ["*"]')
    done = made.report()
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def attached(attached_once, tmp_path: Path):
    """A project with 2026-09 published, whose two notebooks attach two rows each."""
    shutil.copytree(attached_once.root, tmp_path / "project")
    return type(attached_once)(tmp_path / "project")


def listed(project) -> list[dict[str, object]]:
    manifest = json.loads((project.reports / "2026-09" / "manifest.json").read_text())
    return next(made["attached"] for made in manifest["notebooks"] if made["name"] == "people")


def test_a_table_is_published_beside_its_page_and_listed_but_not_shown(attached_once):
    month = attached_once.reports / "2026-09"
    found = attached_once.bytes_of("2026-09")
    assert set(found) == {
        "people.html",
        "last.html",
        "results.json",
        "manifest.json",
        "notebooks/people.ipynb",
        "notebooks/last.ipynb",
        FILE,
        "scores/last.parquet",
    }
    assert listed(attached_once) == [{"file": FILE, "sha256": found[FILE], "rows": 2}]
    assert pd.read_parquet(month / FILE)["churn_12m"].tolist() == pytest.approx([0.1, 0.2], rel=1e-7)
    page = (month / "people.html").read_text()
    assert "Beside this page lies the file <b>scores/churn.parquet</b> with 2 rows." in page
    assert f'href="{FILE}"' not in page
    assert "a" * 32 not in page


def test_a_table_that_was_changed_is_made_again_with_the_same_bytes_and_others_stay(attached):
    before = attached.bytes_of("2026-09")
    (attached.reports / "2026-09" / FILE).write_bytes(b"something else")
    again = attached.report()
    assert again.returncode == 0, again.stderr
    assert "people: done" in again.stdout
    assert "last: started" not in again.stdout
    after = attached.bytes_of("2026-09")
    assert {name: after[name] for name in (FILE, "scores/last.parquet")} == {
        name: before[name] for name in (FILE, "scores/last.parquet")
    }
    assert listed(attached)[0]["sha256"] == before[FILE]


def test_a_table_of_persons_or_one_attached_twice_leaves_the_month_as_it_was(attached):
    before = attached.bytes_of("2026-09")
    attached.notebook("people", ATTACHES.replace('"customer"', '"customer_id"'))
    attached.notebook("last", ATTACHES)
    refused = attached.report("--jobs", "1")
    assert refused.returncode == 1
    assert f"{FILE}, column customer_id: personal datum: identifier" in refused.stderr
    assert f"last: another notebook has attached {FILE} as well" in refused.stderr
    assert attached.bytes_of("2026-09") == before
    assert not (attached.reports / ".staging").exists()


def test_a_notebook_that_fails_leaves_no_table(attached):
    before = attached.bytes_of("2026-09")
    attached.notebook("people", ATTACHES.replace("scores/churn", "scores/other"), "1 / 0")
    assert attached.report().returncode == 1
    assert attached.bytes_of("2026-09") == before
    assert not list(attached.root.rglob("other.parquet"))


def test_in_a_project_a_table_that_is_not_published_goes_to_its_build_folder(empty_project, monkeypatch):
    empty_project.notebook("people")
    monkeypatch.chdir(empty_project.root / "notebooks")
    monkeypatch.delenv("CXMODELS_BESIDE", raising=False)
    for rows in (3, 5):
        shown = attach(FILE, pd.DataFrame({"x": range(rows)}))
        assert f"Written to build/{FILE}: {rows} rows." in shown.text
        assert len(pd.read_parquet(empty_project.root / "build" / FILE)) == rows


def test_outside_a_project_a_table_goes_to_a_new_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv("CXMODELS_BESIDE", raising=False)
    shown = attach(FILE, lambda path: pd.DataFrame({"x": [1]}).to_parquet(path))
    (path,) = tmp_path.rglob("churn.parquet")
    assert str(path) in shown.text


def test_a_second_table_of_the_same_name_is_refused_in_one_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CXMODELS_BESIDE", str(tmp_path))
    cx.report.attach(FILE, pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="attached before in this run"):
        cx.report.attach(FILE, pd.DataFrame({"x": [2]}))
    assert pd.read_parquet(tmp_path / FILE)["x"].tolist() == [1]


@pytest.mark.parametrize(
    "name", ["churn.parquet", "../churn.parquet", "scores/churn.txt", "notebooks/x.parquet", "/a/b"]
)
def test_a_table_can_only_be_attached_in_a_folder_of_the_month(name):
    with pytest.raises(ValueError, match="a folder and a Parquet file"):
        attach(name, pd.DataFrame({"x": [1]}))


def test_a_table_that_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CXMODELS_BESIDE", str(tmp_path))
    with pytest.raises(RuntimeError, match="half way"):
        attach(FILE, lambda path: (path.write_bytes(b"half"), (_ for _ in ()).throw(RuntimeError("half way"))))
    with pytest.raises(ValueError, match="must write a Parquet file"):
        attach(FILE, lambda path: path.write_bytes(b"half"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_same_rows_give_the_same_bytes_whatever_holds_them_and_in_whatever_order(tmp_path):
    rng = np.random.default_rng(1)
    n = 2 * ROWS + 1000
    frame = pd.DataFrame({"key": rng.permutation(n), "x": rng.random(n), "plan": rng.choice(["A", "B"], n)})
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    pieces = pa.concat_tables([arrow.slice(at, 1000) for at in range(0, n, 1000)])
    tables = {
        "pandas": frame,
        "shuffled": frame.sample(frac=1, random_state=2),
        "category": frame.astype({"plan": "category"}),
        "pieces": pieces,
        "engine": ibis.duckdb.connect().create_table("t", arrow),
    }
    for name, table in tables.items():
        write_parquet(table, tmp_path / name)
    found = {name: (tmp_path / name).read_bytes() for name in tables}
    assert {name for name in found if found[name] != found["pandas"]} == set()
    file = pq.ParquetFile(tmp_path / "pandas")
    assert [file.metadata.row_group(i).num_rows for i in range(3)] == [ROWS, ROWS, 1000]
    assert file.metadata.metadata is None
    assert file.read(columns=["key"]).column(0).to_pylist() == list(range(n))


def refused(tmp_path: Path, frame: pd.DataFrame, **options: object) -> list[str]:
    frame.to_parquet(tmp_path / "table.parquet")
    return [finding.rule for finding in inspect_table(tmp_path / "table.parquet", "table.parquet", **options)]


def test_the_gate_knows_what_a_pseudonym_looks_like():
    assert all(re.fullmatch(HEXADECIMAL, name) for name in people(50))
    assert len(people(1)[0]) == LENGTH


def test_scores_under_pseudonyms_may_be_published(tmp_path):
    rng = np.random.default_rng(3)
    n = 3000
    frame = pd.DataFrame(
        {
            "customer": people(n),
            "plan": pd.Categorical(rng.choice(["Monthly", "Annual", None], n)),
            "tenure_months": rng.integers(0, 90, n),
            "churn_12m": rng.random(n),
            "extrapolated": rng.random(n) < 0.1,
        }
    )
    assert refused(tmp_path, frame) == []


@pytest.mark.parametrize(
    ("column", "values", "rule"),
    [
        ("customer_id", people(100), "personal datum: identifier"),
        ("email", ["hidden"] * 100, "personal datum: identifier"),
        ("customer", [f"c{i}" for i in range(100)], "personal datum: no pseudonym"),
        ("customer", range(100), "personal datum: no pseudonym"),
        ("region", ["North"] * 99 + ["ann@example.com"], "personal datum: e-mail"),
        ("region", ["North"] * 99 + ["AKIA" + "ABCDEFGHIJKLMNOP"], "secret: AWS key"),
        ("Customer ID", ["hidden"] * 100, "personal datum: identifier"),
        ("contractId", ["hidden"] * 100, "personal datum: identifier"),
        ("number", range(1000, 1100), "personal datum: identifier"),
        ("number", np.arange(1000.0, 1100.0), "personal datum: identifier"),
        ("note", [7] * 99 + [4111111111111111], "personal datum: payment card"),
        ("region", pd.Categorical(["North"] * 100, ["North", "ann@example.com"]), "personal datum: e-mail"),
        ("seen", pd.date_range("2020-01-01", periods=100), "personal datum: identifier"),
        ("remark", [[1, 2]] * 100, "no table"),
    ],
)
def test_a_column_that_points_to_a_person_is_refused(tmp_path, column, values, rule):
    assert refused(tmp_path, pd.DataFrame({column: values, "churn_12m": 0.1})) == [rule]


def test_a_text_for_every_row_is_refused_as_it_names_the_row(tmp_path):
    frame = pd.DataFrame({"remark": [f"remark {number}" for number in range(1001)]})
    assert refused(tmp_path, frame) == ["personal datum: identifier"]


@pytest.mark.parametrize("values", [[f"Ann {number}" for number in range(100)], people(100)])
def test_beside_a_pseudonym_a_text_for_every_row_is_refused_however_few_they_are(tmp_path, values):
    frame = pd.DataFrame({"customer": people(100), "who": values, "churn_12m": 0.1})
    assert refused(tmp_path, frame) == ["personal datum: identifier"]
    # without customers the rows are groups, and each has a name
    groups = frame.drop(columns="customer").assign(who=[f"region {number}" for number in range(100)])
    assert refused(tmp_path, groups) == []


def test_a_hash_that_is_no_pseudonym_is_held_to_the_rules_of_a_text(tmp_path):
    assert refused(tmp_path, pd.DataFrame({"key": people(1001)})) == ["personal datum: identifier"]


def test_a_secret_of_the_environment_and_a_note_of_the_writer_are_found(tmp_path):
    frame = pd.DataFrame({"plan": ["correct horse battery"]})
    assert refused(tmp_path, frame, environ={"DB_PASSWORD": "correct horse battery"}) == [
        "secret: value of the environment variable DB_PASSWORD"
    ]
    noted = pa.table({"x": [1]}).replace_schema_metadata({"author": "ann@example.com"})
    pq.write_table(noted, tmp_path / "noted.parquet")
    (finding,) = inspect_table(tmp_path / "noted.parquet", "noted.parquet")
    assert (finding.rule, finding.where) == ("personal datum: e-mail", "notes of the file")
    assert "ann@" not in str(finding)
    field = pa.field("x", pa.int64(), metadata={"owner": "ann@example.com"})
    pq.write_table(pa.table({"x": [1]}, schema=pa.schema([field])), tmp_path / "field.parquet")
    (finding,) = inspect_table(tmp_path / "field.parquet", "field.parquet")
    assert (finding.rule, finding.where) == ("personal datum: e-mail", "notes of the file")


def test_a_file_that_is_too_large_or_no_table_is_refused(tmp_path):
    assert refused(tmp_path, pd.DataFrame({"x": [1]}), limit=10) == ["too large"]
    (tmp_path / "text.parquet").write_text("not a table")
    (finding,) = inspect_table(tmp_path / "text.parquet", "text.parquet")
    assert finding.rule == "no table"
