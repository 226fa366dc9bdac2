"""A posterior by NUTS: PyMC says the density, Nutpie samples it. No compiler is needed on the machine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue, NotConverged
from cxmodels.clv.posteriors.compiled import log_density, placed, pooled
from cxmodels.clv.posteriors.importance import posterior_mode
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood
from cxmodels.sampling import CHAINS, Chains, diagnosed, evenly, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.clv.models.model import ParameterModel
    from cxmodels.clv.posteriors.priors import Prior

FEWEST = 250
"""Draws of each chain that are kept at least, so that chains can be compared."""


def nuts_posterior(
    model: ParameterModel, frame: pd.DataFrame, prior: Prior, *, size: int = 1000, seed: int = 0, chains: int = CHAINS
) -> Posterior:
    """Draw from the posterior of a model's parameters by NUTS.

    Parameters
    ----------
    model
        Which likelihood, and the way from coordinates to parameters.
    frame
        Counts as the model's own likelihood takes them.
    prior
        Of the unbounded coordinates: ``centre`` and ``sd``, each (coordinates,).
    size
        Draws of the result.
    seed
        Of the chains.
    chains
        How many, at least 2.

    Returns
    -------
    Posterior
        With the largest r_hat and the smallest bulk effective sample size of a coordinate.

    Raises
    ------
    InvalidValue
        When there is no such likelihood, or a number is too small.
    NotConverged
        When the sampler finds no place to start.

    Notes
    -----
    Hoffman & Gelman (2014), The No-U-Turn sampler; rank-normalised r_hat and bulk effective sample size as in Vehtari,
    Gelman, Simpson, Carpenter & Bürkner (2021).
    """
    if size < 1 or chains < 2:
        raise InvalidValue(f"nuts_posterior: size must be at least 1 and chains at least 2, found {size} and {chains}")
    likelihood = tensor_likelihood(model)
    data = prior_data(model, frame, prior) | likelihood.tables(frame, np.zeros(len(frame), np.int64))
    density = log_density(model, "pooled", data)
    draws = max(math.ceil(size / chains), FEWEST)
    sampled = sample(
        density, data, len(likelihood.coordinates), error=NotConverged, draws=draws, chains=chains, seed=seed
    )
    coordinates = pooled(placed(sampled.points, data), data)[..., 0]
    r_hat, ess = diagnosed(coordinates)
    kept = evenly(Chains(coordinates, 0).mixed, size)
    return Posterior(
        pd.DataFrame(model.theta(kept), columns=list(model.parameters)),
        "nuts",
        float("nan"),
        float(ess.min()),
        float(r_hat.max()),
        sampled.divergences,
    )


def prior_data(model: ParameterModel, frame: pd.DataFrame, prior: Prior) -> dict[str, NDArray[Any]]:
    """What `placed` and `pooled` need: the prior, and where the posterior of all customers lies within it.

    Where it has no mode that can be found, the prior itself says where to look.
    """
    centre, sd = np.asarray(prior.centre, float), np.asarray(prior.sd, float)
    # A clock of several steps asks for the gaps, of which no parameter depends.
    likelihood = model.likelihood(frame if "log_gaps" in frame else frame.assign(log_gaps=0.0))
    near, root = np.zeros(len(sd)), np.eye(len(sd))
    try:
        mode = posterior_mode(
            lambda at: likelihood(model.theta(at)) + prior.log_density(at),
            model,
            prior,
            model.start(frame),
            model.title,
        )
        near, root = (mode.point - centre) / sd, np.linalg.cholesky(mode.covariance / np.outer(sd, sd))
    except (NotConverged, np.linalg.LinAlgError):
        pass
    return {"centre": centre, "sd": sd, "near": near, "root": root}
