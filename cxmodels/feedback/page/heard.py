"""The scores of a month: every metric and kind of answer that was asked, weighted where invitations allow it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.answered import of_survey, scored
from cxmodels.feedback.counts.metrics import METRICS, questions
from cxmodels.feedback.counts.parts import MONTH, UNKNOWN
from cxmodels.feedback.counts.scores import score_counts_each
from cxmodels.feedback.errors import NoScores, UnknownMetric
from cxmodels.feedback.estimates.scores import score_table, unit_of
from cxmodels.feedback.page.score import Score
from cxmodels.study.months import months_before
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.feedback.counts.scores import ScoreCounts
    from cxmodels.feedback.weights.response_weights import ResponseWeights
    from cxmodels.study.snapshot import Snapshot

KINDS = ("relational", "transactional")
YEAR = 12
"""Months of the longer figure and of the history."""
WEIGHED = 0.8
"""Share of the answers that must have a weight for a score to be weighted; else most would be left out."""
PLACES = 3
"""Touchpoints that have a score of their own, those of most answers."""
_HISTORY = ["month", "value", "low", "high"]


@dataclass(frozen=True, eq=False)
class Heard:
    """What customers said.

    Attributes
    ----------
    scores
        The recommendation question first, relational before transactional, touchpoints beside it; then csat, ces and
        cxi of the kind with more answers.
    kind
        Kind of the first of them: what the page opens with.
    asked
        Kind → the metrics it was asked in the last twelve months.
    as_of, since
        Day of the snapshot; first day of its twelve months.
    weights
        ``response_id`` and ``weight``, held by the engine; None where answers cannot be weighted.
    min_cell
        The fewest customers a group must have to be told of.
    """

    scores: tuple[Score, ...]
    kind: str
    asked: Mapping[str, tuple[str, ...]]
    as_of: date
    since: date
    weights: ir.Table | None = field(repr=False)
    min_cell: int

    @property
    def first(self) -> Score:
        """The score the page opens with."""
        return self.scores[0]

    @property
    def month(self) -> str:
        """``"2026-09"``."""
        return f"{self.as_of:%Y-%m}"

    def score(self, metric: str, kind: str) -> Score | None:
        """The score of all answers of a kind, where there is one."""
        return next((one for one in self.scores if (one.metric, one.kind, one.place) == (metric, kind, "")), None)

    def weights_for(self, kind: str) -> ir.Table | None:
        """Weights of the answers of a kind, where the scores of the kind are weighted."""
        return self.weights if any(one.weighted for one in self.scores if one.kind == kind) else None


def heard(snapshot: Snapshot, weights: ResponseWeights | None = None) -> Heard:
    """Score every metric that was asked.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers.
    weights
        From `response_weights`; None where nobody was invited. A score is weighted where four in five of its answers
        have a weight.

    Raises
    ------
    NoScores
        When the study asks for none of the metrics, or too few answered in the last twelve months.
    """
    from cxmodels.study.engine import held

    since = months_before(snapshot.as_of, YEAR) + timedelta(days=1)
    table = None if weights is None else held(_side_by_side(weights))
    found: list[Score] = []
    asked = _asked(snapshot, since)
    for metric, kind in _wanted(asked):
        found += _scores(snapshot, metric, kind, since, table)
    if not found:
        raise NoScores(
            "heard: no question asks for a recommendation, satisfaction, effort or experience (items.metric), or too "
            "few customers answered one in the last twelve months"
        )
    least = snapshot.settings.privacy.min_cell
    kinds = {str(kind): tuple(part["metric"]) for kind, part in asked.groupby("kind")}
    return Heard(tuple(found), found[0].kind, kinds, snapshot.as_of, since, table, least)


def _side_by_side(weights: ResponseWeights) -> ir.Table:
    """``response_id``, ``weight``, and ``weaker`` and ``stronger``, the weights at either end of the slope's doubt."""
    table = weights.table
    for name in ("weaker", "stronger"):
        own = getattr(weights, name)
        table = table.inner_join(
            own.select(given="response_id", **{name: own.weight}), table.response_id == own.response_id
        )
        table = table.drop("given")
    return table


def _asked(snapshot: Snapshot, since: date) -> pd.DataFrame:
    """``metric``, ``kind``, ``n`` answers of the last twelve months."""
    rows = []
    for metric in METRICS.values():
        try:
            questions(snapshot, metric)
        except UnknownMetric:
            continue
        given = of_survey(scored(snapshot, metric), None, None, since, None)
        counted = given.group_by("kind").agg(n=given.count()).to_pandas()
        rows += [(metric.name, row.kind, int(row.n)) for row in counted.itertuples()]
    return pd.DataFrame(rows, columns=["metric", "kind", "n"])


def _wanted(asked: pd.DataFrame) -> list[tuple[str, str]]:
    """The recommendation question of both kinds, then the others of the kind with more answers."""
    both = [("nps", kind) for kind in KINDS if ((asked["metric"] == "nps") & (asked["kind"] == kind)).any()]
    others = asked[asked["metric"] != "nps"].sort_values("n", ascending=False, kind="stable").drop_duplicates("metric")
    kinds = dict(zip(others["metric"], others["kind"], strict=True))
    return both + [(metric, str(kinds[metric])) for metric in METRICS if metric in kinds]


def _scores(snapshot: Snapshot, metric: str, kind: str, since: date, weights: ir.Table | None) -> list[Score]:
    """The score of all answers of a kind, and of the transactional recommendation question those of touchpoints."""
    shifts = pd.DataFrame() if weights is None else _shifts(snapshot, metric, kind, since, weights)
    weighable = float(shifts["weighable"].iloc[0]) if len(shifts) else 0.0
    used = weights if weighable >= WEIGHED else None
    by: list[tuple[str, ...]] = [()]
    if metric == "nps" and kind == "transactional" and "touchpoint" in snapshot.numbered("responses").columns:
        by.append(("touchpoint",))
    every = [*by, *((*names, MONTH) for names in by)]
    counts = score_counts_each(snapshot, metric, every, kind=kind, since=since, weights=used)
    raw = counts if used is None else score_counts_each(snapshot, metric, by, kind=kind, since=since)
    out: list[Score] = []
    for at in range(len(by)):
        parts = _parted(counts[at], counts[len(by) + at], raw[at], snapshot.as_of, weighable)
        parts = [_with_doubt(one, shifts.loc[one.place]) for one in parts] if used is not None else parts
        # of one touchpoint alone the score is that of all
        out += parts if at == 0 or len(parts) > 1 else []
    return out


def _parted(year: ScoreCounts, month: ScoreCounts, raw: ScoreCounts, as_of: date, weighable: float) -> list[Score]:
    """The scores of the largest groups that may be told of."""
    by, unit, now = year.by, unit_of(year), f"{as_of:%Y-%m}"
    years, raws, months = (_told(counts, by) for counts in (year, raw, month))
    found = []
    for place in [place for place in years.index if place in raws.index][:PLACES]:
        own = months[months["place"] == place].set_index(MONTH)
        found.append(
            Score(
                metric=year.metric,
                kind=year.kind,
                place=str(place),
                month=_estimate(own.loc[now], unit) if now in own.index else None,
                year=_estimate(years.loc[place], unit),
                raw=_estimate(raws.loc[place], unit),
                history=own.reset_index()[_HISTORY],
                weighted=year.weighted,
                weighable=weighable,
            )
        )
    return found


def _shifts(snapshot: Snapshot, metric: str, kind: str, since: date, weights: ir.Table) -> pd.DataFrame:
    """How far the score lies below and above where the slope of answering is at either end of its interval.

    One row a touchpoint, and ``""`` for all: ``below``, ``above``, in the unit of the score; ``weighable``, the share
    of all answers that have a weight.
    """
    unit, rows = 100 if METRICS[metric].net else 1, scored(snapshot, METRICS[metric])
    rows = of_survey(rows, None, kind, since, None)
    known = weights.rename(weighs="response_id")
    rows = rows.left_join(known, rows.response_id == known.weighs)
    columns = ("weight", "weaker", "stronger")
    sums = {name: rows[name].sum() for name in columns} | {
        f"{name}:for": (rows[name] * rows["mark"]).sum() for name in columns
    }
    counted = rows.group_by(place=rows.touchpoint.fill_null(UNKNOWN)).agg(
        n=rows.count(), has=rows.weight.count(), **sums
    )
    table = counted.to_pandas().set_index("place").fillna(0.0).astype(float)
    table.loc[""] = table.sum()
    # without a weighted answer there is no score to move
    scores = pd.concat(
        [unit * table[f"{name}:for"] / table[name].where(table[name] > 0) for name in columns], axis=1, keys=columns
    )
    moves = scores.sub(scores["weight"], axis=0)
    share = float(table.loc["", "has"] / table.loc["", "n"])
    return pd.DataFrame({"below": -moves.min(axis=1), "above": moves.max(axis=1), "weighable": share})


def _told(counts: ScoreCounts, by: tuple[str, ...]) -> pd.DataFrame:
    """Scores that may be told: by ``place``, the one of most customers first, or with it as a column by month."""
    table = score_table(counts).assign(place=lambda frame: frame[by[0]] if by else "")
    monthly = MONTH in counts.by
    if by:
        # the score of all is told: a touchpoint must not follow from it and the others
        of = table.groupby(table[MONTH] if monthly else np.zeros(len(table)))["customers"]
        hidden = of.transform(
            lambda people: hidden_cells(people.to_numpy(), counts.min_cell, known=[False] * len(people) + [True])[:-1]
        )
        kept = table[~hidden.astype(bool) & (table["place"] != UNKNOWN)]
    else:
        kept = table[table["customers"] >= counts.min_cell]
    kept = kept.sort_values([MONTH] if monthly else ["customers"], ascending=monthly, kind="stable")
    return kept if monthly else kept.set_index("place")


def _estimate(row: pd.Series, unit: str) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]), unit, int(row["n"]))


def _with_doubt(score: Score, shift: pd.Series) -> Score:
    """With the doubt of the weights too, as `with_doubt_of_weights` adds it: both doubts are independent.

    Months have that of the year: the slope of answering is that of all time.
    """
    below, above = float(shift["below"]), float(shift["above"])

    def wider(found: Estimate) -> Estimate:
        low = found.value - math.hypot(found.value - found.low, below)
        return replace(found, low=low, high=found.value + math.hypot(found.high - found.value, above))

    past = score.history
    low = past["value"] - np.hypot(past["value"] - past["low"], below)
    high = past["value"] + np.hypot(past["high"] - past["value"], above)
    month = None if score.month is None else wider(score.month)
    return replace(score, month=month, year=wider(score.year), history=past.assign(low=low, high=high))
