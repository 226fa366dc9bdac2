"""The normal likelihood of samples, its gradient, its information and what each respondent adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.samples import respondents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array

STEP = 1e-4
"""Of numerical derivatives, in standard errors of a single respondent."""
AT_ONCE = 32
"""Points at which derivatives are taken together; more would only take memory."""


@dataclass(frozen=True, eq=False)
class Slope:
    """Of the discrepancy: its gradient (B, q) and expected second derivatives (B, q, q)."""

    gradient: Array
    curvature: Array


def discrepancy(matrices: Matrices, samples: Sequence[Sample], theta: Array) -> Array:
    """(B,) minus twice the log-likelihood a respondent, without its constant; infinite where it does not exist.

    log det Sigma + tr Sigma^-1 (S + (m - mu)(m - mu)'), over the items answered, averaged over the samples (Jöreskog
    1967, Psychometrika 32; with missing answers Arbuckle 1996).
    """
    implied = matrices.implied(theta)
    return discrepancy_of(implied.sigma, implied.mu if matrices.means else None, samples)


def discrepancy_of(sigma: Array, mu: Array | None, samples: Sequence[Sample]) -> Array:
    """(B,) the same of covariances (B, G, p, p) and means (B, G, p), or the sample's own means."""
    total, n = np.zeros(len(sigma)), respondents(samples)
    for sample in samples:
        root = _cholesky(_part(sigma, sample))
        there = np.isfinite(root[:, 0, 0])
        root = np.where(there[:, None, None], root, np.eye(root.shape[1]))
        inverse = np.linalg.inv(root)
        value = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
        value = value + ((inverse @ _about(sample, mu)) * inverse).sum((1, 2))
        total = total + np.where(there, value, np.inf) * (sample.n / n)
    return total


def log_likelihood(discrepancy: float, samples: Sequence[Sample]) -> float:
    """The log-likelihood of all respondents."""
    constant = sum(float(each.n[0]) * len(each.observed) for each in samples) * np.log(2 * np.pi)
    return -(constant + float(respondents(samples)[0]) * discrepancy) / 2


def slope(matrices: Matrices, samples: Sequence[Sample], theta: Array, *, curvature: bool = True) -> Slope:
    """Gradient and expected second derivatives (nought where not asked for) of `discrepancy`; Sigma has an inverse."""
    implied = matrices.implied(theta)
    moved = matrices.derivatives(implied)
    by_parameter, n = matrices.by_parameter, respondents(samples)
    q = matrices.parameters
    # by cell of the matrices, of all samples of a group, before cells are gathered into parameters
    by_cell = [np.zeros((len(theta), len(each))) for each in by_parameter]
    by_cells = [np.zeros((len(theta), len(each), len(each))) for each in by_parameter] if curvature else []
    for sample in samples:
        share = sample.n / n
        inverse = np.linalg.inv(_part(implied.sigma, sample))
        left, right = (each[:, sample.group][:, sample.observed] for each in (moved.left, moved.right))
        misfit = inverse - inverse @ _about(sample, implied.mu if matrices.means else None) @ inverse
        cells = 2 * ((misfit @ left) * right).sum(1)
        mean = None
        if moved.mean is not None and sample.mean is not None:
            mean = moved.mean[:, sample.group][:, sample.observed]
            off = sample.mean - implied.mu[:, sample.group][:, sample.observed]
            cells = cells - 2 * (off[:, :, None] * (inverse @ mean)).sum(1)
        by_cell[sample.group] += share[:, None] * cells
        if curvature:
            in_left, in_right = inverse @ left, inverse @ right
            cross = left.swapaxes(1, 2) @ in_right
            # tr(Sigma^-1 dSigma_k Sigma^-1 dSigma_l) of dSigma = left right' + right left'
            both = (left.swapaxes(1, 2) @ in_left) * (right.swapaxes(1, 2) @ in_right) + cross * cross.swapaxes(1, 2)
            if mean is not None:
                both = both + mean.swapaxes(1, 2) @ inverse @ mean
            by_cells[sample.group] += 2 * share[:, None, None] * both
    gradient, second = np.zeros((len(theta), q)), np.zeros((len(theta), q, q))
    for group, chosen in enumerate(by_parameter):
        gradient += by_cell[group] @ chosen
        if curvature:
            second += chosen.T @ by_cells[group] @ chosen
    return Slope(gradient, second)


def unit_of(information: Array) -> Array:
    """The unit of each parameter in which its information is 1; nought of one that moves nothing."""
    return np.where(information > 0, 1 / np.sqrt(np.where(information > 0, information, 1.0)), 0.0)


def observed_curvature(matrices: Matrices, samples: Sequence[Sample], theta: Array, curvature: Array) -> Array:
    """(q, q) second derivatives of `discrepancy` at one theta (q,), from differences of its gradient.

    The steps are `STEP` standard errors, which `curvature` (expected) gives, so that the unit of a parameter does not
    matter.
    """
    step, q = STEP * unit_of(np.diag(curvature)), len(theta)
    found = np.empty((q, q))
    for begin in range(0, q, AT_ONCE):
        off = np.diag(step)[begin : begin + AT_ONCE]
        gradient = slope(matrices, samples, np.concatenate([theta + off, theta - off]), curvature=False).gradient
        found[begin : begin + AT_ONCE] = (gradient[: len(off)] - gradient[len(off) :]) / (
            2 * step[begin : begin + AT_ONCE, None]
        )
    return (found + found.T) / 2


def scores(matrices: Matrices, sample: Sample, theta: Array) -> Array:
    """(rows, q) derivatives of the log-likelihood of one respondent of each row of a sample by theta (q,)."""
    if sample.rows is None:
        raise ValueError("scores: the rows of the sample are required")
    implied = matrices.implied(theta[None])
    moved = matrices.derivatives(implied)
    inverse = np.linalg.inv(_part(implied.sigma, sample)[0])
    left, right = (each[0, sample.group][sample.observed] for each in (moved.left, moved.right))
    centre = sample.mean[0] if sample.mean is not None else sample.rows.weight @ sample.rows.scores / sample.n
    if matrices.means:
        centre = implied.mu[0, sample.group][sample.observed]
    weighed = (sample.rows.scores - centre) @ inverse
    cells = (weighed @ left) * (weighed @ right) - (left * (inverse @ right)).sum(0)
    if moved.mean is not None:
        cells = cells + weighed @ moved.mean[0, sample.group][sample.observed]
    return cells @ matrices.by_parameter[sample.group]


def _part(sigma: Array, sample: Sample) -> Array:
    """(B, k, k) of the group and the items that a sample answered."""
    own = sigma[:, sample.group]
    if len(sample.observed) == own.shape[-1]:
        return own
    return own[:, sample.observed[:, None], sample.observed]


def _about(sample: Sample, mu: Array | None) -> Array:
    """(B, k, k) second moments about the implied means; about their own where means are not modelled."""
    if mu is None or sample.mean is None:
        return sample.covariance
    off = sample.mean - mu[:, sample.group][:, sample.observed]
    return sample.covariance + off[:, :, None] * off[:, None, :]


def _cholesky(sigma: Array) -> Array:
    """(B, k, k) lower roots, NaN where a matrix is not positive definite."""
    try:
        return np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        pass
    finite = np.isfinite(sigma).all((1, 2))
    positive: NDArray[np.bool_] = np.zeros(len(sigma), bool)
    positive[finite] = np.linalg.eigvalsh(sigma[finite])[:, 0] > 0
    out = np.full(sigma.shape, np.nan)
    for each in np.flatnonzero(positive):
        try:
            out[each] = np.linalg.cholesky(sigma[each])
        except np.linalg.LinAlgError:
            continue
    return out
