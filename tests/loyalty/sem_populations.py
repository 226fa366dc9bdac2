"""Answers drawn from a model whose parameters are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.loyalty.syntax.path_model import PathModel

MEDIATED = PathModel("""
image        =~ i1 + i2 + i3
satisfaction =~ s1 + s2 + s3
loyalty      =~ l1 + l2 + l3
satisfaction ~ a*image
loyalty      ~ b*satisfaction + c*image
indirect := a*b
total    := c + a*b
""")
TRUE_PATHS = {"a": 0.6, "b": 0.5, "c": 0.2, "indirect": 0.3, "total": 0.5}
LOADINGS = {"i1": 1.0, "i2": 0.8, "i3": 1.2, "s1": 1.0, "s2": 0.9, "s3": 1.1, "l1": 1.0, "l2": 0.7, "l3": 0.9}


def answers_drawn(n: int, seed: int, *, tails: float | None = None) -> pd.DataFrame:
    """Return n respondents; `tails` degrees of freedom make everything they say longer-tailed than normal."""
    random = np.random.default_rng(seed)
    normal = random.standard_normal((n, 3 + len(LOADINGS)))
    if tails is not None:
        # one divisor for all of a respondent: elliptical, and the covariances stay
        normal *= np.sqrt((tails - 2) / random.chisquare(tails, (n, 1)))
    image = normal[:, 0]
    satisfaction = 0.6 * image + 0.8 * normal[:, 1]
    loyalty = 0.5 * satisfaction + 0.2 * image + 0.7 * normal[:, 2]
    constructs = {"i": image, "s": satisfaction, "l": loyalty}
    return pd.DataFrame(
        {
            item: 5 + loading * constructs[item[0]] + 0.7 * normal[:, 3 + place]
            for place, (item, loading) in enumerate(LOADINGS.items())
        }
    )
