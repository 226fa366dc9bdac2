"""The hazard of the reference customer over tenure, and the policy for tenures nobody has reached yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes

Array = NDArray[np.float64]

RECENT_DAYS = 365.25
"""Beyond the observed tenure the hazard stays at its mean level over this long before it."""
ENOUGH_AT_RISK = 30
"""The observed tenure ends where fewer customers are at risk: one departure among a handful is no level."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """A cumulative hazard that is straight between departure times and goes on at its recent level beyond `reach`.

    Attributes
    ----------
    times
        (K,) ascending.
    hazard
        (K,) increments, or (K, draws).
    reach
        The observed tenure.
    recent
        How long before `reach` the level beyond is taken from.
    """

    times: Array
    hazard: Array
    reach: float
    recent: float = RECENT_DAYS

    def cumulative(self, times: Array) -> Array:
        """(rows,) or (rows, draws) cumulative hazard at `times`; never flat beyond `reach`."""
        begin = max(self.reach - self.recent, 0.0)
        ends = self._seen(np.array([begin, self.reach]))
        level = (ends[1] - ends[0]) / (self.reach - begin) if self.reach > begin else 0.0 * ends[0]
        beyond = np.maximum(times - self.reach, 0.0)
        if self.hazard.ndim == 2:
            beyond = beyond[:, None]
        return self._seen(np.minimum(times, self.reach)) + beyond * level

    def _seen(self, times: Array) -> Array:
        knots = np.concatenate([[0.0], self.times])
        zero = np.zeros((1, *self.hazard.shape[1:]))
        cumulative = np.concatenate([zero, self.hazard.cumsum(axis=0)])
        if len(knots) == 1:
            return np.zeros((len(times), *self.hazard.shape[1:]))
        if self.hazard.ndim == 1:
            return np.interp(times, knots, cumulative)
        right = np.clip(np.searchsorted(knots, times, "right"), 1, len(knots) - 1)
        share = np.clip((times - knots[right - 1]) / (knots[right] - knots[right - 1]), 0, 1)[:, None]
        return cumulative[right - 1] + share * (cumulative[right] - cumulative[right - 1])


def observed_tenure(episodes: Episodes) -> float:
    """The longest tenure at which at least 30 customers were still at risk; the longest watched if none is."""
    frame = episodes.frame
    gone = frame.groupby("exit")["n"].sum().sort_index(ascending=False)
    came = frame.groupby("entry")["n"].sum().sort_index(ascending=False)
    days = gone.index.to_numpy(float)
    # at risk on a day: everyone who exits on it or later, less who enter on it or later
    entered_later = np.concatenate([[0], came.cumsum().to_numpy()])[
        np.searchsorted(-came.index.to_numpy(float), -days, "right")
    ]
    enough = days[(gone.cumsum().to_numpy() - entered_later) >= ENOUGH_AT_RISK]
    return float(enough.max() if len(enough) else days.max())
