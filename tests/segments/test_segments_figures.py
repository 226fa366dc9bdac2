"""Figures of segments say in their title what their numbers say, and draw nothing of a few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from cxmodels.estimate import Estimate
from cxmodels.segments.clusters.assign import Assignment, assigned
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.figures import lifecycle_flow, migration_flow, segment_profiles, segment_sizes_value
from cxmodels.segments.lifecycle.lifecycle import NOT_YET, UNKNOWN_NOW, Lifecycle
from cxmodels.segments.lifecycle.states import STATES
from cxmodels.segments.migration.migration import Migration, moved
from cxmodels.segments.personas.personas import Persona, Personas
from cxmodels.segments.profiles.profile import Profile, profile
from cxmodels.study.snapshot import Snapshot

DAYS = date(2026, 8, 31), date(2026, 9, 30)


@pytest.fixture(scope="module")
def segments(today: Snapshot) -> Assignment:
    features = customer_features(today)
    return assigned(fit_segments(features, 5), features)


@pytest.fixture(scope="module")
def found(today: Snapshot, segments: Assignment) -> Profile:
    return profile(today, segments, attributes=())


def words(figure: object) -> list[str]:
    from matplotlib.text import Text

    return [text.get_text() for text in figure.drawing.findobj(Text)]  # type: ignore[attr-defined]


def moves(table: list[list[int]], labels: list[str]) -> Migration:
    return moved(np.array(table, float), labels, DAYS, 10)


def persona(segment: int, size: float, worth: float | None) -> Persona:
    share = Estimate(size, size - 0.01, size + 0.01, "share", 1_000)
    return Persona(segment, f"Kind {segment}", round(1_000 * size), share, value_share=worth)


def test_the_profile_names_the_farthest_difference_and_draws_a_dot_for_each(found: Profile) -> None:
    figure = segment_profiles(found)
    row = found.distinguishing(1).sort_values("strength").iloc[-1]
    assert row["name"] in figure.title
    assert f"{100 * row['inside']:.0f}\u202f% of orders" in figure.title
    ax = figure.drawing.axes[0]
    assert len(ax.collections) == 16 * 5
    assert figure.alt.count(";") == 4
    fewer = segment_profiles(found, most=4)
    assert len(fewer.drawing.axes[0].collections) == 4 * 5
    assert "that differ less are left out" in fewer.note


def test_a_hidden_segment_is_in_no_profile(today: Snapshot, segments: Assignment, found: Profile) -> None:
    hidden = profile(today, segments, attributes=(), hidden=("Segment 1",))
    figure = segment_profiles(hidden)
    assert "Segment 1:" not in figure.alt
    assert "too small to be told of are left out (2)" in figure.note
    nobody = replace(found, differences=found.differences.assign(effect=np.nan))
    with pytest.raises(ValueError, match="no segment is large enough"):
        segment_profiles(nobody)


def test_sizes_stand_beside_value_and_the_title_says_where_they_part() -> None:
    figure = segment_sizes_value(Personas((persona(1, 0.2, 0.15), persona(2, 0.8, 0.85)), ()))
    assert figure.title == "Kind 1: 20\u202f% of customers, 15\u202f% of the value"
    assert len(figure.drawing.axes[0].patches) == 4
    even = segment_sizes_value(Personas((persona(1, 0.2, 0.21), persona(2, 0.8, 0.79)), ("Kind 3", "Kind 4")))
    assert even.title.startswith("No segment holds much more")
    assert "(2)" in even.note
    without = segment_sizes_value(Personas((persona(1, 0.2, None), persona(2, 0.8, None)), ()))
    assert without.title == "Kind 2 are the largest segment, 80\u202f% of customers"
    with pytest.raises(ValueError, match="no segment is large enough"):
        segment_sizes_value(Personas((), ("Kind 1",)))


def test_a_flow_draws_the_moves_that_may_be_told_alone() -> None:
    told = moves([[300, 40, 30], [20, 200, 50], [60, 70, 0]], ["Loyal", "Fading"])
    figure = migration_flow(told)
    assert len(figure.drawing.axes[0].collections) == 8
    assert "most moved from “Loyal” to “Fading”: 40" in figure.title
    assert figure.title.startswith("89\u202f% of customers are in the segment they were in on 31 August 2026")
    assert "31 August 2026" in words(figure)
    assert "Loyal\n370" in words(figure)
    assert "Not drawn" not in figure.note

    few = moves([[300, 4, 30], [20, 200, 50], [60, 70, 0]], ["Loyal", "Fading"])
    hidden = migration_flow(few)
    shown = few.moves["customers"] > 0
    assert len(hidden.drawing.axes[0].collections) == shown.sum() < 8
    assert "“Loyal” to “Fading”" not in hidden.alt
    # one of those that are not told may be the largest
    some = moves([[300, 40, 30, 20], [20, 200, 50, 3], [30, 25, 100, 30], [60, 70, 40, 0]], ["Loyal", "Fading", "New"])
    assert migration_flow(some).title.endswith("; 40 moved from “Loyal” to “Fading”")
    assert "Not drawn are" in hidden.note


def test_bands_are_as_thick_as_there_are_customers_and_leave_no_bar() -> None:
    figure = migration_flow(moves([[300, 40, 30], [20, 200, 50], [60, 70, 0]], ["Loyal", "Fading"]))
    ax = figure.drawing.axes[0]
    bars = sorted((bar.get_x() > 0.5, -bar.get_y(), bar.get_height()) for bar in ax.patches)
    heights = [height for _, _, height in bars]
    assert np.array(heights[:3]) / sum(heights[:3]) == pytest.approx(np.array([370, 270, 130]) / 770)
    thick = []
    for band in ax.collections:
        start = band.get_paths()[0].vertices
        left = start[np.isclose(start[:, 0], start[:, 0].min())][:, 1]
        thick.append(left.max() - left.min())
    assert sum(thick) == pytest.approx(sum(heights[:3]))


def test_the_lifecycle_says_who_was_lost_and_who_came_back() -> None:
    table = np.zeros((6, 6))
    new, active, at_risk, won_back, lost = range(5)
    table[active, active], table[active, lost], table[active, at_risk] = 900, 60, 40
    table[at_risk, at_risk], table[at_risk, active], table[lost, lost], table[lost, won_back] = 90, 30, 500, 20
    table[new, new], table[5, new] = 80, 50
    flow = moved(table, list(STATES), DAYS, 10, ends=(NOT_YET, UNKNOWN_NOW))
    empty = pd.DataFrame()
    figure = lifecycle_flow(Lifecycle(empty, flow, empty, None, 1_770, ()))  # type: ignore[arg-type]
    assert figure.title == (
        "Since 31 August 2026: 60 active customers were lost; 40 came to be at risk; 30 at risk are active again"
    )
    assert "“lost” to “won back”: 20" in figure.alt
    nothing = replace(flow, moves=flow.moves.assign(customers=np.nan))
    with pytest.raises(ValueError, match="no move"):
        lifecycle_flow(Lifecycle(empty, nothing, empty, None, 0, ()))  # type: ignore[arg-type]
