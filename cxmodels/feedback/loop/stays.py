"""From when to when somebody was a customer, in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.study.engine import held
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

CONTINUES_WITHIN = 1
"""A contract that starts at most so many days after another ended continues the stay: a renewal is no departure."""


@once_a_snapshot
def stays(snapshot: Snapshot) -> ir.Table | None:
    """Each time somebody was a customer, by contracts, or else by the last day in customers; held by the engine.

    Returns
    -------
    ibis Table
        ``customer``; ``begun`` and ``left``, first and last day in days from the day of the snapshot; `left` is null
        while it lasts. None where the study does not say who left.
    """
    import ibis

    day = ibis.literal(snapshot.as_of)
    if "contracts" in snapshot.tables:
        rows, begun, ended = snapshot.numbered("contracts"), "started_on", "ended_on"
    elif "customers" in snapshot.tables:
        rows, begun, ended = snapshot.numbered("customers"), "joined_on", "left_on"
    else:
        return None
    if ended not in rows.columns:
        return None
    spans = rows.select(
        "customer",
        begun=rows[begun].delta(day, unit="day").cast("int64"),
        left=rows[ended].delta(day, unit="day").cast("int64"),
    )
    spans = spans.distinct()
    other = spans.view().select(other="customer", from_day="begun", to_day="left")
    # a stay begins where no other contract runs up to it, and ends where none goes on from it
    runs_up = [
        spans.customer == other.other,
        other.from_day < spans.begun,
        other.to_day.isnull() | (other.to_day >= spans.begun - CONTINUES_WITHIN),
    ]
    first = spans.anti_join(other, runs_up)
    over = spans.filter(spans.left.notnull())
    goes_on = [
        over.customer == other.other,
        other.from_day <= over.left + CONTINUES_WITHIN,
        other.to_day.isnull() | (other.to_day > over.left),
    ]
    last = over.anti_join(other, goes_on)
    last = last.select(who="customer", left="left").distinct()
    first = first.select("customer", "begun").distinct()
    both = first.left_join(last, [first.customer == last.who, last.left >= first.begun])
    return held(both.group_by("customer", "begun").agg(left=both.left.min()))
