"""Drivers of a score, and which score tells who leaves, are the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.feedback.drivers.driver_weights import driver_weights
from cxmodels.feedback.drivers.penalty_reward import penalty_reward
from cxmodels.feedback.drivers.predicting import which_metric_predicts
from cxmodels.study import open_study
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def snapshots(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    ours = cx.simulate.write(tmp_path_factory.mktemp("duckdb"), customers=1200, months=18, seed=7)
    theirs = tmp_path_factory.mktemp("spark") / "study"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", "the same for both")
        shutil.copytree(ours, theirs)
        with (theirs / "study.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[source]\nurl = "spark://local[2]"\n')
        yield open_study(ours).snapshot("2026-09"), open_study(theirs).snapshot("2026-09")


def test_drivers_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    asked = ("csat", "ces", "channel", "tenure", "outcome")
    ours, theirs = (driver_weights(part, drivers=asked, kind="transactional", draws=50) for part in snapshots)
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert ours.responses == theirs.responses > 100
    sides = [penalty_reward(part, kind="transactional", draws=50).table for part in snapshots]
    pd.testing.assert_frame_equal(*sides)


def test_the_race_is_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    ours, theirs = (which_metric_predicts(part, months=[6], kind="relational", draws=50) for part in snapshots)
    pd.testing.assert_frame_equal(ours.table, theirs.table)
    assert ours.table["departures"].iloc[0] >= 20
