"""Covariances of items among respondents drawn again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.path_fit import Array

SEED = 20_260_930
_SIZE = 500
"""Resamples at a time: their matrices stay in the processor's cache."""


def resampled(
    data: pd.DataFrame | Answers | Moments, items: tuple[str, ...], bootstraps: int, seed: int, where: str
) -> Iterator[Array]:
    """(at most 500, items, items) covariances, `bootstraps` in all, of respondents drawn with replacement.

    Raises
    ------
    InvalidValue
        When `bootstraps` is no whole number.
    InvalidAnswers
        When there are moments only, or as for `blocks`.
    TooFewRespondents
        As for `blocks`.
    """
    if isinstance(bootstraps, bool) or not isinstance(bootstraps, int | np.integer) or bootstraps < 0:
        raise InvalidValue(f"{where}: bootstraps must be a whole number from 0, found {bootstraps!r}")
    if isinstance(data, Moments):
        raise InvalidAnswers(f"{where}: resamples need the answers of each respondent, found moments; bootstraps=0")
    source, generator = blocks(as_answers(data, items), seed=seed), np.random.default_rng(seed)
    count = len(source.n)
    for start in range(0, int(bootstraps), _SIZE):
        size = min(_SIZE, int(bootstraps) - start)
        yield source.drawn(generator.multinomial(count, np.full(count, 1 / count), size=size))[2]
