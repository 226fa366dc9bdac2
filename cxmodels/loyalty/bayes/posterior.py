"""Draws from the posterior of a path model, in coordinates that its mode and curvature make round."""

from __future__ import annotations

import math

import numpy as np

from cxmodels.loyalty.bayes.density import PathDensity
from cxmodels.loyalty.bayes.seen import Seen
from cxmodels.loyalty.bayes.structure import Structure
from cxmodels.loyalty.errors import NotConverged
from cxmodels.loyalty.path_fit import Array
from cxmodels.sampling import TUNE, Chains, sample

STEP = 1e-4
"""Of the differences of the gradient that give its curvature: coordinates are standardised, or logarithms."""
LOADING, PATH, RESIDUAL = 0.7, 0.2, 0.6
"""Where the search for the mode starts."""


def draw(density: PathDensity, seen: Seen, near: Array, root: Array, *, draws: int, chains: int, seed: int) -> Chains:
    """Draw by NUTS; (chains, draws, coordinates) points.

    Parameters
    ----------
    density, seen
        The density and the answers it is asked for.
    near, root
        (coordinates,) and (coordinates, coordinates): the sampler walks in z, coordinates are near + root z.
    draws, chains, seed
        Of each chain, how many, and their seed.

    Raises
    ------
    NotConverged
        When the sampler finds no place to start.
    """

    def whitened(white: Array) -> tuple[float, Array]:
        value, gradient = density(near + root @ white, seen)
        return value, gradient @ root

    size = density.structure.size
    sampled = sample(whitened, {}, size, error=NotConverged, draws=draws, chains=chains, tune=TUNE, seed=seed)
    return Chains(near + sampled.points @ root.T, sampled.divergences)


def centred(density: PathDensity, seen: Seen) -> tuple[Array, Array]:
    """The mode, (coordinates,), and a root of the inverse of the curvature there, for `draw`.

    With many respondents z is then nearly standard normal. Where the curvature is not positive definite the root is
    the identity.
    """
    near = mode(density, seen)
    try:
        return near, np.linalg.inv(np.linalg.cholesky(curvature(density, seen, near))).T
    except np.linalg.LinAlgError:
        return near, np.eye(len(near))


def centred_on(chains: Chains, structure: Structure) -> tuple[Array, Array]:
    """The mean of draws and a root of their covariance, for `draw`: where the posterior bends away from its mode.

    The density does not depend on the sign of a residual standard deviation: the positive one stands for both.
    """
    points = chains.mixed.copy()
    points[:, structure.residuals.slots] = np.abs(points[:, structure.residuals.slots])
    return points.mean(0), np.linalg.cholesky(np.cov(points.T))


def mode(density: PathDensity, seen: Seen) -> Array:
    """Where the density is largest, as near as the search (BFGS) comes; (coordinates,)."""
    from scipy.optimize import minimize

    def falls(point: Array) -> tuple[float, Array]:
        value, gradient = density(point, seen)
        return (-value / seen.degrees, -gradient / seen.degrees) if math.isfinite(value) else (math.inf, gradient)

    return minimize(falls, start(density.structure, seen), jac=True, method="BFGS", options={"gtol": 1e-6}).x


def start(structure: Structure, seen: Seen) -> Array:
    """Where the search begins: loadings with the sign of their item's correlation with the first; (coordinates,)."""
    point = np.zeros(structure.size)
    loadings, paths, residuals = structure.counts
    first: dict[int, int] = {}
    for row, column, slot in zip(*structure.loadings, strict=True):
        first.setdefault(int(column), int(row))
        point[slot] = math.copysign(LOADING, seen.correlation[row, first[int(column)]])
    point[loadings : loadings + paths] = PATH
    point[loadings + paths : loadings + paths + residuals] = RESIDUAL
    point[structure.logs] = np.log(np.abs(point[structure.logs]))
    return point


def curvature(density: PathDensity, seen: Seen, point: Array) -> Array:
    """(coordinates, coordinates) negative second derivative, by central differences of the gradient."""
    steps = STEP * np.eye(len(point))
    slopes = np.array([density(point - step, seen)[1] - density(point + step, seen)[1] for step in steps])
    return (slopes + slopes.T) / (4 * STEP)
