"""Kaplan–Meier from counts: the share to whom something has not happened yet, where some are not watched to the end."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri


def at_risk(part: pd.DataFrame, time: NDArray[np.float64]) -> NDArray[np.int64]:
    """Episodes at risk just before each time: entered before it (at 0: entered at 0), not yet gone.

    Parameters
    ----------
    part
        ``entry``, ``exit``, ``n``.
    time
        (times,) in the unit of entry and exit.
    """
    entered = part.groupby("entry")["n"].sum()
    gone = part.groupby("exit")["n"].sum()
    came = np.searchsorted(entered.index, time, "left")
    came = np.where(time == 0, np.searchsorted(entered.index, time, "right"), came)
    before = np.concatenate([[0], entered.cumsum()])[came]
    out = np.concatenate([[0], gone.cumsum()])[np.searchsorted(gone.index, time, "left")]
    return (before - out).astype(int)


def survival_curve(part: pd.DataFrame) -> pd.DataFrame:
    """Kaplan–Meier with delayed entry and counts as weights; intervals after Greenwood.

    Parameters
    ----------
    part
        One row a group of alike episodes: ``entry``, ``exit``, ``event`` (1 where it happened at the exit), ``n``.

    Returns
    -------
    pandas.DataFrame
        ``time`` (0 and every exit), ``survival``, ``at_risk``, ``low``, ``high`` (95 %).

    Notes
    -----
    Kaplan & Meier (1958), JASA 53; interval on the log(-log) scale with Greenwood's variance (Kalbfleisch & Prentice
    1980, section 1.4).
    """
    happened = part[part["event"] == 1].groupby("exit")["n"].sum()
    time = np.union1d([0], part["exit"])
    watched_now, left = at_risk(part, time), happened.reindex(time, fill_value=0).to_numpy(float)
    watched = np.maximum(watched_now, 1)
    survival = np.cumprod(1 - left / watched)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = ndtri(0.975) * np.sqrt(np.cumsum(left / (watched * (watched - left)))) / np.log(survival)
        low, high = (np.exp(-np.exp(np.log(-np.log(survival)) + side * reach)) for side in (-1, 1))
    table = pd.DataFrame({"time": time, "survival": survival, "at_risk": watched_now})
    # before the first event the interval is the value; where none are left the upper end stays where it was
    inside = (survival > 0) & (survival < 1)
    table["low"] = np.where(inside, low, survival)
    table["high"] = pd.Series(np.where(inside, high, np.where(survival == 1, 1.0, np.nan))).ffill()
    return table


def median(curve: pd.DataFrame) -> tuple[float, float, float]:
    """Time by which it happened to half, and its 95 % interval; infinite where the curve does not come down so far.

    Parameters
    ----------
    curve
        From `survival_curve`, or the part of it that is told.

    Notes
    -----
    The interval holds the times at which one half lies within the interval of the curve (Brookmeyer & Crowley 1982,
    Biometrics 38).
    """
    reached = (curve.loc[curve[side] <= 0.5, "time"] for side in ("survival", "low", "high"))
    value, low, high = (float(times.iloc[0]) if len(times) else math.inf for times in reached)
    return value, low, high
