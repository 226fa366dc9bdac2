"""Respondents whose exit barriers weaken the path from satisfaction to loyalty, by a known amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.loyalty.syntax.path_model import PathModel

MODEL = PathModel(
    """
    Satisfaction =~ s1 + s2 + s3
    Barriers     =~ b1 + b2 + b3
    Loyalty      =~ l1 + l2 + l3
    Loyalty ~ Satisfaction + Barriers
    """
)
LOADINGS = {f"{letter}{place}": value for letter in "sbl" for place, value in ((1, 0.85), (2, 0.75), (3, 0.65))}
SLOPE, BARRIERS, PRODUCT, CORRELATION = 0.5, 0.2, -0.2, 0.3
NAMES = {"source": "Satisfaction", "moderator": "Barriers", "target": "Loyalty"}


def respondents(n: int, seed: int, *, product: float = PRODUCT, slope: float = SLOPE) -> pd.DataFrame:
    """Return their answers, all constructs with mean 0 and variance 1."""
    random = np.random.default_rng(seed)
    satisfied = random.standard_normal(n)
    held = CORRELATION * satisfied + np.sqrt(1 - CORRELATION**2) * random.standard_normal(n)
    explained = slope * satisfied + BARRIERS * held + product * (satisfied * held - CORRELATION)
    share = slope**2 + BARRIERS**2 + 2 * slope * BARRIERS * CORRELATION + product**2 * (1 + CORRELATION**2)
    loyal = explained + np.sqrt(1 - share) * random.standard_normal(n)
    constructs = {"s": satisfied, "b": held, "l": loyal}
    return pd.DataFrame(
        {
            item: loading * constructs[item[0]] + np.sqrt(1 - loading**2) * random.standard_normal(n)
            for item, loading in LOADINGS.items()
        }
    )
