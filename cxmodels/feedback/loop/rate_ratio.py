"""The ratio of two rates at like strata, in closed form (Mantel–Haenszel)."""

from __future__ import annotations

import math

import pandas as pd
from scipy.special import ndtri

from cxmodels.estimate import Estimate


def rate_ratio(strata: pd.DataFrame, n: int | None = None) -> Estimate | None:
    """How many times the rate of the exposed is that of the others, strata held equal.

    Parameters
    ----------
    strata
        One row a stratum: ``events`` and ``time`` of the exposed, ``events_not`` and ``time_not`` of the others; times
        in any one unit.
    n
        What the estimate is said to rest on. Default: the events.

    Returns
    -------
    Estimate or None
        The ratio with its 95 % interval; None where no stratum has events of both to weigh against the other's time.

    Notes
    -----
    Mantel–Haenszel for person-time; variance of its logarithm as Greenland & Robins (1985), Biometrics 41, which holds
    for few large strata and for many small ones. Nothing is fitted, so nothing can fail to converge.
    """
    time = strata["time"] + strata["time_not"]
    used = strata[time > 0]
    time = time[time > 0]
    for_it = float((used["events"] * used["time_not"] / time).sum())
    against = float((used["events_not"] * used["time"] / time).sum())
    if for_it <= 0 or against <= 0:
        return None
    events = used["events"] + used["events_not"]
    spread = math.sqrt(float((events * used["time"] * used["time_not"] / time**2).sum()) / (for_it * against))
    ratio, factor = for_it / against, math.exp(float(ndtri(0.975)) * spread)
    return Estimate(ratio, ratio / factor, ratio * factor, "ratio", int(events.sum()) if n is None else n)
