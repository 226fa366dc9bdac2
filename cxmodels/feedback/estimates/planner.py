"""How many answers a question needs, and what a sample can see."""

from __future__ import annotations

import math
from statistics import NormalDist

from cxmodels.feedback.errors import InvalidValue

USUAL = 0.6
"""Variance of one answer to the recommendation question, -1, 0 or 1, as most companies have it."""


def sample_size(error: float, *, variance: float = USUAL, level: float = 0.95) -> int:
    """How many answers an NPS within so many points needs.

    Parameters
    ----------
    error
        Half the interval, in points, above 0.
    variance
        Of one answer on the scale -1 to 1, above 0 and at most 1.
    level
        Probability of the interval.

    Raises
    ------
    InvalidValue
        When a number is not in its range.

    Notes
    -----
    z²v/E², rounded up; of a small company fewer do (finite population).
    """
    _refuse(error > 0, "error", "a number of points above 0", error)
    z = _quantile(variance, level)
    return math.ceil(z**2 * variance / (error / 100) ** 2 - 1e-9)


def smallest_visible(
    now: float, before: float | None = None, *, variance: float = USUAL, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest true change of an NPS that two samples of this size mostly show, in points.

    Parameters
    ----------
    now, before
        Answers of each sample, above 0. Default of `before`: as many as now. Weighted answers: ``n_eff`` of
        `score_table`.
    variance
        Of one answer on the scale -1 to 1.
    power
        Probability to see it.
    level
        Of the interval that must not hold 0.

    Raises
    ------
    InvalidValue
        When a number is not in its range.

    Notes
    -----
    (z_level + z_power) √(v/n₁ + v/n₂).
    """
    earlier = now if before is None else before
    _refuse(min(now, earlier) > 0, "n", "a number of answers above 0", min(now, earlier))
    _refuse(0 < power < 1, "power", "a probability", power)
    z = _quantile(variance, level) + NormalDist().inv_cdf(power)
    return 100 * z * math.sqrt(variance / now + variance / earlier)


def _quantile(variance: float, level: float) -> float:
    _refuse(0 < variance <= 1, "variance", "a number above 0 and at most 1", variance)
    _refuse(0 < level < 1, "level", "a probability", level)
    return NormalDist().inv_cdf((1 + level) / 2)


def _refuse(holds: bool, name: str, allowed: str, found: float) -> None:
    if not holds:
        raise InvalidValue(f"{name}: {allowed} is required, found {found!r}")
