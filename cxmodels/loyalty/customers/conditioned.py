"""Plausible values of an attitude given the answers and what the customer did later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.estimate import Estimate
from cxmodels.loyalty.path_fit import NORMAL_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

_NODES = np.linspace(-4.5, 4.5, 61)
IMPUTATIONS, BURN_IN = 20, 5
_LEAST_TOLD = 0.02
"""Of the variance of an attitude, the share that answers tell, and that is within strata, at least."""


def conditioned(mean: Array, sd: Array, log_likelihood: Callable[[Array], Array], random: np.random.Generator) -> Array:
    """(rows,) draws, each from its normal distribution times a likelihood.

    Parameters
    ----------
    mean, sd
        (rows,) of the attitude given the answers.
    log_likelihood
        Of what was done later, at (rows, nodes) attitudes.

    Notes
    -----
    Values drawn from the answers alone have nothing of the outcome in them, so that relating the two would find too
    little: the outcome belongs into the imputation (Mislevy 1991, Psychometrika 56; Bartlett, Seaman, White & Carpenter
    2015, Statistical Methods in Medical Research 24). The distribution is cut into 60 pieces, on which it is flat.
    """
    points = mean[:, None] + sd[:, None] * _NODES
    weights = -(_NODES**2) / 2 + log_likelihood(points)
    chances = np.exp(weights - weights.max(axis=1, keepdims=True)).cumsum(axis=1)
    asked = random.random(len(mean)) * chances[:, -1]
    place = (chances < asked[:, None]).sum(axis=1)
    within = _NODES[place] + (random.random(len(mean)) - 0.5) * (_NODES[1] - _NODES[0])
    drawn: Array = mean + sd * within
    return drawn


def within_strata(mean: Array, sd: Array, stratum: NDArray[np.int64]) -> tuple[Array, Array]:
    """(rows,) what the answers and the stratum say together of a standardised attitude, and with which error.

    Parameters
    ----------
    mean, sd
        (rows,) of the attitude given the answers, with everybody's distribution before them: mean 0, variance 1.
    stratum
        (rows,) whole numbers from 0.

    Notes
    -----
    An imputation that is blind to what the analysis adjusts for draws strata together (Meng 1994, Statistical Science
    9). The answers alone say mean / (1 − sd²) with the error variance sd² / (1 − sd²); before them stands the
    distribution of the stratum, its mean drawn towards everybody's by as much as it is noise.
    """
    told = np.maximum(1 - sd**2, _LEAST_TOLD)
    seen, error = mean / told, sd**2 / told
    n = np.bincount(stratum)
    means = np.bincount(stratum, weights=seen) / n
    within = max(1 - float(n @ means**2) / n.sum(), _LEAST_TOLD)
    noise = np.bincount(stratum, weights=within + error) / n**2
    between = max(float(n @ (means**2 - noise)) / n.sum(), 0.0)
    before = (means * between / (between + noise))[stratum]
    kept = within / (within + error)
    return before + kept * (seen - before), np.sqrt(kept * error)


def combined(coefficients: Array, variances: Array, n: int) -> tuple[Estimate, float]:
    """exp of the mean coefficient with 95 % limits, and the share of its variance that is what answers leave open.

    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.3.
    """
    from scipy.special import stdtrit

    size = len(coefficients)
    within, between = variances.mean(), coefficients.var(ddof=1) * (1 + 1 / size)
    missing = between / (within + between)
    freedom = (size - 1) / max(missing, 1e-6) ** 2
    margin = stdtrit(freedom, 0.975) * np.sqrt(within + between)
    middle = coefficients.mean()
    low, value, high = (float(np.exp(middle + side * margin)) for side in (-1, 0, 1))
    return Estimate(value, low, high, "ratio", n), float(missing)


def ratio(coefficient: float, error: float, n: int) -> Estimate:
    """exp of a coefficient with 95 % limits."""
    low, value, high = (float(np.exp(coefficient + side * NORMAL_95 * error)) for side in (-1, 0, 1))
    return Estimate(value, low, high, "ratio", n)
