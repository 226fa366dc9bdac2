"""Scores of groups that borrow from each other: which is surely worse, and which only has few answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.parts import UNKNOWN
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, TooFewCustomers
from cxmodels.feedback.estimates.posterior import DRAWS
from cxmodels.feedback.estimates.scores import score_table, unit_of
from cxmodels.feedback.estimates.spread import Spread, spread_of
from cxmodels.feedback.pooling.between import Array, drawn_together, paule_mandel
from cxmodels.suppression import hidden_cells

COMMON = 5.0
"""Answers that the variance of one answer over all groups counts for beside a group's own."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """Scores of the groups of one attribute, partially pooled.

    Attributes
    ----------
    table
        One row a group that may be told of, the worst first: the attribute; ``value``, ``low``, ``high``, pooled;
        ``raw``, ``raw_low``, ``raw_high``, the group's own score (Jeffreys); ``n`` responses; ``customers``; ``below``,
        the probability that its true score lies below that of all together; ``worst`` and ``best``, the probabilities
        that it is that of those told. Customers of whom the attribute is not known have neither (NaN).
    by
        The attribute.
    metric, kind
        As in the counts.
    unit
        Of the scores: ``"points"`` or ``"share"``.
    level
        Probability of the intervals.
    together
        Score of all answers, of groups that are not told of too.
    between
        Standard deviation between the true scores of groups: Paule and Mandel's, with the Q-profile interval.
    hidden
        How many groups are not told of, because they are too small or would betray one that is.
    """

    table: pd.DataFrame
    by: str
    metric: str
    kind: str
    unit: str
    level: float
    together: float
    between: Estimate
    hidden: int

    def estimate(self, group: str) -> Estimate:
        """The pooled score of a group.

        Raises
        ------
        InvalidValue
            When there is no such group that may be told of.
        """
        rows = self.table[self.table[self.by] == group]
        if rows.empty:
            raise InvalidValue(
                f"group: one of {', '.join(map(repr, self.table[self.by]))} is required, found {group!r}"
            )
        row = rows.iloc[0]
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        return Estimate(value, low, high, self.unit, int(row["n"]), self.level)


def pooled(counts: ScoreCounts, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Pooled:
    """Pool the scores of groups as far as they are alike.

    Parameters
    ----------
    counts
        Parted by one attribute: ``score_counts(snapshot, "nps", kind="transactional", by="touchpoint")``.
    level
        Probability of the intervals.
    draws, seed
        Of the true scores.

    Raises
    ------
    InvalidCounts
        When the counts are parted by nothing, or by several attributes.
    InvalidValue
        When `level` is no probability.
    TooFewCustomers
        When fewer than two groups may be told of.

    Notes
    -----
    `drawn_together` says how. A group's variance is that of one answer, over its number of plain answers (`spread_of`);
    that of one answer is drawn to that of all groups as `COMMON` answers more would, since groups of few answers that
    all agree would else seem certain. Groups that are not told of take part. Scores end at the ends of their scale.

    Groups of fewer than ``min_cell`` customers are left out, and the smallest others with them until nothing follows
    from the total (`hidden_cells`). A customer may stand in several groups: one that is left out is large enough alone.
    """
    if len(counts.by) != 1:
        raise InvalidCounts(f"pooled: counts by one attribute are required, found by {', '.join(counts.by) or 'none'}")
    own = score_table(counts, level=level)
    hidden = _hidden(own["customers"].to_numpy(), counts.min_cell)
    if (~hidden).sum() < 2:
        raise TooFewCustomers(
            f"pooled: at least two groups of {counts.min_cell} customers are required to compare, found "
            f"{(~hidden).sum()} by {counts.by[0]}"
        )
    unit = 100 if counts.net else 1
    found = spread_of(counts)
    variance = sampling_variance(found, counts.net)
    ends = (-1.0, 1.0) if counts.net else (0.0, 1.0)
    # no values between two ends lie further apart than half at either
    widest = (ends[1] - ends[0]) / 2
    true = drawn_together(found.score, variance, draws=draws, widest=widest, seed=seed)
    within = true.clip(*ends)
    weight = counts.totals["weight"].to_numpy(float)
    share = weight / weight.sum()
    low, high = np.quantile(within, [(1 - level) / 2, (1 + level) / 2], axis=1)
    # at the ends of a scale groups would be even, and the first of them always the worst
    worst, best = _ranked(true, (own[counts.by[0]] != UNKNOWN).to_numpy() & ~hidden)
    table = own[list(counts.by)].assign(
        value=unit * within.mean(axis=1),
        low=unit * low,
        high=unit * high,
        raw=own["value"],
        raw_low=own["low"],
        raw_high=own["high"],
        n=own["n"],
        customers=own["customers"],
        below=(true < share @ true).mean(axis=1),
        worst=worst,
        best=best,
    )
    return Pooled(
        table=table[~hidden].sort_values("value", ignore_index=True),
        by=counts.by[0],
        metric=counts.metric,
        kind=counts.kind,
        unit=unit_of(counts),
        level=level,
        together=unit * float(share @ found.score),
        between=_between(found.score, variance, widest, counts, level),
        hidden=int(hidden.sum()),
    )


def sampling_variance(found: Spread, net: bool) -> Array:
    """(groups,) variance of each score, that of one answer drawn to what it is over all groups."""
    n = found.n
    every = float(n.sum())
    one = found.variance * n
    common = float(n @ one) / max(every - len(n), 1.0)
    # where all agree, about what half an answer of each kind more would make it (Jeffreys)
    common = max(common, (2.5 if net else 0.5) / (every + 2.5))
    return (n * one + COMMON * common) / (n + COMMON) / n


def _hidden(people: NDArray[np.int64], min_cell: int) -> NDArray[np.bool_]:
    total = np.append(np.zeros(len(people), bool), True)
    hidden = hidden_cells(people, min_cell, known=total)[:-1]
    if hidden.any() and people[hidden].max() < min_cell and not hidden.all():
        hidden[np.where(hidden, np.inf, people).argmin()] = True
    return hidden


def _ranked(true: Array, told: NDArray[np.bool_]) -> tuple[Array, Array]:
    """(groups,) probability to be the worst, and the best, of those told."""
    places = np.flatnonzero(told)
    found = []
    for end in (true[told].argmin(axis=0), true[told].argmax(axis=0)):
        chance = np.full(len(true), np.nan)
        chance[places] = np.bincount(end, minlength=len(places)) / true.shape[1]
        found.append(chance)
    return found[0], found[1]


def _between(score: Array, variance: Array, widest: float, counts: ScoreCounts, level: float) -> Estimate:
    from scipy.special import chdtri

    unit = 100 if counts.net else 1
    tails = [len(score) - 1, *chdtri(len(score) - 1, [(1 - level) / 2, (1 + level) / 2])]
    value, low, high = (float(unit * each) for each in paule_mandel(score, variance, widest=widest, at=tails))
    return Estimate(value, min(low, value), max(high, value), unit_of(counts), int(counts.totals["n"].sum()), level)
