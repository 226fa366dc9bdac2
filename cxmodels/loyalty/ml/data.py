"""What `fit_ml` is given, as samples and moments of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers, as_moments
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.moments import Moments, group_sizes, moments
from cxmodels.loyalty.answers.selected import of_group, of_items
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue
from cxmodels.loyalty.ml.fiml import saturated_moments
from cxmodels.loyalty.ml.objective import discrepancy_of
from cxmodels.loyalty.ml.samples import Sample, by_pattern, of_moments

if TYPE_CHECKING:
    from cxmodels.loyalty.syntax.path_model import PathModel

type Given = pd.DataFrame | Answers | Moments | tuple[Moments, ...]
Missing = Literal["listwise", "fiml"]

_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Data:
    """Respondents of each group.

    Attributes
    ----------
    groups
        Levels; one empty name without groups.
    samples
        What the likelihood is computed of.
    moments
        Of each group, at the maximum of the saturated likelihood.
    answers
        Of each group; empty where only moments were given.
    """

    groups: tuple[str, ...]
    samples: tuple[Sample, ...]
    moments: tuple[Moments, ...]
    answers: tuple[Answers, ...]

    def saturated_discrepancy(self, means: bool) -> float:
        """That of the model without constraints."""
        sigma = np.array([[each.covariance for each in self.moments]])
        mu = np.array([[each.mean for each in self.moments]]) if means else None
        return float(discrepancy_of(sigma, mu, self.samples)[0])


def data_of(model: PathModel, data: Given, *, group: str | None, missing: Missing) -> Data:
    """Read what was given.

    Raises
    ------
    InvalidValue
        When options and data do not go together.
    InvalidAnswers, TooFewRespondents
        When the answers do not fit the model.
    """
    items = model.items
    if missing not in get_args(Missing):
        raise InvalidValue(f"fit_ml: missing must be 'listwise' or 'fiml', found {missing!r}")
    if isinstance(data, Moments | tuple):
        found = _of_moments(data, items, group, missing)
    else:
        found = _of_answers(model, data, group, missing)
    for each in found.moments:
        _refuse_singular(each)
    return found


def _of_moments(data: Moments | tuple[Moments, ...], items: tuple[str, ...], group: str | None, missing: str) -> Data:
    if missing == "fiml":
        raise InvalidValue("fit_ml: missing='fiml' needs the answers of each respondent, found moments alone")
    if group is not None:
        raise InvalidValue(
            f"fit_ml: moments are parted already, one Moments a group; group={group!r} needs a DataFrame or Answers"
        )
    every = (data,) if isinstance(data, Moments) else data
    if not every or not all(isinstance(each, Moments) for each in every):
        raise InvalidAnswers("fit_ml: data must be a DataFrame, Answers, Moments or a tuple of Moments")
    names = tuple(each.group for each in every)
    if len(set(names)) < len(names):
        raise InvalidAnswers(f"fit_ml: moments of several groups need a name each, found {', '.join(map(repr, names))}")
    chosen = tuple(as_moments(each, items) for each in every)
    samples = tuple(of_moments(each, place, None) for place, each in enumerate(chosen))
    return Data(names, samples, chosen, ())


def _of_answers(model: PathModel, data: pd.DataFrame | Answers, group: str | None, missing: str) -> Data:
    items = model.items
    if isinstance(data, pd.DataFrame):
        model.check_items([str(name) for name in data.columns])
        answers = answers_of(data, items, by=() if group is None else (group,))
    else:
        answers = as_answers(data, items)
    groups: tuple[str, ...] = ("",)
    parts: tuple[Answers, ...] = (answers,)
    if group is not None:
        groups = tuple(group_sizes(answers, group)["level"])
        parts = tuple(of_group(answers, group, level) for level in groups)
    if missing == "listwise":
        known = tuple(moments(part, group=level) for part, level in zip(parts, groups, strict=True))
        samples = tuple(of_moments(each, at, part) for at, (each, part) in enumerate(zip(known, parts, strict=True)))
        return Data(groups, samples, known, parts)
    parted = [by_pattern(part, items, at) for at, part in enumerate(parts)]
    known = tuple(saturated_moments(each, items, level) for each, level in zip(parted, groups, strict=True))
    return Data(groups, tuple(sample for each in parted for sample in each), known, tuple(map(of_items, parts)))


def _refuse_singular(known: Moments) -> None:
    deviation = np.sqrt(np.diag(known.covariance))
    lowest = np.linalg.eigvalsh(known.covariance / np.outer(deviation, deviation))[0]
    if lowest < _SINGULAR:
        of = f" of {known.group!r}" if known.group else ""
        raise InvalidAnswers(
            f"fit_ml: the covariances of the items{of} are singular (smallest eigenvalue of the correlations "
            f"{lowest:.1g}): an item is a sum of others, or two are the same question"
        )
