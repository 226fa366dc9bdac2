"""A model whose answers can be worked out by hand: a constant monthly hazard for each plan, known up to a factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes

Array = NDArray[np.float64]


def active(**plans: int) -> Episodes:
    """Today's customers, so many of each plan, all with a tenure of 400 days."""
    rows = [(0, 400, 0, "active", plan, n) for plan, n in plans.items()]
    frame = pd.DataFrame(rows, columns=["entry", "exit", "event", "cause", "plan", "n"])
    return Episodes(frame, ("plan",), {"plan": tuple(plans)}, {"plan": ()}, date(2026, 9, 30), 24, 0, 10)


@dataclass(frozen=True)
class SteadyHazard:
    """``monthly`` hazard by plan; draws multiply it by a log-normal factor with standard deviation ``doubt``."""

    episodes: Episodes
    monthly: dict[str, float]
    doubt: float = 0.0
    factor: Array | None = None
    name: str = "steady"
    reach: float = 1000.0

    @property
    def covariates(self) -> tuple[str, ...]:
        return self.episodes.covariates

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        return self.episodes.levels

    def log_risk(self, cells: pd.DataFrame) -> Array:
        return np.log(cells["plan"].map(self.monthly).to_numpy(float))

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        hazard = cells["plan"].map(self.monthly).to_numpy(float) * times / self.episodes.month
        return hazard if self.factor is None else hazard[:, None] * self.factor

    def sample(self, size: int, seed: int) -> SteadyHazard:
        factor = np.exp(self.doubt * np.random.default_rng(seed).standard_normal(size))
        return SteadyHazard(self.episodes, self.monthly, self.doubt, factor)
