"""NUTS on a log density with its gradient, run by Nutpie, and whether its chains agree. No compiler is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

type Density = Callable[..., tuple[float, NDArray[np.float64]]]
"""A point, and the data by name → the log density there, up to a constant, and its gradient."""

CHAINS = 4
TUNE = 400
"""Draws of each chain that adapt the step and the metric, and are left out."""
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


def sample(
    density: Density,
    data: Mapping[str, NDArray[Any]],
    dimensions: int,
    *,
    error: type[Exception],
    draws: int,
    chains: int = CHAINS,
    tune: int = TUNE,
    accepted: float = ACCEPTED,
    seed: int = 0,
) -> Chains:
    """Run NUTS on a density of standardised coordinates.

    Parameters
    ----------
    density
        The log density and its gradient.
    data
        What it depends on.
    dimensions
        Entries of a point.
    error
        What is raised when the sampler finds no place to start: the room's own word for it.
    draws, tune
        Of each chain, kept and left out.
    accepted
        The share of proposals the step size aims at.
    chains, seed
        How many, and their seed.

    Notes
    -----
    Hoffman & Gelman (2014), The No-U-Turn sampler.
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
            target_accept=accepted,
            progress_bar=False,
            save_warmup=False,
        )
    except RuntimeError as found:
        raise error(f"sample: NUTS could not start or go on with this density: {found}") from found
    return Chains(drawn.posterior["point"].to_numpy(), int(drawn.sample_stats["diverging"].sum()))


def diagnosed(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rank-normalised r_hat and bulk effective sample size: (chains, draws, k) → (k,) and (k,).

    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021).
    """
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
