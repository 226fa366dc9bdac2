"""The test a model would have had, had everybody answered everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.baseline import at_moments, saturated
from cxmodels.loyalty.ml.objective import discrepancy, observed_curvature, slope
from cxmodels.loyalty.ml.robust import score_products
from cxmodels.loyalty.ml.samples import of_moments

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True)
class CompleteDataTest:
    """A chi² and its mean a degree of freedom in a model that fits."""

    chi_square: float
    scaling: float


def complete_data_test(fit: MlFit, matrices: Matrices, theta: Array) -> CompleteDataTest:
    """Test a model fitted to missing answers as if the saturated moments were those of complete answers.

    Parameters
    ----------
    fit
        With missing answers; its `moments` are those of the saturated model.
    matrices, theta
        A model of the same items and groups, and where its likelihood has its maximum.

    Notes
    -----
    Zhang & Savalei (2023), New computations for RMSEA and CFI following FIML and TS estimation with missing data,
    Psychological Methods 28: FIML-C. With W the information of the saturated moments given the answers, C that of
    complete answers, G the covariance of the moments and D their derivatives by theta,
    U = W - W D (D' W D)^-1 D' W, the scaling is tr(U W^-1 C W^-1 U G) a degree of freedom. G is the sandwich of a
    robust fit (version 3) and else the inverse of W (version 6).
    """
    whole = saturated(fit.matrices.items, fit.groups, fit.matrices.means)
    at = at_moments(whole, fit.moments)
    complete = [of_moments(moments, group, None) for group, moments in enumerate(fit.moments)]
    free = discrepancy(whole, complete, at[None])[0]
    chi_square = fit.n * float(discrepancy(matrices, complete, theta[None])[0] - free)
    # halves, since the discrepancy is minus twice the log-likelihood a respondent
    full = slope(whole, complete, at[None]).curvature[0] / 2
    answered = observed_curvature(whole, fit.samples, at, slope(whole, fit.samples, at[None]).curvature[0]) / 2
    first_order = score_products(whole, fit.samples, at) / fit.n if fit.robust else answered
    inverse = np.linalg.inv(answered)
    moved = np.vstack(matrices.jacobian(theta))
    weighed = answered @ moved
    residual = answered - weighed @ np.linalg.solve(moved.T @ weighed, weighed.T)
    around = inverse @ full @ inverse
    trace = np.trace(residual @ around @ residual @ inverse @ first_order @ inverse)
    return CompleteDataTest(chi_square, float(trace) / (len(at) - matrices.parameters))
