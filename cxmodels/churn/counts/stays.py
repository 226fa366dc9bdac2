"""Contracts as stays: which contract of a customer continues another, when the stay began, when it really ended.

Everything is counted in whole days from the as-of day (0 is the as-of day, -1 the day before), so that an engine
only compares integers.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPEN = 1
"""Day of an end that is not known yet: after the as-of day."""
CONTINUES_WITHIN = 1
"""A contract that starts at most this many days after the last cover ended continues the stay: a renewal or a
change of plan is no departure."""


def spells(contracts: ir.Table, as_of: date) -> ir.Table:
    """Give each contract its place in the customer's stay.

    Parameters
    ----------
    contracts
        Contracts as known on `as_of`: ``contract_id, customer, started_on, [ended_on], …``; a snapshot's
        ``numbered("contracts")``.
    as_of
        The day of the snapshot.

    Returns
    -------
    ibis Table
        The contracts with, in days from `as_of`: ``started``; ``joined``, the first day of the stay; ``until``, the
        last day under this contract (0 while it runs; the day the next contract took over); ``stay_ended``, the day
        the whole stay ended (`OPEN` while it lasts); and ``outcome``: ``"left"``, ``"active"`` or ``"switched"`` (to
        the customer's next contract). Where contracts of a customer overlap, the one begun last rules.
    """
    import ibis

    day = ibis.literal(as_of)
    started = contracts.started_on.cast("date").delta(day, unit="day").cast("int64")
    if "ended_on" in contracts.columns:
        ended = contracts.ended_on.cast("date").delta(day, unit="day").cast("int64").fill_null(OPEN)
    else:
        ended = ibis.literal(OPEN, type="int64")
    table = contracts.mutate(started=started, ended=ended)
    table = table.filter(table.started <= 0)
    order = [table.started, table.ended, table.contract_id]
    so_far = ibis.window(group_by=table.customer, order_by=order, preceding=None, following=0)
    table = table.mutate(covered=table.ended.max().over(so_far))
    in_turn = ibis.window(group_by=table.customer, order_by=[table.started, table.ended, table.contract_id])
    table = table.mutate(
        takes_over=table.started.lead().over(in_turn), covered_before=table.covered.lag().over(in_turn)
    )
    begins = table.covered_before.isnull() | (table.started > table.covered_before + CONTINUES_WITHIN)
    # a null is never a stay's first day, and the running maximum passes over it
    table = table.mutate(first=ibis.ifelse(begins, table.started, ibis.null("int64")))
    so_far = ibis.window(
        group_by=table.customer,
        order_by=[table.started, table.ended, table.contract_id],
        preceding=None,
        following=0,
    )
    table = table.mutate(joined=table["first"].max().over(so_far))
    switched = (table.takes_over <= table.covered + CONTINUES_WITHIN).fill_null(False)
    outcome = ibis.ifelse(switched, "switched", ibis.ifelse(table.covered == OPEN, "active", "left"))
    until = ibis.ifelse(switched, table.takes_over, ibis.least(table.covered, 0))
    table = table.mutate(outcome=outcome, until=until)
    stay = ibis.window(group_by=[table.customer, table.joined])
    table = table.mutate(stay_ended=table.covered.max().over(stay))
    return table.drop("ended", "covered", "takes_over", "covered_before", "first")


def month_ends(as_of: date, months: int) -> list[date]:
    """The last days of the `months` months before that of `as_of`, newest first.

    ``month_ends(date(2026, 9, 30), 2)`` is ``[date(2026, 8, 31), date(2026, 7, 31)]``.
    """
    ends, day = [], as_of
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends
