"""The hazard of the reference customer over tenure, and the policy for tenures nobody has reached yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes

Array = NDArray[np.float64]

RECENT_MONTHS = 12
"""Beyond the observed tenure the hazard stays at its mean level over so many months before it."""
ENOUGH_AT_RISK = 30
"""Fewer customers at risk than this tell nothing of a tenure: one departure among a handful is no level."""
ENOUGH_FOR_A_LEVEL = 100
"""The observed tenure ends where fewer customers are at risk, as the hazard held beyond it rests on its last year: with
30 at risk and 2 % leaving a month that would be seven departures."""
LEAST_DRIFT = 0.1
"""Least standard deviation of the log hazard over the first year beyond the observed tenure."""
MOST_DRIFT = float(np.log(2))
"""The most: a hazard that doubles or halves in a year. What changes faster within the observed tenure is a trend of
newcomers, not a walk that goes on; and the mean of its draws, which grows as exp(drift² years / 2), would be its few
largest ones alone."""
MONTHS_A_YEAR = 12


@dataclass(frozen=True, eq=False)
class Baseline:
    """A cumulative hazard that is straight between departure times and goes on at its recent level beyond `reach`.

    In draws the level beyond is not known either: it moves away from the recent one as a random walk of the log hazard
    would. The factor at a time u beyond `reach` is exp(drift √u), `drift` normal with the standard deviation that
    `yearly_drift` finds: its median is one, and it widens with the square root of the time beyond.

    Attributes
    ----------
    times
        (K,) ascending.
    hazard
        (K,) increments, or (K, draws).
    reach
        The observed tenure.
    recent
        How long before `reach` the level beyond is taken from; where nobody left in it, back to the last departure time
        but one, so that the level is never nought for want of a departure.
    drift
        (draws,) by how much each draw's log hazard drifts over one unit of time beyond `reach`; None: not at all.
    """

    times: Array
    hazard: Array
    reach: float
    recent: float
    drift: Array | None = None

    def cumulative(self, times: Array) -> Array:
        """(rows,) or (rows, draws) cumulative hazard at `times`; never flat beyond `reach` where anybody left."""
        if self.hazard.ndim == 1 and self.drift is None:
            knots, cumulative = self._held
            return np.interp(times, knots, cumulative)
        inside = self._seen(np.minimum(times, self.reach))
        beyond = np.maximum(times - self.reach, 0.0)[:, None]
        if not beyond.any():
            return inside
        return inside + self.level * (beyond if self.drift is None else widened(beyond, self.drift))

    @cached_property
    def level(self) -> Array:
        """() or (draws,) mean hazard from `since` to `reach`."""
        ends = self._seen(np.array([self.since, self.reach]))
        return (ends[1] - ends[0]) / (self.reach - self.since) if self.reach > self.since else 0.0 * ends[0]

    @cached_property
    def since(self) -> float:
        """The tenure from which the level beyond is taken."""
        begin = max(self.reach - self.recent, 0.0)
        if not len(self.times) or self.times[-1] > begin:
            return begin
        return float(self.times[-2]) if len(self.times) > 1 else 0.0

    @cached_property
    def _held(self) -> tuple[Array, Array]:
        """Knots and values, the last of them so far out that the line to it is the hazard held at its level."""
        inside = self.times[self.times < self.reach]
        far = self.reach + 1e6
        knots = np.concatenate([[0.0], inside, [self.reach, far]])
        end = self._seen(np.array([self.reach]))[0]
        cumulative = np.concatenate([[0.0], self.hazard.cumsum()[: len(inside)], [end, end + 1e6 * self.level]])
        return knots, cumulative

    @cached_property
    def _steps(self) -> tuple[Array, Array]:
        zero = np.zeros((1, *self.hazard.shape[1:]))
        return np.concatenate([[0.0], self.times]), np.concatenate([zero, self.hazard.cumsum(axis=0)])

    def _seen(self, times: Array) -> Array:
        knots, cumulative = self._steps
        if len(knots) == 1:
            return np.zeros((len(times), *self.hazard.shape[1:]))
        if self.hazard.ndim == 1:
            return np.interp(times, knots, cumulative)
        right = np.clip(np.searchsorted(knots, times, "right"), 1, len(knots) - 1)
        share = np.clip((times - knots[right - 1]) / (knots[right] - knots[right - 1]), 0, 1)[:, None]
        return cumulative[right - 1] + share * (cumulative[right] - cumulative[right - 1])


def yearly_drift(times: Array, hazard: Array, events: Array, reach: float, month: float) -> float:
    """Standard deviation of the change of the log hazard over a year, from its changes within the observed tenure.

    The tenure is cut into years back from `reach` (into thirds where it is shorter than three years). The mean square
    of the changes of the log level from each part to the next, less what chance alone does with so few departures in
    them (1/d of each), is scaled to a year as a random walk's is. It is at least `LEAST_DRIFT`, at most `MOST_DRIFT`.
    """
    year = MONTHS_A_YEAR * month
    width = min(year, reach / 3)
    if width <= 0:
        return LEAST_DRIFT
    parts = int(reach / width + 1e-9)
    edges = reach - width * np.arange(parts, -1, -1)
    place = np.searchsorted(edges, times, "left") - 1
    inside = (place >= 0) & (place < parts)
    departures = np.bincount(place[inside], events[inside], parts)
    level = np.bincount(place[inside], hazard[inside], parts)[departures > 0]
    departures = departures[departures > 0]
    if len(level) < 2:
        return LEAST_DRIFT
    change = np.diff(np.log(level)) ** 2 - 1 / departures[1:] - 1 / departures[:-1]
    return float(np.clip(np.sqrt(max(change.mean(), 0.0) * year / width), LEAST_DRIFT, MOST_DRIFT))


def observed_tenure(episodes: Episodes) -> float:
    """The longest tenure at which at least 100 customers were still at risk.

    In a small study, where there never were 300, a third of the most there ever were are enough.
    """
    return tenure_reached(episodes.frame)


def tenure_reached(frame: pd.DataFrame) -> float:
    """The observed tenure of a frame of episodes; see `observed_tenure`."""
    leave, entry, n = (frame[name].to_numpy() for name in ("exit", "entry", "n"))
    ends, gone = np.unique(leave, return_inverse=True)
    begins, came = np.unique(entry, return_inverse=True)
    # at risk at a time: everyone who exits at it or later, less who enters at it or later
    still = np.bincount(gone, n, len(ends))[::-1].cumsum()[::-1]
    later = np.concatenate([np.bincount(came, n, len(begins))[::-1].cumsum()[::-1], [0.0]])
    at_risk = still - later[np.searchsorted(begins, ends, "left")]
    enough = min(ENOUGH_FOR_A_LEVEL, at_risk.max(initial=0) / 3)
    return float(ends[at_risk >= enough].max()) if len(ends) else 0.0


def widened(beyond: Array, drift: Array) -> Array:
    """(rows, draws) integral of exp(drift √u) from 0 to `beyond`: 2 u (y e^y - e^y + 1) / y² with y = drift √u."""
    y = drift * np.sqrt(beyond)
    small = np.abs(y) < 1e-4
    safe = np.where(small, 1.0, y)
    return 2 * beyond * np.where(small, 0.5 + y / 3, (safe * np.exp(safe) - np.expm1(safe)) / safe**2)
