"""Chains of fits whose parts have parameters of their own: run, looked at, run longer, and whether to believe them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cxmodels.clv.errors import NotConverged
from cxmodels.clv.models.model import Array
from cxmodels.sampling import diagnosed, sample

R_HAT, ESS, DIVERGENT = 1.02, 200, 0.01
"""With a larger r_hat, fewer effective draws, or a larger share of draws that diverged, the draws are not believed."""
CHAINS, DRAWS = 2, 600
"""The draws of a chain at least: coordinates are whitened, so that few long chains cost less than many short ones."""
LONGER, TUNE, ACCEPTED = (1, 3), (200, 600), (0.8, 0.95)
"""Of the first run and of the second: how many times as many draws, those that adapt, and how small the steps are."""


@dataclass(frozen=True, eq=False)
class Run:
    """What NUTS drew and whether to believe it.

    Attributes
    ----------
    points
        (chains, draws, dimensions).
    ess, r_hat
        Smallest bulk effective sample size and largest rank-normalised r_hat of what was to be known.
    divergences
        Steps that left the energy.
    reason
        Why the draws are not to be believed, in a sentence; empty where they are.
    """

    points: Array
    ess: float
    r_hat: float
    divergences: int
    reason: str


def chains_of(
    density: Callable[[Array], tuple[float, Array]],
    dimensions: int,
    wanted: Callable[[Array], Array],
    what: str,
    *,
    size: int,
    seed: int,
) -> Run:
    """Run NUTS, and once more and longer where the chains do not agree.

    Parameters
    ----------
    density
        Of whitened coordinates: the log density and its gradient.
    dimensions
        How many.
    wanted
        (chains, draws, dimensions) → (chains, draws, k): what the chains must agree on.
    what
        What it tells, for the reason: the sentence begins with it.
    size
        Draws that are asked for.
    seed
        Of the chains.

    Raises
    ------
    NotConverged
        When the sampler finds no place to start.
    """
    for longer, tune, accepted in zip(LONGER, TUNE, ACCEPTED, strict=True):
        draws = longer * max(math.ceil(size / CHAINS), DRAWS)
        found = sample(
            density, {}, dimensions,
            error=NotConverged, draws=draws, chains=CHAINS, tune=tune, accepted=accepted, seed=seed,
        )  # fmt: skip
        each_r_hat, each_ess = diagnosed(wanted(found.points))
        r_hat, ess = float(each_r_hat.max()), float(each_ess.min())
        reason = doubt(what, r_hat, ess, found.divergences, CHAINS * draws)
        if not reason:
            break
    return Run(found.points, ess, r_hat, found.divergences, reason)


def doubt(what: str, r_hat: float, ess: float, divergences: int, draws: int) -> str:
    """Why draws are not to be believed, in a sentence; empty where they are."""
    allowed = math.floor(DIVERGENT * draws)
    # a diagnosis that is not a number is none
    if r_hat <= R_HAT and ess >= ESS and divergences <= allowed:
        return ""
    return (
        f"{what} cannot be told: the chains of the sampler, run twice, do not agree well enough (r̂ {r_hat:.3f}, at "
        f"most {R_HAT}; {ess:,.0f} effective draws, at least {ESS}; {divergences:,} divergences, at most {allowed:,})."
    )
