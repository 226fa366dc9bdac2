"""The saturated model of answers of which some are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.errors import NotConverged

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array

_MOST = 20_000
_STILL = 1e-9
"""Largest change of a step, in standard deviations, at which the algorithm has arrived."""


def saturated_moments(samples: Sequence[Sample], items: tuple[str, ...], group: str) -> Moments:
    """Means and covariances of the highest likelihood, of one group's samples by what is missing.

    The EM algorithm of Dempster, Laird & Rubin (1977, JRSS B 39: 1-38) on the moments of each pattern, so that a step
    does not cost more with more respondents (Little & Rubin 2002, section 11.2).

    Raises
    ------
    NotConverged
        When the answers do not tell the covariances.
    """
    p, n = len(items), sum(float(each.n[0]) for each in samples)
    of = f" of {group!r}" if group else ""
    mean = np.zeros(p)
    weight = np.zeros(p)
    for each in samples:
        mean[each.observed] += each.n[0] * _mean(each)
        weight[each.observed] += each.n[0]
    mean /= weight
    variance = np.zeros(p)
    for each in samples:
        off = _mean(each) - mean[each.observed]
        variance[each.observed] += each.n[0] * (np.diag(each.covariance[0]) + off**2)
    covariance = np.diag(variance / weight)
    for _ in range(_MOST):
        moved, second = np.zeros(p), np.zeros((p, p))
        for each in samples:
            at = each.observed
            # what the answers given predict of all: themselves, and the regression of those missing
            try:
                predicted = np.linalg.solve(covariance[np.ix_(at, at)], covariance[at]).T
            except np.linalg.LinAlgError:
                raise _unsettled(of) from None
            off = _mean(each) - mean[at]
            share = each.n[0] / n
            moved += share * (predicted @ off)
            about = each.covariance[0] + np.outer(off, off)
            second += share * (predicted @ about @ predicted.T + covariance - predicted @ covariance[at])
        renewed = second - np.outer(moved, moved)
        deviation = np.sqrt(np.diag(renewed))
        change = np.abs(renewed - covariance) / np.outer(deviation, deviation)
        mean, covariance = mean + moved, (renewed + renewed.T) / 2
        if max(float(change.max()), float(np.abs(moved / deviation).max())) < _STILL:
            return Moments(items, n, covariance, mean, group=group)
    raise _unsettled(of)


def _unsettled(of: str) -> NotConverged:
    return NotConverged(
        f"fit_ml: the covariances{of} do not settle in up to {_MOST:,} steps of the EM algorithm; too few respondents "
        "answered the same items together"
    )


def _mean(sample: Sample) -> Array:
    assert sample.mean is not None
    return sample.mean[0]
