"""The next wave of a survey: who is invited to what, for the company to send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cxmodels.feedback.planner.invitees import invitees
from cxmodels.study.engine import held

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.feedback.planner.sample_plan import SamplePlan
    from cxmodels.study.snapshot import Snapshot

_MONTHS = 12
_DIGITS = 3


@dataclass(frozen=True, eq=False)
class NextWave:
    """Whom to invite next, and to what.

    Attributes
    ----------
    table
        An Ibis table, one row a customer: ``customer``, a pseudonym; ``survey`` and ``kind``; ``rate``, the probability
        to answer of customers like this one; ``chance``, that of being drawn. What is known of a customer beyond that
        is nothing an invitation needs. For the company to act on: it belongs on no page.
    customers
        How many rows it has.
    survey, kind
        Of the plan's surveys that which takes the fewest invitations; the kind of its answers.
    usual
        Invitations to it in a month, of the last twelve.
    """

    table: ir.Table = field(repr=False)
    customers: int
    survey: str
    kind: str
    usual: int


def next_wave(snapshot: Snapshot, plan: SamplePlan, n: int = 0, *, attributes: str | Iterable[str] = ()) -> NextWave:
    """Draw whom to invite next to the survey of a plan.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    plan
        From `plan_sample`.
    n
        How many; 0 takes as many as were invited to the survey in a month of the last twelve.
    attributes
        As `invitees` takes them.

    Raises
    ------
    InvalidValue, NobodyToInvite, UnknownColumn, MissingTable
        As `invitees` says, which draws them: those who may be contacted and were not invited of late.
    """
    import ibis

    survey = str(plan.survey["survey"])
    usual = max(round(plan.survey["invited"] / _MONTHS), 1)
    drawn = invitees(
        snapshot, n or usual, attributes=attributes, metric=plan.metric, quarantine_days=plan.quarantine_days
    )
    table = drawn.select(
        "customer",
        survey=ibis.literal(survey),
        kind=ibis.literal(plan.kind),
        rate=drawn.rate.round(_DIGITS),
        chance=drawn.chance.round(_DIGITS),
    )
    table = held(table)
    return NextWave(table, int(table.count().execute()), survey, plan.kind, usual)
