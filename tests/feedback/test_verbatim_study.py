"""Real comments of a British telephone company, where the file is there (the variable NPS_VERBATIM names it)."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

import cxmodels as cx
from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.estimates.scores import nps, score_table
from cxmodels.feedback.verbatims.comments import comments
from cxmodels.feedback.verbatims.themes import themes
from cxmodels.study import Study

STUDY = Path(__file__).parents[2] / "data" / "nps_verbatim"


@pytest.fixture(scope="module")
def study() -> Study:
    if "NPS_VERBATIM" not in os.environ:
        pytest.skip("NPS_VERBATIM names no file: data/nps_verbatim/study.toml says where it comes from")
    return cx.open_study(STUDY)


# As counted before, in all over the answers with a score, by stage over all answers.
IN_ALL = -24.7
BY_STAGE = {"Order": -9.9, "First Payment": -28.8, "Equipment Received": -56.0, "Service in Use": -76.7}


def test_the_score_is_the_one_counted_before(study: Study) -> None:
    assert nps(score_counts(study.snapshot("2018-06"), "nps")).value == pytest.approx(IN_ALL, abs=0.05)


def test_scores_by_stage_are_those_counted_before_once_answers_without_a_score_are_left_out(study: Study) -> None:
    snapshot = study.snapshot("2018-06")
    table = score_table(score_counts(snapshot, "nps", by="touchpoint")).set_index("touchpoint")
    responses = snapshot.table("responses").touchpoint.value_counts(name="every").to_pandas()
    every = responses.set_index("touchpoint")["every"]
    assert (table["value"] * table["n"] / every).to_dict() == pytest.approx(BY_STAGE, abs=0.05)
    right = {"Order": -9.98, "First Payment": -29.29, "Equipment Received": -56.71, "Service in Use": -76.67}
    assert table["value"].to_dict() == pytest.approx(right, abs=0.005)


def test_answers_without_a_score_are_set_aside(study: Study) -> None:
    counts = study.quality().counts
    assert counts[["table", "column", "reason", "rows"]].to_numpy().tolist() == [["answers", "score", "missing", 32]]


def test_days_are_read_day_first(study: Study) -> None:
    answered = study.snapshot("2018-06").table("responses").answered_at
    days = answered.as_table().aggregate(first=answered.min(), last=answered.max()).to_pandas().iloc[0]
    assert (days["first"].date(), days["last"].date()) == (date(2017, 12, 11), date(2018, 6, 20))
    in_may = study.snapshot("2018-05")
    early = comments(in_may, since=date(2018, 5, 1), until=date(2018, 5, 31))
    assert early.frame["day"].dt.month.unique().tolist() == [5]


def test_comments_are_english_masked_and_have_themes(study: Study) -> None:
    read = comments(study.snapshot("2018-06"), until=date(2018, 6, 30))
    assert len(read) == 2385
    assert (read.frame["language"] == "en").mean() > 0.95
    assert read.masked.set_index("kind")["masked"][["mail", "phone", "name"]].min() >= 1
    found = themes(read, count=12)
    assert found.table["score"].min() < -60
    assert found.table["score"].max() > 60
