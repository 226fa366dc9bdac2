"""Time at risk and departures by month of tenure and covariate pattern: rows grow with these, not with customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.levels import collapsed
from cxmodels.churn.models.design import Design
from cxmodels.churn.models.thinned import thinned
from cxmodels.churn.models.time_at_risk import watched_until, with_time_at_risk

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MOST_ROWS = 500_000
"""Where the episodes would make more rows than this, a part of them is taken."""


@dataclass(frozen=True, eq=False)
class PersonMonths:
    """Counts by month and pattern.

    Attributes
    ----------
    patterns
        (P, covariates) codes of levels, or numbers.
    pattern, month
        (rows,) the pattern, and the month of tenure: 0 is the first.
    months_at_risk, left
        (rows,) time watched in that month, in months, and departures in it.
    """

    patterns: Array
    pattern: Places
    month: Places
    months_at_risk: Array
    left: Array


def patterns_of(design: Design, cells: pd.DataFrame) -> tuple[Array, Places]:
    """(P, covariates) distinct patterns, codes of levels or numbers, and (rows,) the one each cell has.

    Raises
    ------
    UnknownCovariate, UnseenLevel, InvalidValue
        As `Design.encode`.
    """
    if not design.covariates:
        return np.zeros((1, 0)), np.zeros(len(cells), dtype=np.intp)
    table = pd.DataFrame(design.encode(cells))
    place = table.groupby(list(table.columns), sort=True).ngroup().to_numpy()
    first = np.unique(place, return_index=True)[1]
    return table.to_numpy(float)[first], place


def few_enough(episodes: Episodes, names: tuple[str, ...]) -> tuple[pd.DataFrame, float]:
    """The episodes with time at risk, collapsed to `names`; a part of them where there are too many, and its share."""
    frame = with_time_at_risk(episodes.frame)
    frame = collapsed(frame[["entry", "exit", "event", *names, "n"]])
    begin, end = np.floor(frame["entry"] / episodes.month), np.ceil(frame["exit"] / episodes.month)
    patterns = len(frame[list(names)].drop_duplicates()) if names else 1
    if patterns * end.max() <= MOST_ROWS:
        return frame, 1.0
    return thinned(frame, (end - begin).to_numpy(), MOST_ROWS)


def person_months(frame: pd.DataFrame, design: Design, episodes: Episodes) -> PersonMonths:
    """Count the months at risk of rows as `few_enough` gives them.

    A departure counted in whole months happened somewhere in its last: it is at risk for half of it.
    """
    patterns, place = patterns_of(design, frame)
    n, gone = frame["n"].to_numpy(float), frame["event"].to_numpy() == 1
    begin, end = (frame[name].to_numpy(float) / episodes.month for name in ("entry", "exit"))
    last = np.ceil(end).astype(np.intp) - 1
    until = watched_until(frame, episodes.unit) / episodes.month
    parts = []
    for month in range(int(last.max()) + 1 if len(last) else 0):
        watched = np.clip(np.minimum(until, month + 1) - np.maximum(begin, month), 0, None)
        at_risk = np.bincount(place, n * watched, len(patterns))
        left = np.bincount(place, n * (gone & (last == month)), len(patterns))
        here = np.flatnonzero(at_risk)
        parts.append((here, np.full(len(here), month), at_risk[here], left[here]))
    pattern, months, at_risk, left = (np.concatenate(each) for each in zip(*parts, strict=True))
    return PersonMonths(patterns, pattern, months, at_risk, left)
