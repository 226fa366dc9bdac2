"""Models to compare with: the one in which items have nothing in common, and the one without constraints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.ml.matrices import COVARIANCE, MEAN, Matrices

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array


def independence(fit: MlFit) -> Matrices:
    """Variances (and means) of the items alone, free in every group.

    Items that explain others and are explained by nothing keep their covariances, which no model restricts.
    """
    model, items = fit.model, fit.matrices.items
    measured = {item for construct in model.constructs for item in construct.items}
    causes = [place for place, item in enumerate(items) if item in model.exogenous and item not in measured]
    pairs = [(place, place) for place in range(len(items))]
    pairs += [(one, other) for one in causes for other in causes if other < one]
    return _free(pairs, items, fit.groups, fit.matrices.means)


def saturated(items: tuple[str, ...], groups: tuple[str, ...], means: bool) -> Matrices:
    """Every covariance (and mean) free in every group; parameters in the order of `MlFit.jacobian`'s moments."""
    return _free(zip(*np.tril_indices(len(items)), strict=True), items, groups, means)


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


def _free(pairs: Iterable[tuple[int, int]], items: tuple[str, ...], groups: tuple[str, ...], means: bool) -> Matrices:
    """A model of the items alone in which means, and the covariances at some (row, column), are free."""
    own = [(MEAN, place, 0) for place in range(len(items))] if means else []
    own += [(COVARIANCE, row, column) for row, column in pairs]
    kind, row, column = np.array(own, np.int64).reshape(-1, 3).T
    cells = len(own)
    select = np.eye(len(groups) * cells).reshape(len(groups), cells, -1)
    of_row = np.argwhere(np.ones((len(groups), cells), bool))
    fixed = np.zeros((len(groups), cells))
    return Matrices(items, items, groups, means, kind, row, column, fixed, select, of_row)
