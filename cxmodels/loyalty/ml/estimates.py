"""The table of a fit: every parameter and defined quantity, raw and standardised, with its limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.ml.objective import STEP, unit_of
from cxmodels.loyalty.ml.standardised import standardised
from cxmodels.loyalty.path_fit import NORMAL_95
from cxmodels.loyalty.syntax.defined import evaluated

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.parameter_table import ParameterTable
    from cxmodels.loyalty.syntax.path_model import PathModel


def raw_values(model: PathModel, table: ParameterTable, theta: Array) -> Array:
    """(B, rows) every parameter of (B, q) free ones, then what the text defines."""
    defined = evaluated(model.defined, table.labelled(theta))
    return _joined(table.values(theta), list(defined.values()))


def standardised_values(model: PathModel, table: ParameterTable, matrices: Matrices, theta: Array) -> Array:
    """(B, rows) the same of variables of variance 1; defined quantities from standardised parameters."""
    values = standardised(matrices, theta)
    labels = table.frame["label"].to_numpy()
    # a label shared by several parameters means the first
    labelled = {label: values[:, row] for row, label in reversed(list(enumerate(labels))) if label}
    return _joined(values, list(evaluated(model.defined, labelled).values()))


def described(model: PathModel, table: ParameterTable) -> pd.DataFrame:
    """``lhs, op, rhs, [group], label`` of each row of the estimates."""
    columns = ["lhs", "op", "rhs", *(["group"] if table.groups else []), "label"]
    rows = [(each.name, ":=", each.expression, *([""] if table.groups else []), each.name) for each in model.defined]
    return pd.concat([table.frame[columns], pd.DataFrame(rows, columns=columns)], ignore_index=True)


def estimates_of(
    model: PathModel, table: ParameterTable, matrices: Matrices, theta: Array, covariance: Array, curvature: Array
) -> pd.DataFrame:
    """One row a parameter or defined quantity, as in `MlFit.estimates`.

    `curvature` (q, q) measures out the steps of derivatives.
    """

    def told(of: Callable[[Array], Array]) -> tuple[Array, Array]:
        found, slopes = moved_by(of, theta, np.diag(curvature))
        return found, np.sqrt(np.maximum(((slopes @ covariance) * slopes).sum(1), 0.0))

    coef, se = told(lambda points: raw_values(model, table, points))
    std, std_se = told(lambda points: standardised_values(model, table, matrices, points))
    columns = {
        "coef": coef,
        "se": se,
        "low": coef - NORMAL_95 * se,
        "high": coef + NORMAL_95 * se,
        "std": std,
        "std_se": std_se,
        "std_low": std - NORMAL_95 * std_se,
        "std_high": std + NORMAL_95 * std_se,
    }
    return pd.concat([described(model, table), pd.DataFrame(columns)], axis=1)


def moved_by(of: Callable[[Array], Array], theta: Array, information: Array) -> tuple[Array, Array]:
    """(rows,) what `of` tells of (B, q) parameters at theta (q,), and (rows, q) its derivatives.

    Differences over steps in the unit that the information (q,) of a respondent on each parameter gives.
    """
    step = STEP * np.where(information > 0, unit_of(information), 1.0)
    q = len(theta)
    around = of(np.concatenate([theta[None], theta + np.diag(step), theta - np.diag(step)]))
    return around[0], (around[1 : q + 1] - around[q + 1 :]).T / (2 * step)


def _joined(values: Array, defined: list[Array]) -> Array:
    extra = [np.broadcast_to(each, len(values))[:, None] for each in defined]
    return np.concatenate([values, *extra], axis=1)
