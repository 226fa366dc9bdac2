"""The search for the maximum of the likelihood: Fisher scoring, many data sets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.objective import discrepancy, slope, unit_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array

MOST = 500
"""Iterations."""
ENOUGH = 1e-13
"""Decrease that a step promises, of the discrepancy, below which a search has arrived."""
_NOISE = 1e-13
"""Of the discrepancy as computed, relative."""
_DAMPING = (1e-10, 1e-4, 1e10)
"""Least, at first, and where a search is given up."""


@dataclass(frozen=True, eq=False)
class Found:
    """Where B searches ended.

    Attributes
    ----------
    theta
        (B, q).
    value
        (B,) discrepancy there.
    converged
        (B,) whether no step promised any more.
    iterations
        (B,).
    """

    theta: Array
    value: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]


def search(
    matrices: Matrices, samples: Sequence[Sample], start: Array, *, most: int = MOST, enough: float = ENOUGH
) -> Found:
    """The least discrepancy from (B, q) starting values, by Fisher scoring.

    A step that does not lead down is damped towards the axes (Levenberg 1944; Marquardt 1963).
    """
    theta = start.copy()
    value = discrepancy(matrices, samples, theta)
    size, q = theta.shape
    least, first, given_up = _DAMPING
    damping, converged, iterations = np.full(size, first), np.zeros(size, bool), np.zeros(size, np.int64)
    # where the likelihood does not exist at the start, there is nowhere to step from
    active = np.flatnonzero(np.isfinite(value))
    while len(active):
        own = _chosen(samples, active)
        here = slope(matrices, own, theta[active])
        iterations[active] += 1
        # in units in which every parameter has information 1, so that those of the items do not matter
        unit = unit_of(np.diagonal(here.curvature, axis1=1, axis2=2))
        ridged = here.curvature * unit[:, :, None] * unit[:, None, :] + damping[active, None, None] * np.eye(q)
        step = unit * np.linalg.solve(ridged, -(unit * here.gradient)[..., None])[..., 0]
        promised = -(here.gradient * step).sum(1)
        tried = theta[active] + step
        reached = discrepancy(matrices, own, tried)
        good = reached <= value[active] + _NOISE * (1 + np.abs(value[active]))
        moved = active[good]
        theta[moved], value[moved] = tried[good], reached[good]
        eased, stiffened = np.maximum(damping[active] / 10, least), np.maximum(damping[active], 1e-6) * 10
        damping[active] = np.where(good, eased, stiffened)
        arrived = good & (promised < enough)
        converged[active[arrived]] = True
        active = active[~arrived & (damping[active] < given_up) & (iterations[active] < most)]
    return Found(theta, value, converged, iterations)


def _chosen(samples: Sequence[Sample], active: NDArray[np.int64]) -> tuple[Sample, ...]:
    """The samples of the searches still active; a sample that all share stays as it is."""
    return tuple(
        each
        if len(each.n) == 1
        else replace(
            each,
            n=each.n[active],
            covariance=each.covariance[active],
            mean=None if each.mean is None else each.mean[active],
        )
        for each in samples
    )
