"""Mean, spread and limits of statistics over resamples, some of which may lack a value; every engine's bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array


def spread(values: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """Of each column of (resamples, columns): how many values are finite, their mean and standard deviation.

    NaN of fewer than two, which have no spread to tell.
    """
    finite = np.isfinite(values)
    kept = finite.sum(axis=0)
    few = kept < 2
    mean = np.where(finite, values, 0).sum(axis=0) / np.maximum(kept, 1)
    off = np.where(finite, values, mean) - mean
    deviation = np.sqrt((off**2).sum(axis=0) / np.maximum(kept - 1, 1))
    return kept, np.where(few, np.nan, mean), np.where(few, np.nan, deviation)


def quantiles(values: Array, shares: Array) -> tuple[Array, Array]:
    """Of each column of (resamples, columns), where (2, columns) shares of the finite values lie below; NaN of none.

    Linear between neighbours, as ``numpy.quantile``.
    """
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=0)  # NaN last
    last = np.maximum(np.isfinite(values).sum(axis=0) - 1, 0)
    at = shares * last
    lower = np.floor(at).astype(np.intp)
    upper = np.minimum(lower + 1, last)
    columns = np.arange(values.shape[1])
    found = ordered[lower, columns] + (at - lower) * (ordered[upper, columns] - ordered[lower, columns])
    return found[0], found[1]


def bca_shares(estimate: Array, values: Array, acceleration: Array, level: float) -> Array:
    """(2, columns) the shares of (resamples, columns) that limits corrected for bias and acceleration leave below them.

    Efron (1987), Better bootstrap confidence intervals, JASA 82: 171-185.

    Parameters
    ----------
    estimate, acceleration
        (columns,) of the sample itself, and a sixth of the skewness of what a respondent moves.
    values
        Of the resamples.
    level
        Share of samples whose interval is to hold the truth.
    """
    from scipy.special import ndtr, ndtri

    kept = np.maximum(np.isfinite(values).sum(axis=0), 1)
    # a statistic that never moves, as of a single item or a fixed parameter, ties with itself
    below = ((values < estimate).sum(axis=0) + (values == estimate).sum(axis=0) / 2) / kept
    bias = ndtri(np.clip(below, 0.5 / kept, 1 - 0.5 / kept))
    away = bias + ndtri(np.array([[(1 - level) / 2], [(1 + level) / 2]]))
    shares: Array = ndtr(bias + away / (1 - acceleration * away))
    return shares


def plain_shares(columns: int, level: float) -> Array:
    """(2, columns) the shares that percentile limits leave below them."""
    return np.repeat([[(1 - level) / 2], [(1 + level) / 2]], columns, axis=1)
