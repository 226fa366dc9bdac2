"""How often the one of two customers who is more loyal by attitude stays longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.estimate import Estimate
from cxmodels.loyalty.path_fit import NORMAL_95

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

_BLOCK = 4_000_000


def concordance(duration: Array, event: Array, score: Array) -> Estimate:
    """Harrell's concordance of a score with staying, with 95 % limits.

    Parameters
    ----------
    duration, event, score
        (rows,) time watched, 1 where it ended by leaving, and what is high for who should stay.

    Returns
    -------
    Estimate
        The share of pairs, one of whom is known to have left first, in which that one had the lower score; ties of
        scores count half (Harrell, Lee & Mark 1996, Statistics in Medicine 15). Limits by the infinitesimal jackknife.
    """
    n = len(duration)
    comparable, won = np.zeros(n), np.zeros(n)
    left = np.flatnonzero(event == 1)
    for rows in np.array_split(left, max(1, len(left) * n // _BLOCK)):
        later = duration[None, :] > duration[rows, None]
        # a customer still watched on the day another left was there longer
        later |= (duration[None, :] == duration[rows, None]) & (event[None, :] == 0)
        right = (score[None, :] > score[rows, None]) + 0.5 * (score[None, :] == score[rows, None])
        comparable[rows] += later.sum(axis=1)
        comparable += later.sum(axis=0)
        won[rows] += (later * right).sum(axis=1)
        won += (later * right).sum(axis=0)
    share = float(won.sum() / comparable.sum())
    # each pair stands in the sums of both
    influence = 2 * (won - share * comparable) / comparable.sum()
    margin = NORMAL_95 * float(np.sqrt((influence**2).sum()))
    return Estimate(share, max(share - margin, 0.0), min(share + margin, 1.0), "share", n)
