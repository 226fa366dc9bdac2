"""Who may be invited to a survey, and why others are not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.errors import InvalidValue
from cxmodels.feedback.loop.reachable import LEFT, PURPOSE, REFUSED
from cxmodels.feedback.loop.stays import stays
from cxmodels.feedback.weights.invited import UNDELIVERED
from cxmodels.study.consent import agreeing
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

FREE, QUARANTINE = "may be invited", "in quarantine"
STANDINGS = (FREE, LEFT, REFUSED, QUARANTINE)


def standing(snapshot: Snapshot, quarantine_days: int | None = None) -> ir.Table:
    """Every customer and whether he or she may be invited.

    Parameters
    ----------
    snapshot
        A snapshot with customers.
    quarantine_days
        Who was invited on one of so many last days, to any survey, is left alone. Default: the study's
        ``feedback.quarantine_days``.

    Returns
    -------
    ibis Table
        ``customer``, a number, and ``standing``: one of `STANDINGS`, of several reasons the first.

    Raises
    ------
    InvalidValue
        When `quarantine_days` is below 0.
    MissingTable
        When the study has no customers.

    Notes
    -----
    Consent is the latest decision on the purpose "contact"; who never decided may be invited where the study's
    ``privacy.consent`` is ``"opt_out"``. An invitation that did not arrive disturbed nobody.
    """
    import ibis

    days = quarantine(snapshot, quarantine_days)
    people = snapshot.numbered("customers").select("customer")
    found = {}
    spans = stays(snapshot)
    if spans is not None:
        found[LEFT] = people.anti_join(spans.filter(spans.left.isnull()), "customer")
    if "consents" in snapshot.tables:
        rule = snapshot.settings.privacy.consent
        may = agreeing(people, snapshot.numbered("consents"), PURPOSE, rule, "customer")
        found[REFUSED] = people.anti_join(may, "customer")
    if "invitations" in snapshot.tables and days:
        sent = snapshot.numbered("invitations")
        sent = sent.filter(sent.sent_at.date() > ibis.date(snapshot.as_of - timedelta(days=days)))
        if "status" in sent.columns:
            sent = sent.filter(sent.status.isnull() | ~sent.status.isin(UNDELIVERED))
        found[QUARANTINE] = people.semi_join(sent, "customer")
    rows = people.mutate(standing=ibis.literal(FREE))
    for reason in reversed(STANDINGS[1:]):
        if reason in found:
            held_back = found[reason].select(other="customer")
            rows = rows.left_join(held_back, rows.customer == held_back.other)
            rows = rows.select("customer", standing=rows.other.notnull().ifelse(reason, rows.standing))
    return rows


def standings(snapshot: Snapshot, quarantine_days: int | None = None) -> pd.DataFrame:
    """How many customers may be invited and how many not: ``standing``, ``customers`` (Int64), every standing.

    Small cells, and what would betray them beside the number of all, are missing. Otherwise as `standing`.
    """
    rows = standing(snapshot, quarantine_days)
    counted = rows.group_by("standing").agg(customers=rows.count()).to_pandas()
    people = counted.set_index("standing")["customers"].reindex(STANDINGS, fill_value=0).astype("Int64")
    known = [False] * len(STANDINGS) + [True]
    hidden = hidden_cells(people.to_numpy(float), snapshot.settings.privacy.min_cell, known=known)[:-1]
    return people.mask(hidden).rename_axis("standing").reset_index()


def quarantine(snapshot: Snapshot, days: int | None) -> int:
    """Days of quarantine: those given, or else the study's.

    Raises
    ------
    InvalidValue
        When they are below 0.
    """
    found = snapshot.settings.feedback.quarantine_days if days is None else days
    if found < 0:
        raise InvalidValue(f"quarantine_days: a whole number of 0 or more is required, found {found!r}")
    return found
