"""Respondents by which items they answered: what full-information maximum likelihood needs of missing answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import refuse_constant, refuse_never_answered, refuse_too_few
from cxmodels.loyalty.answers.selected import of_items
from cxmodels.loyalty.errors import InvalidAnswers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

_WHERE = "patterns"


@dataclass(frozen=True, eq=False)
class Pattern:
    """The respondents who answered the same items.

    Attributes
    ----------
    observed
        (items answered,) places of these items among those asked for, rising.
    n
        Respondents; with weights their share of the weights times the effective number of all.
    mean
        (items answered,).
    covariance
        (items answered, items answered), divided by `n`; zeros for one respondent.
    """

    observed: NDArray[np.int64]
    n: float
    mean: Array
    covariance: Array


def patterns(answers: Answers, items: Iterable[str] | None = None) -> tuple[Pattern, ...]:
    """Answers by what is missing; who answered none of the items says nothing and is left out.

    Returns
    -------
    tuple of Pattern
        Most answered first, then in the order of the items; complete answers come first.

    Raises
    ------
    InvalidAnswers
        When an item is not there, does not vary or was never answered, or when no respondent answered two items
        together, whose covariance nothing then tells.
    TooFewRespondents
        When the respondents are not more than the items.

    Notes
    -----
    The log-likelihood of normal answers missing at random is a sum over patterns of functions of these moments
    (Arbuckle 1996; Little & Rubin 2002, Statistical Analysis with Missing Data, 11.2).
    """
    answers = of_items(answers, items)
    asked = answers.items
    scores = answers.frame[list(asked)].to_numpy(np.float64)
    n, weight = (answers.frame[name].to_numpy(np.float64) for name in ("n", "weight"))
    refuse_never_answered(scores, asked, _WHERE)
    refuse_constant(scores, asked, _WHERE)
    refuse_too_few(n.sum(), asked, _WHERE, every=False)
    there = ~np.isnan(scores)
    _refuse_never_together(there, asked)
    effective = weight.sum() ** 2 / (weight**2 / n).sum()
    found, place = np.unique(there, axis=0, return_inverse=True)
    parts = [_pattern(scores[place == at], weight[place == at], effective / weight.sum()) for at in range(len(found))]
    return tuple(sorted(parts, key=lambda part: (-len(part.observed), *part.observed)))


def _pattern(scores: Array, weight: Array, scale: float) -> Pattern:
    observed = np.flatnonzero(~np.isnan(scores[0]))
    share = weight / weight.sum()
    mean = share @ scores[:, observed]
    centred = scores[:, observed] - mean
    covariance = (centred * share[:, None]).T @ centred
    return Pattern(observed, float(weight.sum() * scale), mean, (covariance + covariance.T) / 2)


def _refuse_never_together(there: NDArray[np.bool_], items: tuple[str, ...]) -> None:
    together = there.T.astype(np.float64) @ there
    if not together.all():
        one, other = np.argwhere(together == 0)[0]
        raise InvalidAnswers(
            f"{_WHERE}: nobody answered {items[one]!r} and {items[other]!r} together, so nothing tells how they go "
            "together; leave out one of them"
        )
