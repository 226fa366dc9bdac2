"""Scores with their doubt: NPS, CSAT, CES, CXi."""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, TooFewCustomers
from cxmodels.feedback.estimates.posterior import adjusted, jeffreys, score_quantiles
from cxmodels.feedback.estimates.spread import Spread, spread_of

Method = Literal["jeffreys", "adjusted_wald", "wald"]
METHODS = ("jeffreys", "adjusted_wald", "wald")


def nps(counts: ScoreCounts, *, method: Method = "jeffreys", level: float = 0.95) -> Estimate:
    """Net promoter score: share of 9 and 10 less share of 0 to 6, in points.

    Parameters
    ----------
    counts
        Of ``metric="nps"``, without groups.
    method
        ``"jeffreys"``: quantiles of the Dirichlet posterior; ``"adjusted_wald"``; ``"wald"``, which is too narrow for
        small samples and of no width where all agree.
    level
        Probability of the interval.

    Returns
    -------
    Estimate
        In ``"points"``, -100 to 100; ``n`` responses. The value is the sample's own score. Jeffreys' interval reaches
        to it where all agree; Wald's may reach beyond 100.

    Raises
    ------
    InvalidCounts
        When the counts are of another metric or of several groups (`score_table` takes those).
    InvalidValue
        When method or level is not one of those.
    TooFewCustomers
        When fewer customers answered than may be told of.

    Notes
    -----
    Reichheld (2003), The one number you need to grow, Harvard Business Review 81(12). Intervals: Rocks (2016), arXiv
    1601.07235; Jeffreys: Brown, Cai & DasGupta (2001), Statistical Science 16(2).
    """
    return _one(counts, "nps", method, level)


def csat(counts: ScoreCounts, *, method: Method = "jeffreys", level: float = 0.95) -> Estimate:
    """Customer satisfaction: share of the two highest scores, as a ``"share"``; otherwise as `nps`."""
    return _one(counts, "csat", method, level)


def ces(counts: ScoreCounts, *, method: Method = "jeffreys", level: float = 0.95) -> Estimate:
    """Customer effort: share that agrees it was easy, as a ``"share"``; otherwise as `nps`.

    CES 2.0 (CEB 2013): scores above the middle of the scale, 5 to 7 of 1 to 7. Its mean is `mean_score`.
    """
    return _one(counts, "ces", method, level)


def cxi(counts: ScoreCounts, *, method: Method = "jeffreys", level: float = 0.95) -> Estimate:
    """Customer experience index: needs met, easy, enjoyable; share of 4 and 5 less share of 1 and 2, in points.

    A respondent counts with the mean mark of the questions answered, which is the mean over the questions where all
    were answered. The interval is that of the mean of respondents; otherwise as `nps`. ``"jeffreys"`` is here adjusted
    Wald within -100 and 100: a mean of three marks has no Dirichlet.
    """
    return _one(counts, "cxi", method, level)


def mean_score(counts: ScoreCounts, *, level: float = 0.95) -> Estimate:
    """Mean score of counts without groups, in ``"scale points"``, with Student's interval.

    Answers that are weighted or of the same customers count as many as they are worth (`spread_of`).

    Raises
    ------
    InvalidCounts
        When the counts are of several groups, or of one answer.
    TooFewCustomers
        When fewer customers answered than may be told of.
    """
    from scipy.special import stdtrit

    _refuse(counts, counts.metric)
    frame = counts.frame
    mean = float(np.average(frame["score"], weights=frame["weight"]))
    variance = float(np.average((frame["score"] - mean) ** 2, weights=frame["weight"]))
    n = float(spread_of(counts).n[0])
    if n <= 1:
        raise InvalidCounts(f"mean_score: the doubt of a mean needs two answers, found {n:g}")
    half = float(stdtrit(n - 1, (1 + level) / 2) * np.sqrt(variance / (n - 1)))
    return Estimate(mean, mean - half, mean + half, "scale points", int(counts.totals["responses"].iloc[0]), level)


def score_table(counts: ScoreCounts, *, method: Method = "jeffreys", level: float = 0.95) -> pd.DataFrame:
    """The score of every group, each on its own.

    Returns
    -------
    pandas.DataFrame
        One row a group in the order of ``counts.totals``: the columns of ``counts.by``; ``value``, ``low``, ``high``
        and ``se`` (points for nps and cxi, else a share); ``n`` responses; ``customers``; ``n_eff``, how many plain
        answers would tell as much. Groups of fewer customers than ``counts.min_cell`` are there: they may be pooled
        with others, not shown.

    Raises
    ------
    InvalidValue
        When method or level is not one of those of `nps`.
    """
    if method not in METHODS:
        raise InvalidValue(f"method: one of {', '.join(METHODS)} is required, found {method!r}")
    if not 0 < level < 1:
        raise InvalidValue(f"level: a number between 0 and 1 is required, found {level!r}")
    found = spread_of(counts)
    score = found.score
    low, high, error = _interval(counts, found, method, level)
    unit = 100 if counts.net else 1
    return counts.totals[list(counts.by)].assign(
        value=unit * score,
        low=unit * np.minimum(low, score),
        high=unit * np.maximum(high, score),
        se=unit * error,
        n=counts.totals["responses"],
        customers=counts.totals["customers"],
        n_eff=found.n,
    )


def unit_of(counts: ScoreCounts) -> str:
    """``"points"`` for nps and cxi, ``"share"`` for csat and ces."""
    return "points" if counts.net else "share"


def _interval(
    counts: ScoreCounts, found: Spread, method: Method, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tails = [(1 - level) / 2, (1 + level) / 2]
    if method == "jeffreys" and counts.metric != "cxi":
        low, high = score_quantiles(counts, tails).T
        return low, high, jeffreys(counts)[1]
    if method == "wald":
        centre, error = found.score, np.sqrt(found.variance)
    else:
        centre, error = adjusted(found, counts.net)
    half = NormalDist().inv_cdf(tails[1]) * error
    low, high = centre - half, centre + half
    return (np.maximum(low, -1), np.minimum(high, 1), error) if method == "jeffreys" else (low, high, error)


def _one(counts: ScoreCounts, metric: str, method: Method, level: float) -> Estimate:
    _refuse(counts, metric)
    row = score_table(counts, method=method, level=level).iloc[0]
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    return Estimate(value, low, high, unit_of(counts), int(row["n"]), level)


def _refuse(counts: ScoreCounts, metric: str) -> None:
    if counts.metric != metric:
        raise InvalidCounts(f"{metric}: counts of metric {metric!r} are required, found {counts.metric!r}")
    if counts.by:
        raise InvalidCounts(f"{metric}: counts without groups are required, found groups by {', '.join(counts.by)}")
    if counts.totals["customers"].iloc[0] < counts.min_cell:
        raise TooFewCustomers(f"{metric}: at least {counts.min_cell} customers must have answered to be told of")
