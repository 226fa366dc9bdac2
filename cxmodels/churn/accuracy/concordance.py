"""Concordance: of two customers, how often the one with the higher risk leaves first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from cxmodels.churn.accuracy.censoring import Censoring, fit_censoring
from cxmodels.churn.accuracy.observed import Array, Observed, finite, observed
from cxmodels.churn.accuracy.pairs import pairs_won, pairs_won_by_row, ranked
from cxmodels.churn.errors import InvalidValue
from cxmodels.estimate import Estimate


@dataclass(frozen=True)
class UnoConcordance:
    """Uno's C and the tenure up to which it holds.

    Attributes
    ----------
    value
        Between 0 and 1; NaN without a pair.
    tau
        Departures up to this tenure were compared.
    """

    value: float
    tau: float


def concordance(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, *, entry: ArrayLike | None = None, n: ArrayLike | None = None
) -> float:
    """Harrell's C, late entries and counts included.

    Parameters
    ----------
    time
        (rows,) tenure at the end.
    event
        (rows,) 1 where it ended by leaving.
    risk
        (rows,) a score that is higher for who leaves sooner, such as `Model.log_risk`.
    entry
        (rows,) tenure from which the row was watched. Default: from the start.
    n
        (rows,) how many each row stands for. Default: one.

    Returns
    -------
    float
        Between 0 and 1; NaN where no two can be compared.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`.

    Notes
    -----
    Harrell, Lee & Mark (1996), Stat. Med. 15. Each departure is compared with everyone at risk at that tenure who did
    not leave at it; who is censored at it counts as still there. Equal risks count half. O(n log K) for K distinct
    departure times.
    """
    rows, score = observed(time, event, entry, n), finite(risk, "risk")
    return _share_won(rows, score, np.where(rows.event, rows.weight, 0.0))


def concordance_estimate(
    time: ArrayLike, event: ArrayLike, risk: ArrayLike, *, entry: ArrayLike | None = None, n: ArrayLike | None = None
) -> Estimate:
    """Harrell's C with its 95 % interval; columns as for `concordance`.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`.

    Notes
    -----
    The standard error is the infinitesimal jackknife's, as in R's survival (Therneau & Atkinson 2020, "Concordance"):
    the root of the sum over customers of (dC/dw)². Customers who are parts of one another (split episodes) are not
    independent, and it does not know it.
    """
    rows, score = observed(time, event, entry, n), finite(risk, "risk")
    _require_rows(rows, score)
    weight, order = rows.weight, ranked(score)
    case = np.where(rows.event, weight, 0.0)
    times, code, entered = _codes(rows)
    won, lost = pairs_won_by_row(code, order, case, weight)
    as_case, as_control = _comparable(code, case, weight, len(times))
    if entered is not None:
        # who enters after a departure was not at risk at it
        late_won, late_lost = _late(code, entered, score, case, weight)
        late_case, late_control = _comparable_late(code, entered, case, weight, len(times))
        won, lost, as_case, as_control = (
            won - late_won,
            lost - late_lost,
            as_case - late_case,
            as_control - late_control,
        )
    won, as_case = np.where(rows.event, won, 0.0), np.where(rows.event, as_case, 0.0)
    pairs = float(case @ as_case)
    size = round(float(weight.sum()))
    if not pairs:
        return Estimate(float("nan"), float("nan"), float("nan"), "probability", size)
    value = float(case @ won) / pairs
    influence = (won + lost - value * (as_case + as_control)) / pairs
    reach = float(ndtri(0.975)) * float(np.sqrt(weight @ influence**2))
    return Estimate(value, value - reach, value + reach, "probability", size)


def uno_concordance(
    time: ArrayLike,
    event: ArrayLike,
    risk: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    n: ArrayLike | None = None,
    tau: float | None = None,
    censoring: Censoring | None = None,
) -> UnoConcordance:
    """Uno's C: as `concordance`, but what it estimates does not depend on who was censored when.

    Parameters
    ----------
    time, event, risk, entry, n
        As for `concordance`.
    tau
        Departures after it are not compared. Default, and at most: `Censoring.tau`.
    censoring
        Where the weights come from. Default: these rows.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`.
    TooFewWatched
        When nobody was watched.

    Notes
    -----
    Uno, Cai, Pencina, D'Agostino & Wei (2011), Stat. Med. 30: a departure at t weighs 1 / G(t-)². With late entries G
    is the chance of being under watch at t (`Censoring`), which takes entry to tell nothing of risk.
    """
    rows, score = observed(time, event, entry, n), finite(risk, "risk")
    watch = fit_censoring(rows) if censoring is None else censoring
    until = watch.tau if tau is None else min(tau, watch.tau)
    compared = rows.event & (rows.time <= until)
    case = np.where(compared, rows.weight * watch.weight(rows.time) ** 2, 0.0)
    return UnoConcordance(_share_won(rows, score, case), until)


def _share_won(rows: Observed, score: Array, case: Array) -> float:
    _require_rows(rows, score)
    weight = rows.weight
    times, code, entered = _codes(rows)
    pairs = float(case @ _comparable(code, case, weight, len(times))[0])
    won = pairs_won(code, ranked(score), case, weight)
    if entered is not None:
        pairs -= float(case @ _comparable_late(code, entered, case, weight, len(times))[0])
        late_code, late_score, late_case, late_weight = _stacked(code, entered, score, case, weight)
        won -= pairs_won(late_code, ranked(late_score), late_case, late_weight)
    return won / pairs if pairs > 0 else float("nan")


def _require_rows(rows: Observed, score: Array) -> None:
    if score.shape != rows.time.shape:
        raise InvalidValue(f"risk must have one value a row: {rows.time.shape} as time has, found {score.shape}")


def _codes(rows: Observed) -> tuple[Array, NDArray[np.intp], NDArray[np.intp] | None]:
    """Distinct departure times, and for each row the place of its end and of its entry among them.

    A departure at the k-th time has code k; who is censored at it has k + 1, and who is censored between it and the
    one before has k. A row with a code above k is still there after the departures at the k-th time.
    """
    times = np.unique(rows.time[rows.event])
    code = np.searchsorted(times, rows.time, "right")
    code[rows.event] -= 1
    return times, code, None if rows.entry is None else np.searchsorted(times, rows.entry, "right")


def _comparable(code: NDArray[np.intp], case: Array, control: Array, times: int) -> tuple[Array, Array]:
    """For each row the weight of all it can be compared with: later ones as a case, earlier ones as a control."""
    later = np.bincount(code, control, times + 1)[::-1].cumsum()[::-1]
    earlier = np.concatenate([[0.0], np.bincount(code, case, times + 1).cumsum()])
    return np.append(later, 0.0)[code + 1], earlier[code]


def _comparable_late(
    code: NDArray[np.intp], entered: NDArray[np.intp], case: Array, control: Array, times: int
) -> tuple[Array, Array]:
    later = np.bincount(entered, control, times + 1)[::-1].cumsum()[::-1]
    earlier = np.concatenate([[0.0], np.bincount(code, case, times + 1).cumsum()])
    return np.append(later, 0.0)[code + 1], earlier[entered]


def _late(
    code: NDArray[np.intp], entered: NDArray[np.intp], score: Array, case: Array, control: Array
) -> tuple[Array, Array]:
    stacked, scores, cases, controls = _stacked(code, entered, score, case, control)
    won, lost = pairs_won_by_row(stacked, ranked(scores), cases, controls)
    return won[: len(code)], lost[len(code) :]


def _stacked(
    code: NDArray[np.intp], entered: NDArray[np.intp], score: Array, case: Array, control: Array
) -> tuple[NDArray[np.intp], Array, Array, Array]:
    """Each row twice: as a case by its end, as a control by its entry."""
    none = np.zeros(len(code))
    return (
        np.concatenate([code, entered]),
        np.concatenate([score, score]),
        np.concatenate([case, none]),
        np.concatenate([none, control]),
    )
