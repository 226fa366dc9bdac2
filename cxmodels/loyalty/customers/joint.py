"""What several measurements with error say together of each customer, and of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

_LEAST_SHARE = 0.02
"""Of the variance that is seen, the share taken to be the customers' at least."""
_MOST_CORRELATED = 0.99
_TINY = 1e-12
"""A variance where all customers are alike."""


@dataclass(frozen=True, eq=False)
class Population:
    """How the measured quantities themselves, without their errors, vary between customers.

    Attributes
    ----------
    mean, covariance
        (k,) and (k, k).
    """

    mean: Array
    covariance: Array


def population(values: Array, errors: Array, weight: Array) -> Population:
    """Moments of the quantities from moments of their measurements.

    Parameters
    ----------
    values
        (rows, k) measurements: quantity plus an error that is independent of it and of the other errors.
    errors
        (rows, k) variances of the errors.
    weight
        (rows,) how many customers a row stands for.

    Notes
    -----
    The covariances of the measurements less the mean variances of their errors: products of errors have no mean
    (Fuller 1987, Measurement Error Models, section 1.2; with errors of known, unequal variance, section 3.1).
    """
    share = weight / weight.sum()
    mean = share @ values
    centred = values - mean
    seen = (centred * share[:, None]).T @ centred
    variance = np.maximum(np.diag(seen) - share @ errors, _LEAST_SHARE * np.diag(seen) + _TINY)
    scale = np.sqrt(variance)
    correlation = np.clip(seen / np.outer(scale, scale), -_MOST_CORRELATED, _MOST_CORRELATED)
    np.fill_diagonal(correlation, 1.0)
    lowest, vectors = np.linalg.eigh(correlation)
    if lowest[0] < 1 - _MOST_CORRELATED:  # of more than two quantities, correlations may contradict one another
        correlation = (vectors * np.maximum(lowest, 1 - _MOST_CORRELATED)) @ vectors.T
        inner = np.sqrt(np.diag(correlation))
        correlation = correlation / np.outer(inner, inner)
    return Population(mean, correlation * np.outer(scale, scale))


def posterior(values: Array, errors: Array, of: Population) -> tuple[Array, Array]:
    """(rows, k) means and (rows, k, k) covariances of the quantities given all measurements of a row.

    Normal quantities with normal errors: what one measurement leaves open, the others tell by the correlation.
    """
    k = len(of.mean)
    total = of.covariance + errors[:, :, None] * np.eye(k)
    gain = np.linalg.solve(total, np.broadcast_to(of.covariance, total.shape)).swapaxes(1, 2)
    mean = of.mean + np.einsum("rij,rj->ri", gain, values - of.mean)
    left = of.covariance - gain @ of.covariance
    return mean, (left + left.swapaxes(1, 2)) / 2


def measured(guess: Array, error: Array, weight: Array) -> tuple[Array, Array]:
    """From predictions to measurements of the same content, the form that `population` and `posterior` take.

    A prediction is already drawn towards the mean of customers like this one: the quantity is the prediction plus an
    error independent of it, whereas a measurement is the quantity plus an error.

    Parameters
    ----------
    guess, error
        (rows,) predictions and the variances of their errors.
    weight
        (rows,) how many customers a row stands for.

    Returns
    -------
    values, errors
        (rows,) each.

    Notes
    -----
    With σ² the variance of the quantity, which is that of the predictions plus the mean of the errors, a prediction of
    error variance s² is the posterior mean after a measurement of error variance s²σ² / (σ² − s²).
    """
    share = weight / weight.sum()
    mean = share @ guess
    variance = share @ (guess - mean) ** 2 + share @ error
    if variance == 0:
        return guess, error
    told = np.maximum(1 - error / variance, _LEAST_SHARE)
    return mean + (guess - mean) / told, error / told
