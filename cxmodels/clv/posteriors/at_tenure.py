"""Coordinates in which the posterior of the shifted beta-geometric is nearly normal, however late contracts are seen.

Contracts that were watched only at tenures around t tell the share that stops there, h = α / (α + β + t), and little
else: over the mean chance α / (α + β) and α + β their posterior is a curved ridge that no t distribution covers. Over
logit h and log β it is straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.clv.models.model import Array, Likelihood
from cxmodels.clv.models.sbg import ShiftedBetaGeometric, renewal_table
from cxmodels.clv.posteriors.importance import SEED, importance_posterior
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior, prior_of


def retention_posterior(
    model: ShiftedBetaGeometric, likelihood: Likelihood, frame: pd.DataFrame, *, size: int = 1000, seed: int = SEED
) -> Posterior:
    """Draws of alpha and beta by adaptive importance sampling.

    Parameters
    ----------
    model, likelihood, frame
        The model and its likelihood of these contracts: ``entry, exit, ended, n``.
    size, seed
        Of the draws.

    Raises
    ------
    NotConverged
        When the weights are not to be believed.
    """
    watched = renewal_table(frame)
    weight = watched["stopped"] if watched["stopped"].any() else watched["due"]
    at = AtTenure(float(np.average(watched["renewal"] - 1, weights=weight)))
    own = prior_of(model)
    centre = at.unbounded(model.theta(own.centre))
    prior = PriorAtTenure(at.coordinates, centre, own.sd, at, own)
    return importance_posterior(at, likelihood, prior, start=model.start(frame), size=size, seed=seed)


@dataclass(frozen=True)
class AtTenure(ShiftedBetaGeometric):
    """The shifted beta-geometric in coordinates that belong to a tenure, in months.

    From the coordinates of the model itself the way leads over log α and log β, each step with the determinant 1:
    a density of one is the density of the other.
    """

    tenure: float

    coordinates = ("logit alpha/(alpha+beta+tenure)", "log beta")

    def theta(self, coordinates: Array) -> Array:
        """(…, 2) logit of the chance to stop at the tenure and log of beta → (…, 2) alpha, beta."""
        stopping, log_beta = np.moveaxis(np.asarray(coordinates, float), -1, 0)
        beta = np.exp(log_beta)
        return np.stack([np.exp(stopping) * (beta + self.tenure), beta], axis=-1)

    def unbounded(self, theta: Array) -> Array:
        """The inverse of `theta`."""
        alpha, beta = np.moveaxis(np.asarray(theta, float), -1, 0)
        return np.stack([np.log(alpha) - np.log(beta + self.tenure), np.log(beta)], axis=-1)


@dataclass(frozen=True, eq=False)
class PriorAtTenure(Prior):
    """The model's own prior, asked in the coordinates of a tenure."""

    at: AtTenure
    own: Prior

    def log_density(self, coordinates: Array) -> Array:
        """(…, 2) → (…)."""
        return self.own.log_density(ShiftedBetaGeometric().unbounded(self.at.theta(coordinates)))
