"""What was known on an earlier day beside what came after it, and purchases over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.clv.counts.days import MONEY, by_customer, purchase_days
from cxmodels.clv.errors import InvalidValue, NoPurchases

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

_PAST = ("frequency", "recency", "T", "payments", "total")
_COLUMNS = (*_PAST, "purchases", "spent")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Customers as they were known on a day, and what they did until a later one.

    Attributes
    ----------
    frame
        One row a distinct combination, in that order: ``frequency``, ``recency``, ``T`` (days), ``payments`` and
        ``total`` (repeat payments and their money) as of `made_on`; ``purchases`` (days) and ``spent`` (money) after
        it, up to and including `as_of`; ``n`` customers. Who had not bought by `made_on` is not there.
    made_on, as_of
        The two days.
    currency
        The study's.
    """

    frame: pd.DataFrame
    made_on: date
    as_of: date
    currency: str = ""

    @property
    def ahead(self) -> int:
        """Days between the two."""
        return (self.as_of - self.made_on).days


def held_out(snapshot: Snapshot, made_on: date) -> HeldOut:
    """Part what is known of customers at an earlier day.

    Parameters
    ----------
    snapshot
        A snapshot with orders.
    made_on
        The earlier day; purchases on it are known.

    Raises
    ------
    MissingTable
        When the study has no orders.
    InvalidValue
        When the day is not before that of the snapshot.
    NoPurchases
        When nobody had bought by then.
    """
    if made_on >= snapshot.as_of:
        raise InvalidValue(f"held_out: made_on must be before {snapshot.as_of}, the snapshot's day, found {made_on}")
    ahead = (snapshot.as_of - made_on).days
    days = purchase_days(snapshot).table
    past = days.filter(days.ago >= ahead)
    known = by_customer(past.mutate(ago=past.ago - ahead))
    later = _later(days, ahead)
    found = known.left_join(later, "customer")
    table = found.select(
        "frequency",
        "recency",
        "T",
        "payments",
        total=found.repeat_paid,
        purchases=found.purchases.fill_null(0),
        spent=found.spent.fill_null(0),
    )
    frame = table.group_by(list(_COLUMNS)).agg(n=table.count()).to_pandas()
    if frame.empty:
        raise NoPurchases(f"held_out: nobody had bought by {made_on}")
    frame = frame.astype("int64").sort_values(list(_COLUMNS), ignore_index=True)
    frame = frame.assign(total=frame["total"] / MONEY, spent=frame["spent"] / MONEY)
    return HeldOut(frame, made_on, snapshot.as_of, snapshot.settings.study.currency)


def repeat_purchases(snapshot: Snapshot, since: date | None = None) -> pd.DataFrame:
    """First and repeat purchases day by day.

    Parameters
    ----------
    snapshot
        A snapshot with orders.
    since
        Only customers whose first purchase lies on this day or later.

    Returns
    -------
    pandas.DataFrame
        One row a day with a purchase, in order: ``day`` (timestamp), ``new``, customers who bought for the first
        time, ``purchases``, repeat ones only.

    Raises
    ------
    MissingTable
        When the study has no orders.
    """
    days = purchase_days(snapshot).table
    first = days.group_by("customer").agg(T=days.ago.max())
    if since is not None:
        first = first.filter(first["T"] <= (snapshot.as_of - since).days)
    table = days.inner_join(first, "customer")
    counted = table.group_by("ago").agg(new=(table.ago == table["T"]).sum(), every=table.count())
    frame = counted.to_pandas().astype("int64").sort_values("ago", ascending=False, ignore_index=True)
    day = pd.Timestamp(snapshot.as_of) - pd.to_timedelta(frame["ago"], unit="D")
    return pd.DataFrame({"day": day, "new": frame["new"], "purchases": frame["every"] - frame["new"]})


def _later(days: ir.Table, ahead: int) -> ir.Table:
    """``customer``, ``purchases`` and ``spent`` in the last `ahead` days."""
    after = days.filter(days.ago < ahead)
    return after.group_by("customer").agg(purchases=after.count(), spent=after.paid.sum())
