"""What would happen if more parameters were free: score tests and the change to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cxmodels.loyalty.ml.objective import slope

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

_SINGULAR = 1e-8
"""Share of its information that a new parameter must not share with the others, or it cannot be told from them."""


class Cell(NamedTuple):
    """A place of the matrices of one group: which (`PATH`, `COVARIANCE`, `MEAN`), row and column."""

    group: int
    kind: int
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class ScoreTests:
    """Of each new parameter alone, NaN where it cannot be told from the others.

    Attributes
    ----------
    statistic
        By how much chi² would fall, nearly; chi² with one degree of freedom if the parameter is nought.
    change
        The value it would take, nearly.
    """

    statistic: Array
    change: Array

    @property
    def p(self) -> Array:
        """Probability of so large a statistic if the parameter is nought."""
        from scipy.special import chdtrc

        return chdtrc(1, self.statistic)


def score_tests(fit: MlFit, cells: Sequence[Cell]) -> ScoreTests:
    """Test one by one whether a cell is what the model says, or moves by a parameter of its own.

    A cell that the model fixes is set free; one that it holds equal to others is released from them.

    Notes
    -----
    The score test: Sörbom (1989), Psychometrika 54; the expected parameter change: Saris, Satorra & Sörbom (1987),
    Sociological Methodology 17. The information is the expected one, as in lavaan: where a parameter is far from the
    value it is held at, the observed one need not be positive.
    """
    matrices = with_freed(fit.matrices, cells)
    q = len(fit.theta)
    theta = np.concatenate([fit.theta, np.zeros(len(cells))])
    here = slope(matrices, fit.samples, theta[None])
    # the log-likelihood is -n/2 times the discrepancy
    score, information = -fit.n / 2 * here.gradient[0], fit.n / 2 * here.curvature[0]
    cross, own = information[:q, q:], np.diag(information)[q:]
    explained = np.linalg.lstsq(information[:q, :q], cross, rcond=None)[0]
    # what a search leaves of the slope by the other parameters would count as theirs (Neyman's C(alpha))
    score, left = score[q:] - score[:q] @ explained, own - (cross * explained).sum(0)
    left = np.where(left > _SINGULAR * own, left, np.nan)
    return ScoreTests(score**2 / left, score / left)


def with_freed(matrices: Matrices, cells: Sequence[Cell]) -> Matrices:
    """The model with one more parameter for each cell, which adds to what stands there."""
    at = {key: place for place, key in enumerate(zip(matrices.kind, matrices.row, matrices.column, strict=True))}
    known = len(at)
    places = [at.setdefault((cell.kind, cell.row, cell.column), len(at)) for cell in cells]
    groups, _, q = matrices.select.shape
    select = np.zeros((groups, len(at), q + len(cells)))
    select[:, :known, :q] = matrices.select
    select[[cell.group for cell in cells], places, q + np.arange(len(cells))] = 1.0
    fixed = np.zeros((groups, len(at)))
    fixed[:, :known] = matrices.fixed
    kind, row, column = np.array(list(at), np.int64).reshape(-1, 3).T
    return replace(matrices, kind=kind, row=row, column=column, fixed=fixed, select=select)


def holm(p: Array) -> Array:
    """(tests,) probabilities that allow for all the tests: Holm (1979), Scandinavian Journal of Statistics 6."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return adjusted
