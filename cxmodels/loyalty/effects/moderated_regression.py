"""Regression with a product of two constructs, from scores whose errors of measurement are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True)
class Places:
    """Which columns of the scores are what.

    Attributes
    ----------
    source, moderator
        The two that are multiplied.
    target
        What is explained.
    predictors
        All that explains it, source and moderator among them.
    """

    source: int
    moderator: int
    target: int
    predictors: tuple[int, ...]


def moderated(scores: Array, share: Array, error: Array, places: Places) -> Array:
    """Coefficients of the constructs themselves from scores that measure them with error.

    Parameters
    ----------
    scores
        (rows, k) scores, unbiased: construct plus an error that is normal and independent of it.
    share
        (rows,) weights that add up to 1.
    error
        (k, k) covariance of the errors; zeros take the scores for the constructs.
    places
        Columns of the scores.

    Returns
    -------
    (predictors + 3,) coefficients of standardised constructs, the product's after those of `Places.predictors`, then
    R² with and without the product. The product is that of the standardised constructs, so its coefficient is what one
    standard deviation of the moderator adds to the slope of the source. NaN where the errors leave a construct no
    variance.

    Notes
    -----
    The method of moments of Wall & Amemiya (2000, Journal of the American Statistical Association 95: 929–940): the
    moments of the constructs are those of the scores less what the errors add, for centred scores

        E[f_x² f_m²] = E[s_x² s_m²] − φ_xx ψ_mm − φ_mm ψ_xx − 4 φ_xm ψ_xm − ψ_xx ψ_mm − 2 ψ_xm²,

    with φ = E[ss'] − ψ. No distribution of the constructs is assumed. With one score a construct it is the
    reliability-adjusted product of Hsiao, Kwok & Lai (2018, Educational and Psychological Measurement 78).
    """
    centred = scores - share @ scores
    second = (centred * share[:, None]).T @ centred - error
    variance = np.diag(second)
    if not (variance > 0).all():
        return np.full(len(places.predictors) + 3, np.nan)
    scale = np.sqrt(variance)
    centred, psi, phi = centred / scale, error / np.outer(scale, scale), second / np.outer(scale, scale)
    x, m = places.source, places.moderator
    product = centred[:, x] * centred[:, m]
    third = (share * product) @ centred
    fourth = share @ product**2 - psi[m, m] - psi[x, x] - 4 * phi[x, m] * psi[x, m]
    fourth -= psi[x, x] * psi[m, m] + 2 * psi[x, m] ** 2
    left = list(places.predictors)
    matrix = np.empty((len(left) + 1, len(left) + 1))
    matrix[:-1, :-1] = phi[np.ix_(left, left)]
    matrix[-1, :-1] = matrix[:-1, -1] = third[left]
    matrix[-1, -1] = fourth - phi[x, m] ** 2
    right = np.append(phi[left, places.target], third[places.target])
    if np.linalg.eigvalsh(matrix)[0] <= 0:
        return np.full(len(left) + 3, np.nan)
    coef = np.linalg.solve(matrix, right)
    without = right[:-1] @ np.linalg.solve(matrix[:-1, :-1], right[:-1])
    return np.array([*coef, right @ coef, without])
