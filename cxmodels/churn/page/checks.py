"""Whether to believe the churn page: each check with its threshold and what a failure means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from cxmodels.churn.accuracy.calibration import calibration
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.recording import Recording
from cxmodels.churn.errors import TooFewWatched
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.grading.challenge import Challenge
from cxmodels.churn.grading.grade import Grade
from cxmodels.churn.models.cox import CoxFit
from cxmodels.churn.models.estimable import EVENTS_PER_RATIO
from cxmodels.churn.models.multiple_tests import holm
from cxmodels.churn.models.proportional_hazards import GLOBAL, proportional_hazards
from cxmodels.churn.page.past_checks import dated, graded, model_used, on_record, probability
from cxmodels.errors import without_place
from cxmodels.look import numbers
from cxmodels.verdict import Check, Status, Verdict

ANSWER = "Churn"
ENOUGH_EVENTS = 50
"""Departures for a rate whose interval is within a third of it."""
CHANGES = 0.01
"""A ratio changes with tenure where the p of its test is lower, after Holm's correction for all covariates."""


def judge(
    fit: CoxFit,
    forecast: Forecast | None = None,
    monthly: pd.DataFrame | None = None,
    grades: Mapping[int, Grade] | None = None,
    recorded: Recording | None = None,
    challenge: Challenge | None = None,
) -> Verdict:
    """The verdict of the page: the fit's own checks, and what forecast, history and grades add.

    Parameters
    ----------
    fit
        From `fit_cox`.
    forecast
        From `churn_probability`.
    monthly
        From `monthly_churn`; without a row, departures are not dated.
    grades
        From `grades`; empty or None where no earlier forecast can be made.
    recorded
        From `recording`; not judged where departures are not dated.
    challenge
        From `challenge`; None where no model could be tried on what came.
    """
    dated_months = monthly is not None and len(monthly)
    checks = [*(graded(grades or {}) if dated_months else ()), *judge_fit(fit).checks]
    if monthly is not None:
        checks.append(dated(monthly))
        if recorded is not None and dated_months:
            checks.append(on_record(recorded, fit.episodes.as_of))
    if forecast is not None and 12 in forecast.extrapolated:
        checks.append(_extrapolated(forecast))
    if challenge is not None:
        checks.append(model_used(challenge))
    return Verdict(ANSWER, tuple(checks))


def judge_fit(fit: CoxFit) -> Verdict:
    """The checks of a fit by itself."""
    checks = [_events(fit)]
    if len(fit.coef):
        checks.append(_per_ratio(fit))
        checks.append(_proportional(fit))
    if fit.left_out:
        checks.append(_left_out(fit))
    checks.append(_newcomers(fit.episodes))
    checks.append(_by_risk(fit))
    if fit.episodes.inactivity_days is not None:
        checks.append(_rule(fit.episodes))
    return Verdict(ANSWER, tuple(checks))


def _events(fit: CoxFit) -> Check:
    events = fit.episodes.events
    enough = events >= ENOUGH_EVENTS
    meaning = "There are departures enough to tell a rate." if enough else "Too few left to tell a rate closely."
    return Check.at_least("Departures seen", events, ENOUGH_EVENTS, 10, meaning, digits=0)


def _per_ratio(fit: CoxFit) -> Check:
    each = fit.episodes.events / len(fit.coef)
    meaning = "Each hazard ratio rests on enough departures."
    if each < 2 * EVENTS_PER_RATIO:
        meaning = "Hazard ratios rest on few departures each and may be overstated."
    wanted = 2 * EVENTS_PER_RATIO
    return Check.at_least("Departures per hazard ratio", each, wanted, EVENTS_PER_RATIO, meaning, digits=0)


def _proportional(fit: CoxFit) -> Check:
    """What changes with tenure, and what was done about it."""
    tests = proportional_hazards(fit)
    adjusted = holm(tests.loc[tests["term"] != GLOBAL].set_index("term")["p"])
    changing = [str(term) for term in adjusted.index[adjusted < CHANGES]]
    said = []
    if fit.stratified_because:
        said.append(
            f"Levels of {_listed(fit.stratified_because)} do not act alike at every tenure, so each has a hazard over "
            "tenure of its own (stratified) and no single ratio."
        )
    if changing:
        said.append(
            f"The ratios of {_listed(changing)} change with tenure: read them as averages over it, and see them before "
            "and after twelve months."
        )
    else:
        said.append(f"{'Every other' if said else 'A'} hazard ratio may be read as the same at every tenure.")
    found = f"lowest p {probability(adjusted.min())}"
    if fit.stratified_because:
        found += f"; stratified by {_listed(fit.stratified_because)}"
    status: Status = "amber" if changing else "green"
    return Check("Proportional hazards", found, "at least 0.010", status, " ".join(said))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _newcomers(episodes: Episodes) -> Check:
    watched = episodes.frame
    first_days = int(watched.loc[(watched["entry"] == 0) & (watched["exit"] > 0), "n"].sum())
    share = 1 - min(first_days / max(stays(episodes), 1), 1)
    meaning = "Enough customers were watched from their first day; those who came before enter at the tenure they had."
    if first_days < 100:
        meaning = "Few customers were watched from their first day, so the first months of survival are uncertain."
    check = Check.at_least("Watched from the first day", first_days, 100, 30, meaning, digits=0)
    return replace(check, found=f"{numbers.count(first_days)}; {numbers.share(share, 0)} entered later")


def _by_risk(fit: CoxFit) -> Check:
    """How far the fit and Kaplan–Meier part: root mean square over the groups, less what chance alone does."""
    name, wanted = "Fit by risk group, 12 months", "at most 3.0 points"
    try:
        groups = calibration(fit, fit.episodes, months=12).table
    except TooFewWatched:
        meaning = "Nobody was watched for twelve months of tenure, so the fit cannot be set beside what was seen."
        return Check(name, "none", wanted, "amber", meaning)
    square = np.average((groups["expected"] - groups["observed"]) ** 2 - groups["chance"] ** 2, weights=groups["n"])
    miss = float(np.sqrt(max(square, 0.0)))
    status: Status = "green" if miss <= 0.03 else "amber" if miss <= 0.06 else "red"
    meaning = {
        "green": "Among low and high risks alike, as many left as the model says, within chance and 3 points.",
        "amber": "In some risk groups more or fewer left than the model says.",
        "red": "The model does not fit the groups it compares.",
    }[status]
    return Check(name, f"{100 * miss:.1f} points beyond chance", wanted, status, meaning)


def _left_out(fit: CoxFit) -> Check:
    """Separation, aliasing, too few departures: what could not enter, each with its reason."""
    used, asked = len(fit.covariates), len(fit.covariates) + len(fit.left_out)
    names = ", ".join(name.replace("_", " ") for name in fit.left_out)
    said = [without_place(why) for why in fit.left_out.values()]
    reasons = " ".join(f"{why[:1].upper()}{why[1:]}." for why in said)
    meaning = f"{names} could not enter the model; churn is not told apart by it. {reasons}"
    return Check("Covariates used", f"{used} of {asked}", "all", "amber", meaning)


def _rule(episodes: Episodes) -> Check:
    meaning = (
        f"Nobody says that they leave: a customer counts as gone when {episodes.rule}. Another rule gives other rates; "
        "the chance that a quiet customer still buys, P(alive), is told with customer value."
    )
    return Check(
        "What counts as leaving", f"{episodes.inactivity_days} days quiet", "a contract’s end", "amber", meaning
    )


def _extrapolated(forecast: Forecast) -> Check:
    share = forecast.extrapolated[12]
    status: Status = "green" if share <= 0.25 else "amber" if share <= 0.5 else "red"
    meaning = "Few forecasts reach beyond the longest tenure seen."
    if status != "green":
        meaning = "Many customers will pass the longest tenure seen; their hazard is assumed to stay as it last was."
    found = numbers.share(share)
    return Check("Forecast beyond observed tenure", found, f"at most {numbers.share(0.25, 0)}", status, meaning)
