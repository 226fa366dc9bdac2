"""Who was a customer when, whether a study records contracts or only orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxmodels.churn.counts.episodes import ENDED
from cxmodels.churn.counts.inactivity import inactivity_rule, quiet_spells, usual_gap
from cxmodels.churn.counts.levels import UNKNOWN
from cxmodels.churn.counts.stays import spells

if TYPE_CHECKING:
    import ibis.expr.types as ir

VOLUNTARY, INVOLUNTARY = "voluntary", "involuntary"


@dataclass(frozen=True)
class Leaving:
    """What counts as leaving in a study.

    Attributes
    ----------
    rule
        To complete "a customer has left when …".
    inactivity_days
        Days without an order after which a customer has left; None where contracts tell.
    """

    rule: str
    inactivity_days: int | None = None


def leaving(snapshot: Any, inactivity_days: int | None = None) -> Leaving:
    """What counts as leaving: contracts that end, or, without the table, days without an order.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    inactivity_days
        Only used without contracts. Default: the study's setting, or what is usual in the orders (`usual_gap`).

    Raises
    ------
    MissingTable
        When the study has neither contracts nor orders.
    NoInactivityRule
        When it has only orders, and they do not tell how long a customer may be quiet.
    """
    if "contracts" in snapshot.tables:
        return Leaving(ENDED)
    said = inactivity_days or snapshot.settings.churn.inactivity_days
    days = said or usual_gap(snapshot)
    return Leaving(inactivity_rule(days, usual=said is None), days)


def stays_of(snapshot: Any, inactivity_days: int | None = None) -> ir.Table:
    """Who was a customer when: contracts placed in their stays, or stays made of orders.

    Parameters
    ----------
    snapshot, inactivity_days
        As for `leaving`.

    Returns
    -------
    ibis Table
        ``customer, started, joined, until, stay_ended, outcome`` as `stays.spells` has them, in days from the as-of
        day; ``cause`` of a departure: ``"voluntary"``, ``"involuntary"`` (an end reason named in the study's setting
        ``involuntary``) or ``"unknown"``; and the columns of the contract, or of the first order.

    Raises
    ------
    MissingTable, NoInactivityRule
        As for `leaving`.
    """
    import ibis

    days = leaving(snapshot, inactivity_days).inactivity_days
    if days is not None:
        table = quiet_spells(snapshot.numbered("orders"), snapshot.as_of, days)
        return table.mutate(cause=ibis.literal(UNKNOWN))
    table = spells(snapshot.numbered("contracts"), snapshot.as_of)
    if "end_reason" not in table.columns:
        return table.mutate(cause=ibis.literal(UNKNOWN))
    reason = table.end_reason.cast("string").strip().lower()
    involuntary = [word.strip().lower() for word in snapshot.settings.churn.involuntary]
    known = reason.notnull() & ~reason.isin(["", UNKNOWN])
    said = ibis.ifelse(reason.isin(involuntary), INVOLUNTARY, VOLUNTARY) if involuntary else ibis.literal(VOLUNTARY)
    return table.mutate(cause=ibis.ifelse(known, said, UNKNOWN))
