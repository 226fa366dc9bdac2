"""Draws of the matrices of a path model, in the units of its answers and standardised."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.sampling import evenly

if TYPE_CHECKING:
    from cxmodels.loyalty.bayes.density import PathDensity
    from cxmodels.loyalty.bayes.seen import Seen
    from cxmodels.loyalty.bayes.structure import Anchor
    from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True, eq=False)
class PathDraws:
    """Draws of the matrices of a path model.

    Attributes
    ----------
    items, names
        Observed variables; constructs, and items that stand in regressions.
    loadings
        (draws, items, names).
    paths
        (draws, names, names), row = what is explained.
    disturbances
        (draws, names, names) covariances of what the constructs have of their own.
    residual
        (draws, items, items) covariances of what the items have of their own.
    """

    items: tuple[str, ...]
    names: tuple[str, ...]
    loadings: Array
    paths: Array
    disturbances: Array
    residual: Array

    @cached_property
    def construct_covariance(self) -> Array:
        """(draws, names, names) of the constructs."""
        spread = np.linalg.inv(np.eye(len(self.names)) - self.paths)
        return spread @ self.disturbances @ spread.swapaxes(1, 2)

    @cached_property
    def implied(self) -> Array:
        """(draws, items, items) covariances of the items."""
        return self.loadings @ self.construct_covariance @ self.loadings.swapaxes(1, 2) + self.residual

    @cached_property
    def standardised(self) -> PathDraws:
        """The same with items and constructs of the variance one; own parts are still shares of it."""
        constructs, items = _sd(self.construct_covariance), _sd(self.implied)
        return self._in_units(1 / items, 1 / constructs)

    def scaled(self, items: Array, constructs: Array) -> PathDraws:
        """The same with items and constructs multiplied by (items,) or (draws, items) and (draws, names)."""
        return self._in_units(np.broadcast_to(items, self.residual.shape[:2]), constructs)

    def thinned(self, size: int) -> PathDraws:
        """`size` draws, evenly spaced; all of them where there are no more."""
        parts = (self.loadings, self.paths, self.disturbances, self.residual)
        return PathDraws(self.items, self.names, *(evenly(part, size) for part in parts))

    def _in_units(self, items: Array, constructs: Array) -> PathDraws:
        return PathDraws(
            self.items,
            self.names,
            self.loadings * items[:, :, None] / constructs[:, None, :],
            self.paths * constructs[:, :, None] / constructs[:, None, :],
            self.disturbances * constructs[:, :, None] * constructs[:, None, :],
            self.residual * items[:, :, None] * items[:, None, :],
        )


def draws_of(density: PathDensity, seen: Seen, points: Array, names: tuple[str, ...]) -> PathDraws:
    """The matrices at (draws, coordinates) points, in the units of the items and the scale the model text asks for."""
    structure = density.structure
    at = [density.matrices(point, seen) for point in points]
    stacked = PathDraws(structure.items, structure.latents, *(np.array(part) for part in zip(*at, strict=True)))
    found = stacked.scaled(seen.sd, _units(stacked, seen, structure.anchors))
    order = [structure.latents.index(name) for name in names]
    both = np.ix_(range(len(points)), order, order)
    return PathDraws(
        found.items, names, found.loadings[:, :, order], found.paths[both], found.disturbances[both], found.residual
    )


def _units(drawn: PathDraws, seen: Seen, anchors: tuple[Anchor, ...]) -> Array:
    """(draws, latents) what a construct with an own part of variance one is multiplied by to have its scale."""
    units = np.ones((len(drawn.paths), len(anchors)))
    # what a construct measures comes after it
    for place, anchor in reversed(list(enumerate(anchors))):
        if anchor.place == "loading":
            units[:, place] = drawn.loadings[:, anchor.row, place] * seen.sd[anchor.row] / anchor.value
        elif anchor.place == "path":
            units[:, place] = drawn.paths[:, anchor.row, place] * units[:, anchor.row] / anchor.value
        else:
            units[:, place] = anchor.value
    return units


def _sd(covariance: Array) -> Array:
    return np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
