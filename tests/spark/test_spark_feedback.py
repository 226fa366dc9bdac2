"""Scores and the weights of answers are the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.weights.response_weights import response_weights
from cxmodels.study import open_study
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


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


def test_scores_are_counted_alike(snapshots: tuple[Snapshot, Snapshot]) -> None:
    asked: list[dict[str, Any]] = [
        {"metric": "nps", "kind": "relational", "by": ("month", "plan", "region")},
        {"metric": "cxi", "by": "touchpoint"},
    ]
    for question in asked:
        ours, theirs = (score_counts(part, **question) for part in snapshots)
        pd.testing.assert_frame_equal(ours.frame, theirs.frame)
        pd.testing.assert_frame_equal(ours.totals, theirs.totals)


def test_answers_are_weighed_alike(snapshots: tuple[Snapshot, Snapshot]) -> None:
    weights = [response_weights(part, attributes=("age_band",)) for part in snapshots]
    assert weights[0].slope == pytest.approx(weights[1].slope, abs=1e-9)
    found = [
        score_counts(part, "nps", kind="relational", weights=each.table)
        for part, each in zip(snapshots, weights, strict=True)
    ]
    pd.testing.assert_frame_equal(found[0].totals, found[1].totals)
