"""Since when departures are on record: time watched before the first one only ever shows who stayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.placed import stays_of
from cxmodels.study.months import months_before


@dataclass(frozen=True)
class Recording:
    """Where the record of departures begins within the watch.

    Attributes
    ----------
    first
        The day of the first departure in the watch; None where nobody left.
    before
        Share of the time watched that lies before it.
    expected
        Departures that time would have seen at the rate of the rest. Without a gap in the record a few at most: none
        where five are expected has a chance of e⁻⁵.
    """

    first: date | None
    before: float
    expected: float


def recording(snapshot: Any, episodes: Episodes) -> Recording:
    """Find the first departure in the watch of `episodes`, and how much of the watch lies before it.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    episodes
        Counted from it.
    """
    import ibis

    table = stays_of(snapshot, episodes.inactivity_days)
    started = table.started
    if episodes.window_months:
        started = ibis.greatest(started, (months_before(snapshot.as_of, episodes.window_months) - snapshot.as_of).days)
    table = table.mutate(watched=started).filter(table.until > started)
    left = ibis.ifelse(table.outcome == "left", table.until, ibis.null("int64"))
    first = table.aggregate(first=left.min()).execute().iloc[0]["first"]
    if pd.isna(first):
        return Recording(None, 0.0, 0.0)
    silent = ibis.greatest(ibis.least(table.until, int(first)) - table.watched, 0)
    day = snapshot.as_of + timedelta(days=int(first))
    if episodes.inactivity_days is not None:
        # orders tell themselves who was quiet: no departure can be missing from them
        return Recording(day, 0.0, 0.0)
    days = table.aggregate(silent=silent.sum(), all=(table.until - table.watched).sum()).execute().iloc[0]
    before = float(days["silent"] / days["all"])
    expected = episodes.events * before / (1 - before) if before < 1 else float("inf")
    return Recording(day, before, expected)
