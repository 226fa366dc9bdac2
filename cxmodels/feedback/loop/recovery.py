"""Recovery: what detractors say when they are asked again, those who were contacted beside those who were not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.errors import UnknownMetric
from cxmodels.feedback.loop.unhappy import judged
from cxmodels.look import numbers
from cxmodels.study.moments import not_before
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

FEWEST = 10
"""In each group, beside the study's smallest cell: fewer say nothing of a mean."""
_NO_EFFECT = (
    "Both groups are expected to rise, since a low score is partly chance (regression to the mean). Who is contacted "
    "and who answers again is not drawn by lot, so a difference between them is no effect of the contact."
)


@dataclass(frozen=True, eq=False)
class Recovery:
    """Change in the score of detractors who answered again, by whether they had been contacted between.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can.
    told
        The finding and what it does not say, in sentences.
    changes
        Tidy, one row a kind of survey: ``kind``; ``contacted`` and ``not_contacted``, mean change in points of the
        scale at like first scores; ``difference``, the first minus the second (each an `Estimate`, 95 %,
        whose n are the customers with a first score that the other side has too).
    """

    reason: str = ""
    told: str = ""
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)


def recovery(snapshot: Snapshot, *, months: int = 24) -> Recovery:
    """Compare the next score of detractors who were contacted since with that of those who were not.

    Parameters
    ----------
    snapshot
        The study as known on a day, with ``actions`` and scores for the recommendation question.
    months
        First answers of so many months before the day.

    Notes
    -----
    Of each customer the first detractor's answer that another of the same kind of survey followed. Who was not
    contacted by the second answer counts as not contacted, whatever came later. Low scores rise by themselves
    (regression to the mean), so only the difference between both groups at like first scores says anything, and
    nothing of a cause.
    """
    if "actions" not in snapshot.tables:
        return Recovery("Whether detractors recover cannot be told: the study has no table actions.")
    if "contacted_at" not in snapshot.numbered("actions").columns:
        return Recovery("Whether detractors recover cannot be told: actions have no contacted_at.")
    try:
        counted = _pairs(snapshot, months)
    except UnknownMetric:
        return Recovery("Whether detractors recover cannot be told: no question asks for a recommendation.")
    return score_changes(counted, min_cell=snapshot.settings.privacy.min_cell)


def score_changes(frame: pd.DataFrame, *, min_cell: int = 1) -> Recovery:
    """The same from counts.

    Parameters
    ----------
    frame
        One row a group of alike customers: ``kind``, ``first`` and ``second`` score, ``contacted`` (1 or 0), ``n``.
    min_cell
        The fewest customers a group must have to be told of.

    Notes
    -----
    Means of the strata of equal first score, weighted by n₁n₀/(n₁+n₀) on both sides: the weights that a regression on
    the group and the first score as a factor has. One variance within strata and groups; t intervals.
    """
    least = max(min_cell, FEWEST)
    rows = [found for kind, part in frame.groupby("kind") if (found := _compared(str(kind), part, least))]
    if not rows:
        return Recovery(
            f"Whether detractors recover cannot be told: at least {least} who were contacted and {least} who were not, "
            "with like first scores, must have answered the same kind of survey again."
        )
    changes = pd.DataFrame(rows)
    return Recovery("", " ".join([*(_told(row) for row in changes.itertuples()), _NO_EFFECT]), changes)


def _compared(kind: str, part: pd.DataFrame, least: int) -> dict[str, object] | None:
    from scipy.special import stdtrit

    counted = part.assign(change=part["second"] - part["first"])
    sums = counted.assign(total=counted["change"] * counted["n"], squares=counted["change"] ** 2 * counted["n"])
    cells = sums.groupby(["first", "contacted"])[["n", "total", "squares"]].sum().unstack(fill_value=0.0)
    if not {(name, side) for name in ("n", "total", "squares") for side in (0, 1)} <= set(cells.columns):
        return None
    n, total, squares = (cells[name][[1, 0]].to_numpy(float) for name in ("n", "total", "squares"))
    both = (n > 0).all(axis=1)
    inside = float((squares - total**2 / np.maximum(n, 1)).sum())
    freedom = n.sum() - (n > 0).sum()
    alike = n[both].sum(axis=0)
    if not both.any() or alike.min() < least or freedom < 1:
        return None
    weight = n[both].prod(axis=1) / n[both].sum(axis=1)
    means = weight @ (total[both] / n[both]) / weight.sum()
    variances = inside / freedom * (weight**2 @ (1 / n[both])) / weight.sum() ** 2
    reach = float(stdtrit(freedom, 0.975))

    def estimate(value: float, variance: float, people: float) -> Estimate:
        margin = reach * float(np.sqrt(variance))
        return Estimate(float(value), float(value) - margin, float(value) + margin, "points", int(people))

    return {
        "kind": kind,
        "contacted": estimate(means[0], variances[0], alike[0]),
        "not_contacted": estimate(means[1], variances[1], alike[1]),
        "difference": estimate(means[0] - means[1], variances.sum(), alike.sum()),
    }


def _told(row: object) -> str:
    yes, no, difference = row.contacted, row.not_contacted, row.difference  # type: ignore[attr-defined]
    found = "more" if difference.low > 0 else "less" if difference.high < 0 else "no difference can be told from noise"
    value, low, high = (numbers.decimal(side) for side in (difference.value, difference.low, difference.high))
    return (
        f"In {row.kind} surveys {numbers.count(yes.n)} detractors who had been contacted scored "  # type: ignore[attr-defined]
        f"{numbers.signed(yes.value, 'points')} the next time, {numbers.count(no.n)} who had not "
        f"{numbers.signed(no.value, 'points')}, at like first scores; between them lie {value} ({low} to {high}) "
        f"points: {found}."
    )


def _pairs(snapshot: Snapshot, months: int) -> pd.DataFrame:
    """Counts of first and second score by kind and contact; one pair a customer and kind."""
    import ibis

    since = months_before(snapshot.as_of, months)
    said = judged(snapshot, "nps", since)
    said = said.filter(said.customer.notnull())
    in_turn = ibis.window(group_by=[said.customer, said.kind], order_by=[said.answered_at, said.response_id])
    said = said.mutate(second=said.score.lead().over(in_turn), again_at=said.answered_at.lead().over(in_turn))
    said = said.filter(said.low & said.second.notnull())
    first = ibis.window(group_by=[said.customer, said.kind], order_by=[said.answered_at, said.response_id])
    said = said.mutate(turn=ibis.row_number().over(first))
    said = said.filter(said.turn == 0)
    actions = snapshot.numbered("actions")
    reached = actions.filter(actions.contacted_at.notnull()).select(who="customer", at="contacted_at")
    between = [
        said.customer == reached.who,
        not_before(reached.at, said.answered_at),
        ~not_before(reached.at, said.again_at),
    ]
    contacted = said.semi_join(reached, between).select("response_id", contacted=ibis.literal(1))
    rows = said.left_join(contacted, "response_id")
    rows = rows.select("kind", first="score", second="second", contacted=rows.contacted.fill_null(0))
    by = ["kind", "first", "second", "contacted"]
    return rows.group_by(by).agg(n=rows.count()).execute().sort_values(by, ignore_index=True)
