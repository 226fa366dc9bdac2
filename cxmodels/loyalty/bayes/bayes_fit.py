"""A path model fitted by its posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.loyalty.bayes.draws import PathDraws
from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.bayes.priors import Priors
from cxmodels.loyalty.path_fit import in_short

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.path_model import PathModel


@dataclass(frozen=True, eq=False)
class BayesFit:
    """Draws from the posterior of a path model.

    Attributes
    ----------
    model
        The model.
    moments
        Of its items: all that the posterior takes from the answers.
    priors
        What was held likely before.
    estimates
        One row a parameter, fixed ones and those defined by ``:=`` too: ``lhs, op, rhs, label, coef, se, low, high,
        std, std_low, std_high``; means, standard deviations and equal-tailed limits of 95 % of the posterior.
    draws
        The matrices, equally weighted.
    r_hat, ess
        The largest rank-normalised r_hat and the smallest bulk effective sample size of a free parameter,
        standardised; above 1.01 or below 400 the draws are too few or the chains disagree.
    divergences
        Steps that left the energy: the sampler may have missed a corner.
    p_value
        Posterior predictive: how probable it is that answers of this model are as far from it as those seen, in the
        likelihood ratio against the saturated model. Near 0 the model does not fit.
    """

    model: PathModel
    moments: Moments
    priors: Priors
    estimates: pd.DataFrame
    draws: PathDraws
    r_hat: float
    ess: float
    divergences: int
    p_value: float
    engine: Literal["bayes"] = "bayes"

    def __repr__(self) -> str:
        return in_short(self)

    @property
    def names(self) -> tuple[str, ...]:
        """Constructs, and items used as such in a regression."""
        return self.model.names

    @property
    def n(self) -> float:
        """Respondents."""
        return self.moments.n

    def path_matrix(self, *, standardised: bool = True) -> Array:
        """(names, names) mean direct paths, row = what is explained."""
        return self.path_draws(standardised=standardised).mean(0)

    def path_draws(self, *, standardised: bool = True) -> Array:
        """(draws, names, names) direct paths."""
        return (self.draws.standardised if standardised else self.draws).paths

    def construct_covariance(self) -> Array:
        """(names, names) mean correlations of the constructs."""
        return self.draws.standardised.construct_covariance.mean(0)

    def measurement(self) -> Measurement:
        """How the constructs show in the items, for `construct_scores` and `plausible_values`.

        Constructs are standardised, items in their own units. Intercepts are the items' means; zero where only
        covariances were given.
        """
        drawn = self.draws
        constructs = np.sqrt(np.diagonal(drawn.construct_covariance, axis1=1, axis2=2))
        scaled = drawn.scaled(np.ones(len(drawn.items)), 1 / constructs)
        mean = np.zeros(len(drawn.items)) if self.moments.mean is None else self.moments.mean
        parts = (scaled.loadings, scaled.construct_covariance, scaled.residual)
        return Measurement(drawn.items, drawn.names, *parts, mean)
