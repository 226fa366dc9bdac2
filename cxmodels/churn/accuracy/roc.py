"""Time-dependent AUC: how often who has left by a tenure had the higher risk than who is still there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxmodels.churn.accuracy.censoring import Censoring, fit_censoring
from cxmodels.churn.accuracy.observed import Array, finite, observed
from cxmodels.churn.accuracy.pairs import ranked
from cxmodels.churn.errors import InvalidValue, TooFewWatched


@dataclass(frozen=True, eq=False)
class DynamicAuc:
    """Areas under the ROC curve over tenure.

    Attributes
    ----------
    table
        Tidy: ``time, auc``; times after `tau` are left out. NaN where nobody had left or nobody was still there.
    tau
        The last tenure at which enough were watched.
    """

    table: pd.DataFrame
    tau: float


def dynamic_auc(
    risk: ArrayLike | Callable[[float], Array],
    time: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    n: ArrayLike | None = None,
    censoring: Censoring | None = None,
) -> DynamicAuc:
    """Cumulative/dynamic AUC: who left at or before t against who was still there at t.

    Parameters
    ----------
    risk
        (rows,) a score that is higher for who leaves sooner; or a function from a time to (rows,) of them.
    time, event, entry, n
        (rows,) as for `concordance`.
    times
        (times,) tenures, in the unit of `time`.
    censoring
        Where the weights come from. Default: these rows.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`.
    TooFewWatched
        When no time is at or before `Censoring.tau`.

    Notes
    -----
    Uno, Cai, Tian & Wei (2007), JASA 102; Hung & Chiang (2010), Can. J. Stat. 38: who left at T weighs 1 / G(T-), all
    who are still there weigh the same. Equal risks count half.
    """
    rows = observed(time, event, entry, n)
    at = finite(times, "times")
    watch = fit_censoring(rows) if censoring is None else censoring
    within = at[at <= watch.tau]
    if not len(within):
        raise TooFewWatched(f"dynamic_auc: enough are watched up to {watch.tau:g}; every time asked for is later")
    case = np.where(rows.event, rows.weight * watch.weight(rows.time), 0.0)
    areas = []
    for moment in within:
        score = finite(risk(float(moment)) if callable(risk) else risk, "risk")
        if score.shape != rows.time.shape:
            raise InvalidValue(f"risk must have one value a row: {rows.time.shape} as time has, found {score.shape}")
        areas.append(auc(score, case * (rows.time <= moment), rows.weight * rows.watched_beyond(moment)))
    return DynamicAuc(pd.DataFrame({"time": within, "auc": areas}), watch.tau)


def auc(risk: Array, case: Array, control: Array) -> float:
    """Weighted area under the ROC curve: the share of pairs in which the case has the higher risk.

    Parameters
    ----------
    risk
        (rows,) score; equal ones count half.
    case, control
        (rows,) weight of each row among those who left and among those who did not.

    Returns
    -------
    float
        NaN without a case or without a control.
    """
    order = ranked(risk)
    tie = np.arange(len(risk)) if order.tie is None else order.tie
    cases, controls = (np.bincount(tie, weight[order.order]) for weight in (case, control))
    pairs = cases.sum() * controls.sum()
    return float(cases @ (np.cumsum(controls) - controls / 2) / pairs) if pairs > 0 else float("nan")
