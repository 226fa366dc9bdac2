"""Score counts: how often each score was given, and by how many, as every score of feedback needs to know it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.answered import of_survey, refuse_mixed, refuse_unknown, scored
from cxmodels.feedback.counts.metrics import METRICS, metric_of, questions
from cxmodels.feedback.counts.parts import parted, parts_of
from cxmodels.feedback.counts.sums import cells_of, several, totals_of, weighted
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, NoScores

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class ScoreCounts:
    """How often each score was given.

    Attributes
    ----------
    frame
        One row a group, question and score that was given: the columns of `by`, ``item``, ``score``, ``mark`` (1 for
        the metric, -1 against it, 0 neither), ``n`` answers, ``customers``, ``weight`` (the answers' sum of weights;
        `n` where there are none).
    totals
        One row a group: the columns of `by`, ``n`` answers, ``responses``, ``customers`` (each anonymous response is
        one), and sums over customers, those of one customer summed first: ``weight`` Σw, ``weight_squares`` Σw²,
        ``marks`` Σt, ``marks_squares`` Σt², ``marks_weights`` Σtw, where w is the weight of a customer's responses and
        t the sum of weight x mean mark over them.
    metric
        ``"nps"``, ``"csat"``, ``"ces"`` or ``"cxi"``.
    scale_min, scale_max
        Lowest and highest score there may be.
    by
        What the answers are parted by.
    kind, survey
        Kind of the answers, ``"relational"`` or ``"transactional"``, and the survey, where it is one; else ``""``.
    first, last
        Days of the first and the last answer; None where they are not known.
    weighted
        Whether answers have weights.
    min_cell
        The fewest customers a group must have to be told of. Groups with fewer are in the frames.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame
    metric: str
    scale_min: float
    scale_max: float
    by: tuple[str, ...] = ()
    kind: str = ""
    survey: str = ""
    first: date | None = None
    last: date | None = None
    weighted: bool = False
    min_cell: int = 1

    @property
    def n(self) -> int:
        """Answers in all."""
        return int(self.totals["n"].sum())

    @property
    def net(self) -> bool:
        """Whether answers against the metric are taken off those for it."""
        return METRICS[self.metric].net

    def parts(self) -> list[ScoreCounts]:
        """The groups one by one, in the order of `totals`, as counts without groups."""
        return [self.of(place) for place in range(len(self.totals))]

    def of(self, place: int) -> ScoreCounts:
        """The counts of the group in this row of `totals`, as counts without groups."""
        row = self.totals.iloc[[place]]
        same = np.ones(len(self.frame), bool)
        for name in self.by:
            same &= (self.frame[name] == row[name].iloc[0]).to_numpy()
        frame, totals = (table.drop(columns=list(self.by)).reset_index(drop=True) for table in (self.frame[same], row))
        return replace(self, frame=frame, totals=totals, by=())


def score_counts(
    snapshot: Snapshot,
    metric: str,
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    by: str | Iterable[str] = (),
    groups: ir.Table | pd.DataFrame | None = None,
    weights: ir.Table | None = None,
) -> ScoreCounts:
    """Count the scores that were given to the questions of a metric, as known on the day of the snapshot.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers.
    metric
        ``"nps"``, ``"csat"``, ``"ces"``, or ``"cxi"`` for the three questions of the customer experience index.
    kind
        ``"relational"`` or ``"transactional"``. Needed where both answered the question: they are never one score.
    survey
        Of one survey alone.
    since, until
        Answered on this day or later, on this day or before.
    by
        What to part the answers by, one name or several, as text, ``"unknown"`` where missing: columns of responses
        (``"touchpoint"``, ``"channel"``, ``"service"``, ``"survey"``), ``"month"`` of the answer (``"2026-09"``),
        ``"plan"`` of the contract that ran on the day of the answer, columns of `groups`, attributes of customers; the
        first of these that has the name.
    groups
        Groups of customers that are worked out elsewhere: ``customer`` or ``number`` as `Snapshot.numbered` has them,
        or ``customer_id``, a pseudonym; one row a customer at most.
    weights
        ``response_id`` and ``weight``, as `response_weights` finds them. Responses that are not in it, or of a weight
        of 0, are left out.

    Returns
    -------
    ScoreCounts
        With at least one answer.

    Raises
    ------
    InvalidValue
        When the metric or the kind is none of those above.
    UnknownMetric
        When the study has no such question.
    MixedKinds
        When relational and transactional answers would be one score.
    UnknownColumn
        When `by` names what is not there.
    InvalidCounts
        When scores lie off the scale, or questions of a metric have different scales.
    NoScores
        When nobody answered.
    MissingTable
        When the study has no responses or no answers.
    """
    alone = [(by,) if isinstance(by, str) else tuple(by)]
    asked = score_counts_each(
        snapshot, metric, alone, kind=kind, survey=survey, since=since, until=until, groups=groups, weights=weights
    )
    return asked[0]


def score_counts_each(
    snapshot: Snapshot,
    metric: str,
    by: Iterable[tuple[str, ...]],
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    groups: ir.Table | pd.DataFrame | None = None,
    weights: ir.Table | None = None,
) -> list[ScoreCounts]:
    """`score_counts` of the same answers by each of several sets of attributes: cheaper than one at a time.

    Parameters
    ----------
    by
        What to part the answers by, a set at a time: ``[(), ("month",), ("touchpoint", "month")]``. At least one.
    snapshot, metric, kind, survey, since, until, groups, weights
        As for `score_counts`, which also says what is raised.
    """
    from cxmodels.study.engine import held

    wanted = metric_of(metric)
    if kind not in (None, "relational", "transactional"):
        raise InvalidValue(f"kind: 'relational' or 'transactional' is required, found {kind!r}")
    _, low, high = questions(snapshot, wanted)
    rows = of_survey(scored(snapshot, wanted), survey, kind, since, until)
    found = refuse_mixed(rows, metric)
    sets = [*by]
    every = sets[0] if len(sets) == 1 else tuple(dict.fromkeys(name for names in sets for name in names))
    columns = {name: f"by{at}" for at, name in enumerate(every)}
    rows = parted(snapshot, rows, parts_of(snapshot, every, groups), groups)
    rows = weighted(rows, weights).select(
        "response_id", "customer", "item", "score", "mark", "weight", *columns.values()
    )
    if columns or weights is not None:
        # asked twice, and what is joined to it may be long to compute
        rows = held(rows)
    table = several(rows, [[columns[name] for name in names] for names in sets])
    frames = cells_of(table, sets)
    frame = frames[0]
    if frame.empty:
        refuse_unknown(snapshot, survey)
        asked = f"{metric}{f' of {kind} surveys' if kind else ''}{f' in the survey {survey!r}' if survey else ''}"
        span = f"{f' from {since}' if since else ''}{f' to {until}' if until else ''}"
        raise NoScores(f"score_counts: nobody gave a score for {asked}{span}, as known on {snapshot.as_of}")
    if not frame["score"].between(low, high).all():
        off = frame.loc[~frame["score"].between(low, high), "score"].iloc[0]
        raise InvalidCounts(f"score_counts: scores for {metric} lie from {low:g} to {high:g}, found {off:g}")
    return [
        ScoreCounts(
            frame=frame,
            totals=totals,
            metric=metric,
            scale_min=low,
            scale_max=high,
            by=names,
            kind=found.kind,
            survey=found.survey,
            first=found.first,
            last=found.last,
            weighted=weights is not None,
            min_cell=snapshot.settings.privacy.min_cell,
        )
        for names, frame, totals in zip(sets, frames, totals_of(table, sets), strict=True)
    ]
