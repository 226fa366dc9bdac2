"""Moments from a covariance matrix that somebody published."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxmodels.loyalty.answers.checked import known, refuse_too_few
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.errors import InvalidAnswers

_WHERE = "given_moments"
_ASYMMETRY = 1e-6
"""Largest difference of two entries that should be equal, in standard deviations; printed matrices are rounded."""
_SINGULAR = 1e-10
"""Smallest eigenvalue of the correlations; below, an item is a sum of the others."""


def given_moments(
    covariance: pd.DataFrame | ArrayLike,
    n: float,
    *,
    items: Iterable[str] | None = None,
    mean: pd.Series | ArrayLike | None = None,
    unbiased: bool = False,
    group: str = "",
) -> Moments:
    """Moments from a covariance matrix and the number of respondents.

    Parameters
    ----------
    covariance
        (items, items), a frame with the items as columns and rows in the same order, or an array with `items`.
    n
        Respondents.
    items
        Their names; of a frame, those to take, in the order wanted.
    mean
        (items,) means, a series by item, or an array in the order of the columns of `covariance`.
    unbiased
        Whether the covariances were divided by n - 1, as most programs print them, and not by n.
    group
        What the respondents are called.

    Raises
    ------
    InvalidAnswers
        When the matrix is not square, finite, symmetric and positive definite, or names and sizes do not agree.
    TooFewRespondents
        When there are not more respondents than items.
    """
    if isinstance(covariance, pd.DataFrame):
        there = tuple(map(str, covariance.columns))
        if covariance.shape[0] == covariance.shape[1] and tuple(map(str, covariance.index)) != there:
            raise InvalidAnswers(
                f"{_WHERE}: rows and columns must name the same items in the same order, found rows "
                f"{', '.join(map(str, covariance.index[:5]))} … and columns {', '.join(there[:5])} …"
            )
        asked = known(there if items is None else items, known(there, there, _WHERE), _WHERE)
    elif items is None:
        raise InvalidAnswers(f"{_WHERE}: a matrix without names needs items=[...], found none")
    else:
        there = asked = known(items := tuple(items), items, _WHERE)
    try:
        matrix = np.array(covariance, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidAnswers(f"{_WHERE}: the covariance matrix must hold numbers, found other values") from None
    if matrix.shape != (len(there), len(there)):
        raise InvalidAnswers(
            f"{_WHERE}: {len(there)} items need a matrix of {len(there)} by {len(there)}, found "
            f"{' by '.join(map(str, matrix.shape))}"
        )
    _refuse_improper(matrix, there)
    centre = None if mean is None else _means(mean, there)
    if not n > 0 or not np.isfinite(n):
        raise InvalidAnswers(f"{_WHERE}: n must be a positive number of respondents, found {n}")
    refuse_too_few(n, asked, _WHERE)
    place = [there.index(name) for name in asked]
    matrix = (matrix + matrix.T)[np.ix_(place, place)] / 2 * ((n - 1) / n if unbiased else 1.0)
    return Moments(asked, float(n), matrix, None if centre is None else centre[place], group=group)


def _refuse_improper(matrix: np.ndarray, items: tuple[str, ...]) -> None:
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise InvalidAnswers(
            f"{_WHERE}: covariances must be finite, found {matrix[row, column]} of {items[row]!r} and {items[column]!r}"
        )
    variances = np.diag(matrix)
    if (flat := variances <= 0).any():
        at = int(flat.argmax())
        raise InvalidAnswers(f"{_WHERE}: an item must vary, found a variance of {variances[at]:g} of {items[at]!r}")
    scale = np.sqrt(np.outer(variances, variances))
    apart = np.abs(matrix - matrix.T) / scale
    if apart.max() > _ASYMMETRY:
        row, column = np.unravel_index(apart.argmax(), apart.shape)
        raise InvalidAnswers(
            f"{_WHERE}: the covariance matrix must be symmetric, found {matrix[row, column]:g} and "
            f"{matrix[column, row]:g} of {items[row]!r} and {items[column]!r}"
        )
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2 / scale)
    if values[0] < _SINGULAR:
        heavy = [items[at] for at in np.argsort(-np.abs(vectors[:, 0]))[:3]]
        raise InvalidAnswers(
            f"{_WHERE}: the covariance matrix must be positive definite, found a smallest eigenvalue of "
            f"{values[0]:.2g} of the correlations, most of it from {', '.join(map(repr, heavy))}"
        )


def _means(mean: pd.Series | ArrayLike, items: tuple[str, ...]) -> np.ndarray:
    if isinstance(mean, pd.Series):
        known(items, mean.index, f"{_WHERE}: mean")
        mean = mean.loc[list(items)]
    found = np.array(mean, dtype=np.float64)
    if found.shape != (len(items),) or not np.isfinite(found).all():
        raise InvalidAnswers(f"{_WHERE}: {len(items)} items need as many finite means, found {found.tolist()}")
    return found
