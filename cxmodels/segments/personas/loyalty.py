"""Which class of loyalty most customers of each segment are in, and whether it is another share than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.segments.errors import UnknownColumn
from cxmodels.segments.profiles.effects import hedges_g
from cxmodels.segments.profiles.members import moments_of, of_the_rest
from cxmodels.segments.profiles.profile import FALSE_SHARE
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.study.snapshot import Snapshot

QUADRANTS = ("true", "latent", "spurious", "none")
"""Loyalty by attitude and behaviour (Dick and Basu 1994)."""
COLUMNS = ["segment", "quadrant", "share", "low", "high", "n", "others", "differs"]


def largest_classes(
    snapshot: Snapshot, assignment: Assignment, classes: ir.Table | pd.DataFrame, *, level: float = 0.95
) -> pd.DataFrame:
    """The class of loyalty that most of each segment are in, of those who are classed, beside all other segments.

    Parameters
    ----------
    snapshot, assignment
        A day and who is in which segment on it.
    classes
        One row a customer who is classed: ``customer`` (pseudonym) and ``p_true, p_latent, p_spurious, p_none``.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a segment: ``segment``, ``quadrant``, ``share`` with ``low`` and ``high`` for customers like these,
        ``n`` classed, ``others``, the share of that class in all other segments; ``differs``, whether the two surely
        differ. No row where fewer than ``min_cell`` customers are expected in the class, or where it would give such
        away, also beside the class in all segments together.

    Raises
    ------
    UnknownColumn
        When the table lacks a column.

    Notes
    -----
    Welch's test; of all segments and classes, since the largest is chosen by what was found, one difference in twenty
    is expected to be chance (Benjamini and Hochberg 1995). How unsure it is which class each customer is in is part of
    the probabilities, whose mean is the share.
    """
    import ibis
    from scipy.special import stdtrit
    from scipy.stats import false_discovery_control

    columns = tuple(f"p_{name}" for name in QUADRANTS)
    if missing := [each for each in ("customer", *columns) if each not in classes.columns]:
        raise UnknownColumn(
            f"quadrants: the table lacks the column {missing[0]!r}; it has: {', '.join(map(str, classes.columns))}"
        )
    people = snapshot.pseudonyms.select("pseudonym", person="number")
    known = ibis.memtable(classes[["customer", *columns]]) if isinstance(classes, pd.DataFrame) else classes
    known = known.inner_join(people, known.customer == people.pseudonym)
    rows = known.inner_join(assignment.table.select("number", "segment"), known.person == assignment.table.number)
    segments = list(assignment.model.names)
    inside = moments_of(rows, columns, tuple(segments))
    outside = of_the_rest(inside)
    n, mean = inside.n[:, 0], np.nan_to_num(inside.mean)
    spot = (np.arange(len(segments)), mean.argmax(axis=1))
    told = ~_giving_away(n[:, None] * mean, spot[1], assignment.min_cell) & (n >= 2) & (outside.n[:, 0] >= 2)
    p = hedges_g(inside, outside).p
    q, known_p = np.ones_like(p), np.isfinite(p)
    if known_p.any():
        q[known_p] = false_discovery_control(p[known_p])
    half = stdtrit(np.maximum(n - 1, 1), (1 + level) / 2) * np.sqrt(inside.variance[spot] / np.maximum(n, 1))
    frame = pd.DataFrame(
        {
            "segment": segments,
            "quadrant": np.array(QUADRANTS)[spot[1]],
            "share": mean[spot],
            "low": np.clip(mean[spot] - half, 0, 1),
            "high": np.clip(mean[spot] + half, 0, 1),
            "n": n.astype(np.int64),
            "others": outside.mean[spot],
            "differs": q[spot] < FALSE_SHARE,
        }
    )
    return frame.loc[told, COLUMNS].reset_index(drop=True)


def _giving_away(expected: NDArray[np.float64], largest: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """(segments,) whether the largest class is of few, or tells of few elsewhere."""
    own = np.unique(largest)
    # classes that are the largest nowhere are told of together
    rest = np.delete(expected, own, axis=1).sum(axis=1, keepdims=True)
    table = np.hstack([expected[:, own], rest])
    # how many are in a class in all segments together stands on other pages
    known = np.zeros((len(table) + 1, table.shape[1] + 1), bool)
    known[-1] = True
    away = hidden_cells(table, least, known=known)[:-1]
    return np.asarray(away[np.arange(len(table)), np.searchsorted(own, largest)] | away[:, -1])
