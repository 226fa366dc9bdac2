"""What is asked of items and their answers before anything is computed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents
from cxmodels.study.errors import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

RESERVED = ("n", "weight")
"""What columns of `Answers.frame` are called besides items and attributes."""


def known(items: Iterable[str], there: Iterable[str], where: str, what: str = "item") -> tuple[str, ...]:
    """The names of `items`, each once and each among those that are `there`.

    Raises
    ------
    InvalidAnswers
        Naming the item and the nearest that is there, or the one that is named twice.
    """
    names, found = tuple(items), [str(name) for name in there]
    if isinstance(items, str):
        raise InvalidAnswers(f"{where}: a list of {what}s is required, found the text {items!r}")
    if not names:
        raise InvalidAnswers(f"{where}: at least one {what} is required, found none")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidAnswers(f"{where}: each {what} once; named twice: {', '.join(map(repr, twice))}")
    for name in names:
        if name not in found:
            more = " …" if len(found) > 40 else ""
            raise InvalidAnswers(
                f"{where}: there is no {what} {name!r}{nearest(str(name), found)}; "
                f"there are: {', '.join(found[:40]) or 'none'}{more}"
            )
    return names


def refuse_reserved(names: Iterable[str], where: str) -> None:
    """Refuse a name that a column of counts has already."""
    for name in names:
        if name in RESERVED:
            raise InvalidAnswers(
                f"{where}: {name!r} is what the respondents themselves are counted in; rename the column"
            )


def numbers(frame: pd.DataFrame, name: str, where: str) -> Array:
    """(rows,) scores of an item, NaN where not answered.

    Raises
    ------
    InvalidAnswers
        When they are not numbers, or one is infinite.
    """
    found = frame[name]
    if found.ndim > 1:
        raise InvalidAnswers(f"{where}: {name!r} is the name of {found.shape[1]} columns; a name of one is required")
    if not pd.api.types.is_numeric_dtype(found) or pd.api.types.is_bool_dtype(found):
        some = found.dropna()
        # what is a number among others is not what is wrong
        wrong = [value for value in some if isinstance(value, bool) or not isinstance(value, int | float | np.number)]
        example = f", for example {wrong[0]!r}" if wrong else ""
        raise InvalidAnswers(f"{where}: {name!r} must hold numbers, found {found.dtype}{example}")
    scores = found.to_numpy(np.float64, na_value=np.nan)
    if (endless := np.isinf(scores)).any():
        raise InvalidAnswers(f"{where}: {name!r} must be finite; {int(endless.sum()):,} of {len(scores):,} are not")
    return scores + 0.0  # no -0, so that equal scores are equal


def refuse_off_scale(frame: pd.DataFrame, scales: Mapping[str, tuple[float, float]], where: str) -> None:
    """Refuse scores below the lowest or above the highest of their item."""
    for item, (lowest, highest) in scales.items():
        scores = frame[item].to_numpy(np.float64)
        off = (scores < lowest) | (scores > highest)
        if off.any():
            raise InvalidAnswers(
                f"{where}: {item!r} is on a scale from {lowest:g} to {highest:g}; {int(off.sum()):,} of "
                f"{len(off):,} scores are off it, the first is {scores[off.argmax()]:g}"
            )


def refuse_never_answered(scores: Array, items: tuple[str, ...], where: str) -> None:
    """Refuse items (columns of `scores`) that nobody answered, and answers of nobody."""
    if not len(scores):
        raise TooFewRespondents(f"{where}: at least one respondent is required, found none")
    never = np.isnan(scores).all(0)
    if never.any():
        raise InvalidAnswers(f"{where}: nobody answered {_listed(items, never)}")


def refuse_constant(scores: Array, items: tuple[str, ...], where: str) -> None:
    """Refuse items on which all gave the same score: they have no variance to explain."""
    with np.errstate(invalid="ignore"):
        constant = np.nanmin(scores, axis=0) == np.nanmax(scores, axis=0)
    if constant.any():
        first = scores[:, constant.argmax()]
        raise InvalidAnswers(
            f"{where}: an item must vary; all gave the same score to {_listed(items, constant)} "
            f"({first[~np.isnan(first)][0]:g})"
        )


def refuse_too_few(n: float, items: tuple[str, ...], where: str, of: str = "", *, every: bool = True) -> None:
    """Refuse respondents that are not more than the items: their covariances would be singular by construction.

    `every` says whether those alone were counted who answered every item.
    """
    if n <= len(items):
        answered = " who answered all of them" if every else ""
        raise TooFewRespondents(
            f"{where}: {len(items)} items need at least {len(items) + 1} respondents{answered}, found {n:g}{of}"
        )


def _listed(items: tuple[str, ...], chosen: NDArray[np.bool_]) -> str:
    return ", ".join(repr(item) for item, yes in zip(items, chosen, strict=True) if yes)
