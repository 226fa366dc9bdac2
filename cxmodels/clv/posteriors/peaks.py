"""Where densities with gradients are largest, and how they bend there: several at once, each with its own place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cxmodels.clv.models.model import Array

STEP = 1e-3
"""Of the differences of the gradient: coordinates are standard normal before the data."""
ROUNDS, LONGEST, NEAR = 30, 1.0, 1e-4
"""Of Newton's; the furthest a coordinate moves in one; a step with which they end."""


def peaks(slopes: Callable[[Array], Array], start: Array) -> tuple[Array, Array, Array]:
    """Look for the mode of several posteriors at once, each in k coordinates with a standard normal prior.

    Meant for whitening: where no mode is found, what is returned is the last place, and the sampler has more to do.

    Parameters
    ----------
    slopes
        Places → slopes of the log density there, (densities, k) both.
    start
        (densities, k).

    Returns
    -------
    place, slope, curvature
        (densities, k) twice and (densities, k, k); in no direction less curved than the prior.
    """
    place = start
    for _ in range(ROUNDS):
        slope = slopes(place)
        # The densities do not depend on each other's places: one step bends all of them.
        bends = [(slopes(place - step) - slopes(place + step)) / (2 * STEP) for step in STEP * np.eye(start.shape[1])]
        bent = np.stack(bends, axis=2)
        values, axes = np.linalg.eigh((bent + bent.swapaxes(1, 2)) / 2)
        curvature = axes * np.maximum(values, 1.0)[:, None, :] @ axes.swapaxes(1, 2)
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        longest = np.abs(step).max(1, keepdims=True)
        if longest.max() < NEAR:
            break
        place = place + step * (LONGEST / np.maximum(longest, LONGEST))
    return place, slope, curvature
