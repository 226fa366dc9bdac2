"""The four loyalty classes of Dick & Basu, as probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, owens_t

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

QUADRANTS = ("true", "latent", "spurious", "none")
"""High attitude and behaviour; attitude alone; behaviour alone; neither. Dick & Basu (1994), Journal of the Academy of
Marketing Science 22: 99–113."""
TITLES = {"true": "True loyalty", "latent": "Latent loyalty", "spurious": "Spurious loyalty", "none": "No loyalty"}
"""What they are called."""


def quadrants(mean: Array, covariance: Array, cut: Array) -> Array:
    """Probabilities of the four classes.

    Parameters
    ----------
    mean, covariance
        (rows, 2) and (rows, 2, 2) of attitude and behaviour.
    cut
        (2,) above which either is high.

    Returns
    -------
    (rows, 4), in the order of `QUADRANTS`; a row adds up to 1.
    """
    scale = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 1e-18))
    above = (mean - cut) / scale
    correlation = np.clip(covariance[:, 0, 1] / (scale[:, 0] * scale[:, 1]), -0.999999, 0.999999)
    high = ndtr(above)
    both = _both_below(above[:, 0], above[:, 1], correlation)
    found = np.stack([both, high[:, 0] - both, high[:, 1] - both, 1 - high[:, 0] - high[:, 1] + both], axis=1)
    return np.clip(found, 0, 1)


def of_points(points: Array, cut: Array) -> NDArray[np.int64]:
    """(…,) the place in `QUADRANTS` of (…, 2) attitudes and behaviours."""
    high = points > cut
    return np.where(high[..., 0], 0, 2) + np.where(high[..., 1], 0, 1)


def _both_below(h: Array, k: Array, correlation: Array) -> Array:
    """Probability that two standard normals of this correlation lie below h and k (Owen 1956)."""
    # at nought the angle of a limit is open from either side; next to it, it is not
    h, k = (np.where(np.abs(limit) < 1e-12, 1e-12, limit) for limit in (h, k))
    root = np.sqrt(1 - correlation**2)
    wedges = owens_t(h, (k / h - correlation) / root) + owens_t(k, (h / k - correlation) / root)
    return (ndtr(h) + ndtr(k)) / 2 - wedges - np.where(h * k < 0, 0.5, 0.0)
