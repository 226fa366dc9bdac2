"""Survival: what share of customers is still there after a tenure, without assuming any shape (Kaplan–Meier)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.estimate import Estimate

DAYS_A_MONTH = 30.4375
"""Days in a mean month; survival at m months is S(30.4375 m days)."""
EVERYONE = "all"


@dataclass(frozen=True, eq=False)
class Survival:
    """Kaplan–Meier curves.

    Attributes
    ----------
    curves
        Tidy: ``level`` (``"all"`` without a covariate), ``time`` (days of tenure), ``months``, ``survival``,
        ``low``, ``high`` (95 %, on the log-minus-log scale), ``at_risk`` (customers watched just before that time).
    by
        The covariate, or ``None``.
    sizes
        Episodes in each level.
    min_cell
        A survival is told only where at least so many are at risk.
    """

    curves: pd.DataFrame
    by: str | None
    sizes: dict[str, int]
    min_cell: int

    def at(self, months: float, level: str = EVERYONE) -> Estimate | None:
        """Share still there after `months`; ``None`` where too few were at risk then, or at any tenure before.

        A curve is a product over all tenures up to then: where few or none were watched in their first months, say,
        what comes after is no share of newcomers.
        """
        days = months * DAYS_A_MONTH
        curve = self.curves[(self.curves["level"] == level) & (self.curves["time"] <= days)]
        if self.at_risk(days, level) < self.min_cell or len(curve) > len(self.told(level)):
            return None
        row = curve.iloc[-1]
        return Estimate(float(row.survival), float(row.low), float(row.high), "share", self.sizes[level])

    def told(self, level: str = EVERYONE) -> pd.DataFrame:
        """The part of a curve that may be shown: up to where fewer than the smallest cell were at risk."""
        curve = self.curves[self.curves["level"] == level]
        return curve[(curve["at_risk"] >= self.min_cell).cummin()]

    def at_risk(self, days: float, level: str = EVERYONE) -> int:
        """Customers at risk on the last whole day at or before `days` of tenure."""
        curve = self.curves[self.curves["level"] == level]
        later = curve[curve["time"] >= math.floor(days)]
        return int(later["at_risk"].iloc[0]) if len(later) else 0

    def median(self, level: str = EVERYONE) -> float:
        """Months after which half have left; infinite where fewer than half did."""
        curve = self.curves[(self.curves["level"] == level) & (self.curves["survival"] <= 0.5)]
        return float(curve["time"].iloc[0] / DAYS_A_MONTH) if len(curve) else math.inf

    def __post_init__(self) -> None:
        if not self.sizes:
            raise ValueError("Survival: at least one level with time at risk is required, found none")


def fit_survival(episodes: Episodes, by: str | None = None) -> Survival:
    """Kaplan–Meier with delayed entry and counts as weights; intervals after Greenwood.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`.
    by
        A covariate of the episodes: one curve a level, levels below the smallest cell left out.

    Raises
    ------
    ValueError
        When `by` is no covariate of the episodes, or nobody was at risk.

    Notes
    -----
    Kaplan & Meier (1958), JASA 53; interval on the log(-log) scale with Greenwood's variance (Kalbfleisch & Prentice
    1980, section 1.4). An episode is at risk after its entry, up to and including its exit. lifelines gives the same,
    but refuses late entries after a day on which nobody is left; here `Survival.told` ends the curve there.
    """
    if by is not None and by not in episodes.covariates:
        raise ValueError(f"fit_survival: by={by!r} is no covariate; allowed: {', '.join(episodes.covariates)}")
    frame = episodes.frame[episodes.frame["exit"] > episodes.frame["entry"]]
    parts = {EVERYONE: frame} if by is None else {level: frame[frame[by] == level] for level in episodes.levels[by]}
    parts = {level: part for level, part in parts.items() if by is None or part["n"].sum() >= episodes.min_cell}
    sizes = {level: int(part["n"].sum()) for level, part in parts.items() if len(part)}
    curves = [_curve(parts[level]).assign(level=level) for level in sizes]
    columns = ["level", "time", "months", "survival", "low", "high", "at_risk"]
    table = pd.concat(curves, ignore_index=True)[columns] if curves else pd.DataFrame(columns=columns)
    return Survival(table, by, sizes, episodes.min_cell)


def _curve(part: pd.DataFrame) -> pd.DataFrame:
    departures = part[part["event"] == 1].groupby("exit")["n"].sum()
    time = np.concatenate([[0], np.unique(part["exit"])])
    at_risk, left = _at_risk(part, time), departures.reindex(time, fill_value=0).to_numpy(float)
    watched = np.maximum(at_risk, 1)
    survival = np.cumprod(1 - left / watched)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = norm.ppf(0.975) * np.sqrt(np.cumsum(left / (watched * (watched - left)))) / np.log(survival)
        low, high = (np.exp(-np.exp(np.log(-np.log(survival)) + side * reach)) for side in (-1, 1))
    table = pd.DataFrame({"time": time, "months": time / DAYS_A_MONTH, "survival": survival, "at_risk": at_risk})
    # before the first departure the interval is the value; where none are left the upper end stays where it was
    inside = (survival > 0) & (survival < 1)
    table["low"] = np.where(inside, low, survival)
    table["high"] = pd.Series(np.where(inside, high, np.where(survival == 1, 1.0, np.nan))).ffill()
    return table


def _at_risk(part: pd.DataFrame, time: np.ndarray) -> np.ndarray:
    entered = part.groupby("entry")["n"].sum()
    gone = part.groupby("exit")["n"].sum()
    before = np.concatenate([[0], entered.cumsum()])[np.searchsorted(entered.index, np.maximum(time, 0.5), "left")]
    out = np.concatenate([[0], gone.cumsum()])[np.searchsorted(gone.index, time, "left")]
    return (before - out).astype(int)
