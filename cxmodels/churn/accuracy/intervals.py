"""The interval of a share that was counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from cxmodels.churn.accuracy.observed import Array


def wilson(count: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Lower and upper end of the interval of a share, element by element; both hold the share, even at 0 and 1.

    Parameters
    ----------
    count, n
        Counted, and of how many (more than none).
    level
        Probability the interval is meant to hold.

    Notes
    -----
    Wilson (1927), JASA 22.
    """
    size = np.asarray(n, dtype=np.float64)
    share = np.asarray(count, dtype=np.float64) / size
    z = float(ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    # rounding must not part an end from the share it equals
    return np.minimum(np.maximum(middle - reach, 0.0), share), np.maximum(np.minimum(middle + reach, 1.0), share)
