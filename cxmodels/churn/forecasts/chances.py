"""The chance of leaving given the tenure so far, cell by cell, whatever the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import InvalidValue, NobodyActive, UnseenLevel
from cxmodels.churn.models.model import Array, Hazard, Model

OTHER = "other"
_NORMAL = 1.959963984540054
_NUMBERS = 2_000_000
"""Numbers held at once for the draws of a chunk of cells."""
Unseen = Literal["refuse", "other"]


def column(months: int, cause: str = "") -> str:
    """What the chance of leaving within so many months is called: ``churn_12m``, ``churn_12m_voluntary``."""
    return "_".join([f"churn_{months}m", *cause.split()])


def chances(model: Model, cells: pd.DataFrame, horizons: Iterable[int]) -> pd.DataFrame:
    """Chance of leaving within each horizon, given the tenure so far.

    One array a horizon and none that is rows × times, so that a million cells cost a few passes over their tenures.

    Parameters
    ----------
    model
        Any fitted `Model`.
    cells
        ``tenure`` (in the unit of the model's episodes) and the model's covariates, one row a cell.
    horizons
        Months.

    Returns
    -------
    DataFrame
        ``churn_1m`` … in the order asked for, on the index of `cells`.

    Raises
    ------
    UnseenLevel
        When a cell holds a level the model does not know.
    InvalidValue
        When a tenure or a numeric covariate is missing or not finite, so that a chance has no value.
    """
    months = tuple(horizons)
    found = leaving(model, cells, months, model.episodes.month)
    for chance in found:
        if not np.isfinite(chance).all():
            raise InvalidValue(
                f"churn forecast: {int((~np.isfinite(chance)).sum()):,} of {len(cells):,} cells have no chance; every "
                f"tenure and number ({', '.join(['tenure', *model.episodes.numeric])}) must be finite"
            )
    return pd.DataFrame({column(m): chance for m, chance in zip(months, found, strict=True)}, index=cells.index)


def leaving(hazard: Hazard, cells: pd.DataFrame, months: Sequence[float], month: float) -> list[Array]:
    """Chance of leaving within each of `months`: 1 - exp(-(H(t + h) - H(t))), (rows,) each or (rows, draws)."""
    found = rises(hazard, cells, months, month)
    for rise in found:
        np.negative(np.expm1(np.negative(rise, out=rise), out=rise), out=rise)
    return found


def rises(hazard: Hazard, cells: pd.DataFrame, months: Sequence[float], month: float) -> list[Array]:
    """H(t + h) - H(t) for each of `months`, (rows,) each or (rows, draws)."""
    tenure = cells["tenure"].to_numpy(float)
    so_far = hazard.cumulative_hazard(cells, tenure)
    found = []
    for horizon in months:
        ahead = hazard.cumulative_hazard(cells, tenure + horizon * month)
        found.append(np.subtract(ahead, so_far, out=ahead))
    return found


def limits(
    model: Model, cells: pd.DataFrame, horizons: Sequence[int], draws: int, seed: int
) -> list[tuple[Array, Array]]:
    """95 % limits of the chance of each cell within each horizon: what the parameters leave open.

    The logarithm of the cumulative hazard is taken as normal, its standard error from `draws` of the parameters; so
    the limits lie between 0 and 1 and need no more draws than a standard error does. Where nobody left, the upper one
    is the exact Poisson limit of a constant hazard.
    """
    month = model.episodes.month
    if not model.episodes.events:
        high = [-np.expm1(-highest_hazard(model.episodes) * months * month) for months in horizons]
        return [(np.zeros(len(cells)), np.full(len(cells), each)) for each in high]
    hazard, size = model.sample(draws, seed), max(_NUMBERS // draws, 1)
    spread = [np.zeros(len(cells)) for _ in horizons]
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, len(cells), size):
            part = slice(start, start + size)
            for each, rise in zip(spread, rises(hazard, cells.iloc[part], horizons, month), strict=True):
                # no hazard at all in any draw is certain, as far as this model goes
                each[part] = np.nan_to_num(np.log(rise, out=rise).std(axis=1, ddof=1))
    found = []
    for each, rise in zip(spread, rises(model, cells, horizons, month), strict=True):
        factor = np.exp(_NORMAL * each)
        found.append((-np.expm1(-rise / factor), -np.expm1(-rise * factor)))
    return found


def highest_hazard(episodes: Episodes) -> float:
    """The 97.5 % Poisson limit of a constant hazard where nobody left, exact: 3.7 departures over the time at risk."""
    frame = episodes.frame
    at_risk = float(((frame["exit"] - frame["entry"]) * frame["n"]).sum())
    return float(-np.log(0.025) / at_risk) if at_risk else np.inf


def known_cells(model: Model, cells: pd.DataFrame, unseen: Unseen = "refuse") -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The cells with levels the model knows, and which of them hold one it has never seen.

    Parameters
    ----------
    unseen
        ``"refuse"`` raises; ``"other"`` takes such a level as the model's level ``"other"``, which stands for the
        levels too rare to stand alone. A level is never taken as the reference.

    Raises
    ------
    UnseenLevel
        When a level is unknown and may not, or cannot, be taken as ``"other"``.
    NobodyActive
        When there is no cell.
    """
    if not len(cells):
        raise NobodyActive("no contract runs on the day of the snapshot: there is nobody to forecast for")
    new = np.zeros(len(cells), bool)
    for name, levels in model.levels.items():
        known = cells[name].isin(levels).to_numpy()
        if known.all():
            continue
        found = sorted(map(str, cells.loc[~known, name].unique()))
        said = f"churn covariate {name!r}: the {model.name} fit never saw level {found[0]!r}"
        if unseen == "refuse":
            raise UnseenLevel(f"{said}; it knows: {', '.join(levels)}")
        if OTHER not in levels:
            raise UnseenLevel(
                f"{said}, and has no level {OTHER!r} to score it as; it knows: {', '.join(levels)}. Leave these "
                "customers out, or fit where rare levels are pooled (privacy.min_cell)"
            )
        cells = cells.assign(**{name: cells[name].where(known, OTHER)})
        new |= ~known
    return cells, new
