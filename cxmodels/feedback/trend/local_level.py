"""The level behind monthly scores: a random walk seen through sampling noise of known size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxmodels.feedback.errors import InvalidValue, NoScores

type Array = NDArray[np.float64]

_GRID = 120
_WIDEST = 3.0


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The level in every month given all months.

    Attributes
    ----------
    level, sd
        (months,) mean and standard deviation.
    step, step_sd
        (months,) the same of the move since the month before; NaN in the first.
    risen
        (months,) probability that the level is above that of the month before; NaN in the first.
    walk_sd
        Standard deviation of a monthly move: its posterior mean.
    walks, chance
        (grid,) standard deviations of a monthly move, and the probability of each.
    """

    level: Array
    sd: Array
    step: Array
    step_sd: Array
    risen: Array
    walk_sd: float
    walks: Array
    chance: Array


def smooth(observed: ArrayLike, variance: ArrayLike) -> Smoothed:
    """Smooth a series.

    Parameters
    ----------
    observed
        (months,) scores in the order of time; NaN where there is none.
    variance
        (months,) sampling variance of each, above 0 where there is a score.

    Returns
    -------
    Smoothed

    Raises
    ------
    NoScores
        When there is no score.
    InvalidValue
        When the lengths differ, or a variance is not above 0.

    Notes
    -----
    y_t = μ_t + ε_t with known variances, μ_t = μ_(t-1) + η_t with variance q; Kalman filter and Rauch-Tung-Striebel
    smoother, the first level diffuse (Durbin & Koopman 2012, Time Series Analysis by State Space Methods, chapter 2).
    Over q is averaged with its diffuse likelihood, √q uniform: at the maximum, often 0, levels would be told too sure.
    √q goes up to three times the spread of the scores about their line.
    """
    y, v = np.asarray(observed, float), np.asarray(variance, float)
    there = np.isfinite(y)
    if y.shape != v.shape or y.ndim != 1:
        raise InvalidValue(f"smooth: one variance a score is required, found {y.shape} scores and {v.shape} variances")
    if not there.any():
        raise NoScores("smooth: there is no month with a score")
    if not (np.isfinite(v[there]) & (v[there] > 0)).all():
        raise InvalidValue("smooth: the variance of a score must be above 0")
    widest = _WIDEST * max(float(np.std(y[there])), float(np.sqrt(np.median(v[there]))))
    walks = np.linspace(0, widest, _GRID)
    mean, spread, covariance, likelihood = _smoothed(y, v, there, walks**2)
    chance = np.exp(likelihood - likelihood.max())
    chance /= chance.sum()
    steps = np.diff(mean, axis=0)
    # of the difference of neighbours; 0 where the walk has no step
    variances = np.maximum(spread[1:] + spread[:-1] - 2 * covariance[1:], 0)
    level, sd = _mixed(mean, spread, chance)
    step, step_sd = _mixed(steps, variances, chance)
    first = [np.nan]
    return Smoothed(
        level=level,
        sd=sd,
        step=np.append(first, step),
        step_sd=np.append(first, step_sd),
        risen=np.append(first, _above_zero(steps, variances) @ chance),
        walk_sd=float(walks @ chance),
        walks=walks,
        chance=chance,
    )


def _smoothed(y: Array, v: Array, there: NDArray[np.bool_], q: Array) -> tuple[Array, Array, Array, Array]:
    """(months, grid) mean, variance and covariance with the month before of the level; (grid,) log-likelihood."""
    months, grid = len(y), len(q)
    start = int(np.argmax(there))
    ahead, ahead_variance = np.zeros((months, grid)), np.zeros((months, grid))
    now, now_variance = np.zeros((months, grid)), np.zeros((months, grid))
    likelihood = np.zeros(grid)
    # the first score makes the diffuse level proper
    now[start], now_variance[start] = y[start], v[start]
    for t in range(start + 1, months):
        ahead[t], ahead_variance[t] = now[t - 1], now_variance[t - 1] + q
        now[t], now_variance[t] = ahead[t], ahead_variance[t]
        if there[t]:
            total = ahead_variance[t] + v[t]
            gain = ahead_variance[t] / total
            now[t] += gain * (y[t] - ahead[t])
            now_variance[t] = ahead_variance[t] * (1 - gain)
            likelihood -= (np.log(total) + (y[t] - ahead[t]) ** 2 / total) / 2
    mean, spread, covariance = now.copy(), now_variance.copy(), np.zeros((months, grid))
    for t in range(months - 2, start - 1, -1):
        back = now_variance[t] / ahead_variance[t + 1]
        mean[t] = now[t] + back * (mean[t + 1] - ahead[t + 1])
        spread[t] = now_variance[t] + back**2 * (spread[t + 1] - ahead_variance[t + 1])
        covariance[t + 1] = back * spread[t + 1]
    for t in range(start - 1, -1, -1):
        # before the first score the walk is only known backwards
        mean[t], spread[t] = mean[t + 1], spread[t + 1] + q
        covariance[t + 1] = spread[t + 1]
    return mean, spread, covariance, likelihood


def _mixed(mean: Array, variance: Array, chance: Array) -> tuple[Array, Array]:
    centre = mean @ chance
    return centre, np.sqrt((variance + (mean - centre[:, None]) ** 2) @ chance)


def _above_zero(mean: Array, variance: Array) -> Array:
    from scipy.special import ndtr

    sd = np.sqrt(variance)
    # a walk without steps has moved nowhere: either side alike
    return np.where(sd > 1e-9 * (1 + np.abs(mean)), ndtr(mean / np.where(sd > 0, sd, 1)), 0.5)
