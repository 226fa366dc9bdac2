"""Schoenfeld's residuals: at each departure, how far those who left differ from those who were at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxmodels.churn.errors import UnknownCovariate
from cxmodels.churn.models.partial_likelihood import PartialLikelihood
from cxmodels.churn.models.risk_sets import Array

if TYPE_CHECKING:
    from cxmodels.churn.models.cox_fit import CoxFit

KNOTS = 4
"""Degrees of freedom of the ratio over tenure, as in R's plot of the test."""
_POINTS = 60


def schoenfeld(fit: CoxFit, *, scaled: bool = False) -> pd.DataFrame:
    """Residuals of all who left at a tenure together, a row for each tenure (of each stratum) and hazard ratio.

    Returns
    -------
    DataFrame
        ``stratum, time, departures, term, level, residual``. The residual is the sum over those who left of their
        column less its mean over the risk set (with case weights, weighted). Scaled, it is the mean of them times the
        number of departures and the covariance of the coefficients, plus the coefficient: how the log hazard ratio
        would have to be there.

    Notes
    -----
    Schoenfeld (1982), Biometrika 69; scaled as by Grambsch & Therneau (1994), Biometrika 81.
    """
    sets, coefficients = fit.sets, fit.coefficients
    values = fit.at.score * sets.scale
    if scaled:
        values = values / sets.events[:, None] @ fit.naive_covariance * sets.events.sum() + fit.coef
    width = len(coefficients)
    return pd.DataFrame(
        {
            "stratum": np.repeat(np.array(fit.strata.labels, dtype=object)[sets.stratum], width),
            "time": np.repeat(sets.times, width),
            "departures": np.repeat(sets.events.astype(np.int64), width),
            "term": np.tile(coefficients["term"], len(sets.times)),
            "level": np.tile(coefficients["level"], len(sets.times)),
            "residual": values.ravel(),
        }
    )


def ratio_over_tenure(fit: CoxFit, term: str) -> pd.DataFrame:
    """The hazard ratios of a covariate as they change with tenure.

    Returns
    -------
    DataFrame
        ``level, time, ratio, low, high`` at 60 tenures for each level but the reference, 95 % pointwise. The tenures
        lie evenly between the 2.5 % and the 97.5 % quantile of the departures, outside of which there is too little.

    Raises
    ------
    UnknownCovariate
        When `term` has no hazard ratio in the fit.

    Notes
    -----
    The log hazard ratio is a natural cubic spline of tenure with four degrees of freedom, knots at quantiles of the
    departures. It is one Newton step away from the constant ratio, with the score and the information at each tenure:
    smoothed scaled residuals (Grambsch & Therneau 1994, Biometrika 81, section 3) without their assumption that the
    information is the same at every tenure, which fails where few of a level are left. O(n q²).
    """
    if term not in fit.design.covariates:
        allowed = ", ".join(fit.design.covariates) or "none"
        raise UnknownCovariate(f"ratio_over_tenure: {term!r} has no hazard ratio here; allowed: {allowed}")
    sets, at = fit.sets, fit.at
    knots = _knots(sets.times, sets.events)
    tenures = np.linspace(knots[0], knots[-1], _POINTS)
    basis, there = _natural(sets.times, knots), _natural(tenures, knots)
    mine = (fit.coefficients["term"] == term).to_numpy()
    move, covariance = _one_step(at, basis, mine)
    parts = []
    for column, level in enumerate(fit.design.levels.get(term, ("", ""))[1:]):
        scale = sets.scale[np.flatnonzero(mine)[column]]
        log_ratio = fit.coef[np.flatnonzero(mine)[column]] + there @ move[column] / scale
        reach = ndtri(0.975) * np.sqrt(np.einsum("ij,jk,ik->i", there, covariance[column], there)) / scale
        values = {"ratio": log_ratio, "low": log_ratio - reach, "high": log_ratio + reach}
        parts.append(pd.DataFrame({"level": level, "time": tenures} | {key: np.exp(x) for key, x in values.items()}))
    return pd.concat(parts, ignore_index=True)


def _one_step(at: PartialLikelihood, basis: Array, mine: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Newton's step from constant coefficients to ``mine`` (q,) times the basis (K, b), the others constant.

    Returns it, (columns, b), and the covariance of each column's, (columns, b, b).
    """
    width, columns = basis.shape[1], int(mine.sum())
    size = columns * width
    information = np.zeros((size + int((~mine).sum()),) * 2)
    plain = at.information()
    information[size:, size:] = plain[np.ix_(~mine, ~mine)]
    for i in range(width):
        rows = np.arange(columns) * width + i
        cross = at.information(basis[:, i])[np.ix_(mine, ~mine)]
        information[rows, size:] = cross
        information[size:, rows] = cross.T
        for j in range(i + 1):
            block = at.information(basis[:, i] * basis[:, j])[np.ix_(mine, mine)]
            others = np.arange(columns) * width + j
            information[np.ix_(rows, others)] = block
            information[np.ix_(others, rows)] = block
    score = np.zeros(len(information))
    score[:size] = (at.score[:, mine].T @ basis).ravel()
    covariance = np.linalg.pinv(information, hermitian=True)
    move = (covariance @ score)[:size].reshape(columns, width)
    each = covariance[:size, :size].reshape(columns, width, columns, width)
    return move, np.stack([each[column, :, column] for column in range(columns)])


def _knots(times: Array, departures: Array) -> Array:
    """Tenures at quantiles of the departures."""
    order = np.argsort(times, kind="stable")
    share = departures[order].cumsum() / departures.sum()
    quantiles = [0.025, *np.linspace(0, 1, KNOTS)[1:-1], 0.975]
    return np.unique(times[order][np.searchsorted(share, quantiles)])


def _natural(times: Array, knots: Array) -> Array:
    """(rows, knots) basis of natural cubic splines: straight outside the knots (Hastie et al. 2009, equation 5.4)."""
    span = max(knots[-1] - knots[0], 1e-12)
    x, k = (times - knots[0]) / span, (knots - knots[0]) / span
    if len(k) < 3:
        return np.stack([np.ones_like(x), x], axis=1)[:, : len(k)]
    bent = (np.maximum(x[:, None] - k, 0) ** 3 - np.maximum(x - k[-1], 0)[:, None] ** 3)[:, :-1] / (k[-1] - k[:-1])
    return np.column_stack([np.ones_like(x), x, bent[:, :-1] - bent[:, -1:]])
