"""Moments and response rates computed in the engine: equal to those of the answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from surveyed_shop import ITEMS, people, questions, surveyed, surveys

import cxmodels as cx
from cxmodels.loyalty.answers.engine_moments import engine_moments, engine_moments_by
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.answers.moments import Moments, moments, moments_by
from cxmodels.loyalty.answers.response_rates import response_rates
from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents
from cxmodels.study.snapshot import Snapshot

CUSTOMERS = people(90)


def invitations() -> pd.DataFrame:
    """Return one invitation a customer, a second one for some, and another survey's."""
    sent = pd.DataFrame(
        {"customer_id": CUSTOMERS["customer_id"], "survey": "annual", "sent_at": pd.Timestamp("2026-06-01")}
    )
    again = sent.head(30).assign(sent_at=pd.Timestamp("2026-06-08"))
    return pd.concat([sent, again, sent.head(1).assign(survey="barometer")], ignore_index=True)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return a shop in which every third customer, and fewer of the old, did not answer."""
    asked = surveys(CUSTOMERS)
    silent = CUSTOMERS["customer_id"][
        (CUSTOMERS.index % 3 == 1) | ((CUSTOMERS["age"] == "old") & (CUSTOMERS.index < 45))
    ]
    kept = asked["responses"][~asked["responses"]["customer_id"].isin(silent)]
    answered = asked["answers"][asked["answers"]["response_id"].isin(kept["response_id"])]
    tables = {"customers": CUSTOMERS, "items": questions(), "responses": kept, "answers": answered}
    return surveyed(tmp_path_factory.mktemp("shop"), **tables, invitations=invitations())


def assert_same(found: Moments, wanted: Moments) -> None:
    assert (found.items, found.group) == (wanted.items, wanted.group)
    assert found.mean is not None
    assert found.n == pytest.approx(wanted.n, rel=1e-12)
    np.testing.assert_allclose(found.covariance, wanted.covariance, atol=1e-12)
    np.testing.assert_allclose(found.mean, wanted.mean, atol=1e-12)


def test_the_engine_finds_the_moments_of_the_answers(snapshot: Snapshot) -> None:
    assert_same(engine_moments(snapshot, ITEMS), moments(survey_answers(snapshot, ITEMS)))


def test_so_it_does_with_weights_and_groups(snapshot: Snapshot) -> None:
    found = engine_moments_by(snapshot, ITEMS[:2], "region", weights=("age",))
    wanted = moments_by(
        survey_answers(snapshot, ITEMS[:2], by=["region"], weights=("age",)), "region", levels=["North", "South"]
    )
    assert [part.group for part in found] == ["North", "South", "unknown"]
    for one, other in zip(found, wanted, strict=False):
        assert_same(one, other)
    (south,) = engine_moments_by(snapshot, ITEMS[:2], "region", weights=("age",), levels=["South"])
    assert_same(south, wanted[1])
    with pytest.raises(InvalidAnswers, match=r"there is no level 'East'; .*there are: North, South, unknown"):
        engine_moments_by(snapshot, ITEMS[:2], "region", levels=["East"])


def test_the_mobi_answers_have_the_moments_of_their_file(root: Path) -> None:
    frame = mobi().iloc[:, :12]
    found = engine_moments(cx.open_study(root / "data" / "mobi").snapshot(), list(frame.columns))
    np.testing.assert_allclose(found.covariance, np.cov(frame.T, bias=True), atol=1e-10)
    np.testing.assert_allclose(found.mean, frame.mean(), atol=1e-10)
    assert found.n == 250


def test_too_few_of_a_group_are_told(tmp_path: Path) -> None:
    one = CUSTOMERS.assign(region=["East", "East", "East", *["West"] * 87])
    asked = surveys(one)
    asked["answers"].loc[asked["answers"]["item"] == "stay", "score"] = 4.0
    snapshot = surveyed(tmp_path, customers=one, items=questions(), **asked)
    with pytest.raises(TooFewRespondents, match="engine_moments of 'East': 3 items need at least 4"):
        engine_moments_by(snapshot, ITEMS[:3], "region")
    with pytest.raises(InvalidAnswers, match=r"engine_moments: .* all gave the same score to 'stay' \(4\)"):
        engine_moments(snapshot, ITEMS)


def test_response_rates_count_customers_once(snapshot: Snapshot) -> None:
    found = response_rates(snapshot, "annual", ["age"])
    sent = CUSTOMERS.groupby("age").size()
    responses = snapshot.responses.to_pandas()
    assert found.loc[0, ["attribute", "level", "invited"]].tolist() == ["everybody", "everybody", 90]
    answered = int(found.loc[0, "answered"])
    assert answered == responses["customer_id"].notna().sum()  # five more answered whom nobody knows
    by_age = found[found["attribute"] == "age"].set_index("level")
    assert by_age["invited"].to_dict() == sent.to_dict()
    assert by_age["answered"].sum() == answered
    np.testing.assert_allclose(by_age["share"], (by_age["answered"] / by_age["invited"]).astype(float))
    np.testing.assert_allclose(by_age["ratio"].astype(float), (by_age["share"] / (answered / 90)).astype(float))
    assert by_age["ratio"].idxmin() == "old"


def test_groups_too_small_to_be_shown_have_no_response_rate(tmp_path: Path) -> None:
    few = CUSTOMERS.assign(region=["East"] * 4 + ["West"] * 40 + ["North"] * 46, joined_on=date(2024, 1, 1))
    asked = surveys(few)
    snapshot = surveyed(tmp_path, customers=few, items=questions(), invitations=invitations(), **asked)
    found = response_rates(snapshot, "annual", ["region"]).set_index("level")
    assert found["suppressed"].to_dict() == {"everybody": False, "East": True, "North": False, "West": True}
    assert found.loc[["East", "West"], ["invited", "answered", "share", "ratio"]].isna().all(axis=None)
    with pytest.raises(InvalidAnswers, match="nobody was invited to a survey 'anual'; did you mean 'annual'"):
        response_rates(snapshot, "anual")


@pytest.mark.slow
def test_weights_by_cell_undo_non_response_that_an_attribute_explains(tmp_path: Path) -> None:
    # Trust is 7 among the young and 5 among the old; the young answer half as often: 6 weighted, less as it comes.
    draw = np.random.default_rng(7)
    n = 4000
    customers = people(n).assign(age=["young", "old"] * (n // 2), customer_id=[f"c{at:05d}" for at in range(n)])
    asked = surveys(customers, share=1.0)
    old = np.r_[np.arange(n) % 2 == 1, [False] * 5]
    answers_there = pd.Series(draw.random(n + 5) < np.where(old, 0.8, 0.4), index=asked["responses"]["response_id"])
    answered = asked["answers"].assign(score=lambda rows: rows["score"].where(rows["item"] != "trust"))
    score = pd.Series(np.where(old, 5.0, 7.0) + draw.choice([-1, 0, 1], n + 5), index=answers_there.index)
    answered["score"] = answered["score"].fillna(answered["response_id"].map(score))
    kept = {
        name: t[t["response_id"].map(answers_there)]
        for name, t in (("responses", asked["responses"]), ("answers", answered))
    }
    kept["responses"] = kept["responses"].dropna(subset=["customer_id"])
    kept["answers"] = kept["answers"][kept["answers"]["response_id"].isin(kept["responses"]["response_id"])]
    snapshot = surveyed(tmp_path, customers=customers, items=questions(), **kept)
    plain, weighted = engine_moments(snapshot, ["trust"]), engine_moments(snapshot, ["trust"], weights=("age",))
    assert plain.mean is not None
    assert weighted.mean is not None
    assert plain.mean[0] == pytest.approx(5 * 2 / 3 + 7 / 3, abs=0.06)
    assert weighted.mean[0] == pytest.approx(6, abs=0.06)
    assert weighted.n < plain.n
