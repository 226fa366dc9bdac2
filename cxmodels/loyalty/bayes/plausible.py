"""What a respondent's answers say of the constructs: scores with their doubt, and plausible values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

Method = Literal["regression", "bartlett"]
SIZE = 20
"""Plausible values a respondent: with so many the doubt of a result is known to a few per cent (Rubin 1987)."""
SEED = 19870731


@dataclass(frozen=True, eq=False)
class ConstructScores:
    """The best guess of each construct, a row of answers each.

    Attributes
    ----------
    mean
        (rows, names) frame with the index of the answers.
    covariance
        (rows, names, names) of its error: what the answers leave open and, with draws of parameters, their doubt.
    """

    mean: pd.DataFrame
    covariance: Array

    @property
    def sd(self) -> pd.DataFrame:
        """(rows, names) standard deviations of the error."""
        errors = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        return pd.DataFrame(errors, index=self.mean.index, columns=self.mean.columns)


def construct_scores(
    measurement: Measurement, answers: pd.DataFrame, *, method: Method = "regression"
) -> ConstructScores:
    """Scores of the constructs on the scale of `measurement`.

    Never put them in the place of the constructs in another analysis: scores by regression vary less than the
    constructs and Bartlett's more, so that what they are related to comes out wrong. `plausible_values` do neither.

    Parameters
    ----------
    measurement
        Parameters, or draws of them: scores are then averaged and their errors hold the doubt of the parameters.
    answers
        A row of answers each with the items as columns, NaN where not answered.
    method
        ``"regression"`` (Thomson 1939): the expected value given the answers; without any answer the mean.
        ``"bartlett"`` (1937): unbiased given the construct; NaN where none of its items is answered.

    Raises
    ------
    InvalidValue
        When there is no such method.
    InvalidAnswers
        When an item is missing or an answer infinite.
    """
    if method not in ("regression", "bartlett"):
        raise InvalidValue(f"construct_scores: method must be 'regression' or 'bartlett', found {method!r}")
    scores = _answered(measurement, answers)
    means = np.empty((len(scores), len(measurement.names)))
    covariances = np.empty((*means.shape, means.shape[1]))
    for rows, items in _patterns(scores):
        conditional = _regression if method == "regression" else _bartlett
        weights, centre, left = conditional(measurement, items)
        each = centre[:, None, :] + (scores[rows][:, items] - measurement.intercepts[:, None, items]) @ weights
        means[rows] = each.mean(0)
        apart = each - each.mean(0)
        covariances[rows] = left.mean(0) + np.einsum("drk,drl->rkl", apart, apart) / len(each)
    return ConstructScores(pd.DataFrame(means, index=answers.index, columns=list(measurement.names)), covariances)


def plausible_values(measurement: Measurement, answers: pd.DataFrame, *, size: int = SIZE, seed: int = SEED) -> Array:
    """Draws of the constructs of each respondent given the answers.

    An analysis is done once with each of the `size` sets and combined by Rubin's rules (1987). Rows with equal answers
    are drawn independently: repeat a row for each respondent it stands for, where their number matters.

    Parameters
    ----------
    measurement
        Parameters, or draws of them, of which each set takes one, evenly spaced.
    answers
        A row a respondent with the items as columns, NaN where not answered.
    size, seed
        Sets, and the seed of the draws.

    Returns
    -------
    array
        (size, rows, names), on the scale of the constructs in `measurement`.

    Raises
    ------
    InvalidValue
        When `size` is below 1.
    InvalidAnswers
        When an item is missing or an answer infinite.

    Notes
    -----
    Mislevy (1991), Randomization-based inference about latent variables from complex samples; for structural equation
    models Asparouhov & Muthén (2010). Constructs given the answers are normal; with missing answers those that were
    given are used, which is right where they are missing at random.
    """
    if size < 1:
        raise InvalidValue(f"plausible_values: size must be at least 1, found {size}")
    scores = _answered(measurement, answers)
    chosen = measurement.thinned(size)
    draw = np.linspace(0, chosen.draws - 1, size).round().astype(int)
    found = np.random.default_rng(seed).standard_normal((size, len(scores), len(measurement.names)))
    for rows, items in _patterns(scores):
        weights, centre, left = _regression(chosen, items)
        roots = _root(left)
        for place, at in enumerate(draw):
            told = centre[at] + (scores[rows][:, items] - chosen.intercepts[at, items]) @ weights[at]
            found[place, rows] = told + found[place, rows] @ roots[at].T
    return found


def _regression(measurement: Measurement, items: np.ndarray) -> tuple[Array, Array, Array]:
    """(draws, items, names) weights of centred answers, (draws, names) centre, (draws, names, names) what is left."""
    loadings, covariance, implied = _of(measurement, items)
    weights = np.linalg.solve(implied, loadings @ covariance)
    left = covariance - covariance @ loadings.swapaxes(1, 2) @ weights
    means = measurement.construct_means
    return weights, means - ((loadings @ means[:, :, None]).swapaxes(1, 2) @ weights)[:, 0], left


def _bartlett(measurement: Measurement, items: np.ndarray) -> tuple[Array, Array, Array]:
    """The same for Bartlett's scores; with Σ in the place of Θ, which may be singular, they are the same."""
    loadings, covariance, implied = _of(measurement, items)
    draws, _, names = loadings.shape
    told = (loadings != 0).any((0, 1))
    weights = np.full((draws, len(items), names), np.nan)
    left = np.full((draws, names, names), np.nan)
    by_sigma = np.linalg.solve(implied, loadings[:, :, told])
    inverse = np.linalg.inv(loadings[:, :, told].swapaxes(1, 2) @ by_sigma)
    weights[:, :, told] = by_sigma @ inverse
    left[np.ix_(range(draws), told, told)] = inverse - covariance[:, told][:, :, told]
    return weights, np.where(told, 0.0, np.nan) * np.ones((draws, 1)), left


def _of(measurement: Measurement, items: np.ndarray) -> tuple[Array, Array, Array]:
    loadings, covariance = measurement.loadings[:, items], measurement.construct_covariance
    residual = measurement.residual_covariance[:, items][:, :, items]
    return loadings, covariance, loadings @ covariance @ loadings.swapaxes(1, 2) + residual


def _root(covariance: Array) -> Array:
    """A root of each of (draws, names, names), which may be singular: an item without error leaves nothing open."""
    variances, axes = np.linalg.eigh((covariance + covariance.swapaxes(1, 2)) / 2)
    return axes * np.sqrt(np.maximum(variances, 0))[:, None, :]


def _patterns(scores: Array) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and the items that they, and no others, answered."""
    answered = ~np.isnan(scores)
    kinds, kind = np.unique(answered, axis=0, return_inverse=True)
    for place, items in enumerate(kinds):
        yield np.flatnonzero(kind.ravel() == place), np.flatnonzero(items)


def _answered(measurement: Measurement, answers: pd.DataFrame) -> Array:
    missing = [item for item in measurement.items if item not in answers.columns]
    if missing:
        raise InvalidAnswers(f"answers: no column {missing[0]!r}; there are {', '.join(map(str, answers.columns))}")
    scores = answers[list(measurement.items)].to_numpy(float)
    if np.isinf(scores).any():
        raise InvalidAnswers(f"answers: {measurement.items[int(np.isinf(scores).any(0).argmax())]!r} is infinite")
    return scores
