"""A score month by month: what was seen, the level behind it, and whether it moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.estimate import SEEN, Change, Estimate
from cxmodels.feedback.counts.parts import MONTH
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, TooFewCustomers
from cxmodels.feedback.estimates.posterior import jeffreys
from cxmodels.feedback.estimates.scores import score_table, unit_of
from cxmodels.feedback.trend.local_level import smooth

_Z = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Trend:
    """A score month by month.

    Attributes
    ----------
    frame
        One row a month from the first to the last with an answer: ``month`` (``"2026-09"``), ``n`` responses,
        ``value``, ``low``, ``high`` of that month alone (NaN where fewer customers than may be told of answered);
        ``level``, ``level_low``, ``level_high``, the score behind all months with its 95 % band; ``move``, the level's
        change since the month before; ``probability`` that it has the sign of `move` (NaN in the first month).
    walk_sd
        Standard deviation of the level's monthly move.
    unit
        ``"points"`` or ``"share"``.
    last_move
        The last month against the one before; None of a single month.
    """

    frame: pd.DataFrame
    walk_sd: float
    unit: str
    last_move: Change | None


def trend(counts: ScoreCounts) -> Trend:
    """Set apart what moved from month to month and what is sampling noise.

    Parameters
    ----------
    counts
        By ``"month"`` alone.

    Raises
    ------
    InvalidCounts
        When the counts are not by month alone.
    TooFewCustomers
        When no month has as many customers as may be told of.

    Notes
    -----
    `smooth` of the monthly scores. Each has the variance of its posterior (`jeffreys`) as sampling variance, so that a
    month whose answers agree is not taken as certain. Months of too few customers are months without a score.
    """
    if counts.by != (MONTH,):
        raise InvalidCounts(f"trend: counts by ('month',) are required, found {counts.by}")
    unit = 100 if counts.net else 1
    table = score_table(counts).set_index(MONTH)
    variance = pd.Series((unit * jeffreys(counts)[1]) ** 2, index=table.index)
    told = table["customers"] >= counts.min_cell
    if not told.any():
        raise TooFewCustomers(f"trend: no month has answers of at least {counts.min_cell} customers")
    months = pd.period_range(min(table.index), max(table.index), freq="M").strftime("%Y-%m")
    alone = table.loc[told, ["value", "low", "high"]].reindex(months)
    found = smooth(alone["value"], variance[told].reindex(months))
    bound = (-unit, unit) if counts.net else (0, 1)
    frame = pd.DataFrame(
        {
            "month": months,
            "n": table["n"].where(told).reindex(months).to_numpy(float),
            **{name: alone[name].to_numpy(float) for name in alone},
            "level": found.level,
            "level_low": np.maximum(found.level - _Z * found.sd, bound[0]),
            "level_high": np.minimum(found.level + _Z * found.sd, bound[1]),
            "move": found.step,
            "probability": np.maximum(found.risen, 1 - found.risen),
        }
    )
    last = None
    if len(frame) > 1:
        move, sd, n = float(found.step[-1]), float(found.step_sd[-1]), frame["n"].fillna(0).iloc[-2:].min()
        interval = Estimate(move, move - _Z * sd, move + _Z * sd, unit_of(counts), int(n))
        last = Change(interval, float(frame["probability"].iloc[-1]), SEEN * sd)
    return Trend(frame, found.walk_sd, unit_of(counts), last)
