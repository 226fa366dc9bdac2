"""Whom to call back, and what became of those who were, are the same on Spark as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cxmodels.feedback.loop.call_list import call_list
from cxmodels.feedback.loop.follow_up import follow_up
from cxmodels.feedback.loop.leaving import _watched, person_time
from cxmodels.feedback.loop.recovery import _pairs
from cxmodels.feedback.loop.stays import stays
from cxmodels.feedback.loop.unhappy import detractors
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def snapshots(on_both: Callable[..., tuple[Snapshot, Snapshot]]) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    return on_both("2026-06", customers=600, months=15, seed=5)


def test_the_call_list_is_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    people = snapshots[0].pseudonyms.execute()["pseudonym"].sort_values(ignore_index=True)
    rng = np.random.default_rng(1)
    at_risk = pd.DataFrame({"customer": people, "chance": rng.random(len(people)).round(3)})
    value = pd.DataFrame({"customer": people, "value": rng.integers(10, 900, len(people)).astype(float)})
    ours, theirs = (call_list(part, at_risk=at_risk, value=value, days=90) for part in snapshots)
    tables = [one.table.execute().sort_values("rank", ignore_index=True) for one in (ours, theirs)]
    for table in tables:
        for name in ("answered_on", "deadline"):
            table[name] = pd.to_datetime(table[name])
    pd.testing.assert_frame_equal(*tables, check_dtype=False)
    assert len(tables[0]) > 20
    for name in ("totals", "left_out", "teams"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name), check_dtype=False)


def test_what_became_of_them_is_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    ours, theirs = (follow_up(part) for part in snapshots)
    for name in ("shares", "times", "curves"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name), check_dtype=False)
    pairs = [_pairs(part, 12) for part in snapshots]
    pd.testing.assert_frame_equal(*pairs, check_dtype=False)
    counted = []
    for part in snapshots:
        spans = stays(part)
        assert spans is not None
        rows, strata = _watched(part, detractors(part), spans)
        counted.append(person_time(rows, strata))
    pd.testing.assert_series_equal(counted[0][0], counted[1][0], check_dtype=False)
    pd.testing.assert_frame_equal(counted[0][1], counted[1][1], check_dtype=False)
    assert counted[0][0]["gone"] > 5
