"""Purchase counts: all a purchase model needs to know of every customer, counted by the engine."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.study.snapshot import Snapshot

_DECIMALS = 4


def purchase_counts(snapshot: Snapshot, since: date | None = None) -> pd.DataFrame:
    """Frequency, recency and T of the customers who bought, equal ones counted together.

    A purchase is a day with at least one order of amount 0 or more: several orders of a day are one purchase, and an
    order that was free of charge was still placed. A return (negative amount) is no purchase; it is left out here
    and counted.

    Parameters
    ----------
    snapshot
        A snapshot with orders.
    since
        Only customers whose first purchase lies on this day or later (a cohort), all their purchases counted.

    Returns
    -------
    pandas.DataFrame
        One row for each distinct (frequency, recency, T), in that order:

        ``frequency``
            repeat purchases: days with a purchase, without the first.
        ``recency``
            days from the first purchase to the last; 0 for those who bought once.
        ``T``
            days from the first purchase to the as-of day.
        ``n``
            customers.
        ``amount``, ``repeat_amount``
            what they paid in all, and without their first day; in the study's currency, summed over the `n`
            customers, to four decimals.

        ``.attrs`` says how many orders of the snapshot were ``free_of_charge`` and how many ``returns``.

    Raises
    ------
    MissingTable
        When the study has no orders.

    Notes
    -----
    x, t_x and T of Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2),
    section 3, in whole days.
    """
    orders = snapshot.numbered("orders")
    bought = orders.filter(orders.amount >= 0)
    ago = ibis.date(snapshot.as_of).delta(bought.ordered_at.date(), unit="day")
    days = bought.group_by(customer=bought.customer, T=ago).agg(paid=bought.amount.sum())
    customers = days.group_by("customer").agg(
        frequency=days.count() - 1,
        latest=days["T"].min(),
        T=days["T"].max(),
        amount=days.paid.sum(),
        first_amount=days.paid.argmax(days["T"]),
    )
    if since is not None:
        customers = customers.filter(customers["T"] <= (snapshot.as_of - since).days)
    alike = customers.group_by("frequency", recency=customers["T"] - customers.latest, T=customers["T"]).agg(
        n=customers.count(),
        amount=customers.amount.sum(),
        repeat_amount=(customers.amount - customers.first_amount).sum(),
    )
    counts = alike.order_by("frequency", "recency", "T").to_pandas()
    counts = counts.astype(dict.fromkeys(("frequency", "recency", "T", "n"), "int64"))
    counts = counts.round({"amount": _DECIMALS, "repeat_amount": _DECIMALS})
    odd = orders.filter(orders.amount <= 0)
    found = odd.aggregate(free_of_charge=(odd.amount == 0).sum(), returns=(odd.amount < 0).sum()).to_pyarrow()
    counts.attrs.update({name: int(number or 0) for name, number in found.to_pylist()[0].items()})
    return counts
