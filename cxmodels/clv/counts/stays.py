"""Contracts as stays: a renewal or a change of plan on record as a contract of its own is no end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.clv.counts.days import MONEY
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

OPEN = 1
"""Day of an end that is not known yet: after the as-of day."""
_CONTINUES_WITHIN = 1
_MONTH = (16, 487)
"""A month is 487/16 = 30.4375 days; whole numbers divide alike on every engine."""


@once_a_snapshot
def contract_stays(snapshot: Snapshot) -> ir.Table:
    """Join the contracts of a customer that follow each other; held by the engine as long as the snapshot lives.

    A contract that starts at most a day after all earlier ones of the customer ended continues the stay.

    Returns
    -------
    ibis Table
        One row a stay: ``customer``; ``joined``, its first day, and ``ended``, its last, in days from the as-of day
        (0 is that day, -1 the day before; `OPEN` while a contract runs); ``year`` of the first day; ``margin`` a month
        of the contracts that run, in ten-thousandths of the currency, summed where several do: the fee times the
        margin rate, the whole fee where no rate is on record, null where no fee is; ``fee_alone``, whether a fee
        without a rate is among them.

    Raises
    ------
    MissingTable
        When the study has no contracts.
    """
    import ibis

    from cxmodels.study.engine import held

    table = snapshot.numbered("contracts")
    day = ibis.literal(snapshot.as_of)

    def days(column: str) -> ir.Value:
        return table[column].cast("date").delta(day, unit="day").cast("int64")

    ended = days("ended_on").fill_null(OPEN) if "ended_on" in table.columns else ibis.literal(OPEN, type="int64")
    fee, rate = (
        table[name].cast("float64") if name in table.columns else ibis.null("float64")
        for name in ("monthly_fee", "margin_rate")
    )
    table = table.select(
        "customer",
        "contract_id",
        started=days("started_on"),
        year=table.started_on.cast("date").year(),
        ended=ended,
        earned=(fee * rate.fill_null(1.0) * MONEY).round().cast("int64"),
        fee_alone=fee.notnull() & rate.isnull(),
    )
    order = [table.started, table.ended, table.contract_id]
    so_far = ibis.window(group_by=table.customer, order_by=order, preceding=None, following=0)
    table = table.mutate(covered=table.ended.max().over(so_far))
    in_turn = ibis.window(group_by=table.customer, order_by=[table.started, table.ended, table.contract_id])
    before = table.covered.lag().over(in_turn)
    begins = before.isnull() | (table.started > before + _CONTINUES_WITHIN)
    table = table.mutate(first=ibis.ifelse(begins, table.started, ibis.null("int64")))
    so_far = ibis.window(
        group_by=table.customer,
        order_by=[table.started, table.ended, table.contract_id],
        preceding=None,
        following=0,
    )
    # a null is never a stay's first day, and the running maximum passes over it
    table = table.mutate(joined=table["first"].max().over(so_far))
    runs = table.ended == OPEN
    stays = table.group_by("customer", "joined").agg(
        year=table.year.min(),
        ended=table.ended.max(),
        margin=table.earned.sum(where=runs).cast("int64"),
        fee_alone=(table.fee_alone & runs).any(),
    )
    return held(stays)


def months_begun(days: ir.Value) -> ir.Value:
    """Months of 30.4375 days begun within so many days: 1 for 1 to 30, 2 for 31 to 60, 3 for 61 to 91."""
    parts, whole = _MONTH
    return (days * parts / whole).ceil().cast("int64")


def months_over(joined: ir.Value) -> ir.Value:
    """Whole months since the first day of a stay, the as-of day watched to its end."""
    return months_begun(1 - joined) - 1
