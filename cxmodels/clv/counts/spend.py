"""Spend counts: what a spend model needs to know of every customer who bought again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.checked import money, refuse, values, whole
from cxmodels.clv.counts.days import MONEY, by_customer, purchase_days
from cxmodels.clv.errors import InvalidCounts

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

_WHERE = "counted_spend"


@dataclass(frozen=True, eq=False)
class SpendCounts:
    """What customers paid when they bought again, equal ones counted together.

    Attributes
    ----------
    frame
        One row a distinct (payments, total), in that order: ``payments``, repeat purchase days with a positive
        amount, at least 1; ``total``, the money of these days of one such customer, in `currency`; ``n`` customers.
    currency
        The study's; ``""`` where the counts come from a frame that names none.
    min_cell
        The fewest customers a group must have to be shown.
    """

    frame: pd.DataFrame
    currency: str = ""
    min_cell: int = 1

    @property
    def customers(self) -> int:
        """Customers with a repeat payment."""
        return int(self.frame["n"].sum())

    @property
    def mean(self) -> float:
        """Mean money of a payment; NaN where there is none."""
        payments = float(self.frame["n"] @ self.frame["payments"])
        return float(self.frame["n"] @ self.frame["total"]) / payments if payments else float("nan")


def spend_counts(snapshot: Snapshot, since: date | None = None) -> SpendCounts:
    """Repeat payments and their total, for customers who paid again.

    The first purchase is left out, as Fader, Hardie & Lee do: it differs from later ones. Purchases that were free of
    charge are no payments. Orders of a day are one payment; returns are taken off nobody's (see `purchase_counts`).

    Parameters
    ----------
    snapshot
        A snapshot with orders.
    since
        Only customers whose first purchase lies on this day or later.

    Raises
    ------
    MissingTable
        When the study has no orders.
    HugeAmount
        When an order's amount is beyond 1e11.

    Notes
    -----
    x and x·m̄ of Fader, Hardie & Lee (2005), RFM and CLV: Using iso-value curves, Journal of Marketing Research 42(4),
    415-430, table 1 and equation 1a.
    """
    customers = by_customer(purchase_days(snapshot).table)
    if since is not None:
        customers = customers.filter(customers["T"] <= (snapshot.as_of - since).days)
    customers = customers.filter(customers.payments > 0)
    counted = customers.group_by("payments", total=customers.repeat_paid).agg(n=customers.count())
    frame = counted.to_pandas().sort_values(["payments", "total"], ignore_index=True)
    frame = frame.astype({"payments": "int64", "n": "int64"}).assign(total=frame["total"] / MONEY)
    return SpendCounts(frame, snapshot.settings.study.currency, snapshot.settings.privacy.min_cell)


def counted_spend(
    frame: pd.DataFrame, *, payments: str = "payments", total: str = "total", n: str | None = None
) -> SpendCounts:
    """Count the payments in a table with one row a customer, or a row for several alike.

    Parameters
    ----------
    frame
        One row a customer. Rows without a payment say nothing of spend and are left out.
    payments, total
        Columns: payments (whole numbers), and what one such customer paid in them together.
    n
        Column of how many customers a row stands for. Default: one.

    Raises
    ------
    UnknownColumn
        When a column is not there.
    InvalidCounts
        When a value is missing, infinite or negative, a number of payments is not whole, or payments bring no money.
    HugeAmount
        When a customer's mean payment is beyond 1e11.
    """
    made, paid = whole(frame, payments, _WHERE), values(frame, total, _WHERE)
    customers = np.ones(len(frame), np.int64) if n is None else whole(frame, n, _WHERE, least=1)
    refuse(
        (made > 0) & (paid == 0), f"{_WHERE}: {total!r} must be above 0 where there are payments", made, InvalidCounts
    )
    money(frame, total, np.maximum(made, 1), _WHERE)
    table = pd.DataFrame({"payments": made, "total": paid, "n": customers})
    alike = table[table["payments"] > 0].groupby(["payments", "total"], as_index=False, sort=True)["n"].sum()
    return SpendCounts(alike)
