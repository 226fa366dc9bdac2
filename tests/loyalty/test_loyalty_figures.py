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
from cxmodels.loyalty.customers.known_behaviour import stated_behaviour
from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect
from cxmodels.loyalty.effects.drivers import drivers
from cxmodels.loyalty.effects.effects import path_effects
from cxmodels.loyalty.effects.importance import ImportancePerformance
from cxmodels.loyalty.effects.moderation import Moderation
from cxmodels.loyalty.effects.segments import DIFFERENCES, PATHS, Segments
from cxmodels.loyalty.figures import (
    attitude_and_behaviour,
    driver_shares,
    importance_map,
    loyalty_map,
    moderated_slopes,
    paths_by_segment,
    total_effects_on,
)
from cxmodels.loyalty.syntax.path_model import PathModel

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
            ("image", 0.6, 0.5, 0.7, 0.6, 0.5, 0.7, 60.0, 58.0, 62.0, 0.99, True),
            ("price", 0.1, -0.1, 0.3, 0.1, -0.1, 0.3, 75.0, 73.0, 77.0, 0.01, False),
        ],
        columns=[
            "construct", "importance", "importance_low", "importance_high", "points", "points_low", "points_high",
            "performance", "performance_low", "performance_high", "first", "priority",
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
    assert found.title.startswith("One standard deviation more Satisfaction goes with 0.50 more Loyalty in all (0.")
    vague = sound(total_effects_on(path_effects(stated(MODEL, paths, spread=2.0, draws=200)), "Loyalty"))
    assert vague.title == "No total effect on Loyalty is told from nought"
    assert "Cut off" in vague.note
    through = PathModel("a =~ a1 + a2\nb =~ b1 + b2\nc =~ c1 + c2\nb ~ a\nc ~ b")
    chained = stated(through, {("a", "b"): 0.5, ("b", "c"): 3.0}, spread=0.05, draws=200)
    figure = sound(total_effects_on(path_effects(chained), "c"))
    assert figure.alt.count("of it direct") == 1  # a has no path to c
    sound(total_effects_on(path_effects(stated(MODEL, paths)), "Loyalty"))


def test_drivers_are_told_by_their_share_of_what_is_explained() -> None:
    correlations = pd.DataFrame(np.array([[1, 0.2, 0.6], [0.2, 1, 0.3], [0.6, 0.3, 1]]), [*"abt"], [*"abt"])
    draws = correlations.to_numpy() + np.zeros((50, 3, 3))
    found = sound(driver_shares(drivers(correlations, "t", draws=draws)))
    assert found.title == "A explains most of how t differs: 33 of the 39\u202f% explained"
    unknown = sound(driver_shares(drivers(correlations, "t")))
    assert unknown.title.endswith("how surely is not known")
    torn = correlations.to_numpy() + np.zeros((50, 3, 3))
    torn[:25] = torn[:25][:, [1, 0, 2]][:, :, [1, 0, 2]]
    unsure = sound(driver_shares(drivers(correlations, "t", draws=torn)))
    assert unsure.title.startswith("A and b explain 33 and 6 of the 39")
    assert unsure.title.endswith("which explains more is not sure")


def test_what_weighs_much_and_scores_low_is_the_title_of_the_map() -> None:
    found = sound(importance_map(importance()))
    assert found.title == "Image: more than average weight for loyalty, less than average score (60 of 100)"
    none = importance()
    calm = none.constructs.assign(priority=False)
    sure = sound(importance_map(replace(none, constructs=calm)))
    assert sure.title == "Image weighs most for loyalty and scores 60 of 100"
    unsure = sound(importance_map(replace(none, constructs=calm.assign(first=[0.7, 0.3]))))
    assert (
        unsure.title == "What weighs most for loyalty is not sure: image comes first with P 0.70 and scores 60 of 100"
    )
    unknown = sound(importance_map(replace(none, constructs=calm.assign(first=np.nan))))
    assert "how surely is not known" in unknown.title
    sound(importance_map(replace(none, constructs=none.constructs.assign(points_low=np.nan, points_high=np.nan))))


def test_classes_are_shown_with_what_they_are_worth_and_not_where_they_are_too_few() -> None:
    found = classes()
    figure = sound(loyalty_map(found, stated_behaviour("habit"), "EUR"))
    true = found.shares.set_index("quadrant").loc["true", "share"]
    assert figure.title == (
        f"{100 * true:.0f}\u202f% are high in both attitude and behaviour; by chance alone it would be 25\u202f%"
    )
    # everybody is worth the same
    assert "each" not in figure.alt
    assert figure.note.endswith("That a class is worth more than another is not told.")
    worth = sound(loyalty_map(replace(found, values_differ=True), stated_behaviour("habit"), "EUR"))
    assert "€\u202f100 each" in worth.alt
    alone = replace(found, association=Estimate(0.1, -0.02, 0.21, "r", 400))
    assert "is not told: the classes are about as large as by chance" in loyalty_map(alone, stated_behaviour("x")).title
    few = replace(found, min_cell=int(found.shares["customers"].min()) + 1)
    hidden = sound(loyalty_map(few, stated_behaviour("habit")))
    assert hidden.alt.count("loyalty") < figure.alt.count("loyalty")
    with pytest.raises(ValueError, match="no class is large enough"):
        loyalty_map(replace(found, min_cell=10_000), stated_behaviour("habit"))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("differs", "Image goes with loyalty more for new than for old: by 0.40 (0.10 to 0.70)"),
        ("no difference told", "None of 1 paths is told to differ by plan"),
        ("not comparable", "1 paths by plan, not to be compared: items do not mean the same in all of them"),
    ],
)
def test_segments_are_told_by_what_differs(verdict: str, said: str) -> None:
    found = sound(paths_by_segment(segments(verdict, 0.4)))
    assert found.title == said
    assert "Too small to be shown: 1" in found.note


def test_the_attitude_is_set_beside_the_raw_score() -> None:
    found = sound(attitude_and_behaviour(STAYING, "loyalty"))
    assert found.title == (
        "Who states one standard deviation more loyalty has 0.70 times the hazard of leaving (0.60 to 0.82)"
    )
    assert "Mean of its items: 0.77 (0.66 to 0.90)" in found.alt
    unsure = replace(STAYING, ratio=Estimate(0.9, 0.7, 1.2, "ratio", 500))
    assert "is not clear" in sound(attitude_and_behaviour(unsure, "loyalty")).title
    bought = replace(STAYING, ratio=Estimate(1.2, 1.1, 1.3, "ratio", 500), outcome="buying")
    assert sound(attitude_and_behaviour(bought, "loyalty")).title == (
        "Who states one standard deviation more loyalty has 1.20 times the rate of buying (1.10 to 1.30)"
    )


@pytest.mark.parametrize(
    ("product", "said"),
    [
        (
            (-0.2, -0.3, -0.1),
            "Satisfaction goes with loyalty less where “barriers” is high: a path of 0.10",
        ),
        ((0.0, -0.1, 0.1), "Whether satisfaction goes with loyalty less or more where “barriers” is high is not clear"),
    ],
)
def test_a_moderated_path_is_told_where_there_is_little_and_much(product: tuple[float, ...], said: str) -> None:
    terms = pd.DataFrame([("satisfaction × barriers", product[0], 0.05, *product[1:])],
                         columns=["term", "coef", "se", "low", "high"])  # fmt: skip
    slopes = pd.DataFrame({"moderator": [-1.0, 0.0, 1.0], "slope": [0.5, 0.3, 0.1], "low": 0.0, "high": 0.6})
    found = sound(
        moderated_slopes(Moderation("satisfaction", "barriers", "loyalty", terms, slopes, 0.4, 0.02, 99, 1, "So."))
    )
    assert found.title.startswith(said)
    assert "barriers low: 0.50 (0.00 to 0.60)" in found.alt
