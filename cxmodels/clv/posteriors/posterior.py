"""Draws of a model's parameters with what says whether to believe them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from cxmodels.clv.posteriors.laplace import Maximum

Engine = Literal["importance", "nuts"]


@dataclass(frozen=True, eq=False)
class Posterior:
    """Equally weighted draws of parameters.

    Attributes
    ----------
    draws
        (draws, parameters), a column each, named as in the papers.
    engine
        How they were drawn: ``"importance"`` (adaptive importance sampling) or ``"nuts"``.
    k_hat
        Pareto shape of the importance weights (Vehtari et al. 2024); above .7 they are not to be trusted. NaN under
        NUTS.
    ess
        Effective sample size: of the weights, or the smallest bulk one of a coordinate under NUTS.
    r_hat
        The largest of a coordinate (rank-normalised); NaN under importance sampling.
    divergences
        Of NUTS; 0 under importance sampling.
    rounds
        Rounds of adaptation; 0 under NUTS.
    log_evidence
        Log marginal likelihood with the stated priors, estimated by importance sampling; NaN under NUTS.
    fell_back
        Why NUTS took over, in a sentence; empty where it did not.
    mode
        Where the density of the coordinates is largest; None under NUTS.
    """

    draws: pd.DataFrame
    engine: Engine
    k_hat: float
    ess: float
    r_hat: float = float("nan")
    divergences: int = 0
    rounds: int = 0
    log_evidence: float = float("nan")
    fell_back: str = ""
    mode: Maximum | None = field(default=None, repr=False)

    @property
    def theta(self) -> np.ndarray:
        """(draws, parameters)."""
        return self.draws.to_numpy(float)

    def thinned(self, size: int) -> np.ndarray:
        """(size, parameters): evenly spaced draws, all of them where there are no more; the same each time."""
        theta = self.theta
        if size >= len(theta):
            return theta
        return theta[np.linspace(0, len(theta) - 1, size).round().astype(int)]

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """One row a parameter: ``parameter, mean, sd, low, high``; equal-tailed limits."""
        tail = (1 - level) / 2
        drawn = self.draws
        return pd.DataFrame(
            {
                "parameter": list(drawn.columns),
                "mean": drawn.mean().to_numpy(),
                "sd": drawn.std(ddof=1).to_numpy(),
                "low": drawn.quantile(tail).to_numpy(),
                "high": drawn.quantile(1 - tail).to_numpy(),
            }
        )
