"""Respondents as the likelihood takes them: of one group, all with answers to the same items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.patterns import patterns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True, eq=False)
class Rows:
    """What respondents answered, equal ones once.

    Attributes
    ----------
    scores
        (rows, k) answers.
    count
        (rows,) respondents.
    weight
        (rows,) what they weigh together; over all rows of a group the effective number of respondents.
    """

    scores: Array
    count: Array
    weight: Array


@dataclass(frozen=True, eq=False)
class Sample:
    """Moments of respondents who answered the same items; B of them at once where they are drawn again.

    Attributes
    ----------
    group
        Which group of the model.
    observed
        (k,) which of its items.
    n
        (B,) respondents, by weight.
    covariance
        (B, k, k), divided by n.
    mean
        (B, k), or None where no means are known.
    rows
        The respondents; None where only moments are known or they are drawn again.
    fourth
        As `Moments.fourth`, where these are known instead.
    """

    group: int
    observed: NDArray[np.int64]
    n: Array
    covariance: Array
    mean: Array | None
    rows: Rows | None = None
    fourth: Array | None = None


def respondents(samples: Iterable[Sample]) -> Array:
    """(B,) respondents of all samples."""
    return np.sum([each.n for each in samples], axis=0)


def of_moments(moments: Moments, group: int, answers: Answers | None) -> Sample:
    """The sample of those who answered everything, with their rows where `answers` holds them."""
    mean = None if moments.mean is None else moments.mean[None]
    rows = None
    if answers is not None:
        every = answers.frame[list(moments.items)].notna().all(axis=1)
        rows = _rows(answers, moments.items, every.to_numpy(), moments.n)
    observed = np.arange(len(moments.items))
    return Sample(group, observed, np.array([moments.n]), moments.covariance[None], mean, rows, moments.fourth)


def by_pattern(answers: Answers, items: tuple[str, ...], group: int) -> tuple[Sample, ...]:
    """One sample for each set of items that some respondents answered; raises as `patterns`."""
    found = patterns(answers, items)
    n = sum(each.n for each in found)
    answered = answers.frame[list(items)].notna().to_numpy()
    whole = _rows(answers, items, answered.any(1), n)
    there = answered[answered.any(1)]
    out = []
    for each in found:
        alike = (there == np.isin(np.arange(len(items)), each.observed)).all(1)
        rows = Rows(whole.scores[alike][:, each.observed], whole.count[alike], whole.weight[alike])
        out.append(Sample(group, each.observed, np.array([each.n]), each.covariance[None], each.mean[None], rows))
    return tuple(out)


def _rows(answers: Answers, items: tuple[str, ...], chosen: NDArray[np.bool_], n: float) -> Rows:
    frame = answers.frame[chosen]
    weight = frame["weight"].to_numpy(np.float64)
    return Rows(frame[list(items)].to_numpy(np.float64), frame["n"].to_numpy(np.float64), weight * (n / weight.sum()))
