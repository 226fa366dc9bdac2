"""What each respondent of weighted answers stands for, in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.loyalty.answers.respondents import respondents
from cxmodels.loyalty.answers.weighting import weighted

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.study.snapshot import Snapshot


def with_weights(snapshot: Snapshot, answers: Answers, people: ir.Table) -> ir.Table:
    """Give respondents the weights that the answers were fitted with.

    Parameters
    ----------
    snapshot, answers
        The study on a day, and answers from it, the latest of each customer.
    people
        One row a respondent: ``response_id`` and other columns.

    Returns
    -------
    ibis Table
        `people` with a column ``weight``, 1 where the answers are not weighted; without respondents whose weight is 0
        or not on record, whom the answers leave out too.
    """
    import ibis

    if not answers.weights:
        return people.mutate(weight=ibis.literal(1.0))
    everybody = weighted(snapshot, respondents(snapshot, answers.items, answers.survey, latest=True), answers.weights)
    each = everybody.filter(everybody.weight > 0).select(answered="response_id", weight="weight")
    return people.inner_join(each, people.response_id == each.answered).drop("answered")
