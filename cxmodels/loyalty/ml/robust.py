"""Standard errors and a test that do not need normal answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.baseline import at_moments, saturated
from cxmodels.loyalty.ml.objective import observed_curvature, scores, slope

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array


def score_products(matrices: Matrices, samples: Sequence[Sample], theta: Array) -> Array:
    """(q, q) sum over respondents of the outer product of what each adds to the gradient of the log-likelihood."""
    total = np.zeros((matrices.parameters, matrices.parameters))
    for sample in samples:
        if sample.rows is None:
            total += float(sample.n[0]) * _by_fourth(matrices, sample, theta)
            continue
        own = scores(matrices, sample, theta)
        # of a row of equal respondents each weighs weight / count, and its score is squared
        total += (own * (sample.rows.weight**2 / sample.rows.count)[:, None]).T @ own
    return total


def _by_fourth(matrices: Matrices, sample: Sample, theta: Array) -> Array:
    """(q, q) the same a respondent, of a model without means, from the fourth moments of complete answers.

    What y adds to the gradient is tr Sigma^-1 dSigma Sigma^-1 (yy' - Sigma) / 2, linear in the products of y.
    """
    assert sample.fourth is not None
    sigma = matrices.implied(theta[None]).sigma[0, sample.group]
    row, column = np.tril_indices(len(sigma))
    moved = np.zeros((matrices.parameters, *sigma.shape))
    moved[:, row, column] = moved[:, column, row] = matrices.jacobian(theta)[sample.group].T
    inverse = np.linalg.inv(sigma)
    weighed = (inverse @ moved @ inverse)[:, row, column] * np.where(row == column, 0.5, 1.0)
    mean = weighed @ (sample.covariance[0] - sigma)[row, column]
    found: Array = weighed @ sample.fourth @ weighed.T + np.outer(mean, mean)
    return found


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
        model = saturated(known.items, ("",), means)
        theta = at_moments(model, (known,))
        curvature = slope(model, own, theta[None]).curvature[0]
        if len(own) > 1:
            # with missing answers observed and expected information differ
            curvature = observed_curvature(model, own, theta, curvature)
        information = sum(float(each.n[0]) for each in own) / 2 * curvature
        total += float(np.trace(np.linalg.solve(information, score_products(model, own, theta))))
    return total
