"""Sizes of differences between one group and another, with their intervals, from counts and moments alone."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]


class Effect(NamedTuple):
    """Sizes, limits of their intervals and p-values, arrays of one shape; NaN where a group is too small to tell."""

    size: Array
    low: Array
    high: Array
    p: Array


class Moments(NamedTuple):
    """How many, their mean and their sample variance, arrays of one shape."""

    n: Array
    mean: Array
    variance: Array


def hedges_g(group: Moments, others: Moments, *, level: float = 0.95) -> Effect:
    """Difference of two means in standard deviations, corrected for small samples.

    Parameters
    ----------
    group, others
        Arrays of one shape.
    level
        Of the intervals.

    Returns
    -------
    Effect
        p-values are Welch's. NaN where either has fewer than two, or all are the same.

    Notes
    -----
    Hedges (1981), g = J d with the exact J. The variance is that of Hedges and Olkin (1985) where variances are equal,
    and else its delta method with a variance of each group's own, as in Bonett (2008), so that a small group that
    varies more is not told too surely.
    """
    from scipy.special import gammaln, stdtr

    (n, mean, variance), (m, other, spread) = (
        Moments(*(np.asarray(part, float) for part in each)) for each in (group, others)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        enough = (n >= 2) & (m >= 2)
        free = np.where(enough, n + m - 2, np.nan)
        pooled = ((n - 1) * variance + (m - 1) * spread) / free
        d = (mean - other) / np.sqrt(pooled)
        shrink = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) * np.sqrt(2 / free)
        own, theirs = variance / n, spread / m
        bend = ((n - 1) * variance**2 + (m - 1) * spread**2) / (2 * free * (n + m) * pooled**2)
        error = shrink * np.sqrt((own + theirs) / pooled + d**2 * bend)
        size = shrink * d
        t = np.abs(mean - other) / np.sqrt(own + theirs)
        p = 2 * stdtr((own + theirs) ** 2 / (own**2 / (n - 1) + theirs**2 / (m - 1)), -t)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return Effect(size, size - half, size + half, p)


def share_difference(
    hits: ArrayLike, n: ArrayLike, others: ArrayLike, m: ArrayLike, *, level: float = 0.95
) -> tuple[Array, Array, Array]:
    """``hits / n − others / m`` with its limits.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17, method 10: Wilson's limits of both shares.
    """
    one, two = (np.asarray(each, float) for each in (n, m))
    z = NormalDist().inv_cdf((1 + level) / 2)
    (p, p_low, p_high), (q, q_low, q_high) = (
        _wilson(np.asarray(hits, float), one, z),
        _wilson(np.asarray(others, float), two, z),
    )
    difference = p - q
    return (
        difference,
        difference - np.hypot(p - p_low, q_high - q),
        difference + np.hypot(p_high - p, q - q_low),
    )


def cramers_v(table: ArrayLike, *, level: float = 0.95) -> tuple[float, float, float, float]:
    """Association of the rows with the columns of a table of counts: V, its limits and the p-value of chi².

    V is NaN where the table has fewer than two rows or columns that hold anything.

    Notes
    -----
    Cramér (1946). Limits are those of the noncentrality of chi² (Smithson 2003), widened to hold V, which is too large
    where there is next to no association.
    """
    from scipy.special import chdtrc, chndtrinc

    counts = np.asarray(table, float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape, default=0) < 2:
        return (float("nan"),) * 4
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    chi = float(((counts - expected) ** 2 / expected).sum())
    free = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    scale = total * (min(counts.shape) - 1)
    v = np.sqrt(chi / scale)
    below, above = (_noncentrality(chi, free, tail, chndtrinc) for tail in ((1 + level) / 2, (1 - level) / 2))
    low, high = np.sqrt(below / scale), np.sqrt(above / scale)
    return float(v), float(min(low, v)), float(min(max(high, v), 1.0)), float(chdtrc(free, chi))


def _noncentrality(chi: float, free: int, tail: float, solved: np.ufunc) -> float:
    """The noncentrality at which chi² is below `chi` with probability `tail`; 0 where none makes it so rare."""
    from scipy.special import chdtr

    return 0.0 if chdtr(free, chi) < tail else float(solved(chi, free, tail))


def _wilson(hits: Array, n: Array, z: float) -> tuple[Array, Array, Array]:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / n
        middle = (hits + z**2 / 2) / (n + z**2)
        half = z * np.sqrt(share * (1 - share) * n + z**2 / 4) / (n + z**2)
    return share, middle - half, middle + half
