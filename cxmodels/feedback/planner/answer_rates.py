"""How many invitations of each survey bring an answer to a question."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.counts.answered import of_survey, scored
from cxmodels.feedback.counts.metrics import Metric

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


def answer_rates(snapshot: Snapshot, metric: Metric, kind: str | None, since: date, until: date) -> pd.DataFrame:
    """Invitations of a time and those that brought an answer to the questions of a metric.

    Parameters
    ----------
    metric
        Whose questions.
    kind
        Of the surveys; None takes those of both kinds.
    since, until
        Sent on this day or later, on this day or before.

    Returns
    -------
    pandas.DataFrame
        ``survey``, ``invited`` (also what did not arrive), ``answered``, ``customers`` who answered; surveys without an
        answer are left out.

    Notes
    -----
    An answer belongs to the latest invitation of its customer to its survey before it.
    """
    import ibis

    said = of_survey(scored(snapshot, metric), None, kind, since, None)
    said = said.filter(said.customer.notnull())
    said = said.select(who="customer", of="survey", at="answered_at").distinct()
    sent = snapshot.numbered("invitations").select("customer", "survey", "sent_at")
    turn = ibis.window(group_by=[sent.customer, sent.survey], order_by=sent.sent_at)
    sent = sent.mutate(until=sent.sent_at.lead().over(turn))
    day = sent.sent_at.date()
    sent = sent.filter(day >= ibis.date(since), day <= ibis.date(until))
    same = [sent.customer == said.who, sent.survey == said.of, said["at"] >= sent.sent_at]
    both = sent.inner_join(said, same)
    both = both.filter(both.until.isnull() | (both["at"] < both.until))
    both = both.select("customer", "survey", "sent_at").distinct()
    invited = sent.group_by("survey").agg(invited=sent.count()).to_pandas()
    answered = both.group_by("survey").agg(answered=both.count(), customers=both.customer.nunique()).to_pandas()
    return invited.merge(answered, on="survey").sort_values("survey", ignore_index=True)
