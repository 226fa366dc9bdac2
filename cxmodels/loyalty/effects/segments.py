"""The same paths in several segments beside each other, where their constructs can be compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.moments import group_sizes
from cxmodels.loyalty.answers.selected import complete, of_group, of_items
from cxmodels.loyalty.effects.drawn import finite, limits
from cxmodels.loyalty.effects.permuted import permuted_differences
from cxmodels.loyalty.errors import InvalidValue, TooFewRespondents
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.syntax.of_each_group import of_each_group
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.ml.data import Missing
    from cxmodels.loyalty.path_fit import Array, Engine
    from cxmodels.loyalty.syntax.path_model import PathModel

DIFFERS, NOT_TOLD, NOT_COMPARABLE = "differs", "no difference told", "not comparable"
PERMUTATIONS, BOOTSTRAPS, SEED = 1_000, 1_000, 20_260_930
FALSE_SHARE = 0.05
_WHERE = "compare_segments"
PATHS = ["level", "n", "source", "target", "coef", "low", "high"]
DIFFERENCES = ["first", "second", "source", "target", "difference", "low", "high", "p", "q", "verdict"]


@dataclass(frozen=True, eq=False)
class Segments:
    """Paths by segment, and what between segments is more than noise.

    Attributes
    ----------
    by
        The attribute.
    paths
        One row a segment and path: ``level, n, source, target, coef, low, high``.
    differences
        One row a pair of segments and path: ``difference`` of the first less the second with 95 % limits, its ``p``,
        ``q`` (p adjusted for the number of comparisons: Benjamini & Hochberg 1995) and a ``verdict``: ``"differs"``
        where q is below .05, ``"no difference told"``, or ``"not comparable"``, and then no numbers.
    hidden
        Segments that are not shown: too small, or giving one away that is.
    comparable
        Whether the constructs mean the same in all segments.
    standardised
        Whether paths are standardised, within each segment.
    method
        How differences were judged, in a sentence.
    incomplete
        Respondents who were left out because they did not answer every item; none of them with ``missing="fiml"``.
    """

    by: str
    paths: pd.DataFrame
    differences: pd.DataFrame
    hidden: tuple[str, ...]
    comparable: bool
    standardised: bool
    method: str
    incomplete: int = 0


def compare_segments(
    model: PathModel,
    answers: Answers,
    by: str,
    *,
    comparable: bool | None,
    engine: Engine = "ml",
    missing: Missing = "listwise",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    **options: Any,
) -> Segments:
    """Fit a model in each segment and compare the paths.

    Parameters
    ----------
    model
        The model. Its labels hold within each segment, not between them; a text with ``c()`` is taken as it is.
    answers
        Parted by `by`.
    by
        The attribute.
    comparable
        Whether the measurement is the same in all segments: metric invariance for common factors, compositional
        invariance for composites. None where it was not checked, which counts as no: a difference between paths of
        constructs that do not mean the same says nothing (Vandenberg & Lance 2000, Organizational Research Methods 3).
    engine
        ``"ml"``: one fit of all segments with equal loadings, paths on the scale of the marker items, differences by
        the limiting normal distribution. ``"bayes"``: a posterior each, standardised. ``"pls"``: a fit each,
        standardised, limits by bootstrap, differences judged by permuting who is in which segment (Chin & Dibbern
        2010, in Handbook of Partial Least Squares).
    missing
        ``"listwise"`` leaves out who did not answer every item (`Segments.incomplete`); ``"fiml"``, of engine
        ``"ml"``, nobody: see `fit_ml`.
    permutations
        For ``"pls"``.
    seed
        Of bootstraps and permutations, or of the chains.
    options
        Those of the engine.

    Raises
    ------
    TooFewRespondents
        When fewer than two segments are large enough to be shown.
    InvalidAnswers
        When the answers are not parted by the attribute, or as for the engine.
    InvalidValue
        When `missing` is none, or not of the engine, or as for the engine.
    """
    if missing not in ("listwise", *(["fiml"] if engine == "ml" else [])):
        raise InvalidValue(f"{_WHERE}: missing must be 'listwise', or 'fiml' with engine 'ml', found {missing!r}")
    known = of_items(answers, model.items)
    asked = complete(known) if missing == "listwise" else known
    sizes = group_sizes(asked, by, listwise=missing == "listwise")
    small = ~sizes["enough"] | suppress(sizes, ["level"], min_cell=answers.min_cell)["suppressed"]
    levels = tuple(sizes.loc[~small, "level"])
    hidden = tuple(sizes.loc[small, "level"])
    if len(levels) < 2:
        raise TooFewRespondents(
            f"{_WHERE}: two segments of {by!r} with at least {max(len(model.items) + 1, answers.min_cell)} "
            f"respondents are needed, found {len(levels)}"
        )
    shown = replace(asked, frame=asked.frame[asked.frame[by].isin(levels)].reset_index(drop=True))
    parts = {level: of_group(shown, by, level) for level in levels}
    if engine == "ml":
        options = {"missing": missing, **options}
    told, drawn, method, judged = _fitted(model, shown, parts, by, engine, permutations, seed, options)
    places = [(model.names.index(source), model.names.index(target)) for source, target in model.paths]
    rows = []
    for level, part in parts.items():
        low, high = limits(drawn[level])
        for (source, target), (cause, caused) in zip(model.paths, places, strict=True):
            rows.append((level, part.respondents, source, target, told[level][caused, cause],
                         low[caused, cause], high[caused, cause]))  # fmt: skip
    differences = _differences(model, told, drawn, places, judged, bool(comparable))
    return Segments(
        by,
        pd.DataFrame(rows, columns=PATHS),
        differences,
        hidden,
        bool(comparable),
        engine != "ml",
        method,
        known.respondents - asked.respondents,
    )


type _Matrices = dict[str, Array]
type _Judged = dict[tuple[str, str], Array]


def _fitted(
    model: PathModel,
    shown: Answers,
    parts: dict[str, Answers],
    by: str,
    engine: Engine,
    permutations: int,
    seed: int,
    options: dict[str, Any],
) -> tuple[_Matrices, _Matrices, str, _Judged | None]:
    """Path matrices and their draws by level, how differences are judged, and permuted p by pair where they are."""
    if engine == "ml":
        options = {"group": by, "equal": ("loadings",), **options}
        fit: Any = of_each_group(model).fit(shown, engine="ml", **options)
        # the draws of all groups are of the same parameters, so that their differences hold what groups share
        return (
            {level: fit.path_matrix(standardised=False, group=level) for level in parts},
            {level: finite(fit.path_draws(standardised=False, group=level), _WHERE) for level in parts},
            "One fit with equal loadings; differences by the limiting normal distribution of its parameters.",
            None,
        )
    if engine == "pls":
        options = {"bootstraps": BOOTSTRAPS, **options}
    fits = {level: model.fit(part, engine=engine, seed=seed, **options) for level, part in parts.items()}
    told = {level: np.asarray(fit.path_matrix()) for level, fit in fits.items()}
    drawn = {level: finite(fit.path_draws(), _WHERE) for level, fit in fits.items()}
    if engine != "pls":
        return told, drawn, "A posterior of each segment; differences of their draws.", None
    judged = {}
    for first, second in combinations(parts, 2):
        fit = fits[first]
        if not isinstance(fit, PlsFit):
            raise InvalidValue(f"{_WHERE}: engine 'pls' must return a fit by partial least squares")
        pair = replace(shown, frame=shown.frame[shown.frame[by].isin((first, second))], by=())
        judged[first, second] = permuted_differences(
            pair, parts[first].respondents, told[first] - told[second], fit, size=permutations, seed=seed
        )
    return (
        told,
        drawn,
        f"Each segment by itself; differences against {permutations:,} permutations of who is in which.",
        judged,
    )


def _differences(
    model: PathModel,
    told: _Matrices,
    drawn: _Matrices,
    places: list[tuple[int, int]],
    judged: _Judged | None,
    comparable: bool,
) -> pd.DataFrame:
    rows = []
    for first, second in combinations(told, 2):
        size = min(len(drawn[first]), len(drawn[second]))
        apart = drawn[first][:size] - drawn[second][:size]
        low, high = limits(apart)
        below = (apart < 0).mean(axis=0)
        p = np.clip(2 * np.minimum(below, 1 - below), 1 / size, 1) if judged is None else judged[first, second]
        for (source, target), (cause, caused) in zip(model.paths, places, strict=True):
            at = caused, cause
            rows.append((first, second, source, target, (told[first] - told[second])[at], low[at], high[at], p[at]))
    table = pd.DataFrame(rows, columns=DIFFERENCES[:-2])
    if not comparable:
        empty = dict.fromkeys(("difference", "low", "high", "p", "q"), np.nan)
        return table.assign(**empty, verdict=NOT_COMPARABLE)[DIFFERENCES]
    from scipy.stats import false_discovery_control

    q = false_discovery_control(table["p"])
    return table.assign(q=q, verdict=np.where(q < FALSE_SHARE, DIFFERS, NOT_TOLD))[DIFFERENCES]
