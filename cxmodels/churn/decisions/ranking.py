"""What the ranking of a year ago would have earned: profit and lift of an earlier forecast, by what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cxmodels.churn.decisions.profit import Profit, expected_maximum_profit, maximum_profit, top_decile_lift
from cxmodels.churn.decisions.value import CustomerValue
from cxmodels.churn.forecasts.chances import column, leaving
from cxmodels.churn.grading.past import Past
from cxmodels.estimate import Estimate
from cxmodels.study.months import months_before
from cxmodels.study.sections import ChurnSection


@dataclass(frozen=True)
class RankingGrade:
    """An earlier ranking by chance of leaving, beside who left.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can.
    made_on, months
        The day whose knowledge the ranking was made from, and how many months customers were followed since.
    lift
        How many times as many left in its top tenth as among all.
    expected_maximum_profit, maximum_profit
        What the best list along it would have earned for each customer, in the study's currency, with the share to
        contact: with the acceptance of the study's Beta distribution, and with its mean.
    unranked
        The expected maximum profit without a ranking: of contacting everybody or nobody.
    clv
        What a kept customer is taken to be worth: the study's value, or the mean over those expected to leave today.
    """

    reason: str
    made_on: date | None = None
    months: int = 12
    lift: Estimate | None = None
    expected_maximum_profit: Profit | None = None
    maximum_profit: Profit | None = None
    unranked: Profit | None = None
    clv: float = float("nan")


def grade_ranking(past: Past, value: CustomerValue, settings: ChurnSection, *, months: int = 12) -> RankingGrade:
    """Rank the customers of an earlier day by the model as it would have been fitted then, and see who left.

    Parameters
    ----------
    past
        Earlier days of the study.
    value
        What it is worth to keep a customer today, from `customer_value`.
    settings
        A study's ``settings.churn``: ``contact_cost``, ``incentive``, ``acceptance``.
    months
        How many months before the snapshot the ranking is made.

    Returns
    -------
    RankingGrade
        With `reason` where the data do not reach back far enough; without profits where a cost or the value is not
        said. As published, the list is cut where it turned out best: knowing that beforehand is part of the profit.
    """
    made_on = months_before(past.snapshot.as_of, months)
    model = past.model(made_on) if past.reaches(made_on) else None
    if model is None:
        return RankingGrade(
            f"No ranking made {months} months ago can be graded: the data do not reach back far enough."
        )
    cells = past.followed(made_on)
    known = np.ones(len(cells), bool)
    for name, levels in model.levels.items():
        known &= cells[name].isin(levels).to_numpy()
    cells = cells[known].reset_index(drop=True)
    if not cells["left"].sum():
        return RankingGrade(f"No ranking made {months} months ago can be graded: none of those it knew left since.")
    (chance,) = leaving(model, cells, (months,), model.episodes.month)
    return rank_outcome(
        cells.assign(**{column(months): chance}), value, settings, score=column(months), made_on=made_on, months=months
    )


def rank_outcome(
    cells: pd.DataFrame,
    value: CustomerValue,
    settings: ChurnSection,
    *,
    score: str,
    made_on: date | None = None,
    months: int = 12,
) -> RankingGrade:
    """The same from customers that were followed: ``n``, ``left`` of them and the column `score` that ranks them."""
    left, n = cells["left"].to_numpy(float), cells["n"].to_numpy(float)
    ranks = np.tile(cells[score].to_numpy(float), 2)
    churned, counts = np.repeat([1, 0], len(cells)), np.concatenate([left, n - left])
    lift = top_decile_lift(ranks, churned, counts)
    if value.reason or settings.contact_cost is None or settings.incentive is None:
        return RankingGrade("", made_on, months, lift)
    leavers = value.cells["n"] * value.cells["chance"]
    clv = float(np.average(value.cells["value"], weights=leavers if leavers.sum() else None))
    money = {"clv": clv, "incentive": settings.incentive, "contact_cost": settings.contact_cost}
    alpha, beta = settings.acceptance
    return RankingGrade(
        "", made_on, months, lift,
        expected_maximum_profit(ranks, churned, counts, acceptance=(alpha, beta), **money),
        maximum_profit(ranks, churned, counts, acceptance=alpha / (alpha + beta), **money),
        expected_maximum_profit(np.zeros_like(ranks), churned, counts, acceptance=(alpha, beta), **money),
        clv,
    )  # fmt: skip
