"""From draws to a number with its doubt."""

from __future__ import annotations

import numpy as np

from cxmodels.clv.models.model import Array
from cxmodels.estimate import Estimate


def from_draws(draws: Array, unit: str, n: int, *, value: float | None = None, level: float = 0.95) -> Estimate:
    """The mean of (draws,), or a `value` that is known better, with its equal-tailed interval.

    A value outside of the interval, as the mean of a very skewed quantity can be, widens it to itself. Where no draw
    is a number, neither is the estimate.
    """
    known = np.asarray(draws, float)
    known = known[np.isfinite(known)]
    if not len(known):
        nothing = float("nan")
        return Estimate(nothing, nothing, nothing, unit, n, level)
    told = float(known.mean()) if value is None else value
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(told, min(float(low), told), max(float(high), told), unit, n, level)
