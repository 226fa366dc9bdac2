"""Pareto smoothing of importance weights (Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72))."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cxmodels.clv.models.model import Array

SHORTEST_TAIL = 5
"""With fewer weights in the tail no shape can be told."""


@dataclass(frozen=True, eq=False)
class SmoothedWeights:
    """Importance weights whose largest were replaced by what a generalised Pareto tail expects.

    Attributes
    ----------
    log_weights
        (draws,) on the scale of those given: the logarithm of their mean estimates the log normalising constant.
    weights
        (draws,) the same, summing to 1.
    k_hat
        Shape of the tail; above .7 the weights are not to be trusted. Infinite where the tail is too short to tell.
    """

    log_weights: Array
    k_hat: float

    @property
    def weights(self) -> Array:
        """(draws,) summing to 1."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        return weights / weights.sum()

    @property
    def ess(self) -> float:
        """Effective sample size: 1 / Σ w² (Kong 1992)."""
        weights = self.weights
        return float(1 / (weights @ weights))


def pareto_smoothed(log_ratios: Array) -> SmoothedWeights:
    """Smooth the largest importance ratios.

    Parameters
    ----------
    log_ratios
        (draws,) logarithms of target over proposal, minus infinity allowed; at least one finite.

    Notes
    -----
    Section 2 and Algorithm 1 of the paper: the largest M = ⌊min(S/5, 3√S)⌋ ratios are replaced by the expected order
    statistics of a generalised Pareto distribution fitted to their excess over the next smaller one, at most as large
    as the largest ratio.
    """
    size = len(log_ratios)
    top = float(log_ratios.max())
    order = np.argsort(log_ratios, kind="stable")
    length = math.floor(min(0.2 * size, 3 * math.sqrt(size)))
    if length < SHORTEST_TAIL or length >= size:
        return SmoothedWeights(log_ratios.copy(), math.inf)
    tail = order[-length:]
    threshold = math.exp(log_ratios[order[-length - 1]] - top)
    excess = np.exp(log_ratios[tail] - top) - threshold
    if excess[_quartile(length)] <= excess[0]:
        # A quarter of the tail shares one ratio: no Pareto distribution looks like that.
        return SmoothedWeights(log_ratios.copy(), math.inf)
    shape, scale = generalised_pareto(excess)
    smoothed = log_ratios.copy()
    chances = (np.arange(1, length + 1) - 0.5) / length
    expected = threshold + scale * _quantiles(shape, chances)
    smoothed[tail] = np.minimum(np.log(expected), 0.0) + top
    return SmoothedWeights(smoothed, shape)


def generalised_pareto(excess: Array) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution with location 0.

    Parameters
    ----------
    excess
        (points,) positive, in ascending order.

    Notes
    -----
    The empirical Bayes estimate of Zhang & Stephens (2009), Technometrics 51(3), equations 2, 7 and 8 with the prior of
    their section 3, and the weak pull of the shape towards .5 (ten observations' worth) of Vehtari et al., appendix G.
    """
    points = len(excess)
    grid = 30 + int(math.sqrt(points))
    steps = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    theta = 1 / excess[-1] + steps / (3 * excess[_quartile(points)])
    shapes = np.log1p(-theta[:, None] * excess).mean(1)
    profile = points * (np.log(-theta / shapes) - shapes - 1)
    weights = np.exp(profile - profile.max())
    chosen = float(theta @ weights / weights.sum())
    shape = float(np.log1p(-chosen * excess).mean())
    return (points * shape + 10 * 0.5) / (points + 10), -shape / chosen


def _quartile(points: int) -> int:
    return int(points / 4 + 0.5) - 1


def _quantiles(shape: float, chances: Array) -> Array:
    """Of a generalised Pareto distribution with scale 1."""
    survival = np.log1p(-chances)
    return -survival if abs(shape) < 1e-12 else np.expm1(-shape * survival) / shape
