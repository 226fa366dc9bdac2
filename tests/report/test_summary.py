"""The summary says what the notebooks of the month said, and nothing else."""

import json
import re

import nbformat
import pandas as pd
import pytest
from executed import CHURN, FALLING, churn, notebook, says, shows

import cxmodels as cx
from cxmodels.report import read_month
from cxmodels.report.errors import WrongUse
from cxmodels.report.month import Month
from cxmodels.report.summary import Summary, summarise

LIMITS = ["value", "low", "high"]
STUDY = (
    '[study]\nname = "A"\ncurrency = "EUR"\nnot_good_for = "Claims about causes."\n[tables.customers]\npath = "c.csv"\n'
)


def data_quality():
    verdict = cx.Verdict("Data", (cx.Check("passed", "1", "1", "green", "All rows passed."),))
    figures = [
        cx.report.Card(name, cx.Estimate.exact(1.0, "share", 9)) for name in ("Rows that passed", "Rows set aside")
    ]
    lead = "All <b>9</b> rows were checked. Nothing else."
    return notebook(shows(cx.report.headline("All rows passed", lead, verdict), cx.report.cards(figures), verdict))


def groups():
    rates = {"plan.Monthly": 0.31, "plan.Annual": 0.12, "region.Île <de> France": 0.2}
    found = {
        f"churn.rate_12m.{name}": cx.Estimate(rate, rate - 0.02, rate + 0.02, "share", 900)
        for name, rate in rates.items()
    }
    return shows(cx.report.record(found))


@pytest.fixture
def project(tmp_path):
    """Write a study and one published month with data quality, churn and the summary itself."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "plan.toml").write_text("")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.toml").write_text(STUDY)
    month = tmp_path / "reports" / "2026-09"
    (month / "notebooks").mkdir(parents=True)
    told = churn()
    told.cells.append(groups())
    told = notebook(*told.cells)
    for name, book in {
        "00_summary": notebook(says("# S")),
        "01_data_quality": data_quality(),
        "03_churn": told,
    }.items():
        nbformat.write(book, month / "notebooks" / f"{name}.ipynb")
    left_out = [
        {"title": "Value", "reason": "the study has no table orders", "lacks": ["orders"]},
        {"title": "Loyalty", "reason": "not asked for", "lacks": []},
    ]
    (month / "manifest.json").write_text(json.dumps({"left_out": left_out}))
    return tmp_path


@pytest.fixture
def summary(project):
    return summarise(str(project / "study"), "2026-09")


def names(html):
    return re.findall('<p class="name">(.*?)</p>', html)


def test_the_page_with_a_real_move_speaks_for_the_month_and_the_data_come_last(summary):
    said = summary.headline().data
    assert said["title"] == "Fewer customers will leave"
    assert said["lead"] == "About <b>17.8 %</b> will leave. All <b>9</b> rows were checked."


def test_key_figures_come_from_every_page_one_of_them_from_the_data(summary):
    assert names(summary.cards().html) == ["Leave within 12 months", "Active customers", "Rows that passed"]


def test_a_real_move_is_told_with_both_months_and_its_probability(summary):
    assert (
        "<b>Leave within 12 months</b> fell to 17.8\u202f% from 19.6\u202f% in August (P &gt; .99)."
        in summary.moved().html
    )


def test_a_move_within_noise_says_what_would_have_shown(project):
    wide = FALLING.assign(low=0.1, high=0.3)
    card = cx.report.Card("Rate", cx.Estimate(0.178, 0.1, 0.3, "share", 40), wide, "lower")
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.report.cards([card]))), path)
    told = summarise(str(project / "study"), "2026-09").moved().html
    assert "No key figure has moved beyond noise." in told
    assert re.search(r"<b>Rate</b>: within noise, 19.6\u202f% in August; a move of 20.2 points would have shown", told)


def test_a_real_move_says_what_moved_it_where_its_page_knows(project):
    past = pd.DataFrame([("2026-08", 0.2, 0.19, 0.21), ("2026-09", 0.1, 0.09, 0.11)], columns=["month", *LIMITS])
    found = cx.Estimate(0.1, 0.09, 0.11, "share", 40)
    told = [
        cx.report.Card("Rate", found, past, "lower", "Of it, the Sud-Est 7 points."),
        cx.report.Card("B", found, past),
    ]
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.report.cards(told))), path)
    html = summarise(str(project / "study"), "2026-09").moved().html
    assert (
        "<li><b>Rate</b> fell to 10.0\u202f% from 20.0\u202f% in August (P &gt; .99). Of it, the Sud-Est 7 points.</li>"
        in html
    )
    assert "<b>B</b> fell to 10.0\u202f% from 20.0\u202f% in August (P &gt; .99).</li>" in html


def test_money_that_would_have_shown_is_said_with_its_currency(project):
    history = pd.DataFrame(
        [("2026-08", 1.89e6, 1.8e6, 2.0e6), ("2026-09", 1.88e6, 1.8e6, 2.0e6)],
        columns=["month", "value", "low", "high"],
    )
    card = cx.report.Card("Value", cx.Estimate(1.88e6, 1.8e6, 2.0e6, "USD", 40), history)
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.report.cards([card]))), path)
    told = summarise(str(project / "study"), "2026-09").moved().html
    assert "a move of $\u202f202.1\u202fk would have shown." in told


def test_of_many_reasons_for_care_the_first_is_said_where_the_others_stand_below(project):
    checks = tuple(cx.Check(f"C{i}", "1", "2", "amber", f"Reason {i} holds.") for i in range(4))
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.Verdict("Value", checks))), path)
    summary = summarise(str(project / "study"), "2026-09")
    assert "<b>Value</b>, with care: Reason 0 holds. 3 more reasons below." in summary.untold().html
    assert "Reason 3 holds." in summary.beliefs().html


def test_the_groups_most_at_risk_come_first_with_their_interval_and_size(summary):
    html = summary.at_risk().html
    assert re.findall('<th scope="row">(.*?)</th>', html) == [
        "Plan: Monthly",
        "Region: Île &lt;de&gt; France",
        "Plan: Annual",
    ]
    assert "29.0 – 33.0" in html
    assert 'href="churn.html"' in html


def test_who_is_at_risk_and_what_to_do_are_not_told_by_a_page_that_is_not_to_be_believed(project):
    red = cx.Verdict("Churn", (cx.Check("Calibration", ".4", ".8", "red", "The chances told did not come true."),))
    action = cx.report.Action("Call", 90, cx.Estimate(3000.0, 2000.0, 4000.0, "EUR", 90), 0.99, "None.")
    told = [shows(cx.report.headline("Many leave", "Many.", red), red), groups(), shows(cx.report.actions([action]))]
    nbformat.write(notebook(*told), project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb")
    summary = summarise(str(project / "study"), "2026-09")
    assert "Plan: Monthly" not in summary.findings().html
    assert "Call" not in summary.findings().html
    assert "The chances told did not come true." in summary.untold().html


def test_who_is_at_risk_what_moved_and_what_cannot_be_told_stand_together(summary):
    html = summary.findings().html
    assert html.index("Who is most at risk") < html.index("What moved") < html.index("What this month cannot tell")


def call_back(euros: float, pays: float, what: str = "Call back") -> cx.report.Action:
    worth = cx.Estimate(euros, euros - 900.0, euros + 900.0, "EUR", 40)
    return cx.report.Action(what, 40, worth, pays, "No experiment backs it.")


def test_the_three_actions_worth_most_stand_first_with_money_and_how_surely_they_pay(project):
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    book = churn()
    told = [call_back(100.0 * place, 0.995, f"Action <{place}>") for place in range(3)]
    book.cells += [groups(), shows(cx.report.actions(told)), shows(cx.report.actions([call_back(500.0, float("nan"))]))]
    nbformat.write(notebook(*book.cells), path)
    summary = summarise(str(project / "study"), "2026-09")
    html = summary.findings().html
    assert re.findall('<th scope="row">(.*?)</th>', html)[:3] == [
        f'{words}<br><span class="range">No experiment backs it. <a href="churn.html">evidence</a></span>'
        for words in ("Call back", "Action &lt;2&gt;", "Action &lt;1&gt;")
    ]
    assert "\u2212400 – 1\u202f400" in html  # the interval of 500 ± 900
    assert "&gt; .99" in html
    assert html.index("Actions worth most") < html.index("Who is most at risk") < html.index("What moved")
    assert "No page of this month says" not in html


def test_an_action_of_unknown_gain_comes_back_from_the_notebook_as_it_was():
    action = call_back(500.0, float("nan"))
    shown = cx.report.actions([action])
    again = cx.report.Action.from_dict(json.loads(json.dumps(shown.data))[0])
    assert again.worth == action.worth
    assert str(again) == str(action)
    assert "–</td>" in shown.html


def test_what_is_not_expected_to_pay_is_no_action_of_the_month(project):
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.report.actions([call_back(-30.0, 0.49), call_back(0.0, 0.5)]))), path)
    summary = summarise(str(project / "study"), "2026-09")
    assert "No action that a page of this month looked into is expected to pay." in summary.actions().html


def test_of_figures_within_noise_only_those_of_the_first_screen_are_told_and_the_others_counted(project):
    past = pd.DataFrame([("2026-08", 0.2, 0.1, 0.3), ("2026-09", 0.2, 0.1, 0.3)], columns=["month", *LIMITS])
    found = [cx.report.Card(f"Figure {n}", cx.Estimate(0.2, 0.1, 0.3, "share", 40), past) for n in range(9)]
    path = project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb"
    nbformat.write(notebook(shows(cx.report.cards(found))), path)
    told = summarise(str(project / "study"), "2026-09").moved().html
    assert re.findall("<b>(.*?)</b>: within noise", told) == [f"Figure {n}" for n in range(5)]
    assert "4 further key figures of the pages are within noise." in told


def test_a_month_whose_pages_name_no_action_has_none(summary):
    assert "Actions worth most" not in summary.findings().html
    assert "No page of this month says what an action would be worth." in summary.actions().html


def test_what_cannot_be_told_names_lacking_tables_answers_to_take_with_care_and_the_limits_of_the_data(summary):
    html = summary.untold().html
    assert "<b>Value</b> is left out: the study has no table orders." in html
    assert "Loyalty" not in html
    assert "<b>Churn</b>, with care: The effect of plan changes with tenure." in html
    assert "Claims about causes." in html


def test_every_verdict_is_there_with_the_link_to_its_checks(summary):
    html = summary.beliefs().html
    assert '<a href="churn.html#verdict">Churn</a>' in html
    assert '<span class="chip amber">with care</span>' in html
    assert '<a href="data_quality.html#verdict">Data</a>' in html
    assert '<span class="chip grey">left out</span>' in html


def test_a_month_with_the_data_page_alone_is_told_without_inventing_anything(project):
    (project / "reports" / "2026-09" / "notebooks" / "03_churn.ipynb").unlink()
    summary = summarise(str(project / "study"), "2026-09")
    assert summary.headline().data["title"] == "All rows passed"
    assert names(summary.cards().html) == ["Rows that passed", "Rows set aside"]
    assert "Who is most at risk" not in summary.findings().html
    assert "No page of this month has recorded a forecast by group." in summary.at_risk().html
    assert "No earlier month to compare with." in summary.moved().html


def test_a_month_without_any_page_says_that_nothing_was_computed():
    empty = Summary(Month(()))
    assert empty.headline().data["title"] == "No page of this month has a finding"
    assert "No page of this month has a key figure." in empty.cards().html
    assert "Every planned page is here" in empty.untold().html
    assert "No page of this month has a verdict." in empty.beliefs().html


def test_the_last_published_month_is_read_when_none_is_named(project):
    older = project / "reports" / "2026-08" / "notebooks"
    older.mkdir(parents=True)
    nbformat.write(notebook(shows(cx.report.headline("Older", "So."))), older / "03_churn.ipynb")
    assert summarise(str(project / "study")).headline().data["title"] == "Fewer customers will leave"
    assert summarise(str(project / "study"), "2026-08").headline().data["title"] == "Older"


def test_a_month_being_made_is_read_where_it_is_made(project):
    made = project / "reports" / ".staging"
    (project / "reports" / "2026-09").rename(made)
    assert (
        summarise(str(project / "study"), "2026-09", str(made)).headline().data["title"] == "Fewer customers will leave"
    )


def test_a_month_that_is_not_published_is_refused_with_those_that_are(project):
    with pytest.raises(WrongUse, match="published are 2026-09, found 2026-10"):
        summarise(str(project / "study"), "2026-10")


def test_the_results_of_a_month_are_one_sorted_frame(project):
    month = read_month(project / "reports" / "2026-09")
    assert month.results["name"].is_monotonic_increasing
    assert month.results.set_index("name").loc["churn.rate_12m", "value"] == CHURN.value
    assert month.headlines == {"01_data_quality": "All rows passed", "03_churn": "Fewer customers will leave"}
    assert month.verdicts["answer"].tolist() == ["Data", "Churn"]


def test_a_folder_without_executed_notebooks_is_no_month(tmp_path):
    with pytest.raises(FileNotFoundError, match="found none"):
        read_month(tmp_path)
