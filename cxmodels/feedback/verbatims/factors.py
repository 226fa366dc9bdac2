"""Themes as factors of non-negative matrices, as many as come back from half of the comments."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.feedback.verbatims.terms import unit_rows

Array = NDArray[np.float64]

STABLE = 0.7
"""Mean likeness, beyond chance, with its like from which a theme counts as stable."""
CLEAR = 0.3
"""Cosine of a comment with a theme from which the comment is told to be about it."""
RESAMPLES = 6
COUNTS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 21, 25, 30)
"""Numbers of themes that are tried."""
NEAR_BEST = 0.02
"""Of the comments: so much less than the most is as good, and fewer themes are easier to read."""
MOST_COMMENTS = 5_000
"""Comments at most that the number of themes is chosen on."""


@dataclass(frozen=True, eq=False)
class Factors:
    """The themes of one language.

    Attributes
    ----------
    topics
        (themes × terms) rows of length 1, the theme that most comments are about first.
    stability
        (themes,) how alike each is to its like in random halves of the comments: 1 the same, 0 as to the others.
    panel
        One row a number of themes that was tried: ``themes``, ``stability`` (mean), ``stable`` (how many themes are),
        ``told`` (share of comments clearly about a stable theme of enough people), ``chosen``.
    """

    topics: Array
    stability: Array
    panel: pd.DataFrame


def factorised(
    matrix: Any, people: NDArray[np.int64], *, fewest: int, count: int | None = None, seed: int = 0
) -> Factors:
    """Factorise the weights of terms, with as many factors as are stable.

    For each number of themes the comments are factorised (NMF, Lee & Seung 1999, Nature 401), and so are random halves
    of them; each theme is matched with its like in each half (Hungarian) and its stability is their mean cosine c,
    corrected for the mean cosine e with the other themes of the half: (c − e) / (1 − e). After Greene, O'Callaghan &
    Cunningham (2014), How many topics? Stability analysis for topic models. The number chosen is
    the smallest for which nearly as many comments as for any lie clearly in a stable theme of at least `fewest` people:
    too few themes leave comments out or join what does not belong together, too many do not come back.

    Parameters
    ----------
    matrix
        (comments × terms) sparse, as `Terms.matrix` gives it.
    people
        (comments,) who wrote each.
    fewest
        The fewest people a theme must have to count.
    count
        The number of themes, where it is not to be chosen.
    seed
        Of the halves.
    """
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(seed)
    if matrix.shape[0] > MOST_COMMENTS:
        rows = np.sort(random.choice(matrix.shape[0], MOST_COMMENTS, replace=False))
        matrix, people = matrix[rows], people[rows]
    rows, weights, of = _distinct(matrix)
    halves = [
        random.multivariate_hypergeometric(weights, int(weights.sum()) // 2, method="marginals")
        for _ in range(RESAMPLES)
    ]
    most = min(len(np.unique(people)) // fewest, *rows.shape)
    tried = [count] if count else [k for k in COUNTS if k <= most] or [1]
    # products this small are done before several threads have agreed on who does what
    with threadpool_limits(1):
        found = [_tried(rows, weights, halves, of, people, k, fewest) for k in tried]
    told = np.array([each[2] for each in found])
    best = int(np.flatnonzero(told >= told.max() - NEAR_BEST)[0])
    panel = pd.DataFrame(
        {
            "themes": [len(topics) for topics, _, _ in found],
            "stability": [float(stability.mean()) for _, stability, _ in found],
            "stable": [int((stability >= STABLE).sum()) for _, stability, _ in found],
            "told": told,
            "chosen": np.arange(len(found)) == best,
        }
    )
    topics, stability, _ = found[best]
    theme, _ = nearest_theme(matrix, topics)
    order = np.argsort(-np.bincount(theme[theme >= 0], minlength=len(topics)), kind="stable")
    return Factors(topics[order], stability[order], panel)


def nearest_theme(matrix: Any, topics: Array) -> tuple[NDArray[np.int64], Array]:
    """The theme each comment is clearly about (-1: none), and its cosine with it."""
    cosine = np.asarray(matrix @ topics.T)
    theme = cosine.argmax(axis=1)
    closest = cosine[np.arange(len(cosine)), theme]
    return np.where(closest >= CLEAR, theme, -1), closest


def _tried(
    rows: Any,
    weights: NDArray[np.int64],
    halves: list[NDArray[np.int64]],
    of: NDArray[np.int64],
    people: NDArray[np.int64],
    count: int,
    fewest: int,
) -> tuple[Array, Array, float]:
    """Topics, their stability, and the share of comments clearly about a stable one of enough people."""
    from scipy.optimize import linear_sum_assignment

    topics = _topics(rows, weights, count)
    alike = np.zeros((len(halves), len(topics)))
    for place, half in enumerate(halves):
        cosine = topics @ _topics(rows, half, count).T
        own, other = linear_sum_assignment(-cosine)
        matched = cosine[own, other]
        # any two themes share words: so alike would one be to a theme it has nothing to do with
        chance = (cosine[own].sum(axis=1) - matched) / max(cosine.shape[1] - 1, 1)
        alike[place, own] = (matched - chance) / np.maximum(1 - chance, 1e-9)
    stability = alike.mean(axis=0)
    theme = nearest_theme(rows, topics)[0][of]
    enough = [len(np.unique(people[theme == at])) >= fewest for at in range(len(topics))]
    counted = np.flatnonzero(enough & (stability >= STABLE))
    return topics, stability, float(np.isin(theme, counted).mean())


def _topics(rows: Any, weights: NDArray[np.int64], count: int) -> Array:
    """(themes × terms) of comments that were written so many times each, rows of length 1."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    there = weights > 0
    # least squares over repeated rows: each once, times the root of how often
    repeated = rows[np.flatnonzero(there)].multiply(np.sqrt(weights[there])[:, None]).tocsr()
    count = min(count, *repeated.shape)
    with warnings.catch_warnings():
        # the last digits of a factor change no theme
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NMF(count, init="nndsvd", max_iter=200, tol=1e-3, random_state=0).fit(repeated)
    return unit_rows(model.components_)


def _distinct(matrix: Any) -> tuple[Any, NDArray[np.int64], NDArray[np.int64]]:
    """Rows that differ, how often each is there, and which one each row is."""
    keys: dict[bytes, int] = {}
    first: list[int] = []
    of = []
    for row in range(matrix.shape[0]):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        key = matrix.indices[span].tobytes() + matrix.data[span].tobytes()
        if key not in keys:
            keys[key] = len(first)
            first.append(row)
        of.append(keys[key])
    return matrix[first], np.bincount(of).astype(np.int64), np.array(of)
