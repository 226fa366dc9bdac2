"""The sentences, tables, actions and verdict of the page of feedback, from numbers made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.estimate import Estimate
from cxmodels.feedback.errors import InvalidValue, NoComments, UnknownMetric
from cxmodels.feedback.loop.call_list import CallList
from cxmodels.feedback.loop.leaving import LeavingEffect
from cxmodels.feedback.page.called import called, money_of, offers
from cxmodels.feedback.page.checks import judge
from cxmodels.feedback.page.findings import about, lead, title
from cxmodels.feedback.page.heard import Heard
from cxmodels.feedback.page.parts import told
from cxmodels.feedback.page.score import Score
from cxmodels.feedback.page.tables import call_rows, group_rows, left_out_rows, quoted, rising_rows, score_rows
from cxmodels.feedback.page.where import Where
from cxmodels.feedback.page.who_answers import heard_from, if_silent_differ, invited_next, planned, who_may_be_asked
from cxmodels.feedback.pooling.partial_pooling import Pooled
from cxmodels.feedback.weights.response_weights import ResponseWeights
from cxmodels.feedback.weights.sensitivity import sensitivity
from cxmodels.study.errors import MissingTable

RATES = pd.DataFrame(
    [("age_band", "old", 500, 200, 0.4), ("age_band", "young", 500, 100, 0.2), ("survey", "poll", 1000, 300, 0.3)],
    columns=["variable", "level", "invited", "answered", "rate"],
)


def points(value: float, half: float, n: int = 400) -> Estimate:
    """Return a score so many points either side."""
    return Estimate(value, value - half, value + half, "points", n)


def month_of(year: Estimate, months: int = 12, raw: Estimate | None = None) -> Heard:
    """Return relational scores of so many months, the last one five below its year."""
    history = pd.DataFrame({"month": [f"2026-{12 - months + at:02d}" for at in range(1, months + 1)]})
    history = history.assign(month=pd.period_range(end="2026-09", periods=months, freq="M").strftime("%Y-%m"))
    history = history.assign(value=year.value, low=year.value - 15, high=year.value + 15)
    now = points(year.value - 5, 15, 100)
    weighted = raw is not None
    score = Score("nps", "relational", "", now, year, raw or year, history, weighted, float(weighted))
    return Heard((score,), "relational", {"relational": ("nps",)}, date(2026, 9, 30), date(2025, 10, 1), None, 10)


def weights_with(**changed: Any) -> ResponseWeights:
    """Return weights of 1 000 invitations of which 300 were answered."""
    usual: dict[str, Any] = {"basis": "felt", "measure": {"poll": "other questions"}, "slope": 0.3, "slope_se": 0.05}
    usual |= {"invited": 1000, "answered": 300, "design_effect": 1.25, "trimmed": 0.0, "rates": RATES}
    none: Any = None
    return ResponseWeights(**({"table": none, "weaker": none, "stronger": none} | usual | changed))


def groups_with(worst: float) -> Where:
    """Return two plans, one of which surely lies below all and is the worst with a probability."""
    table = pd.DataFrame(
        {
            "plan": ["Monthly", "Annual"], "value": [-10.0, 30.0], "low": [-20.0, 20.0], "high": [0.0, 40.0],
            "raw": [-12.0, 31.0], "raw_low": [-25.0, 20.0], "raw_high": [1.0, 42.0], "n": [90, 100],
            "customers": [90, 100], "below": [0.99, 0.01], "worst": [worst, 1 - worst], "best": [0.0, 1.0],
        }
    )  # fmt: skip
    one = Pooled(table, "plan", "nps", "transactional", "points", 0.95, 11.0, points(20, 5), 0)
    columns = ["kind", "by", "group", "difference", "low", "high", "fell", "n"]
    return Where((one,), pd.DataFrame(columns=columns), "nps")


def list_of(customers: int, money: bool = True) -> CallList:
    """Return a call list whose customers have 10 at risk each, 8 to 13."""
    import ibis

    sides = {"money_at_risk": 10.0, "money_at_risk_low": 8.0, "money_at_risk_high": 13.0} if money else {}
    table = ibis.memtable(pd.DataFrame({"customer": [f"p{at}" for at in range(max(customers, 1))]}).assign(**sides))
    table = table if customers else table.filter(False)
    totals = pd.DataFrame({"why": ["unhappy", "high risk"], "customers": pd.array([customers, None], "Int64")})
    totals = totals.assign(money_at_risk=[10.0 * customers, np.nan]) if money else totals
    reasons = pd.DataFrame(
        {"reason": ["no consent", "open already", "left", "all"], "customers": pd.array([12, None, 0, 15], "Int64")}
    )
    teams = pd.DataFrame({"place": ["", "front_desk"], "team": ["care", "shop"], "share": 1.0, "n": 20})
    return CallList(table, customers, totals, reasons, "By money at risk.", teams, date(2026, 10, 7), date(2026, 9, 1))


def test_the_lead_says_month_year_weights_and_whether_it_moved_in_three_sentences() -> None:
    found = month_of(points(20, 5), raw=points(30, 4))
    said = lead(found, groups_with(0.99))
    assert "is <b>15.0</b> (0.0 – 30.0) from 100 answers of September 2026" in said
    assert "over twelve months it is <b>20.0</b> (15.0 – 25.0), 30.0 before answers are weighted" in said
    assert "In August 2026 it was 20.0: within noise; a move of 30.3 would have shown." in said
    assert said.endswith(
        "lowest for plan Monthly: <b>−10.0\u202fpoints</b> (−20.0 – 0.0), against 11.0\u202fpoints for all."
    )


def test_the_title_calls_a_group_the_lowest_only_where_that_is_sure() -> None:
    found = month_of(points(20, 5))
    opening = "Relational NPS 15.0 (20.0 over twelve months), no real move since August; transactional NPS"
    assert title(found, groups_with(0.99)) == f"{opening} is lowest for plan Monthly"
    assert title(found, groups_with(0.9)) == f"{opening} is low for plan Monthly"


def test_a_first_month_has_nothing_to_compare_with() -> None:
    found = month_of(points(20, 5), months=1)
    assert title(found).endswith(", with no month to compare with")
    assert "There is no earlier month to compare with." in lead(found)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Who is content answers more readily"),
        ({"slope": -0.3}, "Who is discontent answers more readily"),
        ({"slope": 0.05}, "Answering does not clearly depend on how customers feel"),
        ({"basis": "known"}, "cannot be told from these answers"),
    ],
)
def test_who_is_silent_is_told_as_the_weights_found_it(changed: dict[str, Any], words: str) -> None:
    said = heard_from(weights_with(**changed), month_of(points(20, 5), raw=points(30, 4)))
    assert words in said[1]
    assert "300 of 1\u202f000 invitations that arrived were answered" in said[0]
    assert "by age band: 40\u202f% of old against 20\u202f% of young" in said[0]
    assert "−10.0\u202fpoints, to 20.0\u202fpoints" in said[2]
    assert "20\u202f% fewer answers (design effect 1.25)" in said[2]


def test_the_sensitivity_is_told_at_its_ends() -> None:
    found = month_of(points(20, 5))
    said = if_silent_differ(sensitivity(found.first.year, 0.25), found.first)
    assert "20.0\u202fpoints lower or higher" in said
    assert "would be 5.0\u202fpoints or 35.0\u202fpoints" in said


def test_the_plan_is_told_in_two_sentences_and_who_may_be_asked_without_small_cells() -> None:
    surveys = pd.DataFrame({"survey": ["after_call", "poll"], "rate": [0.5, 0.25], "invitations": [1844, 3688]})
    people = pd.DataFrame({"standing": ["may be invited", "in quarantine"], "customers": pd.array([50, None], "Int64")})
    plan: Any = SimpleNamespace(
        error=5.0, needed=922, surveys=surveys, survey=surveys.iloc[0], people=people, quarantine_days=30,
        answers=(100, 90), visible=32.4, monthly=3769, months=37.7,
    )  # fmt: skip
    said = planned(plan)
    assert said[0] == (
        "<b>For ± 5 points</b> 922 answers are needed, 1\u202f844 invitations to after call (of which 50\u202f% are "
        "answered)."
    )
    assert "could mostly have shown a move of 32 points" in said[1]
    assert said[1].endswith("take 3\u202f769 answers a month, or 38 months taken together.")
    assert len(planned(SimpleNamespace(**(vars(plan) | {"answers": (None, 3), "visible": np.nan})))) == 1  # type: ignore[arg-type]
    assert who_may_be_asked(plan).count("quarantine") == 0
    assert "may be invited 50" in who_may_be_asked(plan)


def test_the_next_invitations_are_told_by_number_alone_and_few_as_few() -> None:
    wave: Any = SimpleNamespace(customers=424, survey="after_call", kind="transactional", usual=424)
    assert invited_next(wave, 10) == (
        "<b>The next invitations.</b> A list beside this page holds 424 customers for the survey after call, to be "
        "asked after their next contact, as many as in a usual month: drawn by lot among who may be invited, those who "
        "answer less more often."
    )
    other: Any = SimpleNamespace(customers=4, survey="poll", kind="relational", usual=4)
    assert "holds fewer than 10 customers for the survey poll: drawn" in invited_next(other, 10)
    assert "usual" not in invited_next(SimpleNamespace(**(vars(wave) | {"customers": 90})), 10)  # type: ignore[arg-type]


def test_what_was_counted_warns_where_nobody_was_invited_and_of_what_the_study_says() -> None:
    found = month_of(points(20, 5))
    said = about(found, None, "Anything but tests.")
    assert any("Nobody is on record as invited" in line for line in said)
    assert said[-1] == "<b>Not good for:</b> Anything but tests."
    partly = replace(found, scores=(replace(found.first, weighted=True, weighable=0.9),))
    assert any("at most 10.0\u202f%" in line for line in about(partly, weights_with()))


def test_calling_back_is_worth_the_money_that_is_lost_less_by_those_contacted() -> None:
    calls = list_of(100)
    money = money_of(calls, "EUR", 10)
    assert money == Estimate(1000.0, 800.0, 1300.0, "EUR", 100)
    sure = LeavingEffect(rate_ratio=Estimate(0.6, 0.55, 0.65, "ratio", 500))
    (offer,) = offers(calls, money, sure, 1.0)
    assert offer["worth"].value == pytest.approx(1000 * 0.4 - 100)
    assert offer["worth"].low < 300 < offer["worth"].high
    assert offer["pays"] > 0.99
    assert "not known" not in offer["rests_on"]
    action = cx.report.Action(**offer)
    assert action.customers == 100


def test_without_an_effect_calling_back_pays_as_often_as_not() -> None:
    calls = list_of(100)
    none = LeavingEffect(rate_ratio=Estimate(1.0, 0.7, 1 / 0.7, "ratio", 500))
    (offer,) = offers(calls, money_of(calls, "EUR"), none)
    assert offer["worth"].value == 0
    assert offer["pays"] == pytest.approx(0.5, abs=0.02)
    assert offer["rests_on"].startswith("An association, no trial")
    assert offer["rests_on"].endswith("What a call costs is not known and not taken off.")


def test_nothing_is_offered_where_money_or_effect_are_not_known() -> None:
    ratio = LeavingEffect(rate_ratio=Estimate(0.6, 0.5, 0.7, "ratio", 500))
    assert offers(None, None, ratio) == []
    assert offers(list_of(100), None, ratio) == []
    assert offers(list_of(100), points(1, 0), LeavingEffect("nobody left")) == []
    assert money_of(list_of(5), "EUR", 10) is None
    assert money_of(list_of(100, money=False), "EUR") is None


def test_the_call_list_is_told_in_totals_and_small_ones_as_few() -> None:
    said = called(list_of(100), money_of(list_of(100), "EUR"), 10)
    assert said[0].startswith("<b>100 customers</b> are to be called by 7 October 2026")
    assert "€\u202f1.00\u202fk" in said[1]
    assert said[-1].endswith("before: front desk → shop.")
    assert called(list_of(5), None, 10)[0].startswith("<b>Fewer than 10 customers</b>")
    assert called(list_of(0), None, 10)[0].startswith("Nobody is to be called")
    rows = call_rows(list_of(100), "EUR")
    assert list(rows["customers"]) == [100, None]
    assert rows["money at risk"].iloc[1] is None
    assert left_out_rows(list_of(100)).to_numpy().tolist() == [
        ["no consent", 12],
        ["open already", "not told"],
        ["Total", 15],
    ]


def test_a_quote_carries_no_mark_onto_the_page() -> None:
    themes: Any = SimpleNamespace(table=pd.DataFrame({"language": ["en"], "theme": ["late, parcel"]}))
    quotes = pd.DataFrame(
        {"language": ["en", "en", "en"], "theme": ["late, parcel", "late, parcel", "hidden"],
         "quote": ["It was <b>late</b>.", "Never came.", "No."]}
    )  # fmt: skip
    assert quoted(quotes, themes) == ["<b>late, parcel</b>: <q>It was ‹b›late‹/b›.</q> · <q>Never came.</q>"]


def test_themes_that_hardly_rose_are_not_told() -> None:
    found = pd.DataFrame(
        {
            "language": "en", "theme": ["a", "b", "c"], "customers": [20, 30, 40], "share": 0.2, "low": 0.1,
            "high": 0.3, "customers_before": [np.nan, 20.0, 30.0], "share_before": [np.nan, 0.1, 0.2],
            "probability": [0.99, 0.9, 0.5], "stable": [True, False, True],
        }
    )  # fmt: skip
    rows = rising_rows(found)
    assert list(rows["theme"]) == ["a", "b *"]
    assert rows["share before"].iloc[0] is None
    assert list(rows["P(rose)"]) == [".99", ".90"]


def test_tables_leave_out_what_is_not_known() -> None:
    plain = score_rows(month_of(points(20, 5)))
    assert "without weights" not in plain
    assert "without weights" in score_rows(month_of(points(20, 5), raw=points(30, 4)))
    rows = group_rows(groups_with(0.99), "transactional")
    assert rows[["by", "lowest", "P(lowest)", "highest"]].to_numpy().tolist() == [["plan", "Monthly", ".99", "Annual"]]
    assert group_rows(groups_with(0.99), "relational").empty


@pytest.mark.parametrize(("half", "status"), [(5, "green"), (10, "amber"), (20, "red")])
def test_a_score_known_too_roughly_is_not_established(half: float, status: str) -> None:
    verdict = judge(month_of(points(20, half), raw=points(20, half)), weights_with())
    assert verdict.checks[0].status == status
    assert (verdict.status == "red") == (status == "red")
    headline = cx.report.headline("It is 20", "So it is.", verdict).text
    assert headline.startswith("Not established") == (status == "red")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("Answer rate", {"answered": 100}),
        ("Silence and feeling", {"basis": "known"}),
        ("Silence and feeling", {"measure": {"poll": "own score"}}),
        ("Design effect of the weights", {"design_effect": 2.0}),
        ("Answers whose weight was cut, %", {"trimmed": 0.05}),
    ],
)
def test_a_doubt_about_the_weights_is_told(name: str, changed: dict[str, Any]) -> None:
    found = month_of(points(20, 5), raw=points(22, 5))
    sound = {check.name: check.status for check in judge(found, weights_with()).checks}
    doubted = {check.name: check.status for check in judge(found, weights_with(**changed)).checks}
    assert set(sound.values()) == {"green"}
    assert {each for each, status in doubted.items() if status != "green"} == {name}


def test_weights_that_move_the_score_far_are_told_and_silence_without_invitations_too() -> None:
    found = month_of(points(20, 5), months=8, raw=points(30, 5))
    status = {check.name: check.status for check in judge(found, weights_with()).checks}
    assert (status["What weights change"], status["Months with answers"]) == ("amber", "amber")
    without = {check.name: check.status for check in judge(month_of(points(20, 5))).checks}
    assert without["Invitations"] == "amber"


def test_what_a_study_cannot_tell_has_a_reason_without_its_path_and_a_mistake_is_raised() -> None:
    def fails(error: Exception) -> None:
        raise error

    assert told(int, "7").found == 7
    lacking = told(fails, MissingTable("/home/x/study.toml: this study has no table 'orders'; it has: items"))
    assert (lacking.found, lacking.reason) == (None, "The study has no table orders.")
    assert told(fails, MissingTable("/x/study.toml: contacts come from elsewhere")).reason.startswith("The study lacks")
    assert told(fails, UnknownMetric("/x/study.toml: no nps")).reason.startswith("The study does not ask")
    few = told(fails, NoComments("/x/study.toml: nobody wrote, found 3"))
    assert few.reason == "Nobody wrote."
    with pytest.raises(InvalidValue):
        told(fails, InvalidValue("kind: mistyped"))
