"""How unequally value is spread over customers: the share the best hold, the curve of such shares, Gini's index."""

from __future__ import annotations

import numpy as np

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.model import Array

TOP = 0.20
"""The share of customers that the rule of thumb of 20 and 80 speaks of; what they hold is found, never assumed."""


def concentration_curve(value: Array, customers: Array) -> Array:
    """Share of all value that the best customers hold, best first: Lorenz's curve read from its upper end.

    Parameters
    ----------
    value
        (rows,) or (rows, draws) money of each customer; below 0 counts as 0.
    customers
        (points,) shares of the customers, between 0 and 1; between two customers the curve is a straight line.

    Returns
    -------
    ndarray
        (points,) or (points, draws); NaN where nobody holds anything.

    Raises
    ------
    InvalidValue
        When there is no customer, or a value is not finite.
    """
    held = -np.sort(-_held(value), axis=0)
    so_far = np.concatenate([np.zeros((1, *held.shape[1:])), held.cumsum(axis=0)])
    place = np.clip(np.asarray(customers, float), 0, 1) * len(held)
    below = np.minimum(place.astype(int), len(held) - 1)
    part = (place - below).reshape(-1, *[1] * (held.ndim - 1))
    amount = so_far[below] + part * held[below]
    with np.errstate(invalid="ignore"):
        return np.asarray(amount / so_far[-1], float)


def gini(value: Array) -> Array:
    """Gini's index of (rows,) or of each column of (rows, draws): 0 all alike, near 1 one holds everything.

    Of the customers as they are (not scaled by rows / (rows - 1)); values below 0 count as 0; NaN where nobody holds
    anything.

    Raises
    ------
    InvalidValue
        When there is no customer, or a value is not finite.

    Notes
    -----
    Half the mean difference between two customers over the mean: Σ (2 i - N - 1) vᵢ / (N Σ vᵢ) over values in rising
    order (Sen 1973, On Economic Inequality, section 2.7).
    """
    held = np.sort(_held(value), axis=0)
    rows = len(held)
    weight = 2 * np.arange(1, rows + 1) - rows - 1.0
    with np.errstate(invalid="ignore"):
        return np.asarray(np.tensordot(weight, held, axes=1) / (rows * held.sum(axis=0)), float)


def in_top(value: Array, top: float = TOP) -> Array:
    """Whether each customer is among the best: 1, 0, or between for those who are alike where the line is drawn.

    Parameters
    ----------
    value
        (rows,), or (rows, draws) to draw the line in each column.
    top
        Share of the customers above the line.

    Returns
    -------
    ndarray
        Shaped as `value`; each column sums to ``top × rows``. Equal customers share the places that are left: each
        holds one with the same probability.

    Raises
    ------
    InvalidValue
        When `top` does not lie between 0 and 1, there is no customer, or a value is not finite.
    """
    if not 0 < top < 1:
        raise InvalidValue(f"in_top: top must lie between 0 and 1, found {top}")
    found = _finite(value)
    # draws in lines: a line is partitioned far faster than a column
    lines = np.ascontiguousarray(found.reshape(len(found), -1).T)
    places = top * lines.shape[1]
    # the customer on whom the last place, or a part of it, falls
    last = lines.shape[1] - int(np.ceil(places))
    line = np.partition(lines, last, axis=1)[:, last, None]
    above, alike = lines > line, lines == line
    left = places - above.sum(axis=1, keepdims=True)
    member = above + alike * (left / alike.sum(axis=1, keepdims=True))
    return member.T.reshape(found.shape)


def _held(value: Array) -> Array:
    return np.maximum(_finite(value), 0.0)


def _finite(value: Array) -> Array:
    found = np.asarray(value, float)
    if not len(found):
        raise InvalidValue("concentration: at least one customer is required, found none")
    if not np.isfinite(found).all():
        raise InvalidValue(f"concentration: finite values are required, found {(~np.isfinite(found)).sum()} others")
    return found
