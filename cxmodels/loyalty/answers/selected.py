"""A part of the answers: some of the items, some of the respondents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import known

INCOMPLETE = "did not answer all of the items"


def alike(frame: pd.DataFrame, items: tuple[str, ...], by: tuple[str, ...]) -> pd.DataFrame:
    """Rows of equal answers, groups and weight of each respondent as one, sorted; columns as in `Answers.frame`.

    Respondents of different weight stay apart: the effective number of respondents needs the weight of each.
    """
    keys = [*items, *by]
    each = frame.assign(each=frame["weight"] / frame["n"])
    counted = each.groupby([*keys, "each"], dropna=False, sort=True, observed=True, as_index=False)["n"].sum()
    counted = counted.astype({"n": "int64"}).assign(weight=counted["each"] * counted["n"])
    return counted[[*keys, "n", "weight"]]


def of_items(answers: Answers, items: Iterable[str] | None = None) -> Answers:
    """The answers to some of the items, in the order asked for; who answered none of them is left out.

    Raises
    ------
    InvalidAnswers
        When an item is not there, or named twice.
    """
    asked = answers.items if items is None else known(items, answers.items, "answers")
    if asked == answers.items:
        return answers
    some = answers.frame[list(asked)].notna().any(axis=1)
    scales = {item: answers.scales[item] for item in asked if item in answers.scales}
    return replace(answers, frame=alike(answers.frame[some], asked, answers.by), items=asked, scales=scales)


def complete(answers: Answers) -> Answers:
    """The respondents who answered every item; the others are counted in `Answers.unusable`."""
    every = answers.frame[list(answers.items)].notna().all(axis=1)
    if every.all():
        return answers
    lacking = int(answers.frame.loc[~every, "n"].sum())
    unusable = {**answers.unusable, INCOMPLETE: answers.unusable.get(INCOMPLETE, 0) + lacking}
    return replace(answers, frame=answers.frame[every].reset_index(drop=True), unusable=unusable)


def of_group(answers: Answers, by: str, level: str) -> Answers:
    """The respondents of one level of an attribute.

    Raises
    ------
    InvalidAnswers
        When the answers are not parted by the attribute, or it has no such level.
    """
    known((by,), answers.by, "answers", "attribute that parts them")
    levels = answers.frame[by].unique()
    known((level,), sorted(levels), f"answers by {by!r}", "level")
    return replace(answers, frame=answers.frame[answers.frame[by] == level].reset_index(drop=True))
