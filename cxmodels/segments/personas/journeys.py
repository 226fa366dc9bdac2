"""Journeys: which contacts come before the orders of each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.study.snapshot import Snapshot

STEPS = 3
COLUMNS = ["segment", "step", "touchpoint", "channel", "share", "orders", "customers"]


def journeys(snapshot: Snapshot, assignment: Assignment, *, window_months: int = 12, days: int = 30) -> pd.DataFrame:
    """The last contacts before an order, and the commonest of each place.

    Parameters
    ----------
    snapshot, assignment
        A day and who is in which segment on it.
    window_months
        How far back orders count.
    days
        How long before its order a contact counts.

    Returns
    -------
    pandas.DataFrame
        One row a segment and step, ``step`` -1 the last contact before the order, -2 the one before that …: the
        ``touchpoint`` and ``channel`` most of its orders had there, the ``share`` of the ``orders`` with such a step,
        of how many ``customers``. Contacts that name their customer count, but for those with the service (stage
        ``"service"``), which belong to an earlier purchase. No row where too few customers to be told of came that way,
        or came another way.
    """
    import ibis

    if not {"orders", "interactions"} <= set(snapshot.tables):
        return pd.DataFrame(columns=COLUMNS)
    contacts = snapshot.numbered("interactions")
    if "customer" not in contacts.columns:
        return pd.DataFrame(columns=COLUMNS)
    if "stage" in contacts.columns:
        contacts = contacts.filter((contacts.stage.strip().lower() != "service").fill_null(True))
    orders = snapshot.numbered("orders")
    ago = ibis.date(snapshot.as_of).delta(orders.ordered_at.date(), unit="day").cast("int64")
    orders = orders.filter(orders.amount >= 0, ago < round(window_months * 30.4375))
    orders = orders.select("order_id", "ordered_at", buyer="customer")
    own = assignment.table.select("number", "segment")
    orders = orders.inner_join(own, orders.buyer == own.number).drop("number")
    rows = contacts.filter(contacts.customer.notnull()).select(
        "interaction_id", "customer", "occurred_at", "touchpoint", "channel"
    )
    both = orders.inner_join(rows, [orders.buyer == rows.customer, rows.occurred_at < orders.ordered_at])
    apart = both.ordered_at.date().delta(both.occurred_at.date(), unit="day").cast("int64")
    both = both.filter(apart <= days)
    turn = ibis.window(group_by=both.order_id, order_by=[ibis.desc(both.occurred_at), ibis.desc(both.interaction_id)])
    both = both.mutate(place=ibis.row_number().over(turn))
    both = both.filter(both.place < STEPS)
    counted = both.group_by("segment", "place", "touchpoint", "channel").agg(
        orders=both.count(), customers=both.buyer.nunique()
    )
    whole = both.group_by("segment", "place").agg(orders=both.count())
    return _commonest(counted.to_pandas(), whole.to_pandas(), assignment)


def _commonest(counted: pd.DataFrame, whole: pd.DataFrame, assignment: Assignment) -> pd.DataFrame:
    totals = whole.set_index(["segment", "place"])["orders"]
    found = []
    for (segment, place), rows in counted.groupby(["segment", "place"]):
        rows = rows.sort_values(["orders", "touchpoint", "channel"], ascending=[False, True, True], ignore_index=True)
        first, others = rows.iloc[0], rows["customers"].iloc[1:].sum()
        # a share tells of those who came this way, and of those who came another
        if first["customers"] < assignment.min_cell or 0 < others < assignment.min_cell:
            continue
        total = int(totals[segment, place])
        way = first["touchpoint"], first["channel"], first["orders"] / total, total, first["customers"]
        found.append((segment, -int(place) - 1, *way))
    frame = pd.DataFrame(found, columns=COLUMNS)
    return frame.astype({"orders": np.int64, "customers": np.int64}).sort_values(
        ["segment", "step"], ascending=[True, False], ignore_index=True
    )
