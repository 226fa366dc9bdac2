"""Student t proposals that may be wider on one side than on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cxmodels.clv.models.model import Array

DEGREES = 5
"""Of freedom: tails heavier than those of a posterior, which is nearly normal."""
WIDENED = math.sqrt(1.2)
"""Factor of the width of the draws that a proposal was fitted to."""


@dataclass(frozen=True, eq=False)
class SplitT:
    """A multivariate split-t distribution.

    Geweke (1989), "Bayesian inference in econometric models using Monte Carlo integration", Econometrica 57(6),
    section 4: a spherical t whose every axis is stretched by one factor above the centre and by another below.
    Posteriors of shapes and scales are skewed along the line on which both grow.

    Attributes
    ----------
    centre
        (dimensions,)
    axes
        (dimensions, dimensions) a column an axis, of the length of its standard deviation.
    above, below
        (dimensions,) stretch of each axis on either side of the centre.
    """

    centre: Array
    axes: Array
    above: Array
    below: Array

    @classmethod
    def around(cls, centre: Array, covariance: Array) -> SplitT:
        """The t distribution without a split."""
        one = np.ones(len(centre))
        return cls(centre, _axes(covariance), one, one)

    @classmethod
    def fitted(cls, draws: Array, weights: Array) -> SplitT:
        """Of weighted draws, (draws, dimensions) and (draws,) summing to 1: medians and spreads along their axes."""
        mean = weights @ draws
        away = draws - mean
        axes = _axes((away * weights[:, None]).T @ away)
        along = away @ np.linalg.inv(axes).T
        order = np.argsort(along, axis=0)
        half = (np.cumsum(weights[order], axis=0) < 0.5).sum(axis=0)
        medians = np.take_along_axis(along, order, axis=0)[half, np.arange(len(mean))]
        along -= medians
        above, below = (
            WIDENED * np.sqrt(weights @ np.where(side, along**2, 0) / (weights @ side))
            for side in (along > 0, along <= 0)
        )
        return cls(mean + axes @ medians, axes, above, below)

    @property
    def wider(self) -> SplitT:
        """The same, half as wide again."""
        return replace(self, axes=1.5 * self.axes)

    def drawn(self, size: int, random: np.random.Generator) -> tuple[Array, Array]:
        """(size, dimensions) draws and their (size,) log density."""
        dimensions = len(self.centre)
        spherical = random.standard_normal((size, dimensions))
        spherical /= np.sqrt(random.chisquare(DEGREES, size) / DEGREES)[:, None]
        half = (DEGREES + dimensions) / 2
        constant = math.lgamma(half) - math.lgamma(DEGREES / 2) - dimensions / 2 * math.log(DEGREES * math.pi)
        stretch = np.where(spherical > 0, self.above, self.below)
        volume = np.linalg.slogdet(self.axes)[1] + np.log(stretch).sum(1)
        log_density = constant - half * np.log1p((spherical**2).sum(1) / DEGREES) - volume
        return self.centre + (spherical * stretch) @ self.axes.T, log_density


def _axes(covariance: Array) -> Array:
    """Principal axes, each as long as its standard deviation."""
    variance, directions = np.linalg.eigh(covariance)
    return directions * np.sqrt(np.maximum(variance, 1e-300))
