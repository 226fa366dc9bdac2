"""Consistent partial least squares: correlations and loadings of common factors, not of their scores.

Dijkstra & Henseler (2015), Consistent partial least squares path modeling, MIS Quarterly 39: 297-316.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxmodels.loyalty.pls.algorithm import block_sums

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design


def disattenuated(correlations: Array, reliability: Array, design: Design) -> Array:
    """(batch, names, names) correlations of constructs, those of common factors divided by the root of rho_A.

    NaN where a rho_A is not above 0, which has no root.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.where(design.factor, np.sqrt(np.where(reliability > 0, reliability, np.nan)), 1.0)
    found = correlations / (root[:, :, None] * root[:, None, :])
    diagonal = np.arange(len(design.names))
    found[:, diagonal, diagonal] = 1.0
    return found


def factor_loadings(loadings: Array, weights: Array, reliability: Array, design: Design) -> Array:
    """(batch, items) loadings, those of common factors the weights times the root of rho_A over their squares."""
    place = design.construct_of
    with np.errstate(invalid="ignore"):
        root = np.sqrt(np.where(reliability > 0, reliability, np.nan))
    of_factor = weights * (root / block_sums(weights**2, design))[:, place]
    return np.where(design.factor[place], of_factor, loadings)


def admissible(correlations: Array, loadings: Array, r2: Array) -> NDArray[np.bool_]:
    """(batch,) whether a solution can be one of a population.

    Not where a correlation, a loading or an R² is beyond 1, or the correlations are those of no variables at all.
    """
    exact = 1 + 1e-9
    known = np.isfinite(correlations).all(axis=(1, 2)) & np.isfinite(loadings).all(axis=1)
    lowest = np.linalg.eigvalsh(np.where(known[:, None, None], correlations, np.eye(correlations.shape[1])))[:, 0]
    return (
        known
        & (np.abs(correlations).max(axis=(1, 2)) <= exact)
        & (np.abs(loadings).max(axis=1) <= exact)
        & (np.nan_to_num(r2).max(axis=1) <= 1)
        & (lowest > -1e-9)
    )
