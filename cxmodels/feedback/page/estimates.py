"""The figures a month of feedback leaves for results, the cards of its page, and what came before them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.loop.follow_up import EVERYONE
from cxmodels.feedback.page.words import BETTER, key_of, name_of

if TYPE_CHECKING:
    from cxmodels.feedback.coverage.coverage_map import CoverageMap
    from cxmodels.feedback.drivers.driver_weights import DriverWeights
    from cxmodels.feedback.loop.call_list import CallList
    from cxmodels.feedback.loop.follow_up import FollowUp
    from cxmodels.feedback.loop.leaving import LeavingEffect
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.feedback.page.where import Where
    from cxmodels.feedback.weights.response_weights import ResponseWeights

MOST_CARDS = 6


def estimates(heard: Heard, where: Where | None = None, weights: ResponseWeights | None = None) -> dict[str, Estimate]:
    """The scores by name: this month's, of twelve months, without weights, by group; what is not known has no name.

    Parameters
    ----------
    heard, where
        From `heard` and `where`.
    weights
        From `response_weights`; None where nobody was invited.
    """
    out: dict[str, Estimate] = {}
    for score in heard.scores:
        key = key_of(score)
        if score.month is not None:
            out[key] = score.month
        if score.place:
            # of twelve months the pooled score of the touchpoint is recorded
            continue
        out[f"{key}.12m"] = score.year
        if score.weighted:
            out[f"{key}.12m.unweighted"] = score.raw
    for one in where.pooled if where is not None else ():
        for row in one.table.itertuples(index=False):
            told = Estimate(row.value, row.low, row.high, one.unit, int(row.n))
            out[f"feedback.{one.metric}.{one.kind}.12m.{one.by}.{row[0]}"] = told
    if weights is not None:
        out["feedback.answer_rate"] = Estimate.exact(weights.rate, "share", weights.invited)
        out["feedback.design_effect"] = Estimate.exact(weights.design_effect, "ratio", weights.answered)
    return out


def loop_estimates(
    calls: CallList | None,
    followed: FollowUp,
    effect: LeavingEffect,
    coverage: CoverageMap | None = None,
    drivers: DriverWeights | None = None,
    *,
    min_cell: int = 1,
) -> dict[str, Estimate]:
    """What was done about it, by name; numbers of fewer customers than may be told of have none."""
    out: dict[str, Estimate] = {}
    if calls is not None and (calls.customers >= min_cell or not calls.customers):
        out["feedback.call_list"] = Estimate.exact(calls.customers, "customers", calls.customers)
    for row in followed.shares.itertuples():
        soon = "ever" if pd.isna(row.within_days) else f"{row.within_days}d"
        out[f"feedback.followed_up.{row.what}_{soon}"] = row.share
    for row in followed.times.itertuples():
        if row.team == EVERYONE and row.median is not None:
            out[f"feedback.days_to_{row.step}"] = row.median
    if effect.rate_ratio is not None:
        out["feedback.leaving_once_contacted"] = effect.rate_ratio
    if coverage is not None and coverage.uncovered.value == coverage.uncovered.value:
        out["feedback.contacts_never_asked"] = coverage.uncovered
    if drivers is not None:
        for row in drivers.table.itertuples():
            low, high = min(row.lmg_low, row.lmg), max(row.lmg_high, row.lmg)
            out[f"feedback.driver.{row.driver}"] = Estimate(row.lmg, low, high, "share", drivers.responses)
    return out


def history(heard: Heard) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, of the scores that have one this month."""
    return {key_of(score): score.history for score in heard.scores if score.month is not None}


def key_figures(heard: Heard) -> list[dict[str, str | Estimate | pd.DataFrame | None]]:
    """The scores for the page's cards: ``title, estimate, history, better`` of each.

    Where touchpoints are told one by one, all of them together are left to the table. A score too few gave this month
    is that of twelve months, and says so.
    """
    parted = {(score.metric, score.kind) for score in heard.scores if score.place}
    shown = [score for score in heard.scores if score.place or (score.metric, score.kind) not in parted]
    past = history(heard)
    return [
        {
            "title": name_of(score) if score.month is not None else f"{name_of(score)}, 12 months",
            "estimate": _bare(score.now),
            "history": past.get(key_of(score)),
            "better": BETTER,
        }
        for score in shown[:MOST_CARDS]
    ]


def _bare(found: Estimate) -> Estimate:
    """Points of a net score without the word, which is too long for a card that already says what it is."""
    return replace(found, unit="score") if found.unit == "points" else found
