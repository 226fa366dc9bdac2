"""Survival: what share of customers is still there after a tenure, without assuming any shape (Kaplan–Meier)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from cxmodels.churn.counts.episodes import MONTH, Episodes
from cxmodels.churn.errors import NoEpisodes
from cxmodels.churn.models.time_at_risk import with_time_at_risk
from cxmodels.estimate import Estimate
from cxmodels.kaplan_meier import survival_curve

DAYS_A_MONTH = MONTH["days"]
"""Days in a mean month; survival at m months is S(30.4375 m days)."""
EVERYONE = "all"


@dataclass(frozen=True, eq=False)
class Survival:
    """Kaplan–Meier curves.

    Attributes
    ----------
    curves
        Tidy: ``level`` (``"all"`` without a covariate), ``time`` (tenure in the unit of the episodes), ``months``,
        ``survival``, ``low``, ``high`` (95 %, on the log-minus-log scale), ``at_risk`` (customers watched just before
        that time).
    by
        The covariate, or ``None``.
    sizes
        Episodes in each level.
    min_cell
        A survival is told only where at least so many are at risk.
    month
        Length of a month in the unit of tenure.
    """

    curves: pd.DataFrame
    by: str | None
    sizes: dict[str, int]
    min_cell: int
    month: float = DAYS_A_MONTH

    def at(self, months: float, level: str = EVERYONE) -> Estimate | None:
        """Share still there after `months`; ``None`` where too few were at risk then, or at any tenure before.

        A curve is a product over all tenures up to then: where few or none were watched in their first months, say,
        what comes after is no share of newcomers.
        """
        time = months * self.month
        curve = self.curves[(self.curves["level"] == level) & (self.curves["time"] <= time)]
        if self.at_risk(time, level) < self.min_cell or len(curve) > len(self.told(level)):
            return None
        row = curve.iloc[-1]
        return Estimate(float(row.survival), float(row.low), float(row.high), "share", self.sizes[level])

    def told(self, level: str = EVERYONE) -> pd.DataFrame:
        """The part of a curve that may be shown: up to where fewer than the smallest cell were at risk."""
        curve = self.curves[self.curves["level"] == level]
        return curve[(curve["at_risk"] >= self.min_cell).cummin()]

    def at_risk(self, time: float, level: str = EVERYONE) -> int:
        """Customers at risk at the last whole day (or month, as the episodes count) at or before a tenure."""
        curve = self.curves[self.curves["level"] == level]
        later = curve[curve["time"] >= math.floor(time)]
        return int(later["at_risk"].iloc[0]) if len(later) else 0

    def median(self, level: str = EVERYONE) -> float:
        """Months after which half have left; infinite where fewer than half did."""
        curve = self.curves[(self.curves["level"] == level) & (self.curves["survival"] <= 0.5)]
        return float(curve["time"].iloc[0] / self.month) if len(curve) else math.inf

    def __post_init__(self) -> None:
        if not self.sizes:
            raise NoEpisodes("Survival: at least one level with time at risk is required, found none")


def fit_survival(episodes: Episodes, by: str | None = None) -> Survival:
    """Kaplan–Meier with delayed entry and counts as weights; intervals after Greenwood.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`.
    by
        A categorical covariate of the episodes: one curve a level, levels below the smallest cell left out.

    Raises
    ------
    ValueError
        When `by` is no categorical covariate of the episodes.
    NoEpisodes
        When nobody was at risk, or too few in every level.

    Notes
    -----
    As `cxmodels.kaplan_meier.survival_curve`. An episode is at risk after its entry, up to and including its exit.
    lifelines gives the same, but refuses late entries after a day on which nobody is left; here `Survival.told` ends
    the curve there.
    """
    parts = by_level(episodes, by)
    sizes = {level: int(part["n"].sum()) for level, part in parts.items()}
    curves = [survival_curve(part).assign(level=level) for level, part in parts.items()]
    columns = ["level", "time", "months", "survival", "low", "high", "at_risk"]
    table = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns)
    table = table.assign(months=table["time"] / episodes.month)[columns]
    return Survival(table, by, sizes, episodes.min_cell, episodes.month)


def by_level(episodes: Episodes, by: str | None = None) -> dict[str, pd.DataFrame]:
    """The episodes with time at risk, by level of a categorical covariate; levels below the smallest cell left out.

    Raises
    ------
    ValueError
        When `by` is no categorical covariate of the episodes.
    """
    if by is not None and by not in episodes.levels:
        kind = "a number, which has no levels" if by in episodes.covariates else "no covariate"
        raise ValueError(f"by={by!r} is {kind}; allowed: {', '.join(episodes.levels) or 'none'}")
    frame = with_time_at_risk(episodes.frame)
    if by is None:
        return {EVERYONE: frame} if len(frame) else {}
    parts = {level: frame[frame[by] == level] for level in episodes.levels[by]}
    return {level: part for level, part in parts.items() if part["n"].sum() >= max(episodes.min_cell, 1)}
