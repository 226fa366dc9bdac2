"""What an engine takes: a table of respondents, answers, or moments."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import known
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.moments import Moments, moments
from cxmodels.loyalty.answers.selected import of_items
from cxmodels.loyalty.errors import InvalidAnswers


def as_answers(data: pd.DataFrame | Answers, items: Iterable[str]) -> Answers:
    """Answers to the items of a model, in their order.

    Raises
    ------
    InvalidAnswers
        When `data` is neither a table nor answers, or as for `answers_of`.
    TooFewRespondents
        When there is nobody.
    """
    if isinstance(data, Answers):
        return of_items(data, items)
    if isinstance(data, pd.DataFrame):
        return answers_of(data, items)
    raise InvalidAnswers(
        f"data: the answers of each respondent are needed (a DataFrame or Answers), found {_kind(data)}"
    )


def as_moments(data: pd.DataFrame | Answers | Moments, items: Iterable[str]) -> Moments:
    """Moments of the items of a model, in their order; of answers, those of who answered every item.

    Raises
    ------
    InvalidAnswers
        When `data` is neither a table, answers nor moments, or as for `answers_of`.
    TooFewRespondents
        When there are not more respondents than items.
    """
    if isinstance(data, Moments):
        return _of_moments(data, tuple(items))
    if not isinstance(data, pd.DataFrame | Answers):
        raise InvalidAnswers(f"data: a DataFrame, Answers or Moments is needed, found {_kind(data)}")
    return moments(as_answers(data, items))


def _of_moments(given: Moments, items: tuple[str, ...]) -> Moments:
    known(items, given.items, "moments")
    place = [given.items.index(item) for item in items]
    found = None
    if given.fourth is not None:
        p = len(given.items)
        pair = np.zeros((p, p), np.int64)
        row, column = np.tril_indices(p)
        pair[row, column] = pair[column, row] = np.arange(len(row))
        row, column = np.tril_indices(len(items))
        chosen = pair[np.ix_(place, place)][row, column]
        found = given.fourth[np.ix_(chosen, chosen)]
    mean = None if given.mean is None else given.mean[place]
    return Moments(items, given.n, given.covariance[np.ix_(place, place)], mean, found, given.group)


def _kind(data: object) -> str:
    return type(data).__name__
