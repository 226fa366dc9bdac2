"""Who may be called, and who is left alone: consent, follow-ups that run already, contacts of late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cxmodels.feedback.loop.stays import stays
from cxmodels.study.consent import agreeing

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

PURPOSE = "contact"
LEFT, REFUSED, OPEN, LATELY = "left already", "no consent to contact", "follow-up open already", "contacted lately"
REASONS = (LEFT, REFUSED, OPEN, LATELY)
"""Why somebody is not called; of several the first."""


def with_reason(snapshot: Snapshot, people: ir.Table, quarantine_days: int) -> ir.Table:
    """`people` with ``reason``, why somebody is not called; null for who may be.

    Parameters
    ----------
    people
        One row a customer: ``customer``, ``answered_at`` (null where they did not answer).
    quarantine_days
        Contacts of so many days before the day count, as far as they came after the answer: a survey that was answered
        and the contact that it asked about are no answer to it.

    Notes
    -----
    Consent is the latest decision on the purpose "contact"; who never decided may be called where the study's
    ``privacy.consent`` is ``"opt_out"``.
    """
    import ibis

    found = {LEFT: _gone(snapshot, people), REFUSED: _refusing(snapshot, people), OPEN: _open(snapshot, people)}
    found[LATELY] = _lately(snapshot, people, quarantine_days)
    parts = [
        rows.select("customer", place=ibis.literal(REASONS.index(reason), type="int64"))
        for reason, rows in found.items()
        if rows is not None
    ]
    if not parts:
        return people.mutate(reason=ibis.null("string"))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    first = every.group_by("customer").agg(place=every.place.min())
    both = people.left_join(first, "customer")
    return both.mutate(reason=both.place.cases(*enumerate(REASONS))).select(*people.columns, "reason")


def _gone(snapshot: Snapshot, people: ir.Table) -> ir.Table | None:
    """Who is a customer no more."""
    spans = stays(snapshot)
    return None if spans is None else people.anti_join(spans.filter(spans.left.isnull()), "customer")


def _refusing(snapshot: Snapshot, people: ir.Table) -> ir.Table | None:
    if "consents" not in snapshot.tables:
        return None
    rules = snapshot.settings.privacy
    return people.anti_join(
        agreeing(people, snapshot.numbered("consents"), PURPOSE, rules.consent, "customer"), "customer"
    )


def _open(snapshot: Snapshot, people: ir.Table) -> ir.Table | None:
    if "actions" not in snapshot.tables or "closed_at" not in snapshot.numbered("actions").columns:
        return None
    actions = snapshot.numbered("actions")
    return people.semi_join(actions.filter(actions.closed_at.isnull()), "customer")


def _lately(snapshot: Snapshot, people: ir.Table, days: int) -> ir.Table | None:
    import ibis

    known = {name: snapshot.numbered(name) for name in _CONTACTS if name in snapshot.tables}
    parts = []
    for name, column in _CONTACTS.items():
        if name not in known or not {"customer", column} <= set(known[name].columns):
            continue
        rows = known[name]
        if name == "interactions":
            if "stage" not in rows.columns:
                continue
            rows = rows.filter((rows.stage.strip().lower() == "service").fill_null(False))
        parts.append(rows.select(who="customer", at=rows[column].cast("timestamp")))
    if not parts:
        return None
    contacts = ibis.union(*parts) if len(parts) > 1 else parts[0]
    first = ibis.timestamp(f"{snapshot.as_of - timedelta(days=days)} 00:00:00")
    contacts = contacts.filter(contacts["at"] >= first)
    since = [people.customer == contacts.who, people.answered_at.isnull() | (contacts["at"] > people.answered_at)]
    return people.semi_join(contacts, since)


_CONTACTS = {"actions": "contacted_at", "invitations": "sent_at", "interactions": "occurred_at"}
