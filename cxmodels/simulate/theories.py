"""What else the annual survey asks: the constructs of the theories of loyalty, and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cxmodels.simulate.exchanges import Scores, Theories
from cxmodels.simulate.parameters import Parameters, Satisfaction
from cxmodels.simulate.structure import Correlations, drawn_given, implied, residual_sd

FURTHER = {
    "expectation": (
        "When I subscribed I expected much of Maison Aurore.",
        "I expected its boxes to suit me.",
        "I expected few problems.",
    ),
    "quality": (
        "The coffees and teas are of high quality.",
        "The service is of high quality.",
        "One can rely on its deliveries.",
    ),
    "value": (
        "For its price the quality is good.",
        "For its quality the price is good.",
    ),
    "confirmation": (
        "The boxes were better than I had expected.",
        "The service was better than I had expected.",
    ),
    "transaction": (
        "The last time we dealt with each other, all went well.",
        "I was pleased with my last box.",
    ),
    "credibility": (
        "Maison Aurore knows its trade.",
        "Its products give me confidence.",
    ),
    "benevolence": (
        "Maison Aurore keeps improving what it does for its customers.",
        "It looks for what is good for me.",
    ),
    "integrity": (
        "Maison Aurore is sincere with its customers.",
        "It is open about where its products come from.",
    ),
    "calculative": (
        "Changing to another house would cost me effort.",
        "I would lose more than I would gain by leaving.",
        "At present I have little choice but to stay.",
    ),
    "constructive": (
        "The people of Maison Aurore know me and my taste.",
        "My benefits as a subscriber are worth keeping.",
    ),
    "coercive": (
        "The terms of the contract make it hard to leave.",
        "Leaving would cost me money.",
    ),
    "complaints": ("When I complain, it is handled well.",),
    "behaviour": (
        "Nearly all my coffee and tea comes from Maison Aurore.",
        "I have turned down offers of other houses.",
    ),
}
"""Constructs of the annual survey that came later, and the wording of their indicators, on scales from 1 to 10."""


def paths(scores: Scores, theories: Theories, satisfaction: Satisfaction) -> dict[str, dict[str, float]]:
    """Every path, causes first.

    Trust's own causes hand on what satisfaction and image do to it, and image's direct path to satisfaction is what
    its way over expectations leaves of their correlation.
    """
    before, after = theories.before_satisfaction, theories.after_satisfaction
    direct = {"satisfaction": {"image": 0.0, **theories.satisfaction}}
    correlation = implied({**before, **direct}, _unexplained())
    whole = between_image_and(satisfaction)["image", "satisfaction"]
    direct["satisfaction"]["image"] = whole - correlation["image", "satisfaction"]
    later = {name: causes for name, causes in scores.paths.items() if name != "trust"}
    return {**before, **direct, **theories.facets, "trust": theories.trust, **later, **after}


def correlations(scores: Scores, theories: Theories, satisfaction: Satisfaction) -> Correlations:
    """What the paths imply of all constructs but behaviour, on which satisfaction and barriers act together."""
    return implied(paths(scores, theories, satisfaction), _unexplained())


def further_scores(
    known: Mapping[str, np.ndarray],
    scores: Scores,
    theories: Theories,
    satisfaction: Satisfaction,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw the constructs of `FURTHER` given those of the survey as it was, which stay what they are."""
    correlation = correlations(scores, theories, satisfaction)
    names = [name for name in FURTHER if name != "behaviour"]
    latent = {**known, **drawn_given(names, known, correlation, random)}
    linear = sum(path * latent[cause] for cause, path in theories.behaviour.items())
    together = latent["satisfaction"] * latent["coercive"]
    left = residual_sd(theories.behaviour, correlation) ** 2 - theories.satisfaction_by_coercive**2
    noise = random.standard_normal(len(together)) * np.sqrt(left)
    return {
        **{name: latent[name] for name in names},
        "behaviour": linear + theories.satisfaction_by_coercive * together + noise,
    }


def between_image_and(satisfaction: Satisfaction) -> Correlations:
    """The correlation of image and satisfaction."""
    names = ("image", "satisfaction")
    between = satisfaction.image_path * satisfaction.level_sd / satisfaction.sd
    return {(one, other): 1.0 if one == other else between for one in names for other in names}


def record(parameters: Parameters) -> dict[str, Any]:
    """What ``truth.json`` says of all constructs of the annual survey."""
    scores, theories, satisfaction = parameters.scores, parameters.theories, parameters.satisfaction
    correlation = correlations(scores, theories, satisfaction)
    names = list(dict.fromkeys(name for name, _ in correlation))
    return {
        "means": (
            "Standardised paths to each construct of the annual survey, and the correlations they imply when "
            "satisfaction and image have variance 1; standardised paths of any other linear model of the constructs "
            "follow by regression. Behaviour has the paths given and satisfaction_by_coercive for the product of "
            "satisfaction and coercive barriers (which are uncorrelated, so that the product's variance is 1)."
        ),
        "paths": {
            **_rounded(paths(scores, theories, satisfaction)),
            "behaviour": dict(theories.behaviour),
        },
        "satisfaction_by_coercive": theories.satisfaction_by_coercive,
        "correlations": _rounded({one: {other: correlation[one, other] for other in names} for one in names}),
    }


def _unexplained() -> Correlations:
    pairs = {(one, other): 0.0 for one in ("image", "coercive") for other in ("image", "coercive")}
    return {**pairs, ("image", "image"): 1.0, ("coercive", "coercive"): 1.0}


def _rounded(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {one: {other: round(float(value), 6) for other, value in row.items()} for one, row in table.items()}
