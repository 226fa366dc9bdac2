"""Standard errors and a test that do not need normal answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.matrices import COVARIANCE, MEAN, Matrices
from cxmodels.loyalty.ml.objective import observed_curvature, scores, slope

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array


def score_products(matrices: Matrices, samples: Sequence[Sample], theta: Array) -> Array:
    """(q, q) sum over respondents of the outer product of what each adds to the gradient of the log-likelihood."""
    total = np.zeros((matrices.parameters, matrices.parameters))
    for sample in samples:
        assert sample.rows is not None
        own = scores(matrices, sample, theta)
        # of a row of equal respondents each weighs weight / count, and its score is squared
        total += (own * (sample.rows.weight**2 / sample.rows.count)[:, None]).T @ own
    return total


def scaling_factor(
    matrices: Matrices,
    samples: Sequence[Sample],
    theta: Array,
    moments: Sequence[Moments],
    df: int,
) -> float:
    """What the chi² of a model is divided by; NaN of a model without degrees of freedom.

    Yuan & Bentler (2000, Sociological Methodology 30: 165-200) in the form of Asparouhov & Muthén (2005): the trace of
    B A^-1 of the saturated model less that of the model, each with its observed information, a degree of freedom.

    Parameters
    ----------
    matrices, samples, theta
        The model, the respondents with their rows, and (q,) its parameters.
    moments
        Of each group, at the maximum of the saturated likelihood.
    df
        Degrees of freedom.
    """
    if df == 0:
        return float("nan")
    expected = slope(matrices, samples, theta[None]).curvature[0]
    n = sum(float(each.n[0]) for each in samples)
    information = n / 2 * observed_curvature(matrices, samples, theta, expected)
    own = np.trace(np.linalg.solve(information, score_products(matrices, samples, theta)))
    return (saturated_trace(samples, moments, matrices.means) - float(own)) / df


def saturated_trace(samples: Sequence[Sample], moments: Sequence[Moments], means: bool) -> float:
    """The trace of B A^-1 of the model without constraints; it depends on nothing but the answers."""
    total = 0.0
    for group, known in enumerate(moments):
        own = [replace(each, group=0) for each in samples if each.group == group]
        model, theta = _saturated(known, means)
        curvature = slope(model, own, theta[None]).curvature[0]
        if len(own) > 1:
            # with missing answers observed and expected information differ
            curvature = observed_curvature(model, own, theta, curvature)
        information = sum(float(each.n[0]) for each in own) / 2 * curvature
        total += float(np.trace(np.linalg.solve(information, score_products(model, own, theta))))
    return total


def _saturated(moments: Moments, means: bool) -> tuple[Matrices, Array]:
    """The model of free covariances, and means, of one group, and its parameters."""
    p = len(moments.items)
    row, column = np.tril_indices(p)
    kind = np.full(len(row), COVARIANCE)
    theta = moments.covariance[row, column]
    if means:
        assert moments.mean is not None
        kind = np.concatenate([kind, np.full(p, MEAN)])
        row, column = np.concatenate([row, np.arange(p)]), np.concatenate([column, np.zeros(p, np.int64)])
        theta = np.concatenate([theta, moments.mean])
    cells = len(row)
    none = np.zeros((0, 2), np.int64)
    model = Matrices(
        moments.items, moments.items, ("",), means, kind, row, column, np.zeros((1, cells)), np.eye(cells)[None], none
    )
    return model, theta
