"""Answers from a table in memory, one row a respondent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import (
    known,
    numbers,
    refuse_constant,
    refuse_never_answered,
    refuse_off_scale,
    refuse_reserved,
)
from cxmodels.loyalty.answers.selected import alike
from cxmodels.loyalty.errors import InvalidAnswers

NO_ANSWER = "answered none of the items"
NO_WEIGHT = "weigh nothing"
UNKNOWN = "unknown"
_WHERE = "answers_of"


def answers_of(
    frame: pd.DataFrame,
    items: Iterable[str] | None = None,
    *,
    scales: Mapping[str, tuple[float, float]] | None = None,
    weight: str | None = None,
    by: Iterable[str] = (),
) -> Answers:
    """Answers of the respondents in a table.

    Parameters
    ----------
    frame
        One row a respondent, a column of numbers for each item; missing where not answered.
    items
        Columns that are items. Default: all but `weight` and `by`.
    scales
        Item → lowest and highest score. Scores are checked against it; of items that are not asked for, nothing is.
    weight
        Column of what a respondent stands for, 0 or more. Default: each for one.
    by
        Columns to part the respondents by; they become text, ``"unknown"`` where missing.

    Raises
    ------
    InvalidAnswers
        When a column is not there, is named twice or holds no finite numbers, when an item is off its scale, constant
        or never answered, or when weights are negative or missing.
    TooFewRespondents
        When there is nobody.
    """
    parted = known(by, frame.columns, _WHERE, "column to part by") if (by := tuple(by)) else ()
    if weight is not None:
        known((weight,), frame.columns, _WHERE, "column of weights")
    if items is None:
        items = [name for name in frame.columns if name != weight and name not in parted]
    asked = known(items, frame.columns, _WHERE)
    if both := [name for name in (*parted, weight) if name in asked]:
        raise InvalidAnswers(f"{_WHERE}: {both[0]!r} is an item and cannot weigh or part the respondents as well")
    refuse_reserved((*asked, *parted), _WHERE)
    scores = pd.DataFrame({item: numbers(frame, item, _WHERE) for item in asked})
    on = {item: scales[item] for item in asked if item in scales} if scales else {}
    refuse_off_scale(scores, on, _WHERE)
    refuse_never_answered(scores.to_numpy(), asked, _WHERE)
    weights = np.ones(len(frame)) if weight is None else numbers(frame, weight, _WHERE)
    if (bad := ~(weights >= 0)).any():
        raise InvalidAnswers(
            f"{_WHERE}: {weight!r} must be 0 or more for everybody, found {weights[bad.argmax()]:g} in row "
            f"{int(bad.argmax())} and {int(bad.sum()) - 1:,} more"
        )
    none, nothing = scores.isna().all(axis=1).to_numpy(), weights == 0
    groups = {name: frame[name].astype("object").where(frame[name].notna(), UNKNOWN).astype(str) for name in parted}
    table = scores.assign(**{name: text.to_numpy(object) for name, text in groups.items()}, n=1, weight=weights)
    kept = table[~none & ~nothing]
    refuse_never_answered(kept[list(asked)].to_numpy(), asked, _WHERE)
    refuse_constant(kept[list(asked)].to_numpy(), asked, _WHERE)
    left_out = {NO_ANSWER: int(none.sum()), NO_WEIGHT: int((nothing & ~none).sum())}
    return Answers(
        alike(kept, asked, parted),
        asked,
        scales=on,
        by=parted,
        unusable={reason: count for reason, count in left_out.items() if count},
    )
