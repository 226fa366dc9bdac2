"""Days with a purchase: orders reduced once by the engine, held there, and counted in many ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.clv.errors import HugeAmount
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

MONEY = 10_000
"""Parts of the currency that money is counted in, inside of the engine: whole numbers add up to the same sum in any
order and on any engine, and can be compared; no currency has finer coins."""
LARGEST = 1e11
"""An amount beyond this, in the currency, is refused: sums of some thousands of them would no longer be exact."""


@dataclass(frozen=True, eq=False)
class PurchaseDays:
    """Who bought on which day.

    Attributes
    ----------
    table
        An Ibis table, one row a customer and day with a purchase: ``customer``, ``ago`` (days from that day to the
        as-of day) and ``paid`` (ten-thousandths of the currency).
    free_of_charge, returns
        Orders of amount 0 (purchases) and below (none).
    gross, returned
        Money of the purchases, and of the returns, in the currency; 0 or more.
    margin_rate
        Margin of the purchases that have one on record, as a share of what was paid for them; None where none has.
    """

    table: ir.Table
    free_of_charge: int
    returns: int
    gross: float
    returned: float
    margin_rate: float | None


@once_a_snapshot
def purchase_days(snapshot: Snapshot) -> PurchaseDays:
    """Reduce the orders of a snapshot to days; computed once a snapshot and held by the engine as long as it lives.

    Raises
    ------
    MissingTable
        When the study has no orders.
    HugeAmount
        When an order's amount is beyond 1e11.
    """
    import ibis

    from cxmodels.study.engine import held

    orders = snapshot.numbered("orders")
    found = _sums(orders)
    if found["huge"]:
        study = snapshot.settings
        raise HugeAmount(
            f"{study.file}: tables.orders.amount: an order may be of {LARGEST:,.0f} {study.study.currency} either way "
            f"at most, found {int(found['huge']):,} beyond that; is the unit right?"
        )
    bought = orders.filter(orders.amount >= 0)
    ago = ibis.date(snapshot.as_of).delta(bought.ordered_at.date(), unit="day").cast("int32")
    paid = (bought.amount * MONEY).round().cast("int64")
    days = held(bought.group_by(customer=bought.customer, ago=ago).agg(paid=paid.sum().cast("int64")))
    gross = days.paid.cast("float64").sum().to_pyarrow().as_py() or 0.0
    return PurchaseDays(
        table=days,
        free_of_charge=int(found["free"]),
        returns=int(found["returns"]),
        gross=gross / MONEY,
        returned=round(found["returned"], 4),
        margin_rate=found["margin"] / found["margin_of"] if found["margin_of"] else None,
    )


def by_customer(days: ir.Table) -> ir.Table:
    """One row a customer of `PurchaseDays.table`, or of the part of it up to an earlier day.

    Returns
    -------
    ibis Table
        ``customer``; ``frequency``, repeat purchases; ``recency``, days from the first to the last; ``T``, days from
        the first to day 0; ``paid`` and ``repeat_paid``, in all and without the first day; ``payments``, repeat
        purchases that were not free of charge.
    """
    found = days.group_by("customer").agg(
        T=days.ago.max(),
        latest=days.ago.min(),
        days=days.count(),
        paying=(days.paid > 0).sum(),
        paid=days.paid.sum(),
        first_paid=days.paid.argmax(days.ago),
    )
    return found.select(
        "customer",
        "T",
        "paid",
        frequency=found.days - 1,
        recency=found["T"] - found.latest,
        repeat_paid=found.paid - found.first_paid,
        payments=found.paying - (found.first_paid > 0).cast("int64"),
    )


def _sums(orders: ir.Table) -> dict[str, float]:
    """What is odd among the orders, counted, and the margin of the purchases where it is on record."""
    returned, amount = orders.amount < 0, orders.amount
    asked = {
        "free": (amount == 0).sum(),
        "returns": returned.sum(),
        "returned": -amount.sum(where=returned),
        "huge": (amount.abs() > LARGEST).sum(),
    }
    sums = dict.fromkeys(("margin", "margin_of"), 0.0)
    rows = orders
    if "margin" in orders.columns:
        told = orders.margin.notnull() & (amount > 0)
        # to the digit that any order of summing agrees on
        asked |= {"margin": orders.margin.sum(where=told).round(2), "margin_of": amount.sum(where=told).round(2)}
    else:
        rows = orders.filter((amount <= 0) | (amount > LARGEST))
    found = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return sums | {name: float(value or 0) for name, value in found.items()}
