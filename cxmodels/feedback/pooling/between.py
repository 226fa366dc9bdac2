"""How far the true scores of groups lie apart, and what that says of each: the normal-normal model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Array = NDArray[np.float64]

_NODES = 400
_HALVINGS = 50


def paule_mandel(value: ArrayLike, variance: ArrayLike, *, widest: float = 1.0, at: ArrayLike | None = None) -> Array:
    """Standard deviation τ between the true values of groups.

    Parameters
    ----------
    value, variance
        (groups,) values and their sampling variances, all above 0.
    widest
        The largest τ there may be.
    at
        (q,) values of Cochran's Q. Default: its mean, groups - 1, which is Paule and Mandel's estimate; quantiles of
        chi-squared with groups - 1 degrees of freedom are the limits of the Q-profile interval, the upper the lower.

    Returns
    -------
    numpy.ndarray
        (q,) τ where Q(τ²) = Σ (value - mean)²/(variance + τ²) is as large; 0 where Q(0) is smaller already.

    Notes
    -----
    Paule & Mandel (1982), Journal of Research of the National Bureau of Standards 87; DerSimonian & Kacker (2007),
    Contemporary Clinical Trials 28, eq. 7 with the weights 1/(variance + τ²); Q-profile: Viechtbauer (2007),
    Statistics in Medicine 26.
    """
    y, v = np.asarray(value, float), np.asarray(variance, float)
    wanted = np.atleast_1d(np.asarray(len(y) - 1 if at is None else at, float))
    low, high = np.zeros(len(wanted)), np.full(len(wanted), float(widest))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        weight, mean = _weighted(y, v, middle)
        larger = (weight * (y - mean[:, None]) ** 2).sum(axis=1) > wanted
        low, high = np.where(larger, middle, low), np.where(larger, high, middle)
    return np.where(low > 0, (low + high) / 2, 0.0)


def drawn_together(value: ArrayLike, variance: ArrayLike, *, draws: int, widest: float = 1.0, seed: int = 0) -> Array:
    """Draw the true values of groups, those of few answers near the others.

    Parameters
    ----------
    value, variance
        (groups,) values and their sampling variances, all above 0.
    draws
        How many.
    widest
        The largest standard deviation τ there may be between true values.
    seed
        Of the draws.

    Returns
    -------
    numpy.ndarray
        (groups, draws), together from one distribution: groups are not independent.

    Notes
    -----
    value ~ N(θ, variance), θ ~ N(μ, τ²), μ flat and τ uniform on (0, widest), as Gelman (2006), Bayesian Analysis 1(3),
    advises; τ from its marginal posterior on a grid, then μ and θ given τ, exact: Gelman et al. (2013), Bayesian Data
    Analysis, eq. 5.17-5.21. So the doubt about τ is in every interval, with two groups as with thirty.
    """
    y, v = np.asarray(value, float), np.asarray(variance, float)
    random = np.random.default_rng(seed)
    grid = widest * (np.arange(_NODES) + 0.5) / _NODES
    weight, mean = _weighted(y, v, grid)
    likely = (
        np.log(weight).sum(axis=1) - np.log(weight.sum(axis=1)) - (weight * (y - mean[:, None]) ** 2).sum(axis=1)
    ) / 2
    chance = np.exp(likely - likely.max())
    at = random.choice(_NODES, draws, p=chance / chance.sum())
    centre = mean[at] + random.standard_normal(draws) / np.sqrt(weight.sum(axis=1)[at])
    kept = (grid[at] ** 2)[None, :] * weight[at].T
    noise = random.standard_normal((len(y), draws))
    return kept * y[:, None] + (1 - kept) * centre + np.sqrt(kept * v[:, None]) * noise


def _weighted(value: Array, variance: Array, between: Array) -> tuple[Array, Array]:
    """(τ, groups) weights 1/(variance + τ²) and (τ,) the mean of the values by them."""
    weight = 1 / (variance + between[:, None] ** 2)
    return weight, weight @ value / weight.sum(axis=1)
