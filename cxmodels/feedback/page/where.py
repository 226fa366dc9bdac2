"""Where it is good and bad, and where it has fallen: the recommendation score by every attribute, pooled."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.parts import MONTH, UNKNOWN
from cxmodels.feedback.counts.scores import ScoreCounts, score_counts_each
from cxmodels.feedback.errors import NoScores, TooFewCustomers
from cxmodels.feedback.estimates.spread import spread_of
from cxmodels.feedback.page.attributes import groups_of
from cxmodels.feedback.pooling.between import drawn_together
from cxmodels.feedback.pooling.partial_pooling import Pooled, pooled, sampling_variance
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.feedback.page.heard import Heard
    from cxmodels.study.snapshot import Snapshot

DRAWS = 20_000
_KEYS = ("customer", "customer_id", "number")
_MOVES = ["kind", "by", "group", "difference", "low", "high", "fell", "n"]


@dataclass(frozen=True, eq=False)
class Where:
    """Scores by group.

    Attributes
    ----------
    pooled
        The last twelve months by each attribute with two groups that may be told of, by kind of answers.
    moves
        One row a group that may be told of, the surest fall first: ``kind``, ``by``, ``group``; ``difference``,
        ``low``, ``high``, this month's score less that of the twelve months it ends, pooled within the attribute; in
        the unit of the score; ``fell``, the probability that it lies below; ``n`` responses of the month.
    metric
        Whose score it is.
    """

    pooled: tuple[Pooled, ...]
    moves: pd.DataFrame
    metric: str

    def told(self, kind: str) -> list[Pooled]:
        """The attributes of answers of a kind, the one whose groups lie surest apart first."""
        return sorted((one for one in self.pooled if one.kind == kind), key=lambda one: -_apart(one))


def where(snapshot: Snapshot, heard: Heard, *, by: str = "", groups: ir.Table | pd.DataFrame | None = None) -> Where:
    """Score the groups of every attribute.

    Parameters
    ----------
    snapshot, heard
        The study as known on a day, and what `heard` found in it.
    by
        Of one attribute alone; default: where an answer was asked, plan, and ``feedback.groups``.
    groups
        Groups of customers that are worked out elsewhere, as `score_counts` takes them; its columns are attributes.
    """
    metric = heard.first.metric
    found: list[Pooled] = []
    moves: list[pd.DataFrame] = []
    given = [] if groups is None else [name for name in groups.columns if name not in _KEYS]
    for kind in dict.fromkeys(one.kind for one in heard.scores if one.metric == metric):
        names = (by,) if by else (*groups_of(snapshot, kind), *given)
        asked: dict[str, Any] = {"kind": kind, "groups": groups, "weights": heard.weights_for(kind)}
        counted = _by_each(snapshot, metric, names, heard, asked)
        for year, _ in counted.values():
            with suppress(TooFewCustomers):
                one = pooled(year, draws=DRAWS)
                found += [] if any(_alike(one, other) for other in found) else [one]
        told = [counted[one.by] for one in found if one.kind == kind]
        moves += [_moved(month, year) for year, month in told if len(month.totals)]
    table = pd.concat(moves, ignore_index=True) if moves else pd.DataFrame(columns=_MOVES)
    table = table.sort_values(["fell", "n"], ascending=False, kind="stable", ignore_index=True)
    return Where(tuple(found), table, metric)


def _by_each(
    snapshot: Snapshot, metric: str, names: Collection[str], heard: Heard, asked: dict[str, Any]
) -> dict[str, tuple[ScoreCounts, ScoreCounts]]:
    """Counts of the twelve months by each attribute alone, and of this month; none where nobody answered."""
    if not names:
        return {}
    sets = [*((name,) for name in names), *(tuple(dict.fromkeys((name, MONTH))) for name in names)]
    try:
        found = score_counts_each(snapshot, metric, sets, since=heard.since, **asked)
    except NoScores:
        return {}
    years, monthly = found[: len(names)], found[len(names) :]
    return {
        name: (year, _of_month(months, name, heard.month))
        for name, year, months in zip(names, years, monthly, strict=True)
    }


def _of_month(counts: ScoreCounts, name: str, month: str) -> ScoreCounts:
    """Of counts by an attribute and month those of a month."""
    beyond = [column for column in counts.by if column != name]
    frame, totals = (
        table[table[MONTH] == month].drop(columns=beyond).reset_index(drop=True)
        for table in (counts.frame, counts.totals)
    )
    return replace(counts, frame=frame, totals=totals, by=(name,))


def _moved(month: ScoreCounts, year: ScoreCounts) -> pd.DataFrame:
    """This month against the year that it ends, group by group, groups of few answers drawn to the others.

    The month is a part of the year, so the difference is told rather too small than too large.
    """
    name = month.by[0]
    unit = 100 if month.net else 1
    people = month.totals["customers"].to_numpy()
    told = ~hidden_cells(people, month.min_cell, known=[False] * len(people) + [True])[:-1]
    told &= (month.totals[name] != UNKNOWN).to_numpy()
    place = year.totals[name].to_list()
    rows = [place.index(group) for group in month.totals[name]]
    now, before = spread_of(month), spread_of(year)
    difference = now.score - before.score[rows]
    variance = sampling_variance(now, month.net) + sampling_variance(before, year.net)[rows]
    true = drawn_together(difference, variance, draws=DRAWS)
    low, high = np.quantile(true, [0.025, 0.975], axis=1)
    table = pd.DataFrame(
        {
            "kind": month.kind,
            "by": name,
            "group": month.totals[name],
            "difference": unit * true.mean(axis=1),
            "low": unit * low,
            "high": unit * high,
            "fell": (true < 0).mean(axis=1),
            "n": month.totals["responses"],
        }
    )
    return table[told]


def _alike(one: Pooled, other: Pooled) -> bool:
    """Whether two attributes part the answers in the same way, as touchpoint and service often do."""
    same = one.kind == other.kind and len(one.table) == len(other.table)
    return same and bool((one.table[["raw", "n"]].to_numpy() == other.table[["raw", "n"]].to_numpy()).all())


def _apart(found: Pooled) -> float:
    """How surely one group is the worst of its attribute, beyond what chance alone would give."""
    worst = found.table["worst"].dropna()
    return float(worst.max() - 1 / len(worst)) if len(worst) else 0.0
