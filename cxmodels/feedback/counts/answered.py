"""Scores of a metric with the responses they were given in, in the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cxmodels.feedback.counts.metrics import Metric, questions
from cxmodels.feedback.errors import InvalidValue, MixedKinds
from cxmodels.study.errors import nearest
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

WHERE = ("touchpoint", "channel", "service")
"""Columns of responses that a study may lack."""
COLUMNS = ("response_id", "customer", "answered_at", "survey", "kind", *WHERE)


@dataclass(frozen=True)
class Answered:
    """What responses have in common: ``kind`` and ``survey`` where it is one, else ``""``; first and last day."""

    kind: str
    survey: str
    first: date | None
    last: date | None


@once_a_snapshot
def scored(snapshot: Snapshot, metric: Metric) -> ir.Table:
    """Every score given to the questions of a metric; held by the engine.

    Returns
    -------
    ibis Table
        `COLUMNS` of its response, null where the study lacks one (``customer``: where anonymous), ``item``, ``score``
        and ``mark``, as `Metric.marks`.

    Raises
    ------
    UnknownMetric, InvalidCounts
        As `questions` says.
    MissingTable
        When the study has no responses or no answers.
    """
    import ibis

    from cxmodels.study.engine import held

    items, low, high = questions(snapshot, metric)
    rows = snapshot.numbered("responses")
    # a study without customers, or without touchpoints, has no such column
    missing = {"customer": ibis.null("int64")} | dict.fromkeys(WHERE, ibis.null("string"))
    rows = rows.select(**{name: rows[name] if name in rows.columns else missing[name] for name in COLUMNS})
    scores = snapshot.table("answers")
    scores = scores.filter(scores.item.isin(items)).select(given="response_id", item="item", score="score")
    rows = rows.inner_join(scores, rows.response_id == scores.given).drop("given")
    against, favour = metric.bounds(low, high)
    mark = (rows.score >= favour).cast("int64")
    if math.isfinite(against):
        mark = mark - (rows.score <= against).cast("int64")
    return held(rows.mutate(mark=mark))


def of_survey(rows: ir.Table, survey: str | None, kind: str | None, since: date | None, until: date | None) -> ir.Table:
    """The rows of a survey, a kind and a time, each where it is given."""
    import ibis

    if survey is not None:
        rows = rows.filter(rows.survey == survey)
    if kind is not None:
        rows = rows.filter(rows.kind == kind)
    day = rows.answered_at.date()
    if since is not None:
        rows = rows.filter(day >= ibis.date(since))
    if until is not None:
        rows = rows.filter(day <= ibis.date(until))
    return rows


def refuse_unknown(snapshot: Snapshot, survey: str | None) -> None:
    """Refuse a survey that nobody answered at any time, where others were answered.

    Raises
    ------
    InvalidValue
        Naming the nearest.
    """
    known = sorted(snapshot.table("responses").select("survey").distinct().to_pandas()["survey"])
    if survey is not None and known and survey not in known:
        raise InvalidValue(
            f"survey: nobody answered a survey {survey!r}{nearest(survey, known)}; there are: "
            f"{', '.join(map(repr, known))}"
        )


def refuse_mixed(rows: ir.Table, what: str) -> Answered:
    """What the responses have in common, of one kind only.

    Raises
    ------
    MixedKinds
        When some are relational and some transactional.
    """
    found = (
        rows.aggregate(
            kinds=rows.kind.nunique(),
            kind=rows.kind.min(),
            surveys=rows.survey.nunique(),
            survey=rows.survey.min(),
            first=rows.answered_at.min(),
            last=rows.answered_at.max(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    if found["kinds"] > 1:
        raise MixedKinds(
            f"{what}: answers about the relation and about one contact are never one score; "
            "ask for kind='relational' or kind='transactional'"
        )
    first, last = (found[side] and found[side].date() for side in ("first", "last"))
    return Answered(found["kind"] or "", found["survey"] if found["surveys"] == 1 else "", first, last)
