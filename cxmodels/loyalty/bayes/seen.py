"""What the posterior of a path model takes from the answers of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.bayes.structure import Structure
    from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True, eq=False)
class Seen:
    """The answers of a group, on the scale of the coordinates.

    Attributes
    ----------
    correlation
        (items, items) of the items.
    degrees
        Respondents less one: the means are integrated out, each with a flat prior.
    sd
        (items,) unbiased standard deviations, in which loadings and residuals are counted.
    loading_scale, residual_scale
        Of each free loading and residual standard deviation, what multiplies its coordinate: 1, or, where several
        share a label, what makes them equal in the items' own units.
    fixed_residual
        (items,) residual standard deviations that are given; 0 where they are free.
    """

    correlation: Array
    degrees: float
    sd: Array
    loading_scale: Array
    residual_scale: Array
    fixed_residual: Array


def seen(structure: Structure, moments: Moments) -> Seen:
    """What the density needs of moments of the model's items, in the order of `structure.items`."""
    degrees = moments.n - 1
    covariance = moments.covariance * moments.n / degrees
    sd = np.sqrt(np.diag(covariance))
    return Seen(
        covariance / np.outer(sd, sd),
        degrees,
        sd,
        _alike(structure.loadings.slots, sd[structure.loadings.rows]),
        _alike(structure.residuals.slots, sd[structure.residuals.rows]),
        np.sqrt(structure.fixed_variances) / sd,
    )


def _alike(slots: np.ndarray, sd: Array) -> Array:
    """The mean standard deviation (geometric) of the items that share a coordinate over the item's own."""
    _, place, sharing = np.unique(slots, return_inverse=True, return_counts=True)
    return np.exp((np.bincount(place, np.log(sd)) / sharing)[place]) / sd
