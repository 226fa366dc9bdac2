"""How much of what is explained each driver explains, where drivers go together: LMG and relative weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.effects.drawn import finite, limits
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.errors import InvalidValue, NotIdentified
from cxmodels.loyalty.pls.pls_fit import PlsFit

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.bayes_fit import BayesFit
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

MOST_DRIVERS = 12
"""LMG averages over 2^drivers regressions."""
DRAWS = 1_000
_WHERE = "drivers"
COLUMNS = [
    "driver", "correlation", "lmg", "lmg_low", "lmg_high", "lmg_share", "weight", "weight_low", "weight_high",
    "weight_share", "first",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Drivers:
    """The explained share of a construct or item, divided among what drives it.

    Attributes
    ----------
    target
        What is explained.
    r2
        The share of its variance that all drivers explain together, with 95 % limits ``r2_low``, ``r2_high``.
    table
        One row a driver, the strongest first: its ``correlation`` with the target; ``lmg`` and ``weight``, its part of
        `r2` by either method, with 95 % limits, and as ``…_share`` of it; ``first``, the probability that its ``lmg``
        is the largest. Limits and ``first`` are NaN without draws.
    """

    target: str
    r2: float
    r2_low: float
    r2_high: float
    table: pd.DataFrame


def drivers(correlation: pd.DataFrame, target: str, *, draws: Array | None = None) -> Drivers:
    """Divide an R² among the drivers, from correlations.

    Parameters
    ----------
    correlation
        Correlations (or covariances) of target and drivers, named in rows and columns; all but `target` are drivers.
    target
        What is explained.
    draws
        (draws, k, k) the same with its doubt, in the order of `correlation`: bootstraps or a posterior.

    Raises
    ------
    InvalidValue
        When the target is not there, there are no drivers or more than `MOST_DRIVERS`, the matrix is not square and
        positive definite, or `draws` are of another shape.
    NotConverged
        When too few draws are numbers.

    Notes
    -----
    LMG is the gain in R² of a driver averaged over all orders in which drivers may enter (Lindeman, Merenda & Gold
    1980; Grömping 2007, The American Statistician 61), which is its Shapley value. Relative weights are those of
    Johnson (2000, Multivariate Behavioral Research 35): of the orthogonal variables nearest to the drivers. Both add
    up to R².
    """
    names, matrix = _checked(correlation, target)
    place = [names.index(name) for name in names if name != target] + [names.index(target)]
    own = [names[spot] for spot in place[:-1]]
    told = _standardised(matrix[np.ix_(place, place)][None])
    shares, weights = lmg(told)[0], relative_weights(told)[0]
    r2 = float(shares.sum())
    nothing = np.full(len(own), np.nan)
    limits_of = {"lmg": (nothing, nothing), "weight": (nothing, nothing)}
    first, r2_limits = nothing, (np.nan, np.nan)
    if draws is not None:
        some = np.asarray(draws, float)
        if some.ndim != 3 or some.shape[1:] != matrix.shape:
            raise InvalidValue(f"{_WHERE}: draws of shape (draws, {len(names)}, {len(names)}), found {some.shape}")
        some = _standardised(finite(some, _WHERE)[:, place][:, :, place])
        drawn = lmg(some)
        limits_of = {"lmg": limits(drawn), "weight": limits(relative_weights(some))}
        first = (drawn.argmax(axis=1)[:, None] == np.arange(len(own))).mean(axis=0)
        low, high = limits(drawn.sum(axis=1))
        r2_limits = float(low), float(high)
    table = pd.DataFrame(
        {
            "driver": own,
            "correlation": told[0, -1, :-1],
            "lmg": shares,
            "lmg_low": limits_of["lmg"][0],
            "lmg_high": limits_of["lmg"][1],
            "lmg_share": shares / r2,
            "weight": weights,
            "weight_low": limits_of["weight"][0],
            "weight_high": limits_of["weight"][1],
            "weight_share": weights / weights.sum(),
            "first": first,
        }
    )
    return Drivers(target, r2, *r2_limits, table.sort_values("lmg", ascending=False, ignore_index=True)[COLUMNS])


def drivers_of_answers(
    data: pd.DataFrame | Answers, target: str, items: Iterable[str], *, draws: int = DRAWS, seed: int = 0
) -> Drivers:
    """The same for an answer, such as to recommend, and the items that may drive it.

    Limits come from `draws` bootstraps of those who answered all of them.

    Raises
    ------
    InvalidAnswers, TooFewRespondents
        As for `as_answers` and `moments`.
    InvalidValue
        As for `drivers`.
    """
    names = (*items, target)
    answers = as_answers(data, names)
    told = moments(answers).covariance
    frame = answers.frame.dropna(subset=list(names))
    scores, n, weight = (
        frame[list(names)].to_numpy(float),
        frame["n"].to_numpy(float),
        frame["weight"].to_numpy(float),
    )
    random = np.random.default_rng(seed)
    found = np.empty((draws, len(names), len(names)))
    whole = int(n.sum())
    for draw in range(draws):
        counted = random.multinomial(whole, n / whole) * weight / n
        share = counted / counted.sum()
        centred = scores - share @ scores
        found[draw] = (centred * share[:, None]).T @ centred
    return drivers(pd.DataFrame(told, names, names), target, draws=found)


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


def lmg(correlations: Array) -> Array:
    """(batch, p) LMG shares from (batch, p + 1, p + 1) correlations, the target last."""
    drivers_there = correlations.shape[-1] - 1
    found = np.zeros((len(correlations), drivers_there))
    for size, entered, left in _partialled(correlations, 0, 0, np.zeros(drivers_there, bool)):
        open_ = np.flatnonzero(~entered)
        gain = left[:, open_, -1] ** 2 / left[:, open_, open_]
        found[:, open_] += gain / (drivers_there * comb(drivers_there - 1, size))
    return found


def relative_weights(correlations: Array) -> Array:
    """(batch, p) Johnson's relative weights from (batch, p + 1, p + 1) correlations, the target last."""
    values, vectors = np.linalg.eigh(correlations[:, :-1, :-1])
    root = (vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]) @ vectors.transpose(0, 2, 1)
    beta = np.linalg.solve(root, correlations[:, :-1, -1:])
    return (root**2 @ beta**2)[..., 0]


def _partialled(matrix: Array, start: int, size: int, entered: np.ndarray) -> Iterator[tuple[int, np.ndarray, Array]]:
    """Every set of drivers once: its size, its members, and what covariances are left when it is held constant."""
    if size < len(entered):
        yield size, entered, matrix
    for place in range(start, len(entered)):
        column = matrix[:, :, place]
        left = matrix - column[:, :, None] * column[:, None, :] / matrix[:, place, place][:, None, None]
        members = entered.copy()
        members[place] = True
        yield from _partialled(left, place + 1, size + 1, members)


def _standardised(matrix: Array) -> Array:
    spread = np.sqrt(np.einsum("bii->bi", matrix))
    return matrix / (spread[:, :, None] * spread[:, None, :])


def _checked(correlation: pd.DataFrame, target: str) -> tuple[list[str], Array]:
    names, matrix = [str(name) for name in correlation.columns], correlation.to_numpy(float)
    if target not in names:
        raise InvalidValue(f"{_WHERE}: target must be one of {', '.join(names)}, found {target!r}")
    if [str(name) for name in correlation.index] != names:
        raise InvalidValue(f"{_WHERE}: rows and columns must have the same names in the same order")
    if not 2 <= len(names) <= MOST_DRIVERS + 1:
        raise InvalidValue(f"{_WHERE}: 1 to {MOST_DRIVERS} drivers, found {len(names) - 1}")
    # an infinite or missing number has no eigenvalues
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh((matrix + matrix.T) / 2).min() <= 0:
        raise InvalidValue(f"{_WHERE}: correlations must be finite and positive definite")
    return names, matrix
