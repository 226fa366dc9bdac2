"""What a fitted model holds, whichever model it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import NotConverged
from cxmodels.clv.models.model import Array, Likelihood, ParameterModel, PurchaseModel
from cxmodels.clv.posteriors.laplace import maximise
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior


@dataclass(frozen=True, eq=False)
class PurchaseFit:
    """A purchase model fitted to counts.

    Attributes
    ----------
    model
        The model.
    counts
        What it was fitted to; parameters with a dimension of time are in their unit.
    prior
        What was held likely before the counts.
    maximum_likelihood
        The parameters at the maximum of the likelihood, by name; NaN where there is no finite maximum.
    log_likelihood
        At that maximum. That of a clock of several steps (MBG/CNBD-k, k > 1) lacks a constant where the counts have no
        ``log_gaps``, and does not compare with others.
    posterior
        Draws of the parameters.
    """

    model: PurchaseModel
    counts: PurchaseCounts
    prior: Prior = field(repr=False)
    maximum_likelihood: pd.Series
    log_likelihood: float
    posterior: Posterior

    @property
    def summary(self) -> pd.DataFrame:
        """One row a parameter: ``parameter, mean, sd, low, high, maximum_likelihood``; 95 % limits."""
        return self.posterior.summary().assign(maximum_likelihood=self.maximum_likelihood.to_numpy())


FAR = 10.0
"""A maximum of the likelihood at more than e¹⁰ times what a parameter starts from is none: its customers are alike."""


def most_likely(model: ParameterModel, likelihood: Likelihood, start: Array) -> tuple[pd.Series, float]:
    """The maximum of a likelihood: parameters by name and its value; NaN where there is no finite maximum.

    There is none where the counts leave something open, for example when every customer bought again lately: the
    chance of dropping out can then be as small as one likes.
    """

    def log_density(coordinates: Array) -> Array:
        return likelihood(model.theta(coordinates))

    try:
        found = maximise(log_density, model.unbounded(start), what=f"{model.title}: the likelihood", far=FAR)
    except NotConverged:
        return pd.Series(np.nan, index=list(model.parameters)), float("nan")
    return pd.Series(model.theta(found.point), index=list(model.parameters)), found.value
