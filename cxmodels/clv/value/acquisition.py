"""What it costs to win a customer, and what the newly won bring with them, counted by channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import DAYS
from cxmodels.study.months import month_end, months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONTHS = 12
"""Months of costs, and of customers won in them."""


@dataclass(frozen=True, eq=False)
class Acquisition:
    """Costs and customers won, by channel.

    Attributes
    ----------
    channels
        One row a channel that has costs or customers, in alphabetical order: ``channel``; ``cost`` of the months
        (NaN where none is on record); ``joined``, customers who came through it in them; and of these
        ``contracts``, how many have signed one, ``known``, how many of those have a fee on record, with ``margin``
        and ``margin_sd``, mean and standard deviation of the margin a month of the latter.
    first, last
        The days the months begin and end.
    by
        The attribute of customers that names the channel.
    """

    channels: pd.DataFrame
    first: date
    last: date
    by: str


def acquisition(snapshot: Any, by: str, months: int = MONTHS) -> Acquisition:
    """Count costs and newly won customers of the last complete months for which costs are on record.

    Parameters
    ----------
    snapshot
        A snapshot with ``costs`` and ``customers``.
    by
        The attribute of customers that names the channel as ``costs`` does.
    months
        The most months to look back; fewer where costs are on record for fewer.

    Notes
    -----
    The margin of a month is ``monthly_fee × margin_rate`` of a customer's first contract, the fee itself
    where no rate is on record.
    """
    day = snapshot.as_of
    last = day if day == month_end(day) else day.replace(day=1) - timedelta(days=1)
    earliest = months_before(last.replace(day=1), months - 1)
    costs = snapshot.costs
    spent = (
        costs.filter(costs.month >= earliest, costs.month <= last)
        .group_by("channel")
        .agg(cost=costs.cost.sum(), since=costs.month.min())
        .to_pandas()
    )
    first = max(earliest, pd.Timestamp(spent["since"].min()).date().replace(day=1)) if len(spent) else earliest
    won = _won(snapshot, by, first, last).to_pandas()
    found = spent.drop(columns="since").merge(won, how="outer", on="channel").sort_values("channel", ignore_index=True)
    whole = ["joined", "contracts", "known"]
    variance = found.pop("square") - found["margin"] ** 2
    found["margin_sd"] = np.sqrt(np.maximum(variance, 0))
    return Acquisition(found.fillna(dict.fromkeys(whole, 0)).astype(dict.fromkeys(whole, "int64")), first, last, by)


def first_orders(snapshot: Any, by: str) -> pd.DataFrame:
    """How long new customers take to order for the first time, by channel.

    Those who joined since orders are on record; a first order is that of a purchase day (amount 0 or more).

    Returns
    -------
    pandas.DataFrame
        ``channel, entry, exit, ended, n``: the month since joining in which the first order fell (``ended`` 1, from
        1), or the whole months without one (``ended`` 0); ``entry`` is 0.
    """
    import ibis

    orders = snapshot.numbered("orders")
    recorded = orders.ordered_at.date().min().execute()
    bought = orders.filter(orders.amount >= 0)
    earliest = bought.group_by("customer").agg(ordered=bought.ordered_at.date().min())
    people = snapshot.numbered("customers")
    people = people.filter(people.joined_on >= ibis.date(recorded), people[by].notnull())
    table = people.select("customer", "joined_on", channel=people[by].cast("string")).left_join(earliest, "customer")
    ended = table.ordered.notnull()
    until = table.ordered.fill_null(ibis.date(snapshot.as_of))
    days = until.delta(table.joined_on, unit="day")
    table = table.mutate(
        ended=ended.cast("int64"),
        # an order dated before the joining counts for the first month
        exit=(ibis.greatest(days, 0) / DAYS["months"]).floor().cast("int64") + ended.cast("int64"),
    )
    counted = table.group_by("channel", "exit", "ended").agg(n=table.count()).to_pandas()
    return counted.assign(entry=0).sort_values(["channel", "exit", "ended"], ignore_index=True)


def _won(snapshot: Any, by: str, first: date, last: date) -> ir.Table:
    """Customers who joined within the days, by channel, with what their first contracts bring a month."""
    import ibis

    people = snapshot.numbered("customers")
    people = people.filter(
        people.joined_on >= ibis.date(first), people.joined_on <= ibis.date(last), people[by].notnull()
    )
    people = people.select("customer", "joined_on", channel=people[by].cast("string"))
    nothing = {"contract": ibis.null("int64"), "earned": ibis.null("float64")}
    if "contracts" in snapshot.tables:
        contracts = snapshot.numbered("contracts")
        fee = contracts.monthly_fee if "monthly_fee" in contracts.columns else ibis.null("float64")
        if "margin_rate" in contracts.columns:
            fee = fee * contracts.margin_rate.fill_null(1.0)
        signed = (
            contracts.mutate(earned=fee)
            .group_by("customer")
            .agg(contract=ibis.literal(1), earned=lambda rows: rows.earned.argmin(rows.started_on))
        )
        people = people.left_join(signed, "customer").drop("customer_right")
    else:
        people = people.mutate(**nothing)
    return people.group_by("channel").agg(
        joined=people.count(),
        contracts=people.contract.count(),
        known=people.earned.count(),
        margin=people.earned.mean(),
        square=(people.earned * people.earned).mean(),
    )
