"""Loyalty classes of respondents whose own words tell of attitude and behaviour alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import ndtri

from cxmodels.loyalty.bayes.plausible import construct_scores
from cxmodels.loyalty.customers.classes import LoyaltyClasses, classes_of
from cxmodels.loyalty.errors import InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.measurement import Measurement

_LEVEL = 0.95


def stated_classes(answers: Answers, measurement: Measurement, *, attitude: str, behaviour: str) -> LoyaltyClasses:
    """Class respondents, known or anonymous, by two constructs.

    Parameters
    ----------
    answers
        To the items of the model.
    measurement
        Of a fit: `measurement_of`.
    attitude, behaviour
        Two constructs whose items are different ones; behaviour is what respondents say they do, such as buying again.

    Raises
    ------
    InvalidValue
        When they are not two of the constructs.
    TooFewRespondents
        When fewer than 30 respondents answered items of both.

    Notes
    -----
    Bartlett's scores of both with their errors. The classes are parted at the medians.
    """
    if attitude == behaviour or not {attitude, behaviour} <= set(measurement.names):
        raise InvalidValue(
            f"stated_classes: attitude and behaviour are two of {', '.join(measurement.names)}; found {attitude!r} and "
            f"{behaviour!r}"
        )
    scores = construct_scores(measurement, answers.frame, method="bartlett")
    margin = ndtri((1 + _LEVEL) / 2) * scores.sd[behaviour]
    cells = pd.DataFrame(
        {
            "attitude": scores.mean[attitude],
            "attitude_sd": scores.sd[attitude],
            "behaviour": scores.mean[behaviour],
            "low": scores.mean[behaviour] - margin,
            "high": scores.mean[behaviour] + margin,
            "n": answers.frame["n"],
            "weight": answers.frame["weight"],
        }
    ).dropna()
    return classes_of(cells, scale="identity", kind="measured", level=_LEVEL, min_cell=answers.min_cell)
