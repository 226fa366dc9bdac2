"""Answers, their moments and response rates are the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.loyalty.answers.engine_moments import engine_moments, engine_moments_by
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.answers.respondents import each_respondent
from cxmodels.loyalty.answers.response_rates import response_rates
from cxmodels.study import open_study
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark

ITEMS = ("satisfaction_1", "satisfaction_2", "loyalty_1")


@pytest.fixture(scope="module")
def snapshots(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    ours = cx.simulate.write(tmp_path_factory.mktemp("duckdb"), customers=1200, months=15, seed=5)
    theirs = tmp_path_factory.mktemp("spark") / "study"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", "the same for both")
        shutil.copytree(ours, theirs)
        with (theirs / "study.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[source]\nurl = "spark://local[2]"\n')
        yield open_study(ours).snapshot("2026-06"), open_study(theirs).snapshot("2026-06")


def test_answers_and_what_is_joined_to_them_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    found = [survey_answers(part, ITEMS, by=["region"], weights=("age_band",)) for part in snapshots]
    pd.testing.assert_frame_equal(found[0].frame, found[1].frame)
    assert found[0].respondents > 20
    assert found[0].unusable == found[1].unusable
    joined = []
    for part, one in zip(snapshots, found, strict=True):
        score = pd.DataFrame({"score": one.frame[list(ITEMS)].mean(axis=1)})
        joined.append(each_respondent(part, one, score).to_pandas().sort_values("response_id", ignore_index=True))
    pd.testing.assert_frame_equal(*joined, check_dtype=False)
    assert len(joined[0]) == found[0].respondents


def test_moments_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    ours, theirs = (engine_moments(part, ITEMS) for part in snapshots)
    assert ours.n == theirs.n
    np.testing.assert_allclose(theirs.covariance, ours.covariance, atol=1e-12)
    levels = ["45–59", "30–44"]
    by = [engine_moments_by(part, ITEMS, "age_band", weights=("region",), levels=levels) for part in snapshots]
    for one, other in zip(*by, strict=True):
        assert one.group == other.group
        assert one.n == other.n
        np.testing.assert_allclose(other.covariance, one.covariance, atol=1e-12)
        np.testing.assert_allclose(other.mean, one.mean, atol=1e-12)


def test_response_rates_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    ours, theirs = (response_rates(part, "annual", ["region"]) for part in snapshots)
    pd.testing.assert_frame_equal(ours, theirs)
