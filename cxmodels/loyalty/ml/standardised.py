"""Parameters in standard deviations of the variables, and what they say of paths and correlations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.matrices import COVARIANCE, PATH

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.matrices import Implied, Matrices
    from cxmodels.loyalty.path_fit import Array


def standardised(matrices: Matrices, theta: Array) -> Array:
    """(B, rows) each row of the parameter table when every variable has variance 1.

    A residual covariance is divided by the residual standard deviations: it becomes their correlation. NaN where a
    variance that is divided by is not positive.
    """
    values, implied = matrices.values(theta), matrices.implied(theta)
    _, covariances, _ = matrices.filled(theta)
    deviation = _deviation(implied)
    own = _root(np.diagonal(covariances, axis1=-2, axis2=-1))
    kind, row, column = matrices.kind, matrices.row, matrices.column
    with np.errstate(invalid="ignore", divide="ignore"):
        out = values / deviation[..., row]
        path = kind == PATH
        out[..., path] *= deviation[..., column[path]]
        variance = (kind == COVARIANCE) & (row == column)
        out[..., variance] /= deviation[..., column[variance]]
        other = (kind == COVARIANCE) & (row != column)
        out[..., other] = values[..., other] / (own[..., row[other]] * own[..., column[other]])
    return out[:, matrices.of_row[:, 0], matrices.of_row[:, 1]]


def standardised_paths(matrices: Matrices, theta: Array, names: Iterable[str], standard: bool) -> Array:
    """(B, G, names, names) direct paths among some variables, row = explained; raw unless `standard`."""
    paths, _, _ = matrices.filled(theta)
    if standard:
        deviation = _deviation(matrices.implied(theta))
        paths = paths * deviation[..., None, :] / deviation[..., :, None]
    place = [matrices.variables.index(name) for name in names]
    return paths[..., np.ix_(place, place)[0], np.ix_(place, place)[1]]


def correlations(matrices: Matrices, theta: Array, names: Iterable[str]) -> Array:
    """(B, G, names, names) implied correlations of some variables."""
    implied = matrices.implied(theta)
    deviation = _deviation(implied)
    place = [matrices.variables.index(name) for name in names]
    row, column = np.ix_(place, place)
    return implied.total[..., row, column] / (deviation[..., row] * deviation[..., column])


def _deviation(implied: Implied) -> Array:
    return _root(np.diagonal(implied.total, axis1=-2, axis2=-1))


def _root(variance: Array) -> Array:
    """Standard deviations, NaN where a variance is not positive."""
    return np.sqrt(np.where(variance > 0, variance, np.nan))
