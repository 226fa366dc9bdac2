"""Coordinates in which the posterior of groups is nearly round, however far apart the groups are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cxmodels.clv.models.model import Array
from cxmodels.clv.posteriors.peaks import peaks

if TYPE_CHECKING:
    from cxmodels.sampling import Density


class _Found(NamedTuple):
    """What the way from v and u to the mean and the groups leaves for the way back."""

    t: Array
    root: Array
    inverse: Array
    X: Array
    y: Array
    mean_root: Array
    mean_inverse: Array
    g: Array
    mean: Array
    z: Array
    point: Array


@dataclass(frozen=True, eq=False)
class GivenSpread:
    """The density of groups at the logarithms of the spreads, v (coordinates,) and u (groups, coordinates), in a row.

    Were the log-likelihood of each group quadratic, the mean over groups and the groups would be normal given the
    spreads, around places and with covariances that are known. v and u are what is left when these are taken out:
    standard normal whatever the spreads. That serves large groups, which lie where their customers say (where a
    centred hierarchy would do), small ones, which lie where the others do (where a non-centred one would), and few
    groups, whose mean is known no better than they are alike. The density stays exact: the change of coordinates is
    in it, and a likelihood that is not quadratic leaves v and u that are not quite normal.

    Attributes
    ----------
    density
        That of ``log_density(model, "groups", data)``.
    data
        What it depends on; ``near`` is nil and ``root`` the identity.
    curvature, pull
        (groups, coordinates, coordinates) and (groups, coordinates): the log-likelihood of a group at `at`, along the
        directions, is about pull · at - at · curvature · at / 2.

    Notes
    -----
    Papaspiliopoulos, Roberts & Sköld (2007), A general framework for the parametrization of hierarchical models,
    Statistical Science 22(1): partially non-centred. With t the spreads and z = (group - mean) / t, z given the mean
    has the precision 1 + t curvature t.
    """

    density: Density
    data: dict[str, Array]
    curvature: Array
    pull: Array

    def __call__(self, white: Array) -> tuple[float, Array]:
        """The log density, up to a constant, and its gradient: (dimensions,) → a number and (dimensions,)."""
        groups, size = self.pull.shape
        try:
            at = self._found(white)
        except np.linalg.LinAlgError:
            return -math.inf, np.zeros(len(white))
        value, slope = self.density(self._joined(white, at), **self.data)
        own, mean_own = np.diagonal(at.root, axis1=1, axis2=2), np.diag(at.mean_root)
        # Back through `_found`, line by line: d_x is the slope in x.
        d_z = slope[2 * size :].reshape(size, groups).T
        d_u = _times(at.inverse, d_z)
        d_root = -_outer(at.z, d_u) - np.eye(size) / own[:, None]
        d_mean = self.data["directions"].T @ (slope[:size] / self.data["sd"]) - _sum_of_times(at.X, d_u)
        d_v = at.mean_inverse @ d_mean
        d_pulled = at.mean_inverse.T @ d_v
        d_mean_root = -np.outer(at.mean, d_v) - np.outer(d_pulled, at.g) - np.diag(1 / mean_own)
        d_precision = _slope_of_root(at.mean_root, at.mean_inverse, d_mean_root)
        d_X = -_outer(d_u, at.mean) - 2 * at.X @ d_precision - at.y[..., None] * d_pulled
        upright = at.inverse.swapaxes(1, 2)
        d_scaled, d_tp = upright @ d_X, _times(upright, d_u - at.X @ d_pulled)
        d_root = d_root - d_scaled @ at.X.swapaxes(1, 2) - _outer(d_tp, at.y)
        d_A = _slope_of_root(at.root, at.inverse, d_root)
        d_t = ((d_scaled + 2 * d_A * at.t) * self.curvature).sum((0, 2)) + (d_tp * self.pull).sum(0)
        gradient = np.concatenate([slope[size : 2 * size] + d_t * at.t, d_v, d_u.ravel()])
        return value - float(np.log(own).sum() + np.log(mean_own).sum()), gradient

    def placed(self, white: Array) -> Array:
        """(…, dimensions) points as `density` takes them."""
        flat = white.reshape(-1, white.shape[-1])
        return np.array([self._joined(each, self._found(each)) for each in flat]).reshape(white.shape)

    def _found(self, white: Array) -> _Found:
        groups, size = self.pull.shape
        v, u = white[size : 2 * size], white[2 * size :].reshape(groups, size)
        precision, pull = self._of_the_mean
        with np.errstate(over="ignore", invalid="ignore"):
            t = self.data["spread"] * np.exp(white[:size])
            scaled = t[:, None] * self.curvature
            root = np.linalg.cholesky(np.eye(size) + scaled * t)
            inverse = np.linalg.inv(root)
            X, y = inverse @ scaled, _times(inverse, t * self.pull)
            # The mean's precision: its prior's, and of each group the inverse of t² + 1 / curvature.
            mean_root = np.linalg.cholesky(precision - (X.swapaxes(1, 2) @ X).sum(0))
            mean_inverse = np.linalg.inv(mean_root)
            g = mean_inverse @ (pull - _sum_of_times(X, y))
            mean = mean_inverse.T @ (g + v)
            z = _times(inverse.swapaxes(1, 2), y - X @ mean + u)
        point = (self.data["directions"] @ mean - self.data["centre"]) / self.data["sd"]
        return _Found(t, root, inverse, X, y, mean_root, mean_inverse, g, mean, z, point)

    @cached_property
    def _of_the_mean(self) -> tuple[Array, Array]:
        """Precision and pull of the mean, along the directions, if the spreads were nil."""
        prior = (self.data["directions"] / self.data["sd"][:, None] ** 2).T
        return (
            prior @ self.data["directions"] + self.curvature.sum(0),
            prior @ self.data["centre"] + self.pull.sum(0),
        )

    def _joined(self, white: Array, at: _Found) -> Array:
        return np.concatenate([at.point, white[: len(at.point)], at.z.T.ravel()])


def given_spread(density: Density, data: dict[str, Array]) -> GivenSpread:
    """Whiten the density of groups with the curvature of each group's likelihood.

    Parameters
    ----------
    density, data
        That of ``log_density(model, "groups", data)``, ``near`` being the mode of all customers together: from there
        each group's own mode is looked for, under a prior as wide as that of the spreads.
    """
    size, groups = len(data["centre"]), len(data["groups"])
    near = data["near"]
    flat = {**data, "near": np.zeros(size), "root": np.eye(size)}

    def slopes(z: Array) -> Array:
        """(groups, coordinates) of the log density where all spreads are those of their prior."""
        slope = density(np.concatenate([near, np.zeros(size), z.T.ravel()]), **flat)[1]
        return slope[2 * size :].reshape(size, groups).T

    z, slope, bent = peaks(slopes, np.zeros((groups, size)))
    spread = data["spread"]
    middle = np.linalg.solve(data["directions"], data["centre"] + data["sd"] * near)
    curvature = (bent - np.eye(size)) / np.outer(spread, spread)
    pull = (slope + _times(bent, z)) / spread + curvature @ middle
    return GivenSpread(density, flat, curvature, pull)


def _times(matrices: Array, vectors: Array) -> Array:
    """(groups, k, k) and (groups, k) → (groups, k)."""
    return (matrices @ vectors[..., None])[..., 0]


def _sum_of_times(matrices: Array, vectors: Array) -> Array:
    """(groups, k, k) transposed and (groups, k) → (k,), summed over groups."""
    return vectors.ravel() @ matrices.reshape(-1, matrices.shape[-1])


def _outer(left: Array, right: Array) -> Array:
    return left[..., :, None] * right[..., None, :]


def _slope_of_root(root: Array, inverse: Array, slope: Array) -> Array:
    """The slope in a matrix from that in its Cholesky root, (…, k, k) each.

    Murray (2016), Differentiation of the Cholesky decomposition, section 3.1.
    """
    inner = (root.swapaxes(-1, -2) @ slope) * _lower(root.shape[-1])
    found = inverse.swapaxes(-1, -2) @ inner @ inverse
    return (found + found.swapaxes(-1, -2)) / 2


@cache
def _lower(size: int) -> Array:
    """The lower triangle, the diagonal counted half."""
    return np.tri(size) - np.eye(size) / 2
