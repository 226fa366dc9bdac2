"""Respondents in random blocks, summed once: a bootstrap of them costs the same whatever their number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import refuse_constant, refuse_too_few
from cxmodels.loyalty.answers.selected import complete, of_items
from cxmodels.loyalty.errors import InvalidValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

_WHERE = "blocks"


@dataclass(frozen=True, eq=False)
class Blocks:
    """Sums over the respondents of each block; a respondent alone where there are few.

    Attributes
    ----------
    items
        In the order of the columns.
    n
        (blocks,) weight of the respondents in a block; their number without weights.
    centre
        (items,) mean of all, taken off before summing so that nothing is lost in rounding.
    sums
        (blocks, items) of weighted, centred scores.
    products
        (blocks, items, items) of weighted products of centred scores.
    respondents
        How many there are in all.
    """

    items: tuple[str, ...]
    n: Array
    centre: Array
    sums: Array
    products: Array
    respondents: int

    def drawn(self, times: NDArray) -> tuple[Array, Array, Array]:
        """Moments of resamples in which each block stands so many times.

        Parameters
        ----------
        times
            (draws, blocks) counts, or weights, of the blocks.

        Returns
        -------
        tuple
            (draws,) weight; (draws, items) means; (draws, items, items) covariances, divided by the weight.
        """
        times = np.asarray(times, np.float64)
        size = len(self.items)
        n = times @ self.n
        mean = times @ self.sums / n[:, None]
        products = (times @ self.products.reshape(len(self.n), -1)).reshape(-1, size, size) / n[:, None, None]
        return n, mean + self.centre, products - mean[:, :, None] * mean[:, None, :]


def blocks(answers: Answers, items: Iterable[str] | None = None, *, most: int = 2000, seed: int = 0) -> Blocks:
    """Part those who answered every item into random blocks of equal size.

    Parameters
    ----------
    answers
        Answers, weighted or not.
    items
        Some of their items, in the order wanted. Default: all.
    most
        Up to so many respondents, each is a block; beyond, there are so many blocks.
    seed
        Of the parting.

    Raises
    ------
    InvalidAnswers
        When an item is not there, is named twice or does not vary.
    InvalidValue
        When `most` is below 2.
    TooFewRespondents
        When they are not more than the items.

    Notes
    -----
    The variance among resampled random groups is unbiased for that of means of respondents, with a relative error of
    its standard deviation of about 1 in √(2 · blocks), 1.6 % for 2 000 (Wolter 2007, Introduction to Variance
    Estimation, chapter 2).
    """
    if most < 2:
        raise InvalidValue(f"{_WHERE}: most must be at least 2, found {most}")
    whole = complete(of_items(answers, items))
    asked = whole.items
    n = whole.frame["n"].to_numpy(np.int64)
    refuse_too_few(n.sum(), asked, _WHERE, f" of {answers.respondents:,}")
    scores = whole.frame[list(asked)].to_numpy(np.float64)
    refuse_constant(scores, asked, _WHERE)
    weight = whole.frame["weight"].to_numpy(np.float64)
    centre = weight @ scores / weight.sum()
    # one place a respondent, shuffled; the last block is filled up with respondents of no weight
    place = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(n)), n))
    size = -(-len(place) // most)
    count = -(-len(place) // size)
    each = np.append(weight[place] / n[place], np.zeros(count * size - len(place)))
    place = np.append(place, np.zeros(count * size - len(place), np.int64))
    centred = (scores - centre)[place].reshape(count, size, len(asked))
    weights = each.reshape(count, size)
    heavy = centred * weights[:, :, None]
    return Blocks(asked, weights.sum(1), centre, heavy.sum(1), heavy.transpose(0, 2, 1) @ centred, int(n.sum()))
