"""Scores, and who left how soon after giving them: counts by block of customers, in the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.feedback.counts.answered import Answered, of_survey, refuse_mixed, refuse_unknown
from cxmodels.feedback.counts.metrics import METRICS
from cxmodels.feedback.counts.parts import by_number
from cxmodels.feedback.drivers.asked import USUAL, question_of
from cxmodels.feedback.drivers.respondents import clustered, with_scores
from cxmodels.feedback.drivers.sums import BLOCKS, block_of
from cxmodels.feedback.errors import InvalidScores, InvalidValue, NoScores, TooFewDepartures, UnknownMetric
from cxmodels.feedback.loop.stays import stays

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

type Array = NDArray[np.float64]

MONTH = 30.4375
GRADES = 50
"""Steps that a score of many values, such as a latent one, is told in, of its range."""
_WHERE = "which_metric_predicts"
_ENDS = ("min", "max")


@dataclass(frozen=True, eq=False)
class LaterLeaving:
    """Answers by score and by whether the customer left within some months.

    Attributes
    ----------
    counts
        Score → {months: (blocks, levels, 2) answers of customers who stayed, and who left}. Answers not yet followed
        for so long are left out; so are those after which nobody could leave.
    levels
        Score → (levels,) its values, rising.
    people
        Months → ``responses``, ``customers``, ``departures`` (customers who left).
    common
        Kind, survey, first and last day.
    """

    counts: dict[str, dict[int, Array]]
    levels: dict[str, Array]
    people: dict[int, dict[str, int]]
    common: Answered


def later_leaving(
    snapshot: Snapshot,
    metrics: Iterable[str] | None,
    months: tuple[int, ...],
    *,
    kind: str | None,
    survey: str | None,
    leaving: ir.Table | pd.DataFrame | None,
    latent: ir.Table | pd.DataFrame | None,
) -> LaterLeaving:
    """Count answers that hold every score by what the customer did later; parameters as `which_metric_predicts`."""
    import ibis

    from cxmodels.study.engine import held

    rows = snapshot.numbered("responses")
    if "customer" not in rows.columns:
        raise TooFewDepartures(f"{_WHERE}: the study does not say who answered")
    rows = of_survey(rows.filter(rows.customer.notnull()), survey, kind, None, None)
    rows = _with_metrics(snapshot, rows, metrics, survey)
    if latent is not None:
        rows = _with_latent(rows, latent if isinstance(latent, ibis.Table) else ibis.memtable(latent))
    names = [name for name in rows.columns if name.startswith("score:")]
    rows = rows.drop_null(names)
    common = refuse_mixed(rows, _WHERE)
    rows = _followed(snapshot, rows, leaving)
    table = held(clustered(rows).select("cluster", "since", "gap", *names))
    clusters = int(table.cluster.nunique().execute())
    people = _people(table, months)
    counts, levels = {}, {}
    for name in names:
        score = name.removeprefix("score:")
        counts[score], levels[score] = _counted(table, name, months, clusters)
    return LaterLeaving(counts, levels, people, common)


def _with_metrics(snapshot: Snapshot, rows: ir.Table, metrics: Iterable[str] | None, survey: str | None) -> ir.Table:
    """`rows` with ``score:nps`` and so on in sixtieths."""
    asked = {}
    for name in METRICS if metrics is None else metrics:
        try:
            question = question_of(snapshot, name)
        except UnknownMetric:
            if metrics is not None:
                raise
            continue
        if question is None:
            raise UnknownMetric(f"{_WHERE}: no question is called {name!r}; scores of other kinds are given as latent")
        asked[f"score:{name}"] = question
    rows = with_scores(snapshot, rows, asked)
    counted = rows.aggregate(n=rows.count(), **{name: rows[name].count() for name in asked}).to_pandas().iloc[0]
    if not counted[[*asked]].sum():
        refuse_unknown(snapshot, survey)
        raise NoScores(f"{_WHERE}: no customer had given such a score by {snapshot.as_of}")
    if metrics is not None:
        return rows
    usual = max(counted[name] for name in asked)
    return rows.drop(*(name for name in asked if counted[name] < USUAL * usual))


def _with_latent(rows: ir.Table, latent: ir.Table) -> ir.Table:
    """`rows` with every further column of `latent` in fiftieths of its range."""
    names = [name for name in latent.columns if name != "response_id"]
    if "response_id" not in latent.columns or not names:
        raise InvalidScores(
            f"{_WHERE}: latent scores need response_id and a column a score, found: {', '.join(latent.columns)}"
        )
    if taken := [name for name in names if f"score:{name}" in rows.columns]:
        raise InvalidValue(f"{_WHERE}: latent scores need other names than the metrics, found {taken[0]!r}")
    given = latent.select(scored="response_id", **{f"score:{name}": latent[name].cast("float64") for name in names})
    ends = given.aggregate(
        **{f"{side}{at}": getattr(given[f"score:{name}"], side)() for at, name in enumerate(names) for side in _ENDS}
    )
    found = ends.to_pandas().iloc[0]
    graded = {}
    for at, name in enumerate(names):
        low, high = (float(found[f"{side}{at}"]) for side in _ENDS)
        if not high > low:
            raise InvalidScores(f"{_WHERE}: the latent score {name!r} must vary")
        graded[f"score:{name}"] = ((given[f"score:{name}"] - low) / (high - low) * GRADES).round().cast("int64")
    given = given.mutate(**graded)
    return rows.inner_join(given, rows.response_id == given.scored).drop("scored")


def _followed(snapshot: Snapshot, rows: ir.Table, leaving: ir.Table | pd.DataFrame | None) -> ir.Table:
    """Answers given while a customer: ``since``, days from the answer to the snapshot; ``gap``, to leaving."""
    import ibis

    if leaving is None:
        spans = stays(snapshot)
        if spans is None:
            raise TooFewDepartures(f"{_WHERE}: the study does not say who left")
    else:
        given = by_number(snapshot, leaving if isinstance(leaving, ibis.Table) else ibis.memtable(leaving))
        if missing := [name for name in ("begun", "left") if name not in given.columns]:
            raise InvalidScores(f"{_WHERE}: leaving lacks {missing[0]!r}; found: {', '.join(given.columns)}")
        spans = given.select("customer", "begun", "left")
    day = rows.answered_at.date().delta(ibis.literal(snapshot.as_of), unit="day").cast("int64")
    rows = rows.mutate(day=day)
    spans = spans.rename(person="customer")
    there = [rows.customer == spans.person, spans.begun <= rows.day, spans.left.isnull() | (spans.left > rows.day)]
    both = rows.inner_join(spans, there)
    return both.mutate(since=-both.day, gap=both.left - both.day)


def _people(table: ir.Table, months: tuple[int, ...]) -> dict[int, dict[str, int]]:
    asked: dict[str, ir.Value] = {}
    for each in months:
        followed, left = _within(table, each)
        asked |= {
            f"responses:{each}": followed.sum(),
            f"customers:{each}": table.cluster.nunique(where=followed),
            f"departures:{each}": table.cluster.nunique(where=followed & left),
        }
    found = table.aggregate(**asked).to_pandas().fillna(0).iloc[0]
    return {
        each: {name: int(found[f"{name}:{each}"]) for name in ("responses", "customers", "departures")}
        for each in months
    }


def _counted(table: ir.Table, name: str, months: tuple[int, ...], clusters: int) -> tuple[dict[int, Array], Array]:
    block = block_of(table.cluster, clusters)
    asked: dict[str, ir.Value] = {}
    for each in months:
        followed, left = _within(table, each)
        asked |= {f"n{each}": followed.sum(), f"left{each}": (followed & left).sum()}
    rows = table.mutate(block=block, level=table[name]).group_by("block", "level").agg(**asked).to_pandas()
    levels, place = np.unique(rows["level"].to_numpy(float), return_inverse=True)
    shape = (min(clusters, BLOCKS), len(levels), 2)
    counts = {}
    for each in months:
        table_of = np.zeros(shape)
        gone = rows[f"left{each}"].to_numpy(float)
        for side, number in enumerate((rows[f"n{each}"].to_numpy(float) - gone, gone)):
            table_of[rows["block"].to_numpy(int), place, side] = number
        counts[each] = table_of
    return counts, levels


def _within(table: ir.Table, months: int) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Whether an answer was followed for so many months, and whether the customer left in them."""
    days = round(months * MONTH)
    return table.since >= days, (table.gap <= days).fill_null(False)
