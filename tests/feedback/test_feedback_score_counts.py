"""Scores counted by the engine: against pandas, and what is refused or stated instead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from heard_shop import heard, shop

from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.errors import (
    InvalidCounts,
    InvalidValue,
    MixedKinds,
    NoScores,
    UnknownColumn,
    UnknownMetric,
)
from cxmodels.feedback.estimates.scores import cxi, nps, score_table
from cxmodels.feedback.estimates.spread import spread_of
from cxmodels.study.snapshot import Snapshot

TABLES = shop()


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return heard(tmp_path_factory.mktemp("shop"), **TABLES)


def rows(item: str = "recommend") -> pd.DataFrame:
    """Return the scores with their responses and customers, by pandas."""
    answers = TABLES["answers"][TABLES["answers"]["item"] == item]
    joined = (
        TABLES["responses"].merge(answers, on="response_id").merge(TABLES["customers"], on="customer_id", how="left")
    )
    mark = np.select([joined["score"] <= 6, joined["score"] >= 9], [-1, 1], 0)
    return joined.assign(mark=mark, who=joined["customer_id"].fillna(joined["response_id"]))


def test_scores_are_counted_as_pandas_counts_them(snapshot: Snapshot) -> None:
    counts = score_counts(snapshot, "nps", kind="relational", by=("region", "month"))
    expected = rows()[rows()["kind"] == "relational"]
    expected = expected.assign(
        region=expected["region"].fillna("unknown"), month=expected["answered_at"].dt.strftime("%Y-%m")
    )
    cells = expected.groupby(["region", "month", "score"]).agg(n=("score", "size"), customers=("who", "nunique"))
    found = counts.frame.set_index(["region", "month", "score"])[["n", "customers"]]
    pd.testing.assert_frame_equal(found, cells, check_dtype=False)
    people = expected.groupby(["region", "month", "who"]).agg(w=("mark", "size"), t=("mark", "sum")).reset_index()
    people = people.assign(ww=people["w"] ** 2, tt=people["t"] ** 2, tw=people["t"] * people["w"], customers=1)
    sums = people.groupby(["region", "month"])[["w", "customers", "ww", "t", "tt", "tw"]].sum()
    totals = counts.totals.set_index(["region", "month"])
    names = ["responses", "customers", "weight_squares", "marks", "marks_squares", "marks_weights"]
    assert totals[names].to_numpy() == pytest.approx(sums.to_numpy())
    assert (counts.kind, counts.survey, counts.by) == ("relational", "yearly", ("region", "month"))
    assert (counts.first, counts.last) == (expected["answered_at"].min().date(), expected["answered_at"].max().date())
    assert counts.min_cell == 10


def test_a_survey_and_a_time_are_kept_apart(snapshot: Snapshot) -> None:
    counts = score_counts(snapshot, "nps", survey="after_delivery", since=date(2026, 8, 1), until=date(2026, 8, 31))
    kept = rows()[(rows()["kind"] == "transactional") & (rows()["answered_at"].dt.month == 8)]
    assert counts.n == len(kept)
    assert (counts.first is not None and counts.first.month, counts.kind) == (8, "transactional")
    touchpoints = score_counts(snapshot, "nps", survey="after_delivery", by="touchpoint").totals
    assert list(touchpoints["touchpoint"]) == ["desk", "door"]


def test_relational_and_transactional_answers_are_never_one_score(snapshot: Snapshot) -> None:
    with pytest.raises(MixedKinds, match="kind='relational'"):
        score_counts(snapshot, "nps")
    with pytest.raises(MixedKinds):
        score_counts(snapshot, "nps", by="survey")


def test_cxi_is_told_of_respondents(snapshot: Snapshot) -> None:
    found = cxi(score_counts(snapshot, "cxi", kind="relational"), method="wald")
    every = pd.concat([rows(item) for item in ("needs", "easy", "fun")])
    every = every[every["kind"] == "relational"]
    every["mark"] = (every["score"] >= 4).astype(int) - (every["score"] <= 2)
    mean = every.groupby(["who", "response_id"])["mark"].mean().reset_index()
    assert found.n == len(mean)
    assert found.value == pytest.approx(100 * mean["mark"].mean())
    sums = mean.groupby("who")["mark"].agg(["sum", "size"])
    theta, people = mean["mark"].mean(), len(sums)
    error = np.sqrt(people / (people - 1) * ((sums["sum"] - theta * sums["size"]) ** 2).sum()) / len(mean)
    assert (found.high - found.low) / 2 == pytest.approx(100 * 1.959964 * error, rel=1e-5)


def test_groups_may_come_from_elsewhere(snapshot: Snapshot) -> None:
    people = snapshot.pseudonyms.to_pandas()
    segment = np.where(people["number"] % 2 == 0, "even", "odd")
    by_number = pd.DataFrame({"number": people["number"], "segment": segment})
    by_pseudonym = pd.DataFrame({"customer_id": people["pseudonym"], "segment": segment})
    frames = [
        score_counts(snapshot, "nps", kind="relational", by="segment", groups=groups).frame
        for groups in (by_number, by_pseudonym, ibis.memtable(by_number.rename(columns={"number": "customer"})))
    ]
    assert set(frames[0]["segment"]) == {"even", "odd", "unknown"}
    for other in frames[1:]:
        pd.testing.assert_frame_equal(frames[0], other)
    with pytest.raises(UnknownColumn, match="customer_id"):
        score_counts(snapshot, "nps", by="segment", groups=by_number.drop(columns="number"), kind="relational")


def test_the_plan_is_that_of_the_contract_that_ran(tmp_path: Path) -> None:
    contracts = pd.DataFrame(
        {
            "contract_id": ["k1", "k2", "k3"],
            "customer_id": ["c00", "c00", "c01"],
            "started_on": [date(2024, 1, 1), date(2026, 8, 1), date(2026, 9, 29)],
            "ended_on": [date(2026, 7, 31), None, None],
            "plan": ["Basic", "Gold", "Basic"],
        }
    )
    told = rows()[rows()["kind"] == "relational"]
    of_first = told[told["customer_id"] == "c00"]["answered_at"] < "2026-08-01"
    found = score_counts(heard(tmp_path, **TABLES, contracts=contracts), "nps", kind="relational", by="plan")
    n = found.totals.set_index("plan")["n"]
    assert (
        n.get("Basic", 0) == of_first.sum() + (told["answered_at"] >= "2026-09-29")[told["customer_id"] == "c01"].sum()
    )
    assert n.get("Gold", 0) == (~of_first).sum()
    assert n.sum() == len(told)


def test_weights_count_the_answers_they_have(snapshot: Snapshot) -> None:
    told = rows()[rows()["kind"] == "relational"]
    weights = pd.DataFrame({"response_id": told["response_id"], "weight": 0.25 * (1 + np.arange(len(told)) % 5)})
    weights.loc[weights.index[:3], "weight"] = 0.0
    counts = score_counts(snapshot, "nps", kind="relational", weights=ibis.memtable(weights))
    merged = told.merge(weights[weights["weight"] > 0], on="response_id")
    theta = np.average(merged["mark"], weights=merged["weight"])
    people = merged.assign(t=merged["mark"] * merged["weight"]).groupby("who")[["weight", "t"]].sum()
    gap = people["t"] - theta * people["weight"]
    variance = len(people) / (len(people) - 1) * (gap**2).sum() / merged["weight"].sum() ** 2
    found = spread_of(counts)
    assert (counts.weighted, counts.n) == (True, len(merged))
    assert (found.score[0], found.variance[0]) == pytest.approx((theta, variance))
    assert nps(counts).value == pytest.approx(100 * theta)


def test_nobody_need_be_named(tmp_path: Path) -> None:
    responses = TABLES["responses"].drop(columns="customer_id")
    found = score_counts(heard(tmp_path, **{**without("customers"), "responses": responses}), "nps", kind="relational")
    assert found.totals["customers"].iloc[0] == found.totals["responses"].iloc[0] == found.n


def test_a_study_without_metrics_has_its_questions_told_by_name(tmp_path: Path) -> None:
    named = TABLES["answers"].replace({"item": {"recommend": "nps"}})
    found = score_counts(heard(tmp_path, **{**without("items"), "answers": named}), "nps", kind="relational")
    assert (found.n, found.scale_max) == ((rows()["kind"] == "relational").sum(), 10)


def test_a_question_that_is_not_there_is_named(tmp_path: Path, snapshot: Snapshot) -> None:
    with pytest.raises(UnknownMetric, match="'csat'"):
        score_counts(snapshot, "csat", kind="relational")
    with pytest.raises(UnknownMetric, match="no items"):
        score_counts(heard(tmp_path, **without("items")), "nps", kind="relational")


def test_scores_on_another_scale_are_refused(tmp_path: Path) -> None:
    items = TABLES["items"].assign(scale_max=[10.0, 5, 5, 7])
    other = heard(tmp_path, **{**TABLES, "items": items})
    with pytest.raises(InvalidCounts, match="1 to 5 and 1 to 7"):
        score_counts(other, "cxi", kind="relational")


def test_wrong_questions_are_named(snapshot: Snapshot) -> None:
    with pytest.raises(InvalidValue, match="'relational'"):
        score_counts(snapshot, "nps", kind="both")
    with pytest.raises(InvalidValue, match="did you mean 'yearly'"):
        score_counts(snapshot, "nps", survey="yearl")
    with pytest.raises(UnknownColumn, match="did you mean 'region'"):
        score_counts(snapshot, "nps", kind="relational", by="regoin")
    with pytest.raises(InvalidValue, match="once"):
        score_counts(snapshot, "nps", kind="relational", by=("region", "region"))
    with pytest.raises(InvalidValue, match="counted in"):
        score_counts(snapshot, "nps", kind="relational", by="score")
    with pytest.raises(NoScores, match="2026-09-30"):
        score_counts(snapshot, "nps", kind="relational", since=date(2026, 9, 30))


def test_a_table_of_groups_keeps_the_groups_of_few_for_pooling(snapshot: Snapshot) -> None:
    table = score_table(score_counts(snapshot, "nps", kind="relational", by=("region", "month")))
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert (table["n_eff"] <= table["n"] + 1e-9).all()


def without(name: str) -> dict[str, pd.DataFrame]:
    """Return the tables but one."""
    return {other: table for other, table in TABLES.items() if other != name}
