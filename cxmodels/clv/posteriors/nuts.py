"""A posterior by NUTS: PyMC says the density, Nutpie samples it. No compiler is needed on the machine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue, NotConverged
from cxmodels.clv.posteriors.compiled import Density, log_density, placed, pooled
from cxmodels.clv.posteriors.importance import posterior_mode
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.clv.models.model import ParameterModel
    from cxmodels.clv.posteriors.priors import Prior

CHAINS = 4
TUNE = 400
"""Draws of each chain that adapt the step and the metric, and are left out."""
FEWEST = 250
"""Draws of each chain that are kept at least, so that chains can be compared."""
ACCEPTED = 0.9
"""The share of proposals the step size aims at: small steps, since a hierarchy has narrow corners."""


@dataclass(frozen=True, eq=False)
class Chains:
    """What NUTS drew.

    Attributes
    ----------
    points
        (chains, draws, dimensions).
    divergences
        Steps that left the energy: the sampler may have missed a corner.
    """

    points: NDArray[np.float64]
    divergences: int

    @property
    def mixed(self) -> NDArray[np.float64]:
        """(chains x draws, dimensions): of each draw all chains in turn, so that any stretch holds all of them."""
        return self.points.swapaxes(0, 1).reshape(-1, self.points.shape[2])


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
    sampled = sample(density, data, len(likelihood.coordinates), draws=draws, chains=chains, seed=seed)
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


def sample(
    density: Density,
    data: Mapping[str, NDArray[Any]],
    dimensions: int,
    *,
    draws: int,
    chains: int = CHAINS,
    tune: int = TUNE,
    seed: int = 0,
) -> Chains:
    """Run NUTS on a density of standardised coordinates.

    Parameters
    ----------
    density
        From `log_density`.
    data
        What it depends on.
    dimensions
        Entries of a point.
    draws, tune
        Of each chain, kept and left out.
    chains, seed
        How many, and their seed.

    Raises
    ------
    NotConverged
        When the sampler finds no place to start.
    """
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    model = from_pyfunc(
        dimensions,
        lambda: density,
        lambda *_: lambda point, **_: {"point": point},
        [np.dtype(float)],
        [(dimensions,)],
        ["point"],
        shared_data=dict(data),
        make_initial_point_fn=lambda seed: np.random.default_rng(seed).uniform(-1, 1, dimensions),
    )
    try:
        # One chain after the other: the density is called through Python, so that further threads would wait for
        # each other.
        drawn = nutpie.sample(
            model,
            draws=draws,
            tune=tune,
            chains=chains,
            cores=1,
            seed=seed,
            target_accept=ACCEPTED,
            progress_bar=False,
            save_warmup=False,
        )
    except RuntimeError as error:
        raise NotConverged(f"sample: NUTS could not start or go on with this density: {error}") from error
    return Chains(drawn.posterior["point"].to_numpy(), int(drawn.sample_stats["diverging"].sum()))


def diagnosed(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rank-normalised r_hat and bulk effective sample size: (chains, draws, k) → (k,) and (k,)."""
    from arviz_stats.base import array_stats

    return (
        np.atleast_1d(array_stats.rhat(values, chain_axis=0, draw_axis=1)),
        np.atleast_1d(array_stats.ess(values, chain_axis=0, draw_axis=1, method="bulk")),
    )


def evenly(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """`size` of the first axis, evenly spaced; all of them where there are no more."""
    if size >= len(values):
        return values
    return values[np.linspace(0, len(values) - 1, size).round().astype(int)]
