"""Profiles, journeys, worth and states of the lifecycle are the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.segments.clusters.assign import Assignment, assigned_on
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.lifecycle.states import Rules, states
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.worth import concentration, means
from cxmodels.segments.profiles.profile import profile
from cxmodels.study import open_study
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark
Day = tuple[Snapshot, Assignment]


@pytest.fixture(scope="module")
def days(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Day, Day]:
    """Return one company on one day under one model, on DuckDB and on Spark."""
    ours = cx.simulate.write(tmp_path_factory.mktemp("duckdb"), customers=600, months=14, seed=6)
    theirs = tmp_path_factory.mktemp("spark") / "study"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", "the same for both")
        shutil.copytree(ours, theirs)
        with (theirs / "study.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[source]\nurl = "spark://local[2]"\n')
        snapshots = open_study(ours).snapshot("2026-06"), open_study(theirs).snapshot("2026-06")
        model = fit_segments(customer_features(snapshots[0]), 3)
        yield tuple((snapshot, assigned_on(snapshot, model)) for snapshot in snapshots)


def test_profiles_are_equal(days: tuple[Day, Day]) -> None:
    found = [profile(*day).differences for day in days]
    pd.testing.assert_frame_equal(*found, check_dtype=False, rtol=1e-6)
    assert found[0]["told"].any()


def test_journeys_are_equal(days: tuple[Day, Day]) -> None:
    found = [journeys(*day) for day in days]
    pd.testing.assert_frame_equal(*found, check_dtype=False)
    assert len(found[0]) > 3


def test_worth_is_equal(days: tuple[Day, Day]) -> None:
    found = []
    for snapshot, segments in days:
        people = snapshot.pseudonyms.to_pandas()
        value = pd.DataFrame({"customer": people["pseudonym"], "clv": people["number"] % 37 + 1.0})
        mean = means(snapshot, segments, {"clv": value}, {"clv": "EUR"})
        found.append(mean.assign(top=concentration(snapshot, segments, "clv", value)))
    assert found[0].equals(found[1])
    assert found[0]["top"].notna().any()


def test_states_are_equal(days: tuple[Day, Day]) -> None:
    placed = [
        states(snapshot, Rules(lost_after=120)).to_pandas().sort_values("number", ignore_index=True)
        for snapshot, _ in days
    ]
    pd.testing.assert_frame_equal(*placed, check_dtype=False)
    assert placed[0]["state"].nunique() >= 4
    cuts = [snapshot.pseudonyms.number.cast("float64").quantile(0.8).execute() for snapshot, _ in days]
    assert cuts[0] == cuts[1]
