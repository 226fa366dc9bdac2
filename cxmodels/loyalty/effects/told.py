"""Each path of a fit with its limits, in standard deviations, in points of the scale and in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.look import numbers
from cxmodels.loyalty.effects.importance import importance_performance
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.path_fit import PathFit
    from cxmodels.loyalty.syntax.path_model import PathModel

ANYTHING = 1.5
"""Standardised limits beyond are those of a path of which nothing is known."""
COLUMNS = ["source", "target", "std", "low", "high", "clear", "points", "points_low", "points_high", "sentence"]


def last_construct(model: PathModel) -> str:
    """What a model is about: the construct that paths lead to and from which none leads on, the last written.

    Raises
    ------
    InvalidValue
        When the model has no path.
    """
    sources = {source for source, _ in model.paths}
    last = [target for _, target in model.paths if target not in sources]
    if not last:
        raise InvalidValue("last_construct: a model with at least one path is required, found none")
    return last[-1]


def in_words(name: str) -> str:
    """A construct as it is written in a sentence."""
    return name.replace("_", " ")


def capital(words: str) -> str:
    """The words as a sentence begins."""
    return words[:1].upper() + words[1:]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def explained(fit: PathFit) -> dict[str, float]:
    """R² of every construct that something explains: the paths times the correlations they go with."""
    paths, correlations = np.asarray(fit.path_matrix(), float), np.asarray(fit.construct_covariance(), float)
    place = {name: at for at, name in enumerate(fit.names)}
    return {name: float(paths[place[name]] @ correlations[place[name]]) for name in fit.model.endogenous}


def told_paths(fit: PathFit, answers: Answers) -> pd.DataFrame:
    """Every path of a fit of any engine and one group, in the order of the model.

    Parameters
    ----------
    fit
        The fit.
    answers
        What it was fitted to, with the scales of the items.

    Returns
    -------
    pandas.DataFrame
        ``source, target``; ``std`` with 95 % limits ``low, high`` (NaN where the fit has none); ``clear``: the limits
        leave out nought; ``points`` with limits, by how many points of the scale the target is higher where the source
        is one point higher (NaN where scales are not known); ``sentence``.

    Notes
    -----
    Points are the standardised path times the ratio of the standard deviations of the two scores, as in the
    importance–performance map (Ringle & Sarstedt 2016).
    """
    rows = fit.estimates[fit.estimates["op"] == "~"].set_index(["rhs", "lhs"])
    ratios = {target: _ratios(fit, answers, target) for target in fit.model.endogenous}
    found = []
    for source, target in fit.model.paths:
        std, low, high = (float(rows.loc[(source, target), name]) for name in ("std", "std_low", "std_high"))
        clear = low > 0 or high < 0
        ratio = ratios[target].get(source, np.nan)
        equal = [other for other, to in fit.model.paths if to == target and other != source]
        scale = _scale(fit.model, answers, source, target) if np.isfinite(ratio) else None
        by = (std, low, high) if scale is None else (std * ratio, low * ratio, high * ratio)
        said = _sentence(source, target, by, (low, high), clear, equal, scale)
        found.append((source, target, std, low, high, clear, std * ratio, low * ratio, high * ratio, said))
    return pd.DataFrame(found, columns=COLUMNS)


def _ratios(fit: PathFit, answers: Answers, target: str) -> dict[str, float]:
    """Source → points of the target for a point of the source, a standardised path of 1 taken."""
    try:
        told = importance_performance(fit, answers, target).constructs
    except (InvalidValue, InvalidAnswers):
        return {}
    some = told[told["importance"] != 0]
    return dict(zip(some["construct"], some["points"] / some["importance"], strict=True))


def _scale(model: PathModel, answers: Answers, source: str, target: str) -> str:
    """The scale that both are answered on; of different ones the one they are both put on."""
    known = {construct.name: construct.items for construct in model.constructs}
    items = [item for name in (source, target) for item in known.get(name, (name,))]
    scales = {answers.scales[item] for item in items}
    low, high = scales.pop() if len(scales) == 1 else (0, 100)
    return f"the scale from {low:g} to {high:g}"


def _sentence(
    source: str,
    target: str,
    by: tuple[float, float, float],
    limits: tuple[float, float],
    clear: bool,
    equal: list[str],
    scale: str | None,
) -> str:
    cause, caused = in_words(source), in_words(target)
    unit = "standard deviation" if scale is None else "point"
    on = f" on {scale}" if scale else ""
    held = f", {listed([in_words(name) for name in equal])} being equal" if equal else ""
    value, low, high = by
    std_low, std_high = limits
    if np.isnan(low) or np.isnan(high):
        return f"One {unit} more {cause}{on} goes with {_size(value, unit)} {caused}{held}; how surely is not known."
    if max(abs(std_low), abs(std_high)) > ANYTHING:
        return f"How {cause} and {caused} go together cannot be told: nearly anything agrees with the answers{held}."
    if not clear:
        return (
            f"Whether more {cause} goes with more or with less {caused} cannot be told: one {unit} more{on} goes with "
            f"anything from {_size(low, unit)} to {_size(high, unit)}{held}."
        )
    sides = sorted(abs(side) for side in (low, high))
    between = " to ".join(numbers.decimal(side, 2) for side in sides)
    return f"One {unit} more {cause}{on} goes with {_size(value, unit)} {caused} ({between}){held}."


def _size(value: float, unit: str) -> str:
    return f"{numbers.decimal(abs(value), 2)} {unit}s {'more' if value >= 0 else 'less'}"
