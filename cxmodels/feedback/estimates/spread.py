"""How far a score of a sample spreads: its mean mark, its variance, and of how many plain answers it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmodels.feedback.counts.scores import ScoreCounts

type Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """A score of one or several groups of answers; arrays have one entry a group, in the order of `ScoreCounts.totals`.

    Attributes
    ----------
    score
        (groups,) mean mark θ, -1 to 1: Σwt/Σw.
    variance
        (groups,) of `score` as an estimate, answers of one customer together.
    effective
        (groups, 3) against, neither, for: their weighted shares times the number of plain answers, one a customer and
        of equal weight, that would tell as much. Plain answers are their own number.
    kish
        (groups,) (Σw)²/Σw² over customers (Kish 1965, Survey Sampling).
    """

    score: Array
    variance: Array
    effective: Array
    kish: Array

    @property
    def n(self) -> Array:
        """(groups,) how many plain answers would tell as much."""
        return self.effective.sum(axis=1)


def spread_of(counts: ScoreCounts) -> Spread:
    """The score of every group of `counts`.

    Notes
    -----
    The variance of a weighted mean of customers' sums, n/(n-1) Σ(t - θw)²/(Σw)² (linearised ratio; Särndal, Swensson &
    Wretman 1992, Model Assisted Survey Sampling, 5.7). Where all answers are plain, v/n with v = (p + d)/n - θ². The
    number of plain answers is v over the variance (Korn & Graubard 1998, Survey Methodology 24), never more than there
    are responses; where all answers agree, v is 0 and Kish's number is taken.
    """
    totals = counts.totals
    n, people = (totals[name].to_numpy(float) for name in ("responses", "customers"))
    w, ww, t, tt, tw = (
        totals[name].to_numpy(float) for name in ("weight", "weight_squares", "marks", "marks_squares", "marks_weights")
    )
    score = t / w
    between = np.maximum(tt - 2 * score * tw + score**2 * ww, 0) / w**2
    plain = (n == people) & (np.abs(ww * people - w**2) < 1e-9 * w**2)
    variance = np.where(plain, between, between * people / np.maximum(people - 1, 1))
    shares = _shares(counts)
    alone = shares[:, 0] + shares[:, 2] - (shares[:, 2] - shares[:, 0]) ** 2
    kish = w**2 / ww
    certain = (variance <= 1e-15) | (alone <= 1e-15)
    worth = np.where(plain, n, np.where(certain, kish, alone / np.where(certain, 1, variance)))
    return Spread(score, variance, shares * np.minimum(worth, n)[:, None], kish)


def _shares(counts: ScoreCounts) -> Array:
    """(groups, 3) weighted shares of marks -1, 0 and 1."""
    frame, keys = counts.frame, list(counts.by)
    wide = frame.assign(group=0).groupby([*keys, "group", "mark"])["weight"].sum().unstack("mark", fill_value=0.0)
    wide = wide.reindex(columns=[-1, 0, 1], fill_value=0.0)
    if keys:
        # groups stand in the order of the totals, whatever order pandas sorts them in
        index = counts.totals.assign(group=0).set_index([*keys, "group"]).index
        wide = wide.reindex(index)
    found = wide.to_numpy(float)
    return found / found.sum(axis=1, keepdims=True)
