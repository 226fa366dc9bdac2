"""Models to compare with: the one in which items have nothing in common, and the one without constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.ml.matrices import MEAN, Matrices, matrices_of

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array


def independence(fit: MlFit) -> Matrices:
    """Variances (and means) of the items alone, free in every group.

    Items that explain others and are explained by nothing keep their covariances, which no model restricts.
    """
    model = fit.model
    measured = {item for construct in model.constructs for item in construct.items}
    causes = [item for item in model.items if item in model.exogenous and item not in measured]
    pairs = [(item, item) for item in fit.matrices.items]
    pairs += [(one, other) for place, one in enumerate(causes) for other in causes[:place]]
    return _free(pairs, fit)


def saturated(fit: MlFit) -> Matrices:
    """Every covariance (and mean) free in every group; parameters in the order of `MlFit.jacobian`'s moments."""
    items = fit.matrices.items
    return _free([(items[i], items[j]) for i, j in zip(*np.tril_indices(len(items)), strict=True)], fit)


def at_moments(matrices: Matrices, moments: tuple[Moments, ...]) -> Array:
    """(q,) the parameters of one of these models that are the moments themselves."""
    row, column = matrices.row, matrices.column
    theta = np.empty(matrices.parameters)
    for group, each in enumerate(moments):
        mean = np.zeros(len(each.items)) if each.mean is None else each.mean
        # one cell, one parameter
        cells, parameters = np.nonzero(matrices.select[group])
        value = np.where(matrices.kind == MEAN, mean[row], each.covariance[row, column])
        theta[parameters] = value[cells]
    return theta


def _free(pairs: list[tuple[str, str]], fit: MlFit) -> Matrices:
    """A model of the items alone in which means and some covariances are free."""
    own = [(item, "~1", "") for item in fit.matrices.items] if fit.matrices.means else []
    own += [(one, "~~", other) for one, other in pairs]
    table = pd.DataFrame(
        [(*row, group) for group in fit.groups for row in own], columns=["lhs", "op", "rhs", "group"]
    ).assign(value=np.nan, free=lambda frame: np.arange(1, len(frame) + 1))
    return matrices_of(table, fit.matrices.items, (), fit.groups)
