"""How far apart the paths of two segments would lie if nothing told the segments apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.effects.drawn import finite
from cxmodels.loyalty.pls.statistics import statistics

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.pls_fit import PlsFit

_BATCH = 250


def permuted_differences(
    answers: Answers, first: int, difference: Array, fit: PlsFit, *, size: int, seed: int
) -> Array:
    """p of differences between two segments by permuting respondents between them.

    Parameters
    ----------
    answers
        The respondents of both.
    first
        How many of them are in the first.
    difference
        (names, names) of the paths of the first less those of the second.
    fit
        Of either: its design and algorithm are used.
    size
        Permutations.

    Returns
    -------
    array
        (names, names), two-sided; the sample itself counts as one of the permutations (Phipson & Smyth 2010,
        Statistical Applications in Genetics and Molecular Biology 9), so never 0.
    """
    people = blocks(answers, fit.design.items, seed=seed)
    # blocks of many respondents are permuted as wholes, as large a share of them as of the respondents
    chosen = round(first / people.respondents * len(people.n))
    generator = np.random.default_rng(seed)
    toward = fit.statistics.weights[0]
    apart = []
    for start in range(0, size, _BATCH):
        order = generator.random((min(_BATCH, size - start), len(people.n))).argsort(axis=1)
        one, other = (
            statistics(people.drawn(times)[2], fit.design, fit.algorithm, toward=toward).paths
            for times in (order < chosen, order >= chosen)
        )
        apart.append(one - other)
    drawn = finite(np.concatenate(apart), "permutations")
    # ties by rounding, as of a path that is not there, count as reached
    reached = np.abs(drawn) >= np.abs(difference) - 1e-12
    p: Array = (1 + reached.sum(axis=0)) / (1 + len(drawn))
    return p
