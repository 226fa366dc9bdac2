"""Drivers of a score, and which score tells who leaves, are the same on Spark as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from cxmodels.feedback.drivers.driver_weights import driver_weights
from cxmodels.feedback.drivers.penalty_reward import penalty_reward
from cxmodels.feedback.drivers.predicting import which_metric_predicts
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def snapshots(on_both: Callable[..., tuple[Snapshot, Snapshot]]) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    return on_both("2026-09", customers=1200, months=18, seed=7)


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
