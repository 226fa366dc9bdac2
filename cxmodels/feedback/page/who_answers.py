"""Who answers and who is silent, what that does to a score, and how many answers it takes, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.page.words import name_of, plain
from cxmodels.look import numbers

if TYPE_CHECKING:
    from cxmodels.feedback.coverage.coverage_map import CoverageMap
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.feedback.page.score import Score
    from cxmodels.feedback.planner.next_wave import NextWave
    from cxmodels.feedback.planner.sample_plan import SamplePlan
    from cxmodels.feedback.weights.response_weights import ResponseWeights

_FEELING = 0.02
"""A slope of answering nearer to nought changes nothing worth saying."""
_Z = 1.959963984540054


def heard_from(weights: ResponseWeights, heard: Heard) -> list[str]:
    """Who answered and who did not, what that does to the score, and how sure that is, a sentence each."""
    score = heard.first
    said = [
        f"<b>Who answers.</b> {numbers.count(weights.answered)} of {numbers.count(weights.invited)} invitations that "
        f"arrived were answered, {numbers.share(weights.rate)}. {_extremes(weights.rates)}"
    ]
    slope, doubt = weights.slope, _Z * weights.slope_se
    if weights.basis == "known":
        said.append(
            "<b>Silence.</b> Whether answering depends on how customers feel cannot be told from these answers; they "
            "are weighted by what is known of the invited alone."
        )
    elif slope - doubt > _FEELING:
        said.append(
            "<b>Silence.</b> Who is content answers more readily: a standard deviation more of it raises the log-odds "
            f"of answering by {numbers.decimal(slope, 2)} ({numbers.decimal(slope - doubt, 2)} to "
            f"{numbers.decimal(slope + doubt, 2)}), so answers as they come flatter."
        )
    elif slope + doubt < -_FEELING:
        said.append(
            "<b>Silence.</b> Who is discontent answers more readily: a standard deviation less of it raises the "
            f"log-odds of answering by {numbers.decimal(-slope, 2)} ({numbers.decimal(-slope - doubt, 2)} to "
            f"{numbers.decimal(-slope + doubt, 2)}), so answers as they come look worse than all customers are."
        )
    else:
        said.append("<b>Silence.</b> Answering does not clearly depend on how customers feel.")
    if score.weighted:
        by = score.year.value - score.raw.value
        unit = score.year.unit
        said.append(
            f"<b>What weights do.</b> Over twelve months they move {name_of(score)} by {numbers.signed(by, unit)}, to "
            f"{numbers.value(score.year.value, unit)} ({numbers.interval(score.year)}), and cost precision as if there "
            f"were {numbers.share(1 - 1 / weights.design_effect, 0)} fewer answers (design effect "
            f"{numbers.decimal(weights.design_effect, 2)})."
        )
    return said


def if_silent_differ(told: pd.DataFrame, score: Score) -> str:
    """What the score would be if those who did not answer differed from what respondents say of them, in a sentence."""
    unit = score.year.unit
    ends = [numbers.value(told["value"].iloc[at], unit) for at in (0, -1)]
    by = numbers.value(abs(told["delta"].iloc[0]), unit, bare=unit == "share")
    points = " points" if unit == "share" else ""
    return (
        f"<b>If silence means more.</b> Were those who did not answer {by}{points} lower or higher than the weights "
        f"say, {name_of(score)} of all would be {ends[0]} or {ends[1]}."
    )


def planned(plan: SamplePlan) -> list[str]:
    """How many answers a score needs and what this month's could have shown, two sentences."""
    said = [
        f"<b>For ± {numbers.decimal(plan.error, 0)} points</b> {numbers.count(plan.needed)} answers are needed"
        f"{_invitations(plan)}."
    ]
    now = plan.answers[0]
    if now is not None and plan.visible == plan.visible:
        said.append(
            f"<b>This month’s {numbers.count(now)} answers</b> could mostly have shown a move of "
            f"{numbers.decimal(plan.visible, 0)} points since last month; {numbers.decimal(plan.error, 0)} points take "
            f"{numbers.count(plan.monthly)} answers a month{_together(plan)}."
        )
    return said


def who_may_be_asked(plan: SamplePlan) -> str:
    """Who may be invited, and why others may not, in a sentence."""
    people = plan.people.set_index("standing")["customers"]
    said = ", ".join(f"{name} {numbers.count(int(n))}" for name, n in people.items() if not pd.isna(n))
    return (
        f"<b>Whom to invite.</b> Customers on record: {said}. Who was invited within {plan.quarantine_days} days is "
        "left alone."
    )


def invited_next(wave: NextWave, min_cell: int = 1) -> str:
    """How many the list of the next invitations has, to what, and where it lies, in a sentence."""
    few = wave.customers < min_cell
    drawn = f"fewer than {min_cell}" if few else numbers.count(wave.customers)
    usual = "" if few or wave.customers != wave.usual else ", as many as in a usual month"
    when = ", to be asked after their next contact" if wave.kind == "transactional" else ""
    return (
        f"<b>The next invitations.</b> A list beside this page holds {drawn} customers for the survey "
        f"{plain(wave.survey)}{when}{usual}: drawn by lot among who may be invited, those who answer less more often."
    )


def not_asked(found: CoverageMap) -> str:
    """What the map cannot show, in a sentence; empty where there is nothing."""
    if not found.anonymous:
        return ""
    anonymous = numbers.count(found.anonymous)
    return f"{anonymous} contacts were with nobody known, who cannot be asked; they count nowhere here."


def _extremes(rates: pd.DataFrame) -> str:
    """The attribute whose levels answer most differently."""
    if rates.empty:
        return ""
    told = rates[rates["variable"] != "survey"]
    told = told if len(told) else rates
    spread = told.groupby("variable", sort=False)["rate"].agg(lambda rate: rate.max() - rate.min())
    own = told[told["variable"] == spread.idxmax()].sort_values("rate")
    if len(own) < 2:
        return ""
    least, most = (f"{numbers.share(row['rate'], 0)} of {row['level']}" for _, row in own.iloc[[0, -1]].iterrows())
    return f"The widest difference is by {plain(str(spread.idxmax()))}: {most} against {least}."


def _invitations(plan: SamplePlan) -> str:
    if plan.surveys.empty:
        return ""
    row = plan.survey
    return (
        f", {numbers.count(row['invitations'])} invitations to {plain(row['survey'])} (of which "
        f"{numbers.share(row['rate'], 0)} are answered)"
    )


def _together(plan: SamplePlan) -> str:
    return f", or {numbers.decimal(plan.months, 0)} months taken together" if plan.months > 1 else ""
