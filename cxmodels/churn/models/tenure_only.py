"""The hazard of everybody over tenure, without covariates: the yardstick every other model has to beat."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import digamma

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.models.baseline import MONTHS_A_YEAR, RECENT_MONTHS, Baseline, observed_tenure, yearly_drift
from cxmodels.churn.models.time_at_risk import with_time_at_risk
from cxmodels.kaplan_meier import at_risk

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TenureFit:
    """A hazard that knows nothing of a customer but how long they have been one.

    Attributes
    ----------
    baseline
        Tidy, a row a tenure at which someone left: ``time``, ``hazard``, ``cumulative``, ``survival``, ``at_risk``,
        ``left``.
    episodes
        The counts it was fitted to.
    """

    baseline: pd.DataFrame
    episodes: Episodes = field(repr=False)

    name = "Tenure only"

    @property
    def covariates(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """None."""
        return {}

    @cached_property
    def reach(self) -> float:
        """The longest tenure seen enough of, in the unit of the episodes."""
        return observed_tenure(self.episodes)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) nought: no cell is riskier than another."""
        return np.zeros(len(cells))

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard up to each cell's own tenure; see `Baseline` for what lies beyond `reach`."""
        return self._over_tenure(self.baseline["hazard"].to_numpy(float)).cumulative(times)

    def sample(self, size: int, seed: int) -> TenureDraws:
        """Draws of the hazard at each tenure: gamma with as many degrees as departures (Kalbfleisch 1978)."""
        generator = np.random.default_rng(seed)
        times, hazard, left = (self.baseline[name].to_numpy(float) for name in ("time", "hazard", "left"))
        degrees = np.broadcast_to(left[:, None], (len(left), size))
        noise = generator.gamma(degrees) / degrees
        month = self.episodes.month
        drift = yearly_drift(times, hazard, left, self.reach, month) / np.sqrt(MONTHS_A_YEAR * month)
        return TenureDraws(self._over_tenure(hazard[:, None] * noise, generator.standard_normal(size) * drift))

    def _over_tenure(self, hazard: Array, drift: Array | None = None) -> Baseline:
        recent = RECENT_MONTHS * self.episodes.month
        return Baseline(self.baseline["time"].to_numpy(float), hazard, self.reach, recent, drift)


@dataclass(frozen=True, eq=False)
class TenureDraws:
    """Draws of the hazard over tenure."""

    baseline: Baseline

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        return self.baseline.cumulative(times)


def fit_tenure(episodes: Episodes) -> TenureFit:
    """The hazard at each tenure at which someone left, of everybody at risk then, late entries included.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`, in either unit.

    Notes
    -----
    Nelson (1972) and Aalen (1978) with ties as Fleming & Harrington (1984) take them: d departures among Y at risk add
    1/Y + 1/(Y - 1) + … + 1/(Y - d + 1), as if they had left one after the other. R's survfit gives it for
    ``stype = 2, ctype = 2``.
    """
    frame = with_time_at_risk(episodes.frame)
    departures = frame[frame["event"] == 1].groupby("exit")["n"].sum()
    times, left = departures.index.to_numpy(), departures.to_numpy(float)
    watched = at_risk(frame, times)
    hazard = digamma(watched + 1) - digamma(watched - left + 1)
    cumulative = hazard.cumsum()
    table = pd.DataFrame(
        {
            "time": times,
            "hazard": hazard,
            "cumulative": cumulative,
            "survival": np.exp(-cumulative),
            "at_risk": watched,
            "left": departures.to_numpy(),
        }
    )
    return TenureFit(table, episodes)
