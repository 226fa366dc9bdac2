"""What customers and contracts tell: who is here, how long, and for what fee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.segments.features.part import MEAN, Described, Part

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

MONTH = 30.4375
_TENURE = Described("relation", "months", "log", MEAN)


def relation_features(snapshot: Snapshot) -> tuple[ir.Table, Part]:
    """``tenure``, since joining or the first contract or order, and ``fee``, of the contracts that run.

    They stand in a table of everybody the study knows, with ``running``: whether a contract runs, or, where there are
    none, whether the customer is not known to have left; null where the study knows neither.
    """
    import ibis

    parts, told = [], {"tenure": _TENURE}
    paid = Described("relation", f"{snapshot.settings.study.currency} a month", "log", "0", 0.0)
    day = ibis.date(snapshot.as_of)
    since, running, fee = ibis.null("date"), ibis.null("boolean"), ibis.null("float64")
    if "contracts" in snapshot.tables:
        contracts = snapshot.numbered("contracts")
        runs = contracts.ended_on.isnull() if "ended_on" in contracts.columns else ibis.literal(True)
        fees = contracts.monthly_fee.cast("float64") if "monthly_fee" in contracts.columns else fee
        part = contracts.select("customer", since=contracts.started_on.cast("date"), running=runs, fee=fees)
        parts.append(part.mutate(fee=part.running.ifelse(part.fee, fee)))
        told |= {"fee": paid} if "monthly_fee" in contracts.columns else {}
    if "customers" in snapshot.tables:
        people = snapshot.numbered("customers")
        stays = running
        if "contracts" not in snapshot.tables and "left_on" in people.columns:
            stays = people.left_on.isnull()
        parts.append(people.select("customer", since=people.joined_on.cast("date"), running=stays, fee=fee))
    if "orders" in snapshot.tables:
        orders = snapshot.numbered("orders")
        parts.append(orders.select("customer", since=orders.ordered_at.date(), running=running, fee=fee))
    if not parts:
        people = snapshot.pseudonyms
        parts.append(people.select(customer="number", since=since, running=running, fee=fee))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    table = rows.group_by("customer").agg(running=rows.running.any(), since=rows.since.min(), fee=rows.fee.sum())
    tenure = day.delta(table.since, unit="day").cast("float64") / MONTH
    left_out = {} if "fee" in told else {"fee": "no contract has a fee"}
    return table.select("customer", "running", tenure=tenure, fee=table.fee), Part(None, told, left_out)


def is_here(table: ir.Table) -> ir.BooleanValue:
    """Whether a contract runs or something was bought; everybody not known to have left, where neither is known."""
    import ibis

    bought = (table.frequency > 0).fill_null(False) if "frequency" in table.columns else ibis.literal(False)
    return table.running.fill_null("frequency" not in table.columns) | bought
