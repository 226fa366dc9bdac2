"""What contacts and answers tell: how often the service was needed, whether surveys are answered, the last score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.segments.features.part import MEAN, Described, Part, absent, recent

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

METRICS = ("nps", "csat", "ces")
"""The first of them that was answered is the score."""


def contact_features(snapshot: Snapshot, days: int) -> Part:
    """``contacts`` of the last so many days: those with the service where stages tell them, else all."""
    if "interactions" not in snapshot.tables:
        return absent("the study has no interactions", "contacts")
    rows = snapshot.numbered("interactions")
    if "customer" not in rows.columns:
        return absent("interactions name no customer", "contacts")
    rows = recent(rows, "occurred_at", snapshot, days)
    unit = "contacts"
    if "stage" in rows.columns:
        rows, unit = (
            rows.filter((rows.stage.strip().lower() == "service").fill_null(False)),
            "contacts with the service",
        )
    counted = rows.group_by("customer").agg(contacts=rows.count().cast("float64"))
    return Part(counted, {"contacts": Described("contacts", unit, "log", "0", 0.0)})


def feedback_features(snapshot: Snapshot, days: int) -> Part:
    """``answered``, whether a survey was in the last so many days, and ``last_score``, from 0 to 10."""
    import ibis

    if "responses" not in snapshot.tables:
        return absent("the study has no responses", "answered", "last_score")
    rows = snapshot.numbered("responses")
    if "customer" not in rows.columns:
        return absent("every answer is nobody's", "answered", "last_score")
    rows = recent(rows, "answered_at", snapshot, days)
    found = rows.group_by("customer").agg(answered=(rows.count() > 0).cast("float64"))
    told = {"answered": Described("feedback", "1 where a survey was answered", "none", "0", 0.0)}
    scores = _scores(snapshot)
    if scores is None:
        return Part(found, told, {"last_score": f"no answer is of a question with metric {', '.join(METRICS)}"})
    rows = rows.inner_join(scores, "response_id")
    turn = ibis.window(group_by=rows.customer, order_by=[ibis.desc(rows.answered_at), ibis.desc(rows.response_id)])
    rows = rows.mutate(turn=ibis.row_number().over(turn))
    last = rows.filter(rows.turn == 0).select(scored="customer", last_score="score")
    told["last_score"] = Described("feedback", "points from 0 to 10", "none", MEAN)
    return Part(found.left_join(last, found.customer == last.scored).drop("scored"), told)


def _scores(snapshot: Snapshot) -> ir.Table | None:
    """``response_id`` and ``score``, from 0 to 10, of the first of `METRICS` that has answers."""
    if not {"answers", "items"} <= set(snapshot.tables) or "metric" not in snapshot.items.columns:
        return None
    answers = snapshot.answers.inner_join(snapshot.items, "item")
    asked = set(answers.select("metric").distinct().to_pyarrow()["metric"].to_pylist())
    metric = next((name for name in METRICS if name in asked), None)
    if metric is None:
        return None
    answers = answers.filter(answers.metric == metric)
    score = 10 * (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min)
    answers = answers.select("response_id", score=score)
    return answers.group_by("response_id").agg(score=answers.score.mean())
