"""Means and covariances of items: all that the engines need of complete answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import known, refuse_constant, refuse_too_few
from cxmodels.loyalty.answers.selected import of_group

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

_WHERE = "moments"
_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of the items of one group of respondents.

    Attributes
    ----------
    items
        In the order of the matrices.
    n
        Respondents; with weights the effective number (Kish: square of the sum over the sum of squares).
    covariance
        (items, items), divided by `n`, not `n` - 1.
    mean
        (items,); None where only a covariance matrix was given.
    fourth
        (pairs, pairs) covariance of the products of centred items, pairs as in ``np.tril_indices``; None where only
        moments were given, or they were not asked for. Of a model without means they tell robust standard errors.
    group
        The level of the grouping attribute; empty without groups.
    """

    items: tuple[str, ...]
    n: float
    covariance: Array
    mean: Array | None = None
    fourth: Array | None = None
    group: str = ""


def moments(answers: Answers, items: Iterable[str] | None = None, *, fourth: bool = False, group: str = "") -> Moments:
    """Moments of those who answered every item (listwise).

    Parameters
    ----------
    answers
        Answers, weighted or not.
    items
        Some of their items, in the order wanted. Default: all.
    fourth
        Whether to compute fourth moments too, for robust standard errors.
    group
        What the respondents are called.

    Raises
    ------
    InvalidAnswers
        When an item is not there, is named twice or does not vary.
    TooFewRespondents
        When they are not more than the items.

    Notes
    -----
    With weights the covariance is the weighted one, n Kish's effective number (Kish 1965, Survey Sampling, 11.7), and
    the fourth moments the sum of squared weights times outer products over the sum of squared weights: n times the
    variance of a weighted mean, so that a robust standard error allows for the weights.
    """
    asked = answers.items if items is None else known(items, answers.items, _WHERE)
    where = f"{_WHERE} of {group!r}" if group else _WHERE
    scores = answers.frame[list(asked)].to_numpy(np.float64)
    usable = ~np.isnan(scores).any(1)
    n, weight = (answers.frame[name].to_numpy(np.float64)[usable] for name in ("n", "weight"))
    refuse_too_few(n.sum(), asked, where, f" of {answers.respondents:,}")
    scores = scores[usable]
    refuse_constant(scores, asked, where)
    share = weight / weight.sum()
    mean = share @ scores
    centred = scores - mean
    covariance = (centred * share[:, None]).T @ centred
    squares = weight**2 / n
    found = _fourth(centred, covariance, squares / squares.sum()) if fourth else None
    return Moments(asked, float(weight.sum() ** 2 / squares.sum()), (covariance + covariance.T) / 2, mean, found, group)


def _fourth(centred: Array, covariance: Array, share: Array) -> Array:
    row, column = np.tril_indices(len(covariance))
    found = np.zeros((len(row), len(row)))
    # some rows at a time: there are many more pairs than items
    for start in range(0, len(centred), _ROWS):
        some = centred[start : start + _ROWS]
        products = some[:, row] * some[:, column] - covariance[row, column]
        found += (products * share[start : start + _ROWS, None]).T @ products
    return found


def moments_by(
    answers: Answers,
    by: str,
    items: Iterable[str] | None = None,
    *,
    fourth: bool = False,
    levels: Iterable[str] | None = None,
) -> tuple[Moments, ...]:
    """Moments of each group of an attribute the answers are parted by.

    Parameters
    ----------
    levels
        The groups, in the order wanted; `group_sizes` says which are large enough. Default: all, in the order of
        their names.

    Raises
    ------
    InvalidAnswers, TooFewRespondents
        As for `moments`, naming the group; and when there is no such attribute or group.
    """
    known((by,), answers.by, "moments_by", "attribute that parts the answers")
    there = sorted(answers.frame[by].unique())
    wanted = there if levels is None else known(levels, there, f"moments_by {by!r}", "level")
    return tuple(moments(of_group(answers, by, level), items, fourth=fourth, group=level) for level in wanted)


def group_sizes(
    answers: Answers, by: str, items: Iterable[str] | None = None, *, listwise: bool = True
) -> pd.DataFrame:
    """How many respondents each group has, and whether they are enough for moments.

    Parameters
    ----------
    answers
        Parted by `by`.
    by
        The attribute.
    items
        Some of their items. Default: all.
    listwise
        Whether those alone count who answered every item. Otherwise everybody does, as where missing answers are
        estimated with.

    Returns
    -------
    pandas.DataFrame
        One row a level, in the order of their names: ``level``, ``n`` respondents, ``complete`` of whom answered every
        item, ``enough``: those who count are more than the items and at least `Answers.min_cell`.

    Raises
    ------
    InvalidAnswers
        When there is no such attribute or item, or one is named twice.
    """
    known((by,), answers.by, "group_sizes", "attribute that parts the answers")
    asked = answers.items if items is None else known(items, answers.items, "group_sizes")
    every = answers.frame[list(asked)].notna().all(axis=1)
    counted = answers.frame.assign(complete=answers.frame["n"].where(every, 0)).groupby(by)[["n", "complete"]].sum()
    least = max(len(asked) + 1, answers.min_cell)
    return counted.reset_index(names="level").assign(
        enough=(counted["complete" if listwise else "n"] >= least).to_numpy()
    )
