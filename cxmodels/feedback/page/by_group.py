"""The score of groups of customers that another room has found, told as the page of feedback tells scores."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.page.attributes import attributes_of
from cxmodels.feedback.page.heard import WEIGHED
from cxmodels.feedback.page.parts import told
from cxmodels.feedback.page.where import DRAWS
from cxmodels.feedback.pooling.partial_pooling import Pooled, pooled
from cxmodels.feedback.weights.response_weights import response_weights

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from cxmodels.study.snapshot import Snapshot


def score_by(
    snapshot: Snapshot,
    by: str,
    groups: ir.Table | pd.DataFrame,
    *,
    metric: str = "nps",
    kind: str = "relational",
    since: date | None = None,
) -> Pooled:
    """Score groups together, weighted for who did not answer where four in five answers have a weight.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers.
    by, groups
        The groups, a column of `groups`, which is as `score_counts` takes it.
    metric, kind, since
        As for `score_counts`.

    Raises
    ------
    UnknownMetric, UnknownColumn, InvalidValue, NoScores, MissingTable
        As for `score_counts`.
    TooFewCustomers
        When fewer than two groups may be told of.
    """
    asked: dict[str, Any] = {"kind": kind, "since": since, "by": by, "groups": groups}
    counts = score_counts(snapshot, metric, **asked)
    weights = told(response_weights, snapshot, attributes=attributes_of(snapshot)).found
    if weights is not None:
        weighed = told(score_counts, snapshot, metric, weights=weights.table, **asked).found
        if weighed is not None and weighed.n >= WEIGHED * counts.n:
            counts = weighed
    return pooled(counts, draws=DRAWS)
