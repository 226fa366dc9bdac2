import json
import os

import pytest


def test_a_month_is_published_with_pages_results_manifest_and_executed_notebooks(project):
    run = project.start("report", "data/small")
    _, said = run.communicate()
    assert run.returncode == 0, said
    assert set(project.bytes_of("2026-09")) == {
        "people.html",
        "last.html",
        "results.json",
        "manifest.json",
        "notebooks/people.ipynb",
        "notebooks/last.ipynb",
    }
    assert "people is told" in (project.reports / "2026-09" / "people.html").read_text()
    assert "2026-09/" in (project.reports / "index.html").read_text()
    results = json.loads((project.reports / "2026-09" / "results.json").read_text())
    assert [(r["name"], r["value"], r["notebook"]) for r in results] == [
        ("last.customers", 3.0, "last"),
        ("people.customers", 3.0, "people"),
    ]
    manifest = json.loads((project.reports / "2026-09" / "manifest.json").read_text())
    assert manifest["study"]["path"] == "data/small"
    assert manifest["study"]["covers"] == ["2026-06", "2026-09"]
    assert [notebook["parameters"]["n"] for notebook in manifest["notebooks"]] == [3, 3]
    assert set(manifest["data"]) == {"customers"}
    assert {path.name for path in project.reports.iterdir()} == {"2026-09", "index.html", ".lock"}


def test_a_month_is_published_in_the_language_that_is_asked_for_and_runs_again_for_it(published):
    assert 'lang="en"' in (published.reports / "2026-09" / "people.html").read_text()
    done = published.report("--language", "fr")
    assert done.returncode == 0, done.stderr
    assert "people: started" in done.stdout
    page = (published.reports / "2026-09" / "people.html").read_text()
    assert '<html lang="fr">' in page
    assert "Données connues au 30\u00a0septembre 2026" in page
    assert "--language fr" in page
    index = (published.reports / "index.html").read_text()
    assert '<html lang="fr">' in index
    assert "<h1>Tous les mois</h1>" in index
    manifest = json.loads((published.reports / "2026-09" / "manifest.json").read_text())
    assert (manifest["language"], manifest["study"]["language"]) == ("fr", "en")
    assert "started" not in published.report("--language", "fr").stdout


def test_a_study_says_the_language_of_its_pages(published):
    study = published.root / "data" / "small" / "study.toml"
    study.write_text(study.read_text().replace('currency = "EUR"', 'currency = "EUR"\nlanguage = "fr"'))
    done = published.report()
    assert done.returncode == 0, done.stderr
    assert '<html lang="fr">' in (published.reports / "2026-09" / "last.html").read_text()


def test_an_unchanged_rerun_starts_no_kernel_and_changes_nothing(published):
    before = published.bytes_of("2026-09")
    # A kernel could not even start: nothing that runs notebooks can be imported.
    block = published.root / "block"
    block.mkdir()
    for name in ("papermill", "jupyter_client", "nbconvert"):
        (block / f"{name}.py").write_text("raise RuntimeError('must not be imported')")
    published.environment["PYTHONPATH"] = os.pathsep.join([str(block), os.environ.get("PYTHONPATH", "")])
    again = published.start("report", "data/small")
    told, failed = again.communicate()
    assert again.returncode == 0, failed
    assert "2026-09 unchanged" in told
    assert published.bytes_of("2026-09") == before


def test_two_forced_runs_give_the_same_results_byte_for_byte(published):
    before = published.bytes_of("2026-09")["results.json"]
    forced = published.report("--force")
    assert "people: done" in forced.stdout
    assert "last: done" in forced.stdout
    assert published.bytes_of("2026-09")["results.json"] == before


def test_only_what_a_change_touches_runs_again(published):
    changed = published.report("-p", "last.n=4")
    assert changed.returncode == 0, changed.stderr
    assert "last: done" in changed.stdout
    assert "people: started" not in changed.stdout
    results = json.loads((published.reports / "2026-09" / "results.json").read_text())
    assert [r["value"] for r in results] == [4.0, 3.0]


def test_changed_data_run_everything_again(published):
    with (published.root / "data" / "small" / "customers.csv").open("a") as table:
        table.write("d,2026-08-01\n")
    again = published.report()
    assert "people: done" in again.stdout
    assert "last: done" in again.stdout


def test_another_secret_of_the_pseudonyms_runs_everything_again(published):
    published.environment["CXMODELS_SECRET"] = "given up and made anew"
    again = published.report()
    assert "people: done" in again.stdout
    assert "last: done" in again.stdout
    assert "unchanged" in published.report().stdout
    assert not [file for file, content in published.bytes_of("2026-09").items() if "given up" in str(content)]


def test_only_keeps_the_others_as_published(published):
    before = published.bytes_of("2026-09")
    only = published.report("--only", "last")
    assert only.returncode == 0, only.stderr
    assert "people: started" not in only.stdout
    assert "last: done" in only.stdout
    assert published.bytes_of("2026-09")["notebooks/people.ipynb"] == before["notebooks/people.ipynb"]
    assert (published.reports / "2026-09" / "people.html").is_file()


def test_only_leaves_out_what_was_never_published_and_says_so(project):
    done = project.report("--only", "last")
    assert done.returncode == 0, done.stderr
    assert "people: left out, not asked for" in done.stdout
    assert not (project.reports / "2026-09" / "people.html").exists()
    assert project.report().returncode == 0
    assert (project.reports / "2026-09" / "people.html").is_file()


def test_only_refuses_to_mix_two_states_of_the_data(published):
    before = published.bytes_of("2026-09")
    with (published.root / "data" / "small" / "customers.csv").open("a") as table:
        table.write("d,2026-08-01\n")
    mixed = published.report("--only", "last")
    assert mixed.returncode == 2
    assert "people would stay as published in 2026-09" in mixed.stderr
    assert published.bytes_of("2026-09") == before


def test_a_notebook_without_its_table_is_left_out_and_the_manifest_says_which(project):
    project.notebook("value", plan='needs = ["contracts|orders"]')
    done = project.report()
    assert done.returncode == 0, done.stderr
    assert "value: left out, the study has no table contracts or orders" in done.stdout
    manifest = json.loads((project.reports / "2026-09" / "manifest.json").read_text())
    assert [(one["name"], one["lacks"]) for one in manifest["left_out"]] == [("value", ["contracts or orders"])]


def test_neighbouring_months_link_to_each_other_once_both_are_published(published):
    alone = (published.reports / "2026-09" / "people.html").read_text()
    assert "../2026-08/" not in alone
    assert published.report("--month", "2026-08").returncode == 0
    later = (published.reports / "2026-09" / "people.html").read_text()
    earlier = (published.reports / "2026-08" / "people.html").read_text()
    assert "../2026-08/index.html" in later
    assert "../2026-09/index.html" in earlier
    outside = [text.split("<!--months-->")[0] + text.split("<!--/months-->")[1] for text in (alone, later)]
    assert outside[0] == outside[1]


def test_a_folder_with_months_of_another_study_is_refused(published):
    before = published.bytes_of("2026-09")
    (published.root / "data" / "small").rename(published.root / "data" / "other")
    refused = published.run("report", "data/other")
    assert refused.returncode == 2
    assert 'its study.toml, [report] folder = "reports/other"' in refused.stderr
    assert published.bytes_of("2026-09") == before


def test_what_the_summary_reads_is_the_month_in_the_making_and_no_trace_of_it_is_published(project):
    parameters = 'study: str = "data/small"\nmonth: str = ""\npages: str = ""'
    reads = "found = cx.report.read_month(pages)\nassert found.headlines == {'people': 'people is told'}"
    project.notebook("last", "import cxmodels as cx", reads, parameters=parameters)
    done = project.report()
    assert done.returncode == 0, done.stderr
    for path in ("notebooks/last.ipynb", "last.html", "manifest.json"):
        assert ".staging" not in (project.reports / "2026-09" / path).read_text()


def test_a_page_the_gate_refuses_is_not_published(project):
    project.notebook("people", "print('write to jane.doe@example.org')")
    done = project.report()
    assert done.returncode == 1
    assert "people.html" in done.stderr
    assert "e-mail" in done.stderr
    assert not (project.reports / "2026-09").exists()
    page = (project.reports / "failures" / "2026-09.html").read_text()
    assert "jane.doe" not in page + done.stderr


def test_a_failure_page_goes_away_with_the_next_success(published):
    published.notebook("people", "1 / 0")
    assert published.report().returncode == 1
    assert (published.reports / "failures" / "2026-09.html").is_file()
    published.notebook("people")
    back = published.report()
    assert back.returncode == 0
    assert "2026-09 unchanged" in back.stdout
    assert not (published.reports / "failures" / "2026-09.html").exists()
    assert "failures/" not in (published.reports / "index.html").read_text()


@pytest.mark.parametrize("month", ["2026-13", "2026-9", "september", "2031-01", "2019-01"])
def test_a_month_that_cannot_be_reported_is_told_with_the_months_covered(project, month):
    done = project.report("--month", month)
    assert done.returncode == 2
    assert "2026-06 to 2026-09" in done.stderr
    assert month in done.stderr
    assert not project.reports.exists()
