"""Answers: from what is felt to the scores that are ticked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from cxmodels.simulate.columns import chosen
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.exchanges import Scores, Theories
from cxmodels.simulate.parameters import Satisfaction
from cxmodels.simulate.structure import implied, residual_sd
from cxmodels.simulate.surveys import ANNUAL, BAROMETER, CONTACT, DELIVERY, Asked
from cxmodels.simulate.theories import FURTHER, between_image_and, further_scores

SINGLE = {
    "nps": (0, 10, "How likely are you to recommend Maison Aurore to a friend or colleague?"),
    "csat": (1, 5, "How satisfied are you with what just happened?"),
    "ces": (1, 7, "Maison Aurore made it easy for me."),
    "cxi_needs": (1, 5, "It met my needs."),
    "cxi_ease": (1, 5, "It was easy."),
    "cxi_enjoy": (1, 5, "It was enjoyable."),
}
"""Questions with a metric: lowest score, highest score, wording."""

CONSTRUCTS = {
    "image": (
        "Maison Aurore is a house one can rely on.",
        "Maison Aurore is well established.",
        "Maison Aurore cares for the people it works with.",
    ),
    "satisfaction": (
        "All in all I am satisfied with Maison Aurore.",
        "Maison Aurore is what I expected of it.",
        "Maison Aurore comes close to my ideal of a coffee and tea house.",
    ),
    "trust": (
        "Maison Aurore keeps its promises.",
        "Maison Aurore is honest with me.",
        "Maison Aurore has my interest at heart.",
    ),
    "commitment": (
        "I feel attached to Maison Aurore.",
        "I would miss Maison Aurore.",
        "I feel part of the house.",
    ),
    "loyalty": (
        "I will stay with Maison Aurore.",
        "Next time I would choose Maison Aurore again.",
        "I speak well of Maison Aurore.",
    ),
}
"""Constructs of the annual survey and the wording of their indicators, on scales from 1 to 10."""

INDICATED = {**CONSTRUCTS, **FURTHER}
"""All constructs of the annual survey."""

ASKED = {
    ANNUAL: ("nps",),
    BAROMETER: ("nps", "csat"),
    DELIVERY: ("nps", "csat", "ces"),
    CONTACT: ("nps", "csat", "ces", "cxi_needs", "cxi_ease", "cxi_enjoy"),
}
"""Single questions of each survey; the annual one has all constructs besides."""


def items() -> list[str]:
    """Names of all questions."""
    indicators = INDICATED.items()
    return [*SINGLE, *(f"{name}_{n}" for name, wordings in indicators for n in range(1, len(wordings) + 1))]


def items_table() -> pa.Table:
    """The table ``items``."""
    single = [
        {"item": item, "scale_min": low, "scale_max": high, "wording": wording, "metric": item, "construct": None}
        for item, (low, high, wording) in SINGLE.items()
    ]
    indicators = [
        {
            "item": f"{name}_{n}",
            "scale_min": 1,
            "scale_max": 10,
            "wording": wording,
            "metric": None,
            "construct": name,
        }
        for name, wordings in INDICATED.items()
        for n, wording in enumerate(wordings, start=1)
    ]
    schema = pa.schema(
        [
            ("item", pa.string()),
            ("scale_min", pa.float64()),
            ("scale_max", pa.float64()),
            ("wording", pa.string()),
            ("metric", pa.string()),
            ("construct", pa.string()),
        ]
    )
    return pa.Table.from_pylist([*single, *indicators], schema=schema)


def answer(
    customers: Customers,
    asked: Asked,
    answered: np.ndarray,
    ids: pa.Array,
    parameters: Scores,
    theories: Theories,
    satisfaction: Satisfaction,
    random: np.random.Generator,
) -> tuple[pa.Table, np.ndarray]:
    """The table ``answers`` of the answered invitations (rows of `asked`), and their recommendation scores.

    `ids` are the responses' identifiers in the order of `answered`.
    """
    names = items()
    felt, survey, who = asked.felt[answered], asked.survey[answered], asked.customer[answered]
    rows, codes, ticked = [], [], []

    def keep(of: np.ndarray, item: str, score: np.ndarray, random: np.random.Generator) -> None:
        given = random.random(len(of)) >= parameters.skip_share
        rows.append(of[given])
        codes.append(np.full(int(given.sum()), names.index(item), np.int16))
        ticked.append(score[given].astype(np.float64))

    recommendation = np.zeros(len(answered))
    for item, (lowest, _, _) in SINGLE.items():
        of = np.flatnonzero(np.isin(survey, [code for code, single in ASKED.items() if item in single]))
        latent = felt[of] + random.normal(0, parameters.noise_sd, len(of))
        score = lowest + np.searchsorted(parameters.cuts[item], latent, side="right")
        if item == "nps":
            recommendation = score
        keep(of, item, score, random)

    annual = np.flatnonzero(survey == ANNUAL)
    constructs = construct_scores(
        parameters, felt[annual] / satisfaction.sd, customers.feelings.image[who[annual]], satisfaction, random
    )

    def indicate(latent: Mapping[str, np.ndarray], mean: Mapping[str, float], random: np.random.Generator) -> None:
        for name, values in latent.items():
            for n, loading in enumerate(parameters.loadings[: len(INDICATED[name])], start=1):
                noise = random.standard_normal(len(annual)) * np.sqrt(1 - loading**2)
                indicator = parameters.indicator_sd * (loading * values + noise)
                score = np.clip(np.round(mean.get(name, parameters.indicator_mean) + indicator), 1, 10)
                keep(annual, f"{name}_{n}", score, random)

    indicate({name: constructs[name] for name in CONSTRUCTS}, {}, random)
    # Random numbers of their own: what was drawn before these questions were asked stays as it is.
    own = random.spawn(1)[0]
    further = further_scores(constructs, parameters, theories, satisfaction, own)
    indicate({name: further[name] for name in FURTHER}, theories.indicator_mean, own)

    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    table = pa.table(
        {
            "response_id": ids.take(pa.array(row[order])),
            "item": chosen(np.concatenate(codes)[order], names),
            "score": pa.array(np.concatenate(ticked)[order]),
        }
    )
    return table, recommendation


def construct_scores(
    parameters: Scores,
    satisfied: np.ndarray,
    image: np.ndarray,
    satisfaction: Satisfaction,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Latent variables of the structural model, each of variance 1 when satisfaction and image have it."""
    latent = {"image": image.astype(np.float64), "satisfaction": satisfied}
    correlation = implied(parameters.paths, between_image_and(satisfaction))
    for name, paths in parameters.paths.items():
        explained = sum(path * latent[cause] for cause, path in paths.items())
        latent[name] = explained + random.standard_normal(len(satisfied)) * residual_sd(paths, correlation)
    return latent
