"""Where customers were met and where they were asked: contacts and answers by touchpoint."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.counts.parts import UNKNOWN

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot


def contacts_by_touchpoint(snapshot: Snapshot, since: date, orders: str) -> pd.DataFrame:
    """Contacts from a day on: interactions by their touchpoint, and orders.

    Parameters
    ----------
    since
        First day.
    orders
        The touchpoint that an order is a contact at.

    Returns
    -------
    pandas.DataFrame
        ``key`` (the touchpoint without capitals and outer spaces), ``touchpoint`` (as it is written, of several ways
        the first), ``contacts`` of customers, ``people`` (how many customers), ``anonymous`` (contacts of nobody known,
        who cannot be asked).

    Notes
    -----
    An order is an amount of 0 or more: what is sent back is part of the contact.
    """
    import ibis

    parts = []
    if "interactions" in snapshot.tables:
        rows = snapshot.numbered("interactions")
        met = rows.filter(rows.occurred_at.date() >= ibis.date(since))
        parts.append(met.select(customer=_customer(rows), touchpoint="touchpoint"))
    if "orders" in snapshot.tables:
        rows = snapshot.numbered("orders")
        bought = rows.filter(rows.ordered_at.date() >= ibis.date(since), rows.amount >= 0)
        parts.append(bought.select("customer", touchpoint=ibis.literal(orders)))
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    table = table.mutate(key=_key(table))
    return (
        table.group_by("key")
        .agg(
            touchpoint=table.touchpoint.strip().min(),
            contacts=table.customer.count(),
            people=table.customer.nunique(),
            anonymous=table.customer.isnull().cast("int64").sum(),
        )
        .to_pandas()
        .sort_values("key", ignore_index=True)
    )


def answers_by_touchpoint(snapshot: Snapshot, since: date) -> pd.DataFrame:
    """Responses from a day on by what they ask about.

    Returns
    -------
    pandas.DataFrame
        ``key``, ``touchpoint`` as in `contacts_by_touchpoint`, ``"unknown"`` where a response does not name it;
        ``survey``; ``answers``, responses; ``people``, customers and anonymous responses.
    """
    import ibis

    rows = snapshot.numbered("responses")
    said = rows.touchpoint if "touchpoint" in rows.columns else ibis.null("string")
    rows = rows.filter(rows.answered_at.date() >= ibis.date(since))
    rows = rows.select("survey", customer=_customer(rows), touchpoint=said.fill_null(UNKNOWN))
    rows = rows.mutate(key=_key(rows))
    return (
        rows.group_by("key", "survey")
        .agg(
            touchpoint=rows.touchpoint.strip().min(),
            answers=rows.count(),
            people=rows.customer.nunique() + rows.customer.isnull().cast("int64").sum(),
        )
        .to_pandas()
        .sort_values(["key", "survey"], ignore_index=True)
    )


def _customer(rows: ir.Table) -> ir.Value:
    """Null where nobody is known, as everywhere in a study without customers."""
    import ibis

    return rows.customer if "customer" in rows.columns else ibis.null("int64")


def _key(rows: ir.Table) -> ir.Value:
    return rows.touchpoint.strip().lower()
