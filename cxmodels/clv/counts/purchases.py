"""Purchase counts: all a purchase model needs to know of every customer, counted by the engine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxmodels.clv.counts.days import MONEY, by_customer, purchase_days
from cxmodels.clv.counts.groups import COHORT, attributes, cohorts, in_engine, named, people

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

Unit = Literal["days", "weeks", "months"]
DAYS: dict[Unit, float] = {"days": 1.0, "weeks": 7.0, "months": 30.4375}
"""Days of each unit of time."""
KEYS = ("frequency", "recency", "T")
SUMS = ("amount", "repeat_amount", "log_gaps")
_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class PurchaseCounts:
    """How often and when customers bought, equal ones counted together.

    Attributes
    ----------
    frame
        One row a distinct (frequency, recency, T) and group, in that order: ``frequency``, ``recency``, ``T`` (in
        `unit`), a column for each of `by`, ``n`` customers, and sums over these n: ``amount`` paid in all,
        ``repeat_amount`` without the first day, in the study's currency; ``log_gaps``, the sum of the logarithms of
        the times (in `unit`) between one purchase and the next, where asked for.
    unit
        What recency and T are counted in.
    as_of
        The day T reaches to; None where the counts come from a frame.
    by
        The attributes the customers are parted by.
    free_of_charge, returns
        Orders of amount 0 (purchases) and below (none), counted.
    min_cell
        The fewest customers a group must have to be shown.
    returned
        Money of the returns, in the study's currency; 0 or more.
    before_joining
        Customers whose first purchase lies before the day they joined; it counts as their first all the same.
    """

    frame: pd.DataFrame
    unit: Unit = "days"
    as_of: date | None = None
    by: tuple[str, ...] = ()
    free_of_charge: int = 0
    returns: int = 0
    min_cell: int = 1
    returned: float = 0.0
    before_joining: int = 0

    @property
    def customers(self) -> int:
        """Customers who bought."""
        return int(self.frame["n"].sum())

    @property
    def repeaters(self) -> int:
        """Those who bought again."""
        return int(self.frame.loc[self.frame["frequency"] > 0, "n"].sum())

    @property
    def month(self) -> float:
        """Length of a month in `unit`."""
        return DAYS["months"] / DAYS[self.unit]

    def in_unit(self, unit: Unit) -> PurchaseCounts:
        """The same with recency, T and gaps in another unit; nothing is rounded."""
        factor = DAYS[self.unit] / DAYS[unit]
        frame = self.frame.assign(recency=self.frame["recency"] * factor, T=self.frame["T"] * factor)
        if "log_gaps" in frame:
            frame["log_gaps"] += frame["frequency"] * frame["n"] * math.log(factor)
        return replace(self, frame=frame, unit=unit)


def purchase_counts(
    snapshot: Snapshot, since: date | None = None, by: str | Iterable[str] = (), gaps: bool = False
) -> PurchaseCounts:
    """Frequency, recency and T of the customers who bought, equal ones counted together.

    A purchase is a day with at least one order of amount 0 or more: several orders of a day are one purchase, and an
    order that was free of charge was still placed. A return (negative amount) is no purchase and is taken off no
    customer's amount, as nothing says what it returns; returns are counted and their money is summed. Who has only
    returns has not bought.

    Parameters
    ----------
    snapshot
        A snapshot with orders.
    since
        Only customers whose first purchase lies on this day or later (a cohort), all their purchases counted.
    by
        Attributes of customers to part them by, one or several, as text, ``"unknown"`` where missing; or ``"cohort"``,
        the month, quarter or year of the first purchase (`groups.cohorts`).
    gaps
        Whether ``log_gaps`` are wanted, which only models of regular buyers need: it takes the engine a sort.

    Returns
    -------
    PurchaseCounts
        In days, all whole numbers. T reaches from the first purchase to the as-of day: 0 for who first bought on it.
        Recency is 0 for those who bought once. Money to four decimals, ``log_gaps`` to six.

    Raises
    ------
    MissingTable
        When the study has no orders.
    UnknownColumn, InvalidValue
        When `by` names what is no attribute of customers, or a column of the counts.
    HugeAmount
        When an order's amount is beyond 1e11.

    Notes
    -----
    x, t_x and T of Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2),
    section 3, in whole days.
    """
    asked = named(by)
    names = attributes(snapshot, asked)
    days = purchase_days(snapshot)
    customers = by_customer(days.table)
    if gaps:
        customers = customers.left_join(_log_gaps(days.table), "customer").drop("customer_right")
    if since is not None:
        customers = customers.filter(customers["T"] <= (snapshot.as_of - since).days)
    known = "customers" in snapshot.tables
    if known:
        persons = people(snapshot, names).rename({"person:": "customer"})
        customers = customers.left_join(persons, customers.customer == persons["person:"])
    parts = in_engine(names)
    frame = _alike(customers, tuple(parts.values()), snapshot.as_of if known else None)
    early = int(frame.pop("early").sum()) if known else 0
    frame = frame.rename(columns={column: name for name, column in parts.items()})
    if COHORT in asked:
        frame[COHORT] = cohorts(snapshot.as_of, frame["T"])
    columns = [*KEYS, *asked, "n", *(name for name in SUMS if name in frame)]
    return PurchaseCounts(
        frame=frame[columns].sort_values([*KEYS, *asked], ignore_index=True),
        as_of=snapshot.as_of,
        by=asked,
        free_of_charge=days.free_of_charge,
        returns=days.returns,
        min_cell=snapshot.settings.privacy.min_cell,
        returned=days.returned,
        before_joining=early,
    )


def _alike(customers: ir.Table, parts: tuple[str, ...], as_of: date | None) -> pd.DataFrame:
    """Count equal customers, and those of them with a purchase before they joined, where that is known."""
    import ibis

    sums: dict[str, ir.Value] = {
        "n": customers.count(),
        "amount": customers.paid.sum().cast("float64"),
        "repeat_amount": customers.repeat_paid.sum().cast("float64"),
    }
    if "log_gaps" in customers.columns:
        sums["log_gaps"] = customers.log_gaps.fill_null(0.0).sum()
    if as_of is not None:
        sums["early"] = (ibis.date(as_of).delta(customers.joined_on, unit="day") < customers["T"]).sum()
    frame = customers.group_by([*KEYS, *parts]).agg(**sums).to_pandas()
    frame = frame.astype(dict.fromkeys((*KEYS, "n"), "int64"))
    frame[["amount", "repeat_amount"]] /= MONEY
    return frame.round({"log_gaps": _DECIMALS}) if "log_gaps" in frame else frame


def _log_gaps(days: ir.Table) -> ir.Table:
    """``customer``, ``log_gaps``: the sum of the logarithms of the days between one purchase and the next."""
    import ibis

    before = days.ago.lag().over(ibis.window(group_by=days.customer, order_by=days.ago.desc()))
    between = days.mutate(gap=before - days.ago)
    between = between.filter(between.gap.notnull())
    return between.group_by("customer").agg(log_gaps=between.gap.cast("float64").log().sum())
