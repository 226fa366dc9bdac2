"""How likely a customer who is still there is still watched, and for how many others the watched ones stand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from cxmodels.churn.accuracy.observed import Array, Observed, observed
from cxmodels.churn.errors import TooFewWatched
from cxmodels.churn.models.baseline import ENOUGH_AT_RISK


@dataclass(frozen=True, eq=False)
class Censoring:
    """The chance of being watched at each tenure, and the tenure up to which it is known.

    Attributes
    ----------
    tau
        The last tenure at which enough were watched: scores are cut there, and also where everybody watched left and
        others entered later, who tell nothing of those from before.
    n
        How many it was estimated from.
    """

    tau: float
    n: float
    _entries: tuple[Array, Array] = field(repr=False)
    _exits: tuple[Array, Array] = field(repr=False)
    _departures: tuple[Array, Array] = field(repr=False)

    def at_risk(self, time: ArrayLike) -> Array:
        """How many were watched just before each tenure, those who exit at it included."""
        return _up_to(self._entries, time, "left") - _up_to(self._exits, time, "left")

    def staying(self, time: ArrayLike) -> Array:
        """Kaplan–Meier share of newcomers still there just before each tenure."""
        times, survival = self._departures
        return survival[np.searchsorted(times, time, "left")]

    def weight(self, time: ArrayLike) -> Array:
        """1 / G(t-): for how many each of those watched at tenure t stands; zero where nobody was watched.

        Without late entries G is the Kaplan–Meier estimate of the time to censoring, whose risk set leaves out who
        leaves at the very moment.
        """
        watched = self.at_risk(time)
        return np.divide(self.n * self.staying(time), watched, out=np.zeros_like(watched), where=watched > 0)


def censoring(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    n: ArrayLike | None = None,
    at_least: float = ENOUGH_AT_RISK,
) -> Censoring:
    """Estimate how censoring and late entry thin out those who are watched.

    Parameters
    ----------
    time
        (rows,) tenure at the end.
    event
        (rows,) 1 where it ended by leaving.
    entry
        (rows,) tenure from which the row was watched (after it, up to and including `time`). Default: from zero.
    n
        (rows,) how many each row stands for. Default: one.
    at_least
        Fewest watched at `Censoring.tau`; where there never were so many, it is the longest tenure watched.

    Raises
    ------
    InvalidValue, InvalidTimes
        See `observed`.
    TooFewWatched
        When nobody was watched.

    Notes
    -----
    With Y(t) watched and S(t-) still there, the share of all who would be watched at t if they were there is
    G(t-) = Y(t) / (n S(t-)). This is exactly the product-limit estimate of the time to censoring (Robins & Finkelstein
    2000, Biometrics 56; Satten & Datta 2001, Am. Stat. 55), and holds as well for late entries and for rows that are
    parts of one stay, for which that product means nothing. Its inverse times the count never exceeds n at a tenure
    that somebody reached, so that a cap on tenure, where all are censored at once, needs no correction.
    """
    return fit_censoring(observed(time, event, entry, n), at_least)


def fit_censoring(rows: Observed, at_least: float = ENOUGH_AT_RISK) -> Censoring:
    """As `censoring`, for columns already checked."""
    weight = rows.weight
    if not weight.sum() > 0:
        raise TooFewWatched("censoring: nobody was watched, so no score of survival can be told")
    if rows.entry is None:
        entries = _counts(np.array([-np.inf]), np.array([weight.sum()]))
    else:
        entries = _counts(rows.entry, weight)
    exits = _counts(rows.time, weight)
    times, left = _counts(rows.time[rows.event], weight[rows.event])
    left = np.diff(left)
    at_risk = _up_to(entries, times, "left") - _up_to(exits, times, "left")
    share = 1 - np.divide(left, at_risk, out=np.ones_like(left), where=at_risk > 0)
    survival = np.concatenate([[1.0], np.cumprod(share)])
    last = exits[0][survival[np.searchsorted(times, exits[0], "left")] > 0]
    enough = last[_up_to(entries, last, "left") - _up_to(exits, last, "left") >= at_least]
    return Censoring(
        float((enough if len(enough) else last).max()), float(weight.sum()), entries, exits, (times, survival)
    )


def _counts(time: Array, weight: Array) -> tuple[Array, Array]:
    """Distinct times, and before each and at the end how much weight came until then: (K,), (K + 1,)."""
    times, place = np.unique(time, return_inverse=True)
    return times, np.concatenate([[0.0], np.cumsum(np.bincount(place, weight, len(times)))])


def _up_to(counts: tuple[Array, Array], time: ArrayLike, side: str) -> Array:
    """Weight that came before each time, or with ``side="right"`` until it."""
    times, cumulative = counts
    return cumulative[np.searchsorted(times, time, side)]  # type: ignore[call-overload]
