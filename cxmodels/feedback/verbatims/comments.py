"""Comments of a time: read from the engine, masked at once, with score, value and language beside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.counts.answered import of_survey, refuse_unknown, scored
from cxmodels.feedback.counts.metrics import METRICS, questions
from cxmodels.feedback.counts.parts import by_number
from cxmodels.feedback.errors import InvalidValue, NoComments, UnknownColumn, UnknownMetric
from cxmodels.feedback.verbatims.languages import language_of
from cxmodels.feedback.verbatims.masking import masked

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

_ONE_QUESTION = ("nps", "csat", "ces")
_USUAL = ("nps", "csat")


@dataclass(frozen=True, eq=False)
class Comments:
    """What customers wrote, without personal data.

    Attributes
    ----------
    frame
        One row a comment, in the order they were written: ``person`` (a number without meaning; an anonymous response
        is a person of its own), ``day``, ``survey``, ``kind``, ``touchpoint``, ``score`` and ``value`` (NaN where not
        known), ``language``, ``text`` (masked).
    masked
        What was masked: `Masked.counts`.
    metric
        Whose score it is: ``"nps"``, ``"csat"`` …; ``""`` where the study asks for none of them.
    scale
        Lowest and highest score.
    min_cell
        The fewest customers a group must have to be told of.
    """

    frame: pd.DataFrame = field(repr=False)
    masked: pd.DataFrame = field(repr=False)
    metric: str
    scale: tuple[float, float]
    min_cell: int

    def __len__(self) -> int:
        return len(self.frame)


def comments(
    snapshot: Snapshot,
    *,
    since: date | None = None,
    until: date | None = None,
    kind: str | None = None,
    survey: str | None = None,
    metric: str | None = None,
    values: ir.Table | pd.DataFrame | None = None,
    names: Collection[str] = (),
    kept: Collection[str] = (),
) -> Comments:
    """Read the comments that hold a word or more.

    They are the one thing that leaves the engine row by row, because masking has to read them; what is kept is masked.

    Parameters
    ----------
    snapshot
        A snapshot with responses.
    since, until
        Written on this day or later, on this day or before.
    kind, survey
        Of one kind or one survey alone.
    metric
        Whose score stands beside: ``"nps"``, ``"csat"`` or ``"ces"``. Default: nps, else csat, whichever the study asks
        for. Of several answers to it in a response, the mean.
    values
        What customers are worth: ``value`` with ``customer``, ``number`` or ``customer_id`` (a pseudonym).
    names, kept
        As `masked` takes them.

    Raises
    ------
    NoComments
        When there is none.
    InvalidValue
        When there is no such kind, survey or metric.
    UnknownMetric
        When the study does not ask for the metric.
    UnknownColumn
        When `values` lacks a column.
    MissingTable
        When the study has no responses.
    """
    import ibis

    if kind not in (None, "relational", "transactional"):
        raise InvalidValue(f"kind: 'relational' or 'transactional' is required, found {kind!r}")
    rows = snapshot.numbered("responses")
    if "comment" not in rows.columns:
        raise NoComments(f"{snapshot.settings.file}: tables.responses: the study has no column 'comment'")
    if survey is not None:
        refuse_unknown(snapshot, survey)
    # a study without customers, or without touchpoints, has no such column
    missing = {"customer": ibis.null("int64"), "touchpoint": ibis.null("string")}
    rows = rows.mutate(**{name: null for name, null in missing.items() if name not in rows.columns})
    rows = of_survey(rows, survey, kind, since, until)
    rows = rows.filter(rows.comment.notnull(), rows.comment.strip().length() > 0)
    rows = rows.select("response_id", "customer", "answered_at", "survey", "kind", "comment", "touchpoint")
    name, scale = _metric(snapshot, metric)
    rows = _with_score(snapshot, rows, name)
    rows = _with_value(snapshot, rows, values)
    found = rows.order_by("answered_at", "response_id").to_pandas()
    if found.empty:
        span = f"{f' from {since}' if since else ''}{f' to {until}' if until else ''}"
        raise NoComments(f"comments: nobody wrote a comment{span}, as known on {snapshot.as_of}")
    blotted = masked(found["comment"], names, kept)
    frame = pd.DataFrame(
        {
            "person": pd.to_numeric(found["customer"]).fillna(pd.Series(-1.0 - found.index)).astype("int64"),
            "day": pd.to_datetime(found["answered_at"]).dt.normalize(),
            **{column: found[column] for column in ("survey", "kind", "touchpoint")},
            **{column: found[column].astype(float) for column in ("score", "value")},
            "language": language_of(blotted.texts),
            "text": blotted.texts,
        }
    )
    return Comments(frame, blotted.counts, name, scale, snapshot.settings.privacy.min_cell)


def _metric(snapshot: Snapshot, metric: str | None) -> tuple[str, tuple[float, float]]:
    if metric is not None:
        if metric not in _ONE_QUESTION:
            raise InvalidValue(f"metric: one of {', '.join(_ONE_QUESTION)} is required, found {metric!r}")
        _, low, high = questions(snapshot, METRICS[metric])
        return metric, (low, high)
    if "answers" in snapshot.tables:
        for name in _USUAL:
            try:
                _, low, high = questions(snapshot, METRICS[name])
            except UnknownMetric:
                continue
            return name, (low, high)
    return "", (float("nan"), float("nan"))


def _with_score(snapshot: Snapshot, rows: ir.Table, metric: str) -> ir.Table:
    import ibis

    if not metric:
        return rows.mutate(score=ibis.null("float64"))
    given = scored(snapshot, METRICS[metric])
    scores = given.group_by(given="response_id").agg(score=given.score.mean())
    return rows.left_join(scores, rows.response_id == scores.given).drop("given")


def _with_value(snapshot: Snapshot, rows: ir.Table, values: ir.Table | pd.DataFrame | None) -> ir.Table:
    import ibis

    if values is None:
        return rows.mutate(value=ibis.null("float64"))
    if "value" not in values.columns:
        raise UnknownColumn(f"values: 'value' is required, found: {', '.join(map(str, values.columns))}")
    keyed = by_number(snapshot, values if isinstance(values, ibis.Table) else ibis.memtable(values))
    # one row a customer, whatever was passed in: a comment is not to be read twice
    worth = keyed.group_by(worthy="customer").agg(value=keyed.value.cast("float64").sum())
    return rows.left_join(worth, rows.customer == worth.worthy).drop("worthy")
