"""A random part of the episodes, where all of them would take a model minutes instead of seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SEED = 20260930


def thinned(frame: pd.DataFrame, cost: Array, most: float) -> tuple[pd.DataFrame, float]:
    """Keep each episode with the same chance, so that the rows that are left cost at most about `most`.

    Parameters
    ----------
    frame
        Episodes with counts ``n``.
    cost
        (rows,) what it costs to fit a row, whatever its count.
    most
        What all rows may cost. The frame comes back as it is where they cost no more.

    Returns
    -------
    DataFrame, float
        The rows left, with their counts, and the chance each episode had. Rows are not drawn whole: the many who are
        watched to the same last day may be a single row.
    """
    if cost.sum() <= most:
        return frame, 1.0
    from scipy.optimize import brentq

    n = frame["n"].to_numpy()
    share = brentq(lambda share: cost @ (1 - (1 - share) ** n) - most, 0, 1)
    kept = np.random.default_rng(_SEED).binomial(n, share)
    return frame.assign(n=kept)[kept > 0], float(share)
