"""Coefficients as a table: each with its standard error, and the ratio it stands for with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from cxmodels.churn.models.design import Design

Array = NDArray[np.float64]


def coefficient_table(design: Design, coef: Array, se: Array, ratio: str = "hazard_ratio") -> pd.DataFrame:
    """Tidy: ``term, level, coef, se, <ratio>, low, high, p`` (95 % Wald interval of the ratio, Wald test)."""
    reach = ndtri(0.975) * se
    # the ratio for a unit far larger than any difference there is may be beyond all numbers
    with np.errstate(over="ignore"):
        value, low, high = np.exp(coef), np.exp(coef - reach), np.exp(coef + reach)
    return pd.DataFrame(
        {
            "term": [name for name, _ in design.terms],
            "level": [level for _, level in design.terms],
            "coef": coef,
            "se": se,
            ratio: value,
            "low": low,
            "high": high,
            "p": 2 * ndtr(-np.abs(coef / se)),
        }
    )
