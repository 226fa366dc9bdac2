"""The maximum of a log density in a few unbounded coordinates, and how it bends there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxmodels.clv.errors import NotConverged
from cxmodels.clv.models.model import Array

LogDensity = Callable[[Array], Array]
"""(points, coordinates) → (points,); minus infinity where there is no density."""

STEP = 1e-3
"""Of the central differences: in logarithms, so a thousandth of a parameter."""
LENGTHS = 2.0 ** np.arange(1, -11, -1)
"""Of the steps that are tried at once, in units of Newton's."""
LONGEST = 2.0
"""No coordinate moves further than this in one Newton step, about a factor of seven of a parameter."""
FAR = 25.0
"""So far from the start, a factor of e²⁵ of a parameter, the density is taken to rise for ever."""
ROUNDS = 60
FLAT = 1e-10
"""A second derivative this small is none, by itself or beside the largest."""
NEAR = 1e-4
"""A rise that the differences cannot tell from none: a hundredth of a standard deviation from the maximum."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a log density is largest.

    Attributes
    ----------
    point
        (coordinates,)
    value
        The log density there.
    covariance
        (coordinates, coordinates) inverse of the negative Hessian there.
    """

    point: Array
    value: float
    covariance: Array


def maximise(log_density: LogDensity, start: Array, *, what: str = "the log density", far: float = FAR) -> Maximum:
    """Find the maximum of a smooth log density by damped Newton steps.

    Derivatives are central differences, all points of a round in one call; where the density is not concave the
    eigenvalues of the Hessian are turned around. Several lengths of the step are tried at once and the best is taken.

    Parameters
    ----------
    log_density
        (points, coordinates) → (points,).
    start
        (coordinates,) a point of finite density.
    what
        Its name, for an error.
    far
        A maximum further than this from the start in any coordinate is taken for none.

    Raises
    ------
    NotConverged
        When the start has no finite density, or none of `ROUNDS` rounds ended at a maximum: the density has a plateau
        or rises for ever.
    """
    point = np.asarray(start, float)
    for _ in range(ROUNDS):
        value, gradient, hessian = derivatives(log_density, point)
        if not (np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            raise NotConverged(f"{what}: it is not finite around {_told(point)}; another start may help")
        curvature, axes = np.linalg.eigh(-hessian)
        bend = np.abs(curvature)
        if bend.max() < FLAT:
            break
        step = axes @ ((axes.T @ gradient) / np.maximum(bend, FLAT * bend.max()))
        # Newton's decrement: half of it is what the density can still rise.
        decrement = float(step @ gradient)
        peak = curvature.min() > FLAT * bend.max()
        if peak and decrement < max(1e-8, 1e-12 * abs(value)) and np.abs(step).max() < 1e-3:
            return Maximum(point + step, value + decrement / 2, np.linalg.inv(-hessian))
        tried = point + LENGTHS[:, None] * step * min(1.0, LONGEST / np.abs(step).max())
        values = log_density(tried)
        best = int(np.where(np.isnan(values), -np.inf, values).argmax())
        if not values[best] > value:
            if peak and decrement < NEAR:
                return Maximum(point, value, np.linalg.inv(-hessian))
            break
        point = tried[best]
        if np.abs(point - start).max() > far:
            break
    raise NotConverged(
        f"{what}: no maximum was found; the search ended at {_told(point)} after starting at {_told(start)}"
    )


def derivatives(log_density: LogDensity, point: Array) -> tuple[float, Array, Array]:
    """Value, gradient (coordinates,) and Hessian (coordinates, coordinates) by central differences, in one call."""
    size = len(point)
    shifts = STEP * np.eye(size)
    first, second = np.triu_indices(size, k=1)
    both = shifts[first] + shifts[second]
    values = log_density(point + np.vstack([np.zeros((1, size)), shifts, -shifts, both, -both]))
    values = np.where(np.isfinite(values), values, np.nan)
    centre, up, down = values[0], values[1 : size + 1], values[size + 1 : 2 * size + 1]
    pairs_up, pairs_down = values[2 * size + 1 :].reshape(2, len(first))
    bends = up + down - 2 * centre
    hessian = np.diag(bends) / STEP**2
    mixed = (pairs_up + pairs_down - 2 * centre - bends[first] - bends[second]) / (2 * STEP**2)
    hessian[first, second] = hessian[second, first] = mixed
    return float(centre), (up - down) / (2 * STEP), hessian


def _told(point: Array) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in point) + ")"
