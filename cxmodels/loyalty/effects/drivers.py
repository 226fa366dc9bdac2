"""Drivers of a construct of a fitted model, or of an answer: `relative_importance` with the doubt of the answers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.answers.resampled import resampled
from cxmodels.loyalty.effects.drawn import finite
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.errors import InvalidValue, NotIdentified
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.relative_importance import Drivers
from cxmodels.relative_importance import drivers as divided

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.bayes_fit import BayesFit
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

DRAWS = 1_000
_WHERE = "drivers"


def drivers(correlation: pd.DataFrame, target: str, *, draws: Array | None = None) -> Drivers:
    """Divide an R² among the drivers, from correlations: see `cxmodels.relative_importance.drivers`.

    Raises
    ------
    InvalidValue
        When the target is not there, there are no drivers or more than 12, the matrix is not square and positive
        definite, or `draws` are of another shape.
    NotConverged
        When too few draws are numbers.
    """
    usable = None if draws is None else finite(draws, _WHERE)
    return divided(correlation, target, draws=usable, error=InvalidValue)


def drivers_of_answers(
    data: pd.DataFrame | Answers, target: str, items: Iterable[str], *, draws: int = DRAWS, seed: int = 0
) -> Drivers:
    """The same for an answer, such as to recommend, and the items that may drive it.

    Limits come from `draws` bootstraps of those who answered all of them; 0 for none.

    Raises
    ------
    InvalidAnswers, TooFewRespondents
        As for `as_answers` and `moments`.
    InvalidValue
        As for `drivers`.
    """
    names = (*items, target)
    answers = as_answers(data, names)
    told = pd.DataFrame(moments(answers).covariance, names, names)
    found = list(resampled(answers, names, draws, seed, _WHERE))
    return drivers(told, target, draws=np.concatenate(found) if found else None)


def drivers_of_construct(
    fit: PlsFit | MlFit | BayesFit, target: str, constructs: Iterable[str] | None = None
) -> Drivers:
    """The same for a construct of a fitted model.

    Parameters
    ----------
    fit
        Of any engine, of one group. Limits are of its bootstrap or its draws of parameters; a fit by partial least
        squares without a bootstrap, or one that is not identified, has none.
    constructs
        The drivers. Default: those with a path to the target.

    Raises
    ------
    InvalidValue
        As for `drivers`.
    """
    sources = constructs or [source for source, to in fit.model.paths if to == target]
    own = [name for name in (*dict.fromkeys(sources), target) if name in fit.names]
    spot = [fit.names.index(name) for name in own]
    draws: Array | None = None
    if isinstance(fit, PlsFit):
        draws = None if fit.bootstrap is None else fit.bootstrap.drawn.correlations
    else:
        with suppress(NotIdentified):
            draws = measurement_of(fit).construct_covariance
    table = pd.DataFrame(fit.construct_covariance()[np.ix_(spot, spot)], own, own)
    return drivers(table, target, draws=None if draws is None else draws[:, spot][:, :, spot])
