"""Scores and the weights of answers are the same on Spark as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.weights.response_weights import response_weights
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def snapshots(on_both: Callable[..., tuple[Snapshot, Snapshot]]) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    return on_both("2026-06", customers=1200, months=15, seed=5)


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
