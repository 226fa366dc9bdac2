"""A log density and its gradient from a PyMC model, compiled once for all data and any number of groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood
from cxmodels.sampling import Density

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.clv.models.model import ParameterModel

type Tensor = Any

Layout = Literal["pooled", "groups", "covariates"]
"""How the parameters of a row come about: all share them, each group has its own, or they follow covariates."""


def log_density(model: ParameterModel, layout: Layout, data: Mapping[str, NDArray[Any]]) -> Density:
    """The log density of a model's posterior; later calls for other data do not compile again.

    A point is one vector: first what `placed` takes, then what `grouped` or `explained` take besides.

    Parameters
    ----------
    model
        The model.
    layout
        Which of these three.
    data
        Arrays by name: what the layout needs and the tables of the likelihood. Here only names and types count.
    """
    return _compiled(
        cast(Any, model), layout, tuple((name, str(values.dtype), values.ndim) for name, values in data.items())
    )


def placed(white: Any, data: Mapping[str, Any]) -> Any:
    """Standardised coordinates of whitened ones, (…, coordinates) both: ``near`` + ``root`` @ whitened.

    With the mode and the curvature of the posterior that all customers together have, every direction is about as wide
    as any other, and the sampler need not find that out by itself.
    """
    return data["near"] + (data["root"] * white[..., None, :]).sum(-1)


def pooled(point: Any, data: Mapping[str, Any]) -> Any:
    """Coordinates where all share them: (…, coordinates) standard normal → (…, coordinates, 1)."""
    return (data["centre"] + data["sd"] * point)[..., None]


def grouped(point: Any, log_spread: Any, away: Any, data: Mapping[str, Any]) -> Any:
    """Coordinates of each group, non-centred: mean + directions @ (spread x a standard normal).

    Parameters
    ----------
    point
        (…, coordinates) of the mean over groups, standard normal.
    log_spread
        (…, directions) logarithm of the standard deviation over groups, in units of that of its half-normal prior.
    away
        (…, directions, groups) standard normal.
    data
        ``centre``, ``sd`` and ``spread``, each (coordinates,); ``directions`` (coordinates, directions).

    Returns
    -------
    (…, coordinates, groups)
    """
    steps = (data["spread"] * np.exp(log_spread))[..., None] * away
    # A sum of products: the product of two matrices takes Numba longer to compile than all the rest.
    return pooled(point, data) + (data["directions"][:, :, None] * steps[..., None, :, :]).sum(-2)


def explained(point: Any, effects: Any, data: Mapping[str, Any]) -> Any:
    """Coordinates of each combination of covariates.

    Parameters
    ----------
    point
        (…, coordinates) of the reference, standard normal.
    effects
        (…, 2, columns) on the logarithms of the rate and of dropping out, in units of their prior's sd.
    data
        ``centre``, ``sd``; ``effect_sd``, one number; ``moves`` (coordinates, 2), how rate and dropout move each
        coordinate; ``design`` (columns, combinations).

    Returns
    -------
    (…, coordinates, combinations)
    """
    rate, dropout = (
        (data["effect_sd"] * effects[..., side, :, None] * data["design"]).sum(-2)[..., None, :] for side in (0, 1)
    )
    return pooled(point, data) + data["moves"][:, 0, None] * rate + data["moves"][:, 1, None] * dropout


@cache
def _compiled(model: ParameterModel, layout: Layout, columns: tuple[tuple[str, str, int], ...]) -> Density:
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt
    from pytensor.graph import clone_replace

    likelihood = tensor_likelihood(model)
    data = {name: pt.TensorType(kind, shape=(None,) * axes)(name) for name, kind, axes in columns}
    size = len(likelihood.coordinates)
    with pm.Model() as prior:
        point = pm.Normal("point", shape=size)
        if layout == "pooled":
            coordinates = pooled(point, data)
        elif layout == "groups":
            spread = pm.HalfNormal("spread", shape=size)
            away = pm.Normal("away", shape=(size, data["groups"].shape[0]))
            coordinates = grouped(point, pt.log(spread), away, data)
        else:
            effects = pm.Normal("effects", shape=(2, data["design"].shape[0]))
            coordinates = explained(point, effects, data)
        theta = likelihood.theta([coordinates[place] for place in range(size)])
        pm.Potential("counts", likelihood.total(theta, data))
    joined = pt.vector("joined")
    values = [prior.rvs_to_values[variable] for variable in prior.free_RVs]
    # One vector stands for all: the first two have as many entries as there are coordinates, the last has the rest.
    white = placed(joined[:size], data)
    parts = [white, joined[size : 2 * size], joined[2 * size :].reshape((size, -1))]
    if layout == "covariates":
        parts = [white, joined[size:].reshape((2, -1))]
    replaced = dict(zip(values, parts, strict=False))
    log_posterior: Any = prior.logp()
    (total,) = clone_replace([log_posterior], replaced)
    gradient: Any = pt.grad(total, joined)
    inputs = [joined, *data.values()]
    # Numba, which needs no compiler on the machine and keeps what it compiled on disk.
    run = pytensor.function(inputs, [total, gradient], mode="NUMBA", on_unused_input="ignore", trust_input=True)

    def density(at: NDArray[np.float64], **given: NDArray[Any]) -> tuple[float, NDArray[np.float64]]:
        value, slope = run(at, *(given[name] for name in data))
        return float(value), slope

    return density
