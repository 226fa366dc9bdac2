"""What share of the customers left, month by month."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from cxmodels.churn.accuracy.intervals import wilson
from cxmodels.churn.counts.placed import stays_of
from cxmodels.churn.counts.stays import OPEN, month_ends

COLUMNS = ["month", "value", "low", "high", "left", "active"]


def monthly_churn(snapshot: Any, months: int = 13) -> pd.DataFrame:
    """Share of each month's customers who left in it, as known on the snapshot's day.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    months
        How many months, the snapshot's own last.

    Returns
    -------
    DataFrame
        ``month`` ("2026-09"), ``value`` (share of those active when the month began who left in it) with its 95 %
        interval ``low, high`` (Wilson 1927, JASA 22), ``left`` and ``active``. Months that began before the first
        departure on record are not listed. No row at all where every departure is dated in the current month: such
        dates tell that a customer left, not when, so no monthly rate can be told.
    """
    import ibis

    table = stays_of(snapshot)
    ends = [snapshot.as_of, *month_ends(snapshot.as_of, months)]
    day = {end: (end - snapshot.as_of).days for end in ends}
    spans = list(pairwise(ends))
    sums: dict[str, Any] = {}
    for i, (end, before) in enumerate(spans):
        there = (table.started <= day[before]) & ((table.until > day[before]) | (table.outcome == "active"))
        gone = there & (table.stay_ended > day[before]) & (table.stay_ended <= day[end])
        sums |= {f"active_{i}": there.cast("int64").sum(), f"left_{i}": gone.cast("int64").sum()}
    left_ever = ibis.ifelse(table.stay_ended < OPEN, table.stay_ended, ibis.null("int64"))
    counted = table.aggregate(first=left_ever.min(), **sums).execute().iloc[0]
    first = counted["first"]
    rows = []
    for i, (end, before) in enumerate(spans):
        dated = pd.notna(first) and first <= day[spans[0][1]] and first <= day[before]
        if dated and counted[f"active_{i}"] > 0:
            active, left = int(counted[f"active_{i}"]), int(counted[f"left_{i}"])
            low, high = (float(side) for side in wilson(left, active))
            rows.append((f"{end:%Y-%m}", left / active, low, high, left, active))
    return pd.DataFrame(rows[::-1], columns=COLUMNS)
