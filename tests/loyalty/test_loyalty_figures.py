"""The figures of the page: each states its finding, says what it shows, and hides what must not be shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from classed_customers import customers
from moderated_customers import MODEL
from stated_fits import stated

from cxmodels.estimate import Estimate
from cxmodels.look import Figure
from cxmodels.loyalty.customers.classes import LoyaltyClasses, classes_of
from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect
from cxmodels.loyalty.effects.drivers import drivers
from cxmodels.loyalty.effects.effects import path_effects
from cxmodels.loyalty.effects.importance import ImportancePerformance
from cxmodels.loyalty.effects.segments import DIFFERENCES, PATHS, Segments
from cxmodels.loyalty.figures import (
    attitude_and_leaving,
    driver_shares,
    importance_map,
    loyalty_map,
    paths_by_segment,
    total_effects_on,
)

STAYING = AttitudeEffect(
    Estimate(0.7, 0.6, 0.82, "ratio", 500), Estimate(0.77, 0.66, 0.9, "ratio", 500), 0.75, 0.2,
    Estimate(0.6, 0.55, 0.65, "share", 500), Estimate(0.59, 0.54, 0.64, "share", 500), 500, 120,
)  # fmt: skip


def sound(figure: Figure) -> Figure:
    assert any(letter.isdigit() for letter in figure.title + figure.alt)
    assert len(figure.alt) > len(figure.title) / 2
    assert "nan" not in figure.title + figure.alt + figure.note
    assert figure.webp()[:4] == b"RIFF"
    return figure


def classes() -> LoyaltyClasses:
    cells, _ = customers(400, 3)
    return classes_of(cells.assign(value=100.0), draws=100, min_cell=10)


def importance() -> ImportancePerformance:
    table = pd.DataFrame(
        [
            ("image", 0.6, 0.5, 0.7, 0.6, 0.5, 0.7, 60.0, 58.0, 62.0, True),
            ("price", 0.1, -0.1, 0.3, 0.1, -0.1, 0.3, 75.0, 73.0, 77.0, False),
        ],
        columns=[
            "construct", "importance", "importance_low", "importance_high", "points", "points_low", "points_high",
            "performance", "performance_low", "performance_high", "priority",
        ],
    )  # fmt: skip
    return ImportancePerformance("loyalty", 70.0, 68.0, 72.0, table, pd.DataFrame())


def segments(verdict: str, difference: float) -> Segments:
    paths = pd.DataFrame(
        [("new", 90, "image", "loyalty", 0.7, 0.5, 0.9), ("old", 80, "image", "loyalty", 0.3, 0.1, 0.5)], columns=PATHS
    )
    row = ("new", "old", "image", "loyalty", difference, 0.1, 0.7, 0.01, 0.02, verdict)
    told = pd.DataFrame([row], columns=DIFFERENCES)
    return Segments("plan", paths, told, ("tiny",), verdict != "not comparable", True, "A posterior each.")


def test_total_effects_are_told_by_the_strongest_that_is_clear() -> None:
    paths = {("Satisfaction", "Loyalty"): 0.5, ("Barriers", "Loyalty"): 0.2}
    found = sound(total_effects_on(path_effects(stated(MODEL, paths, spread=0.05, draws=200)), "Loyalty"))
    assert found.title == "One standard deviation more satisfaction goes with 0.50 more Loyalty in all".replace(
        "satisfaction", "Satisfaction"
    )
    vague = sound(total_effects_on(path_effects(stated(MODEL, paths, spread=2.0, draws=200)), "Loyalty"))
    assert vague.title == "No total effect on Loyalty is told from nought"
    assert "Cut off" in vague.note
    sound(total_effects_on(path_effects(stated(MODEL, paths)), "Loyalty"))


def test_drivers_are_told_by_their_share_of_what_is_explained() -> None:
    correlations = pd.DataFrame(np.array([[1, 0.2, 0.6], [0.2, 1, 0.3], [0.6, 0.3, 1]]), [*"abt"], [*"abt"])
    draws = correlations.to_numpy() + np.zeros((50, 3, 3))
    found = sound(driver_shares(drivers(correlations, "t", draws=draws)))
    assert " a has 8" in found.title
    sound(driver_shares(drivers(correlations, "t")))


def test_what_weighs_much_and_scores_low_is_the_title_of_the_map() -> None:
    found = sound(importance_map(importance()))
    assert found.title == "Image: more than average weight for loyalty, less than average score (60 of 100)"
    none = importance()
    calm = sound(importance_map(replace(none, constructs=none.constructs.assign(priority=False))))
    assert calm.title.startswith("Nothing that weighs much for loyalty scores low; image weighs most")
    sound(importance_map(replace(none, constructs=none.constructs.assign(points_low=np.nan, points_high=np.nan))))


def test_classes_are_shown_with_what_they_are_worth_and_not_where_they_are_too_few() -> None:
    found = classes()
    figure = sound(loyalty_map(found, "EUR"))
    true = found.shares.set_index("quadrant").loc["true", "share"]
    assert figure.title.startswith(f"{100 * true:.0f}\u202f% of the customers who answered are truly loyal")
    assert "€\u202f100 each" in figure.alt
    few = replace(found, min_cell=int(found.shares["customers"].min()) + 1)
    hidden = sound(loyalty_map(few))
    assert hidden.alt.count("loyalty") < figure.alt.count("loyalty")
    with pytest.raises(ValueError, match="no class is large enough"):
        loyalty_map(replace(found, min_cell=10_000))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("differs", "Image goes with loyalty more for new than for old: by 0.40"),
        ("no difference told", "None of 1 paths is told to differ by plan"),
        ("not comparable", "1 paths by plan, not to be compared: items do not mean the same in all of them"),
    ],
)
def test_segments_are_told_by_what_differs(verdict: str, said: str) -> None:
    found = sound(paths_by_segment(segments(verdict, 0.4)))
    assert found.title == said
    assert "Too small to be shown: 1" in found.note


def test_the_attitude_is_set_beside_the_raw_score() -> None:
    found = sound(attitude_and_leaving(STAYING, "loyalty"))
    assert found.title == (
        "Who states one standard deviation more loyalty has 0.70 times the hazard of leaving (0.60 to 0.82)"
    )
    assert "Mean of its items: 0.77 (0.66 to 0.90)" in found.alt
    unsure = replace(STAYING, ratio=Estimate(0.9, 0.7, 1.2, "ratio", 500))
    assert "is not clear" in sound(attitude_and_leaving(unsure, "loyalty")).title
