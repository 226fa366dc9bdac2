"""Cox regression on one covariate, fast enough to be fitted again for every set of plausible values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

_MOST_STEPS, _NEAR, _FARTHEST = 50, 1e-9, 100


class Departures:
    """Spells in the order of their stratum and length, so that risk sets are ends of strata.

    Parameters
    ----------
    duration, event
        (rows,) time watched, and 1 where it ended by leaving.
    stratum
        (rows,) whole numbers from 0: who may leave at a pace of their own. Default: all at one.

    Notes
    -----
    Partial likelihood with ties by Efron (1977, Journal of the American Statistical Association 72): of d who left at
    one time, the l-th has l / d of all of them taken out of the risk set.
    """

    def __init__(self, duration: Array, event: Array, stratum: NDArray[np.int64] | None = None) -> None:
        groups = np.zeros(len(duration), np.int64) if stratum is None else stratum
        self._order = np.lexsort((duration, groups))
        ordered = groups[self._order]
        # one number for stratum and time, in the order of the rows
        times = np.unique(np.column_stack([groups, duration]), axis=0, return_inverse=True)[1].ravel()
        spell = times[self._order]
        self._left = event[self._order] == 1
        gone = spell[self._left]
        # (departures,) the first row at risk, the first no longer in the stratum, the place among those of one time
        self._first = np.searchsorted(spell, gone, side="left")
        self._end = np.searchsorted(ordered, ordered[self._left], side="right")
        opening = np.searchsorted(gone, gone, side="left")
        tied = np.searchsorted(gone, gone, side="right") - opening
        self._group = np.unique(opening, return_inverse=True)[1]
        self._share = (np.arange(len(gone)) - opening) / tied
        # (rows,) departures of the stratum up to the end of each spell lie between these two
        self._from = np.searchsorted(ordered[self._left], groups, side="left")
        self._until = np.searchsorted(gone, times, side="right")

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
                return coefficient, 1 / curvature, summed[self._until] - summed[self._from]
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
            onwards = np.append(each[::-1].cumsum()[::-1], 0.0)
            tied = np.bincount(self._group, weights=each[self._left])[self._group]
            sums.append(onwards[self._first] - onwards[self._end] - self._share * tied)
        total, first, second = sums
        mean = first / total
        gone = x[self._left]
        value = float((coefficient * gone - np.log(total)).sum())
        return value, float((gone - mean).sum()), float((second / total - mean**2).sum()), 1 / total
