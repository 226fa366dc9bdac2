"""What was observed, month by month, and what earlier months would have forecast."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from cxmodels.churn.counts.contractual import episodes
from cxmodels.churn.counts.stays import OPEN, first_departure, month_ends, months_before, spells
from cxmodels.churn.errors import ChurnError
from cxmodels.churn.models.cox import fit_cox

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

    table = spells(snapshot.numbered("contracts"), snapshot.as_of)
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
            rows.append((f"{end:%Y-%m}", left / active, *wilson(left, active), left, active))
    return pd.DataFrame(rows[::-1], columns=COLUMNS)


def replay(study: Any, snapshot: Any, months: int = 12, window_months: int | None = None) -> pd.DataFrame:
    """Churn within 12 months as each earlier month would have forecast it, from what was known then.

    Parameters
    ----------
    study
        The study the snapshot belongs to.
    snapshot
        The month from which to look back.
    months
        How many earlier months.
    window_months
        As for `episodes`.

    Returns
    -------
    DataFrame
        ``month, value, low, high``, oldest first. A month that had seen less than a year of departures has no row.
    """
    rows = []
    first = first_departure(snapshot.numbered("contracts"))
    for end in month_ends(snapshot.as_of, months)[::-1]:
        if first is None or months_before(end, 12) < first:
            continue
        try:
            known = episodes(study.snapshot(end), window_months=window_months)
            rate = fit_cox(known).churn_probability(known.cells(), horizons=(12,)).rates[12]
        except ChurnError:
            continue
        rows.append((f"{end:%Y-%m}", rate.value, rate.low, rate.high))
    return pd.DataFrame(rows, columns=COLUMNS[:4])


def wilson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share of `n`; holds the observed share even at 0 and 1."""
    from scipy.stats import binomtest

    interval = binomtest(count, n).proportion_ci(level, method="wilson")
    return min(float(interval.low), count / n), max(float(interval.high), count / n)
