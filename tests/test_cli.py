import os
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from cxmodels import __version__
from cxmodels.cli import app

STUDY = '[study]\nname = "S"\ncurrency = "EUR"\nextracted_on = 2026-10-01\n[tables.customers]\npath = "customers.csv"\n'


def ask(*words):
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "customers.csv").write_text("customer_id,joined_on,email\na,2026-06-03,x@example.org\n,2026-07-04,\n")
    return tmp_path


def test_the_version_is_the_one_of_the_package():
    done = ask("--version")
    assert (done.exit_code, done.stdout.strip()) == (0, f"cxmodels {__version__}")


def test_check_counts_what_was_set_aside_and_names_the_columns_left_out(study):
    done = ask("check", str(study))
    assert done.exit_code == 0, done.output
    for said in ("customers", "missing", "email"):
        assert said in done.stdout
    assert "example.org" not in done.stdout
    assert "months covered: 2026-06 to 2026-07" in done.stdout


@pytest.mark.parametrize(("kind", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_every_row_set_aside_can_be_written_down(study, kind, read):
    done = ask("check", str(study), "--quarantine", str(study / f"aside.{kind}"))
    assert done.exit_code == 0, done.output
    aside = read(study / f"aside.{kind}")
    assert list(aside.columns) == ["table", "row", "column", "value", "reason"]
    assert aside[["table", "column", "reason"]].to_numpy().tolist() == [["customers", "customer_id", "missing"]]


def test_a_quarantine_file_of_another_kind_is_refused_with_those_allowed(study):
    done = ask("check", str(study), "--quarantine", str(study / "aside.xlsx"))
    assert done.exit_code == 2
    assert "a .csv or .parquet file is allowed" in done.stderr


def test_check_says_which_pages_there_will_be_and_what_the_others_lack(study, root, monkeypatch):
    monkeypatch.chdir(root)
    done = ask("check", str(study))
    assert "\npages: Summary, Segments, Data quality\n" in done.stdout
    assert "no page Churn: it needs contracts or orders\n" in done.stdout
    assert "no page Loyalty: it needs responses, answers, items, a path model (loyalty.model)\n" in done.stdout


def test_check_says_how_a_column_in_another_form_is_read(study):
    (study / "customers.csv").write_text("customer_id,joined_on\na,31/01/2026\nb,28/02/2026\nc,2026-03-01\n")
    done = ask("check", str(study))
    assert done.exit_code == 0, done.output
    assert "customers.joined_on: most values are in another form; SQL reads them, such as try_strptime" in done.stdout
    # one odd value among good ones is dirt, not another form
    (study / "customers.csv").write_text("customer_id,joined_on\na,31/01/2026\nb,2026-02-01\n")
    assert "another form" not in ask("check", str(study)).stdout


def test_check_refuses_one_metric_on_two_scales(study):
    (study / "study.toml").write_text(f'{STUDY}[tables.items]\npath = "items.csv"\n')
    lines = "a,1,5,Satisfied?,csat\nb,1,10,Satisfied now?,csat\n"
    (study / "items.csv").write_text("item,scale_min,scale_max,wording,metric\n" + lines)
    done = ask("check", str(study))
    assert done.exit_code == 2
    assert "tables.items: the questions of csat must have one scale, found 1 to 5 and 1 to 10" in done.stderr


def test_check_says_when_nothing_can_be_computed(study):
    (study / "customers.csv").write_text("customer_id,joined_on\n,2026-07-04\n")
    done = ask("check", str(study))
    assert done.exit_code == 2
    assert "not one usable row" in done.stderr


def test_a_language_there_are_no_pages_in_is_wrong_use_and_those_there_are_is_said(study):
    done = ask("report", str(study), "--language", "de")
    assert done.exit_code == 2
    assert "--language: allowed are en, fr; found 'de'" in done.stderr


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_study_that_is_not_there_is_one_message_and_no_traceback(command, root):
    done = ask(command, str(root / "data" / "telko"))
    assert done.exit_code == 2
    assert "did you mean 'telco'" in done.stderr
    assert "Traceback" not in done.output


def test_check_reads_the_path_model_and_names_its_file_line_and_column(study):
    (study / "loyalty.lav").write_text("trust =~ trust_1 +\n")
    (study / "study.toml").write_text(f'{STUDY}\n[loyalty]\nmodel = "loyalty.lav"\n')
    done = ask("check", str(study))
    assert done.exit_code == 2
    assert "loyalty.lav: line 1, column " in done.stderr


def test_a_wrong_study_is_told_with_file_and_key(study):
    (study / "study.toml").write_text(STUDY.replace("currency", "curency"))
    done = ask("check", str(study))
    assert done.exit_code == 2
    assert "did you mean 'currency'" in done.stderr


def test_demo_writes_a_study_and_never_over_something(tmp_path):
    out = tmp_path / "company"
    done = ask("demo", "--customers", "60", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert (out / "study.toml").is_file()
    again = ask("demo", "--customers", "60", "--out", str(out))
    assert again.exit_code == 2
    assert "does not exist yet" in again.stderr


@pytest.mark.parametrize("words", [("--customers", "0", "--out", "x"), ("--customers", "many", "--out", "x"), ()])
def test_demo_refuses_a_wrong_size(words):
    assert ask("demo", *words).exit_code == 2


def test_a_mistyped_parameter_is_answered_before_anything_heavy_is_imported(root):
    asked = "from cxmodels.cli import main; import sys\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked, "report", "data/demo", "-p", "windw=1"],
        cwd=root,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "found 'windw'" in done.stderr
    heavy = {"ibis", "pandas", "numpy", "duckdb", "papermill", "nbconvert", "nbformat", "matplotlib", "jinja2"}
    assert heavy.isdisjoint(done.stdout.split())


def test_unknown_options_and_jobs_below_zero_are_wrong_use(root):
    assert ask("report", "data/telco", "--mont", "2019-09").exit_code == 2
    done = ask("report", str(root / "data" / "telco"), "--jobs", "-1")
    assert done.exit_code == 2
    assert "--jobs" in done.stderr
