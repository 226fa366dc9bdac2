"""What goes with a score: weights of drivers from moments that the engine sums, and what to improve first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from driven_scores import driven, scored
from heard_shop import heard, shop

from cxmodels.feedback.counts.sums import PARTS
from cxmodels.feedback.drivers.driver_weights import driver_weights
from cxmodels.feedback.drivers.importance_performance import importance_performance
from cxmodels.feedback.drivers.predicting import which_metric_predicts
from cxmodels.feedback.drivers.respondents import UNITS, respondents
from cxmodels.feedback.drivers.sums import BLOCKS, block_of, block_sums
from cxmodels.feedback.errors import (
    AliasedDrivers,
    InvalidValue,
    MixedKinds,
    NoScores,
    TooFewAnswers,
    TooFewDepartures,
    UnknownColumn,
    UnknownMetric,
)
from cxmodels.relative_importance import drivers as divided
from cxmodels.study.snapshot import Snapshot

SHOP, DRIVEN = shop(), driven()
CXI = ["cxi_ease", "cxi_enjoy", "cxi_needs"]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return heard(tmp_path_factory.mktemp("shop"), **SHOP)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return heard(tmp_path_factory.mktemp("driven"), **DRIVEN)


def of_shop(kind: str = "relational") -> pd.DataFrame:
    """Complete responses of the shop, the questions by their metrics."""
    names = {"recommend": "nps", "easy": "cxi_ease", "fun": "cxi_enjoy", "needs": "cxi_needs"}
    rows = scored(SHOP).rename(columns=names)
    return rows[rows["kind"] == kind].dropna(subset=list(names.values()))


def test_weights_are_those_of_the_complete_answers_and_the_other_metrics_are_the_drivers(snapshot: Snapshot) -> None:
    found = driver_weights(snapshot, kind="relational", draws=50)
    rows = of_shop()
    known = divided(rows[[*CXI, "nps"]].corr(), "nps")
    columns = ["driver", "correlation", "lmg", "lmg_share", "weight", "weight_share"]
    pd.testing.assert_frame_equal(found.table[columns], known.table[columns], rtol=1e-9)
    assert found.r2.value == pytest.approx(known.r2)
    who = rows["customer_id"].fillna(rows["response_id"])
    assert (found.responses, found.customers, found.kind, found.survey) == (
        len(rows),
        who.nunique(),
        "relational",
        "yearly",
    )
    assert ((found.table["lmg_low"] <= found.table["lmg"]) & (found.table["lmg"] <= found.table["lmg_high"])).all()
    assert found.table["first"].sum() == pytest.approx(1)


def test_weights_of_answers_count(snapshot: Snapshot) -> None:
    weight = pd.Series(
        np.random.default_rng(2).integers(0, 5, len(SHOP["responses"])) / 2, SHOP["responses"]["response_id"]
    )
    given = ibis.memtable(weight.rename("weight").reset_index())
    found = driver_weights(snapshot, "cxi", "nps", kind="relational", weights=given, draws=50)
    every = scored(SHOP)
    every = every[(every["kind"] == "relational") & every["recommend"].notna()]
    every = every[every[["needs", "easy", "fun"]].notna().any(axis=1)]
    w = weight[every["response_id"]].to_numpy()
    # a respondent who left out a question has the mean of the others
    x = np.column_stack([every["recommend"], every[["needs", "easy", "fun"]].mean(axis=1)])
    known = np.cov(x.T, aweights=w)
    assert found.table["correlation"].iloc[0] == pytest.approx(
        known[0, 1] / np.sqrt(known[0, 0] * known[1, 1]), abs=1e-9
    )
    assert found.responses == (w > 0).sum()


def test_four_equal_answers_of_each_customer_tell_no_more_than_one(tmp_path: Path) -> None:
    draw = np.random.default_rng(7)
    base = draw.normal(6, 2, 80)
    wide = pd.DataFrame(
        {"nps": base, "csat": base / 2 + draw.normal(0, 1, 80), "ces": base / 2 + draw.normal(0, 1, 80)}
    )
    wide = wide.round().clip(1, [10, 5, 7], axis=1)
    who = [f"c{number:02d}" for number in range(80)]
    rows = pd.concat([wide.assign(customer_id=who, survey="once")] + 4 * [wide.assign(customer_id=who, survey="often")])
    rows["response_id"] = [f"r{number:03d}" for number in range(len(rows))]
    keys = ["response_id", "customer_id", "survey"]
    responses = rows[keys].assign(answered_at=pd.Timestamp("2026-05-01"), kind="relational")
    answers = rows.drop(columns=keys[1:]).melt("response_id", var_name="item", value_name="score")
    asked = heard(tmp_path, responses=responses, answers=answers)
    found = [driver_weights(asked, survey=survey, draws=200) for survey in ("once", "often")]
    pd.testing.assert_frame_equal(found[0].table, found[1].table)
    assert (found[1].responses, found[1].customers) == (320, 80)
    assert found[0].table["lmg_high"].iloc[0] - found[0].table["lmg_low"].iloc[0] > 0.1


def test_facts_stand_beside_scores_and_levels_enter_together(company: Snapshot) -> None:
    found = driver_weights(company, drivers=("basic", "channel", "tenure", "outcome"), draws=40)
    rows = scored(DRIVEN)
    # nobody's mail is told of: it goes with the commonest
    frame = pd.DataFrame({"basic": rows["basic"], "Phone": rows["channel"] == "Phone", "Fax": rows["channel"] == "Fax"})
    days = (rows["answered_at"].dt.normalize() - pd.to_datetime(rows["joined_on"])).dt.days
    frame["tenure"] = np.round(days * UNITS / 365.25)
    outcome = last_outcomes(rows)
    for level in ("resolved", "unresolved"):
        frame[level] = (outcome == level).to_numpy()
    frame["nps"] = rows["recommend"]
    together = {"channel": ["Phone", "Fax"], "outcome": ["resolved", "unresolved"]}
    known = divided(frame.astype(float).corr(), "nps", together=together)
    columns = ["driver", "correlation", "lmg", "weight"]
    pd.testing.assert_frame_equal(found.table[columns], known.table[columns], rtol=1e-9)
    assert found.table.set_index("driver")["fact"].to_dict() == {
        "basic": False,
        "channel": True,
        "tenure": True,
        "outcome": True,
    }


def last_outcomes(rows: pd.DataFrame) -> pd.Series:
    """Outcome of the last contact at the touchpoint asked about, at most 30 days before the answer, by pandas."""
    both = rows[["response_id", "customer_id", "touchpoint", "answered_at"]].merge(
        DRIVEN["interactions"], on=["customer_id", "touchpoint"]
    )
    days = (both["answered_at"].dt.normalize() - both["occurred_at"].dt.normalize()).dt.days
    both = both[(both["occurred_at"] <= both["answered_at"]) & (days <= 30)]
    last = (
        both.sort_values(["occurred_at", "outcome"], ascending=[False, True]).groupby("response_id")["outcome"].first()
    )
    return rows["response_id"].map(last).fillna("no contact")


def test_a_construct_is_the_mean_of_its_items(company: Snapshot) -> None:
    found = driver_weights(company, drivers=("both", "treat"), draws=20).table.set_index("driver")
    rows = scored(DRIVEN)
    mean = rows[["basic", "steady"]].mean(axis=1)
    assert found.loc["both", "correlation"] == pytest.approx(mean.corr(rows["recommend"]), abs=1e-9)


def test_blocks_of_customers_keep_the_moments_and_their_doubt() -> None:
    draw = np.random.default_rng(11)
    people, answers = 4000, 2
    level = draw.normal(0, 1, people)
    score = np.rint(UNITS * (level[:, None] + draw.normal(0, 1, (people, answers)))).astype(int)
    frame = pd.DataFrame({"cluster": np.repeat(np.arange(people), answers), "y": score.ravel()})
    # customers are numbered by the day they joined, and what goes with that is doubt as well
    frame["x"] = frame["cluster"] // 8
    table = ibis.memtable(frame.assign(weight=PARTS))
    sums = block_sums(table, {"y": table.y, "x": table.x}, people)
    values = frame[["y", "x"]] / UNITS
    assert 0.97 * BLOCKS < len(sums.n) <= BLOCKS
    assert sums.centre == pytest.approx(values.mean().to_numpy())
    assert sums.covariance == pytest.approx(np.cov(values.T, bias=True))
    means, covariances = sums.drawn(2000, 1)
    # answers of one customer go together: the error of the mean is that of the customers' means
    expected = frame.groupby("cluster")[["y", "x"]].mean().std() / UNITS / np.sqrt(people)
    assert means.std(axis=0) == pytest.approx(expected.to_numpy(), rel=0.08)
    assert covariances.mean(axis=0) == pytest.approx(sums.covariance, rel=0.01, abs=0.01)
    blocks = ibis.memtable(pd.DataFrame({"cluster": np.arange(200_000)}))
    sizes = blocks.select(block=block_of(blocks.cluster, 200_000)).to_pandas()["block"].value_counts()
    # as chance would have it: 200 each, with a spread of 14
    assert len(sizes) == BLOCKS
    assert sizes.std() == pytest.approx(14.1, rel=0.15)


def test_what_weighs_much_and_scores_low_comes_first(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(500, 3))
    score = np.rint(3 + x + [-1.0, 0.5, 0.5]).clip(1, 5)
    wide = pd.DataFrame(score, columns=["csat", "cxi_ease", "cxi_needs"])
    wide["nps"] = np.rint(5 + 1.2 * x[:, 0] + 1.2 * x[:, 1] + 0.4 * x[:, 2] + draw.normal(0, 1, 500)).clip(0, 10)
    wide["response_id"] = [f"r{number:03d}" for number in range(500)]
    responses = wide[["response_id"]].assign(answered_at=pd.Timestamp("2026-05-01"), survey="yearly", kind="relational")
    answers = wide.melt("response_id", var_name="item", value_name="score")
    asked = heard(tmp_path, responses=responses, answers=answers)
    found = importance_performance(asked, draws=400)
    table = found.table.set_index("driver")
    assert table["first"].to_dict() == {"csat": True, "cxi_ease": False, "cxi_needs": False}
    assert table["importance"].sum() == pytest.approx(1)
    mean = 25 * (wide[table.index].mean() - 1)
    assert table["performance"].to_dict() == pytest.approx(mean.to_dict())
    error = 25 * wide[table.index].std() / np.sqrt(500)
    assert (table["performance_high"] - table["performance_low"]).to_dict() == pytest.approx(
        (2 * 1.96 * error).to_dict(), rel=0.15
    )
    assert table["low"].tolist()[list(table.index).index("csat")] == 1.0
    assert (found.responses, found.customers) == (500, 500)
    with pytest.raises(InvalidValue, match="at least two drivers"):
        importance_performance(asked, drivers="csat")


def test_what_cannot_be_divided_is_named(snapshot: Snapshot, company: Snapshot) -> None:
    with pytest.raises(MixedKinds, match="kind='relational'"):
        driver_weights(snapshot)
    with pytest.raises(UnknownMetric, match=r"no question is called 'recomend'; did you mean 'recommend'"):
        driver_weights(snapshot, "recomend", kind="relational")
    with pytest.raises(UnknownColumn, match=r"drivers: 'regoin' .* did you mean 'region'.* nor is it 'tenure'"):
        driver_weights(snapshot, drivers="regoin", kind="relational")
    with pytest.raises(InvalidValue, match="'recommend' is the target itself"):
        driver_weights(snapshot, drivers=("needs", "recommend"), kind="relational")
    with pytest.raises(InvalidValue, match="each name once, found 'needs' 2 times"):
        driver_weights(snapshot, drivers=("needs", "needs"), kind="relational")
    with pytest.raises(InvalidValue, match="1 to 12 are required, found 0"):
        driver_weights(snapshot, drivers=(), kind="relational")
    with pytest.raises(AliasedDrivers, match=r"'needs' never varies .* or follows from the others"):
        driver_weights(snapshot, drivers=("cxi_needs", "needs"), kind="relational")
    with pytest.raises(AliasedDrivers, match="'survey' has not two levels"):
        driver_weights(company, drivers=("basic", "survey"))
    with pytest.raises(InvalidValue, match="scores are required, 'region' is none"):
        respondents(snapshot, "nps", ("needs", "region"), kind="relational", facts=False)


def test_few_answers_say_nothing(snapshot: Snapshot, company: Snapshot) -> None:
    with pytest.raises(TooFewAnswers, match=r"at least 30 answers that hold nps and .* found fewer"):
        driver_weights(snapshot, kind="relational", since=date(2026, 9, 20))
    with pytest.raises(NoScores, match="nobody had given a score for nps"):
        driver_weights(snapshot, survey="yearly", kind="transactional")
    with pytest.raises(TooFewDepartures, match="does not say who left"):
        which_metric_predicts(company)
