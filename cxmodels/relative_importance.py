"""How much of what is explained each driver explains, where drivers go together: LMG and relative weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Array = NDArray[np.float64]

MOST_DRIVERS = 12
"""LMG averages over 2^drivers regressions."""
LEVEL = 0.95
COLUMNS = [
    "driver", "correlation", "lmg", "lmg_low", "lmg_high", "lmg_share", "weight", "weight_low", "weight_high",
    "weight_share", "first",
]  # fmt: skip
_WHERE = "drivers"
_ALIASED = 1e-9
"""Of a standardised driver, the variance left by the others below which it follows from them."""


@dataclass(frozen=True, eq=False)
class Drivers:
    """The explained share of a target, divided among what drives it.

    Attributes
    ----------
    target
        What is explained.
    r2
        The share of its variance that all drivers explain together, with 95 % limits ``r2_low``, ``r2_high``.
    table
        One row a driver, the strongest first: its ``correlation`` with the target (of a driver of several columns the
        multiple one, 0 or more); ``lmg`` and ``weight``, its part of `r2` by either method, with 95 % limits, and as
        ``…_share`` of it; ``first``, the probability that its ``lmg`` is the largest. Limits and ``first`` are NaN
        without draws.
    """

    target: str
    r2: float
    r2_low: float
    r2_high: float
    table: pd.DataFrame


def drivers(
    correlation: pd.DataFrame,
    target: str,
    *,
    draws: Array | None = None,
    together: Mapping[str, Sequence[str]] | None = None,
    error: type[ValueError] = ValueError,
) -> Drivers:
    """Divide an R² among the drivers, from correlations.

    Parameters
    ----------
    correlation
        Correlations (or covariances) of target and drivers, named in rows and columns; all but `target` are drivers.
    target
        What is explained.
    draws
        (draws, k, k) the same with its doubt, in the order of `correlation`: finite bootstraps or a posterior.
    together
        Driver → its columns, where a driver has several, such as the levels of a channel: they enter together. Columns
        that are not named are a driver each.
    error
        What is raised.

    Raises
    ------
    ValueError
        When the target is not there, there are no drivers or more than `MOST_DRIVERS`, the matrix is not square and
        positive definite, or `draws` are of another shape.

    Notes
    -----
    LMG is the gain in R² of a driver averaged over all orders in which drivers may enter (Lindeman, Merenda & Gold
    1980; Grömping 2007, The American Statistician 61), which is its Shapley value. Relative weights are those of
    Johnson (2000, Multivariate Behavioral Research 35): of the orthogonal variables nearest to the drivers; of several
    columns their sum. Both add up to R².
    """
    names, matrix = _checked(correlation, target, error)
    place = [names.index(name) for name in names if name != target] + [names.index(target)]
    own = [names[spot] for spot in place[:-1]]
    columns = _columns(own, together or {}, error)
    told = correlations(matrix[np.ix_(place, place)][None])
    blocks = list(columns.values())
    shares, weights = lmg(told, blocks)[0], _summed(relative_weights(told), blocks)[0]
    r2 = float(shares.sum())
    nothing = np.full(len(columns), np.nan)
    limits_of = {"lmg": (nothing, nothing), "weight": (nothing, nothing)}
    first, r2_limits = nothing, (np.nan, np.nan)
    if draws is not None:
        some = np.asarray(draws, float)
        if some.ndim != 3 or some.shape[1:] != matrix.shape:
            raise error(f"{_WHERE}: draws of shape (draws, {len(names)}, {len(names)}), found {some.shape}")
        some = correlations(some[:, place][:, :, place])
        drawn = lmg(some, blocks)
        limits_of = {"lmg": _limits(drawn), "weight": _limits(_summed(relative_weights(some), blocks))}
        first = (drawn.argmax(axis=1)[:, None] == np.arange(len(columns))).mean(axis=0)
        low, high = _limits(drawn.sum(axis=1))
        r2_limits = float(low), float(high)
    table = pd.DataFrame(
        {
            "driver": list(columns),
            "correlation": [_correlation(told, block) for block in blocks],
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


def lmg(correlation: Array, blocks: Sequence[Sequence[int]] | None = None) -> Array:
    """(batch, drivers) LMG shares from (batch, p + 1, p + 1) correlations, the target last.

    Parameters
    ----------
    blocks
        Columns of each driver. Default: one each.
    """
    own = blocks or [[at] for at in range(correlation.shape[-1] - 1)]
    found = np.zeros((len(correlation), len(own)))
    for size, entered, left in _partialled(correlation, own, 0, 0, np.zeros(len(own), bool)):
        for spot in np.flatnonzero(~entered).tolist():
            found[:, spot] += _gain(left, own[spot]) / (len(own) * comb(len(own) - 1, size))
    return found


def relative_weights(correlation: Array) -> Array:
    """(batch, p) Johnson's relative weights from (batch, p + 1, p + 1) correlations, the target last."""
    values, vectors = np.linalg.eigh(correlation[:, :-1, :-1])
    root = (vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]) @ vectors.transpose(0, 2, 1)
    beta = np.linalg.solve(root, correlation[:, :-1, -1:])
    return (root**2 @ beta**2)[..., 0]


def correlations(covariance: Array) -> Array:
    """(batch, k, k) correlations of covariances."""
    spread = np.sqrt(np.einsum("bii->bi", covariance))
    return covariance / (spread[:, :, None] * spread[:, None, :])


def aliased(covariance: Array) -> int | None:
    """Place of the first column that is constant or follows from those before it; None where all are free."""
    left = np.asarray(covariance, float).copy()
    spread = np.diag(left).copy()
    for place in range(len(left)):
        if not left[place, place] > _ALIASED * spread[place]:
            return place
        column = left[:, place].copy()
        left -= np.outer(column, column) / column[place]
    return None


def _gain(left: Array, block: Sequence[int]) -> Array:
    """(batch,) what a driver adds to R², given the covariances that others leave."""
    to = left[:, block, -1]
    if len(block) == 1:
        return to[:, 0] ** 2 / left[:, block[0], block[0]]
    among = left[:, block][:, :, block]
    return np.einsum("bi,bi->b", to, np.linalg.solve(among, to[..., None])[..., 0])


def _partialled(
    matrix: Array, blocks: Sequence[Sequence[int]], start: int, size: int, entered: np.ndarray
) -> Iterator[tuple[int, np.ndarray, Array]]:
    """Every set of drivers once: its size, its members, and what covariances are left when it is held constant."""
    if size < len(entered):
        yield size, entered, matrix
    for place in range(start, len(entered)):
        left = matrix
        for at in blocks[place]:
            column = left[:, :, at]
            left = left - column[:, :, None] * column[:, None, :] / left[:, at, at][:, None, None]
        members = entered.copy()
        members[place] = True
        yield from _partialled(left, blocks, place + 1, size + 1, members)


def _summed(weights: Array, blocks: Sequence[Sequence[int]]) -> Array:
    return np.column_stack([weights[:, block].sum(axis=1) for block in blocks])


def _correlation(told: Array, block: Sequence[int]) -> float:
    return float(told[0, block[0], -1] if len(block) == 1 else np.sqrt(_gain(told, block)[0]))


def _limits(draws: Array) -> tuple[Array, Array]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _columns(own: list[str], together: Mapping[str, Sequence[str]], error: type[ValueError]) -> dict[str, list[int]]:
    """Driver → places of its columns, in the order of the columns."""
    driver_of = {column: driver for driver, columns in together.items() for column in columns}
    if missing := [column for column in driver_of if column not in own]:
        raise error(f"{_WHERE}: together must name columns, {', '.join(own)}, found {missing[0]!r}")
    found: dict[str, list[int]] = {}
    for place, column in enumerate(own):
        found.setdefault(driver_of.get(column, column), []).append(place)
    if not 1 <= len(found) <= MOST_DRIVERS:
        raise error(f"{_WHERE}: 1 to {MOST_DRIVERS} drivers, found {len(found)}")
    return found


def _checked(correlation: pd.DataFrame, target: str, error: type[ValueError]) -> tuple[list[str], Array]:
    names, matrix = [str(name) for name in correlation.columns], correlation.to_numpy(float)
    if target not in names:
        raise error(f"{_WHERE}: target must be one of {', '.join(names)}, found {target!r}")
    if [str(name) for name in correlation.index] != names:
        raise error(f"{_WHERE}: rows and columns must have the same names in the same order")
    # an infinite or missing number has no eigenvalues
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh((matrix + matrix.T) / 2).min() <= 0:
        raise error(f"{_WHERE}: correlations must be finite and positive definite")
    return names, matrix
