"""From draws of a quantity to its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.errors import InvalidValue, NotConverged, NotIdentified

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array, PathFit

LEVEL = 0.95
"""Share of draws an interval holds."""
FEWEST = 20
"""Draws that limits need at least."""


def path_draws(fit: PathFit, where: str, *, standardised: bool = True) -> tuple[Array | None, str]:
    """(draws, names, names) the usable draws of a fit's paths; None where it has none, and why, in a sentence.

    A fit by partial least squares without a bootstrap has none, nor one by maximum likelihood that is not identified.

    Raises
    ------
    NotConverged
        When there are draws, but fewer than `FEWEST` are numbers.
    """
    try:
        return finite(fit.path_draws(standardised=standardised), where), ""
    except (InvalidValue, NotIdentified) as error:
        return None, str(error)


def finite(draws: Array, where: str) -> Array:
    """The draws, along the first axis, of which every number is finite.

    Raises
    ------
    NotConverged
        When fewer than `FEWEST` are left: a bootstrap that mostly fails tells no doubt.
    """
    usable = np.asarray(draws, float)
    usable = usable[np.isfinite(usable).all(axis=tuple(range(1, usable.ndim)))]
    if len(usable) < FEWEST:
        raise NotConverged(f"{where}: {FEWEST} usable draws are needed to tell the doubt, found {len(usable)}")
    return usable


def limits(draws: Array, level: float = LEVEL) -> tuple[Array, Array]:
    """Lower and upper equal-tailed limits of draws along the first axis."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
