"""Brier score under censoring: how far, squared, the chances told lie from what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxmodels.churn.accuracy.censoring import Censoring, fit_censoring
from cxmodels.churn.accuracy.observed import Array, finite, observed
from cxmodels.churn.errors import InvalidValue, TooFewWatched
from cxmodels.churn.models.model import Model

_MOST_CHANCES = 1_000_000
"""Chances held at once."""


@dataclass(frozen=True, eq=False)
class BrierScore:
    """Brier scores over tenure.

    Attributes
    ----------
    table
        Tidy: ``time, brier``; times after `tau` are left out.
    tau
        The last tenure at which enough were watched.
    """

    table: pd.DataFrame
    tau: float

    @property
    def integrated(self) -> float:
        """Mean of the score over the times asked for, by the trapezoid rule; that of the only one if there is one."""
        time, brier = (self.table[column].to_numpy() for column in ("time", "brier"))
        return float(np.trapezoid(brier, time) / (time[-1] - time[0])) if len(time) > 1 else float(brier[0])


def brier_score(
    survival: ArrayLike | Callable[[Array], Array],
    time: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    n: ArrayLike | None = None,
    censoring: Censoring | None = None,
) -> BrierScore:
    """Score the chances of still being there at some tenures.

    Parameters
    ----------
    survival
        (rows, times) chances that each row stays beyond each time; or a function that gives them for some of the times,
        such as `survival_of`: it is asked for a few times at once, so that no table of all is ever held.
    time, event, entry, n
        (rows,) as for `concordance`.
    times
        (times,) tenures, ascending, in the unit of `time`.
    censoring
        Where the weights come from. Default: these rows.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`; also when `survival` does not have a row a row and a column a time, or is no chance.
    TooFewWatched
        When no time is at or before `Censoring.tau`.

    Notes
    -----
    Graf, Schmoor, Sauerbrei & Schumacher (1999), Stat. Med. 18, with weights 1 / G(T-) for who left and 1 / G(t-) for
    who was still there at t, who was censored at t itself included (departures come before censorings). Their sum is
    exactly the number of rows, also with ties and late entries. Software that weighs with G(T) instead agrees where
    nobody is censored at the time of a departure.
    """
    rows = observed(time, event, entry, n)
    at = finite(times, "times")
    watch = fit_censoring(rows) if censoring is None else censoring
    within = at[at <= watch.tau]
    if not len(within):
        raise TooFewWatched(f"brier_score: enough are watched up to {watch.tau:g}; every time asked for is later")
    blocks = _blocks(survival, len(rows.time), at, at <= watch.tau)
    case = np.where(rows.event, rows.weight * watch.weight(rows.time), 0.0)
    scores = []
    for moments, chances in blocks:
        for moment, chance in zip(moments, finite(chances, "survival").T, strict=True):
            if chance.min(initial=0.0) < 0 or chance.max(initial=1.0) > 1:
                raise InvalidValue(
                    f"survival must lie between 0 and 1, found {chance.min():g} to {chance.max():g} at time {moment:g}"
                )
            gone = case * (rows.time <= moment)
            there = rows.weight * rows.watched_beyond(moment)
            loss = gone @ chance**2 + float(watch.weight(moment)) * (there @ (1 - chance) ** 2)
            scores.append(float(loss) / rows.weight.sum())
    return BrierScore(pd.DataFrame({"time": within, "brier": scores}), watch.tau)


def survival_of(model: Model, cells: pd.DataFrame) -> Callable[[Array], Array]:
    """A model's chances that newcomers like each of `cells` stay beyond some tenures: (times,) to (rows, times)."""

    def survival(times: Array) -> Array:
        shape = (len(cells), len(times))
        repeated = cells.take(np.repeat(np.arange(len(cells)), len(times)))
        return np.exp(-model.cumulative_hazard(repeated, np.tile(times, len(cells))).reshape(shape))

    return survival


def _blocks(
    survival: ArrayLike | Callable[[Array], Array], rows: int, times: Array, told: NDArray[np.bool_]
) -> Iterator[tuple[Array, Array]]:
    """The times to score in blocks, each with its chances (rows, times of the block)."""
    if not callable(survival):
        table = np.asarray(survival, dtype=np.float64)
        _require_shape(table, (rows, len(times)))
        yield times[told], table[:, told]
        return
    within = times[told]
    width = max(_MOST_CHANCES // max(rows, 1), 1)
    for begin in range(0, len(within), width):
        block = within[begin : begin + width]
        chances = survival(block)
        _require_shape(chances, (rows, len(block)))
        yield block, chances


def _require_shape(chances: Array, shape: tuple[int, int]) -> None:
    if chances.shape != shape:
        raise InvalidValue(f"survival must have the shape (rows, times) = {shape}, found {chances.shape}")
