"""Cox regression on one covariate, fast enough to be fitted again for every set of plausible values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.errors import NotConverged

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

_MOST_STEPS, _NEAR, _FARTHEST = 50, 1e-9, 100


class Departures:
    """Spells in the order of their length, so that risk sets are tails.

    Parameters
    ----------
    duration, event
        (rows,) time watched, and 1 where it ended by leaving.

    Notes
    -----
    Partial likelihood with ties by Efron (1977, Journal of the American Statistical Association 72): of d who left at
    one time, the l-th has l / d of all of them taken out of the risk set.
    """

    def __init__(self, duration: Array, event: Array) -> None:
        self._duration = duration
        self._order = np.argsort(duration, kind="stable")
        ordered = duration[self._order]
        self._left = event[self._order] == 1
        times = ordered[self._left]
        # (departures,) the first row at risk, the place among those of one time, and how many these are
        self._first = np.searchsorted(ordered, times, side="left")
        opening = np.searchsorted(times, times, side="left")
        tied = np.searchsorted(times, times, side="right") - opening
        self._group = np.unique(opening, return_inverse=True)[1]
        self._share = (np.arange(len(times)) - opening) / tied
        self._times = times

    def fit(self, covariate: Array) -> tuple[float, float, Array]:
        """Log hazard ratio, its variance, and (rows,) cumulative hazard at a covariate of 0 by the end of each spell.

        Raises
        ------
        NotConverged
            When the covariate orders all departures, so that no finite ratio is likeliest.
        """
        x = covariate[self._order]
        coefficient, before, best = 0.0, 0.0, -np.inf
        spread = float(np.ptp(x))
        for _ in range(_MOST_STEPS):
            if abs(coefficient) * spread > _FARTHEST:
                break
            value, slope, curvature, per_departure = self._at(coefficient, x)
            if curvature <= 0:
                break
            step = slope / curvature
            if abs(step) < _NEAR:
                summed = np.append(0.0, np.cumsum(per_departure))
                place = np.searchsorted(self._times, self._duration, side="right")
                return coefficient, 1 / curvature, summed[place]
            if value < best:  # too far: half of the way back
                coefficient = (coefficient + before) / 2
                continue
            before, best = coefficient, value
            coefficient = coefficient + step
        raise NotConverged("staying: the covariate orders all departures; no hazard ratio is finite")

    def _at(self, coefficient: float, x: Array) -> tuple[float, float, float, Array]:
        """Partial log-likelihood, its slope and its negative curvature, and (departures,) baseline hazards."""
        risk = np.exp(coefficient * x)
        sums = []
        for power in range(3):
            each = risk * x**power
            at_risk = each[::-1].cumsum()[::-1][self._first]
            tied = np.bincount(self._group, weights=each[self._left])[self._group]
            sums.append(at_risk - self._share * tied)
        total, first, second = sums
        mean = first / total
        gone = x[self._left]
        value = float((coefficient * gone - np.log(total)).sum())
        return value, float((gone - mean).sum()), float((second / total - mean**2).sum()), 1 / total
