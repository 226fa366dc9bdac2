"""An estimate: a number that carries its doubt, and what a change between two of them means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

REAL = 0.975
"""A change is called real when the probability of its direction reaches this value."""
SEEN = NormalDist().inv_cdf(REAL) + NormalDist().inv_cdf(0.8)
"""Standard errors of a difference that a true change must have to be called real in four of five samples."""


@dataclass(frozen=True)
class Estimate:
    """A value with an interval.

    Parameters
    ----------
    value, low, high
        The point estimate and its interval, all in `unit`. `low <= value <= high` unless a side is NaN
        (a number that cannot be known has NaN on the side that is open).
    unit
        What one of it is: ``"share"``, ``"months"``, ``"customers"``, ``"rows"``, ``"points"``, a currency code.
    n
        How many customers, answers or rows it rests on.
    level
        Probability the interval is meant to hold.

    Raises
    ------
    ValueError
        When the interval does not hold the value, or `level` is outside (0, 1).
    """

    value: float
    low: float
    high: float
    unit: str
    n: int
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.low > self.value or self.high < self.value:
            raise ValueError(f"Estimate: low <= value <= high is required, found {self.low}, {self.value}, {self.high}")
        if not 0 < self.level < 1:
            raise ValueError(f"Estimate: level must lie between 0 and 1, found {self.level}")

    @classmethod
    def exact(cls, value: float, unit: str, n: int) -> Estimate:
        """A counted number, known without doubt: its interval is the number itself."""
        return cls(value, value, value, unit, n)

    @property
    def standard_error(self) -> float:
        """Half the interval in units of the normal quantile of its level (normal approximation)."""
        return (self.high - self.low) / (2 * NormalDist().inv_cdf((1 + self.level) / 2))

    def change_from(self, before: Estimate) -> Change:
        """What moved since `before`, the same quantity at an earlier time.

        The two are treated as independent with normal errors. Where they share customers the true doubt of
        the difference is smaller, so noise is never called a move on that account. Where either has no known
        doubt (NaN on a side) nothing can be told from noise: the probability is .5 and ``visible`` NaN.

        Raises
        ------
        ValueError
            When the units differ.
        """
        if self.unit != before.unit:
            raise ValueError(f"change_from: units must agree, found {self.unit!r} now and {before.unit!r} before")
        difference = self.value - before.value
        error = math.hypot(self.standard_error, before.standard_error)
        margin = NormalDist().inv_cdf(REAL) * error
        if math.isnan(error) or math.isnan(difference) or difference == 0:
            probability = 0.5
        else:
            probability = NormalDist().cdf(abs(difference) / error) if error > 0 else 1.0
        interval = Estimate(difference, difference - margin, difference + margin, self.unit, min(self.n, before.n))
        return Change(interval, probability, SEEN * error)


@dataclass(frozen=True)
class Change:
    """A difference between two estimates of the same quantity.

    Attributes
    ----------
    difference
        Now minus before, with its 95 % interval.
    probability
        Probability that the true change has the sign that was seen, between .5 and 1.
    visible
        The smallest true change that four of five such pairs of samples show to be real (80 % power); NaN where the
        doubt of one is not known.
    """

    difference: Estimate
    probability: float
    visible: float

    @property
    def real(self) -> bool:
        """Whether the direction is sure enough to be told (probability at least .975)."""
        return self.probability >= REAL


def share_limits(part: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits of shares by Jeffreys' prior, stretched to hold the share itself: 0 where none are, 1 where all are.

    Parameters
    ----------
    part, n
        (shares,) how many, of how many above 0. Cases that tell less than their number are divided by the design
        effect.
    level
        Probability the interval is meant to hold.

    Returns
    -------
    tuple
        (shares,) low, (shares,) high; NaN where `n` is 0.

    Notes
    -----
    Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16(2).
    """
    import numpy as np
    from scipy.special import betaincinv

    some, of = np.asarray(part, float), np.asarray(n, float)
    with np.errstate(invalid="ignore"):
        share = some / of
    low, high = (betaincinv(some + 0.5, of - some + 0.5, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    return np.minimum(low, share), np.maximum(high, share)
