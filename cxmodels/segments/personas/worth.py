"""What the customers of each segment are expected to bring and do: means and shares of scores, from the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.segments.profiles.members import with_scores
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.study.snapshot import Snapshot

TOP = 0.2
_DIGITS = 9


def means(
    snapshot: Snapshot,
    assignment: Assignment,
    scores: Mapping[str, ir.Table | pd.DataFrame],
    units: Mapping[str, str],
    *,
    limits: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    hidden: Sequence[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """The mean of each score in each segment.

    Parameters
    ----------
    snapshot, assignment
        A day and who is in which segment on it.
    scores
        Column → table of one row a customer: ``customer`` (pseudonym) and that column.
    units
        Column → unit; a share stays within 0 and 1.
    limits
        Column → columns of its table that hold the limits of each customer's score. A model that errs, errs the same
        way for customers who are alike: the means of the limits are limits of the mean.
    hidden
        Names of segments that nothing is told of.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a segment, by number: of each score an `Estimate` of its mean, with the interval of customers like
        these, wider by what its `limits` say the model does not know, and under ``"score:share"`` the segment's share
        of the sum over all segments. None where the score is known of too few.

    Raises
    ------
    UnknownColumn
        When a table lacks a column.
    """
    from scipy.special import stdtrit

    within = {end: scores[name] for name, ends in limits.items() for end in ends}
    rows = with_scores(snapshot, assignment.table, {**scores, **within})
    asked: dict[str, ir.Value] = {end: rows[end].cast("float64").mean() for end in within}
    for place, name in enumerate(scores):
        value = rows[name].cast("float64")
        asked |= {
            f"n:{place}": value.count(),
            f"mean:{place}": value.mean(),
            f"sd:{place}": value.std(how="sample"),
        }
    wide = rows.group_by("segment").agg(**asked).to_pandas().set_index("segment")
    wide = wide.reindex(list(assignment.model.names)).astype(float)
    away = np.array([name in hidden for name in assignment.model.names.values()])
    found: dict[str, list[object]] = {}
    for place, name in enumerate(scores):
        n, mean, sd = (wide[f"{what}:{place}"].to_numpy().round(_DIGITS) for what in ("n", "mean", "sd"))
        n = np.nan_to_num(n)
        gone = hidden_cells(n, assignment.min_cell, hidden=[*away, False])[:-1] | (n < 2)
        half = stdtrit(np.maximum(n - 1, 1), (1 + level) / 2) * sd / np.sqrt(np.maximum(n, 1))
        low, high = mean - half, mean + half
        if name in limits:
            least, most = (wide[end].to_numpy().round(_DIGITS) for end in limits[name])
            low, high = mean - np.hypot(half, mean - least), mean + np.hypot(half, most - mean)
        if units[name] == "share":
            low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
        ends = np.column_stack([mean, low, high]).tolist()
        found[name] = [
            None if gone[at] else Estimate(value, low, high, units[name], int(n[at]), level)
            for at, (value, low, high) in enumerate(ends)
        ]
        total = np.nansum(n * np.nan_to_num(mean))
        # a share of a sum that may be negative says nothing
        told = total > 0 and not (np.nan_to_num(mean) < 0).any()
        found[f"{name}:share"] = [
            None if gone[at] or not told else float(n[at] * mean[at] / total) for at in range(len(n))
        ]
    return pd.DataFrame(found, index=wide.index)


def concentration(snapshot: Snapshot, assignment: Assignment, column: str, table: ir.Table | pd.DataFrame) -> pd.Series:
    """Of each segment's value the share that its most valuable fifth holds, by number.

    NaN where the fifth has fewer customers than may be told of, or a value is negative.
    """
    import ibis

    rows = with_scores(snapshot, assignment.table, {column: table})
    rows = rows.filter(rows[column].notnull())
    value = rows[column].cast("float64")
    within = ibis.window(group_by=rows.segment)
    ranked = ibis.window(group_by=rows.segment, order_by=[ibis.desc(value), rows.number])
    rows = rows.select("segment", value=value, rank=ibis.row_number().over(ranked), n=rows.count().over(within))
    top = rows["rank"] < (rows.n * TOP).ceil()
    counted = rows.group_by("segment").agg(
        fifth=top.sum(), held=rows.value.sum(where=top), whole=rows.value.sum(), least=rows.value.min()
    )
    found = counted.to_pandas().set_index("segment").reindex(list(assignment.model.names)).astype(float)
    told = (found["fifth"] >= assignment.min_cell) & (found["least"] >= 0) & (found["whole"] > 0)
    return (found["held"] / found["whole"]).round(_DIGITS).where(told)
