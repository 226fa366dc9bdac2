"""Who was unhappy: the answers that ask for a call, one row each, in the engine."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cxmodels.feedback.counts.answered import of_survey, scored
from cxmodels.feedback.counts.metrics import METRICS, questions
from cxmodels.feedback.errors import UnknownMetric
from cxmodels.study.engine import held
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

DETRACTOR = "detractor"
WHY = {"nps": DETRACTOR, "csat": "low satisfaction", "ces": "much effort"}
"""What a low score on each metric is called, the most telling first."""


def judged(snapshot: Snapshot, name: str, since: date | None = None) -> ir.Table:
    """Responses with a score for a metric since a day, one row a response.

    Returns
    -------
    ibis Table
        ``response_id, customer`` (null where anonymous), ``answered_at, day`` (days from the day of the snapshot, the
        days before it negative), ``kind, survey, touchpoint, service, score, on_scale`` (0 lowest, 1 highest), ``low``
        (whether the score is a low one: a detractor's, or below the middle of the scale).

    Raises
    ------
    UnknownMetric
        When the study has no such question.
    """
    return of_survey(_every(snapshot, name), None, None, since, None)


@once_a_snapshot
def _every(snapshot: Snapshot, name: str) -> ir.Table:
    """As `judged`, of all times; held by the engine."""
    import ibis

    metric = METRICS[name]
    _, lowest, highest = questions(snapshot, metric)
    rows = scored(snapshot, metric)
    columns = ["response_id", "customer", "answered_at", "kind", "survey", "touchpoint", "service"]
    # of several questions of one metric the lowest
    rows = rows.group_by(columns).agg(score=rows.score.min(), mark=rows["mark"].min())
    low = rows["mark"] == -1 if name == "nps" else rows.score < (lowest + highest) / 2
    day = rows.answered_at.date().delta(ibis.literal(snapshot.as_of), unit="day").cast("int64")
    on_scale = (rows.score - lowest) / (highest - lowest)
    return held(rows.select(*columns, "score", day=day, on_scale=on_scale, low=low))


def detractors(snapshot: Snapshot, since: date | None = None) -> ir.Table:
    """Detractors' answers of known customers: as `judged`, and ``next_at``, when they were a detractor again."""
    import ibis

    rows = judged(snapshot, "nps", since)
    rows = rows.filter(rows.low & rows.customer.notnull())
    in_turn = ibis.window(group_by=rows.customer, order_by=[rows.answered_at, rows.response_id])
    return rows.mutate(next_at=rows.answered_at.lead().over(in_turn))


def unhappy(snapshot: Snapshot, since: date) -> ir.Table:
    """Low scores since a day: as `judged`, and ``why``; of a response the most telling one.

    Low satisfaction and much effort count where one contact was asked about.

    Raises
    ------
    UnknownMetric
        When the study asks for none of the metrics.
    """
    import ibis

    parts = []
    for place, (metric, why) in enumerate(WHY.items()):
        try:
            rows = judged(snapshot, metric, since)
        except UnknownMetric:
            continue
        low = rows.low if metric == "nps" else rows.low & (rows.kind == "transactional")
        parts.append(rows.filter(low).mutate(why=ibis.literal(why), place=ibis.literal(place)))
    if not parts:
        raise UnknownMetric(
            f"{snapshot.settings.file}: tables.items: no question has one of the metrics {', '.join(WHY)}, so that "
            "nobody can be told to be unhappy"
        )
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    first = ibis.window(group_by=rows.response_id, order_by=rows.place)
    rows = rows.mutate(turn=ibis.row_number().over(first))
    return rows.filter(rows.turn == 0).drop("turn", "place")
