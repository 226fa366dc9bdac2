"""Whether to believe the churn page: each check with its threshold and what a failure means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.recording import Recording
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.grading.grade import Grade, by_risk, probability_of_miss
from cxmodels.churn.models.cox import EVENTS_PER_RATIO, CoxFit
from cxmodels.churn.models.proportional_hazards import GLOBAL, proportional_hazards
from cxmodels.look import dates, numbers
from cxmodels.verdict import Check, Status, Verdict

ANSWER = "Churn"
ENOUGH_EVENTS = 50
"""Departures for a rate whose interval is within a third of it."""


def judge(
    fit: CoxFit,
    forecast: Forecast | None = None,
    monthly: pd.DataFrame | None = None,
    grade: Grade | None = None,
    recorded: Recording | None = None,
) -> Verdict:
    """The verdict of the page: the fit's own checks, and what forecast, history and last year's grade add.

    Parameters
    ----------
    fit
        From `fit_cox`.
    forecast
        From `churn_probability`.
    monthly
        From `monthly_churn`; without a row, departures are not dated.
    grade
        From `grade`; None where no forecast of a year ago can be made.
    recorded
        From `recording`; not judged where departures are not dated.
    """
    checks = list(judge_fit(fit).checks)
    if monthly is not None:
        checks.append(_dated(monthly))
        if recorded is not None and len(monthly):
            checks.append(_recorded(recorded, fit.episodes.as_of))
    if forecast is not None and 12 in forecast.extrapolated:
        checks.append(_extrapolated(forecast))
    if monthly is not None and len(monthly):
        checks.append(_graded(grade))
    return Verdict(ANSWER, tuple(checks))


def judge_fit(fit: CoxFit) -> Verdict:
    """The checks of a fit by itself."""
    checks = [_events(fit)]
    if len(fit.coef):
        checks.append(_per_ratio(fit))
        checks.append(_proportional(fit))
    if fit.left_out:
        used, asked = len(fit.covariates), len(fit.covariates) + len(fit.left_out)
        meaning = f"{', '.join(fit.left_out)} could not enter the model; churn is not told apart by it."
        checks.append(Check("Covariates used", f"{used} of {asked}", "all", "amber", meaning))
    checks.append(_newcomers(fit.episodes))
    checks.append(_by_risk(fit))
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
    """Holm's step-down keeps the chance of a false alarm at 1 % however many covariates there are."""
    tests = proportional_hazards(fit)
    tests = tests[tests["term"] != GLOBAL].sort_values("p", ignore_index=True)
    adjusted = (tests["p"] * (len(tests) - np.arange(len(tests)))).clip(upper=1).cummax()
    changing = [str(term).replace("_", " ") for term in tests["term"][adjusted < 0.01]]
    meaning = "A hazard ratio may be read as the same at every tenure."
    if changing:
        meaning = f"The ratios of {', '.join(changing)} change with tenure: read them as averages over it."
    status: Status = "amber" if changing else "green"
    return Check("Proportional hazards", f"lowest p {_probability(adjusted.min())}", "at least 0.010", status, meaning)


def _newcomers(episodes: Episodes) -> Check:
    watched = episodes.frame
    first_days = int(watched.loc[(watched["entry"] == 0) & (watched["exit"] > 0), "n"].sum())
    share = episodes.late_entries / max(episodes.n, 1)
    meaning = "Enough customers were watched from their first day; those who came before enter at the tenure they had."
    if first_days < 100:
        meaning = "Few customers were watched from their first day, so the first months of survival are uncertain."
    check = Check.at_least("Watched from the first day", first_days, 100, 30, meaning, digits=0)
    return replace(check, found=f"{numbers.count(first_days)}; {numbers.share(share, 0)} entered later")


def _by_risk(fit: CoxFit) -> Check:
    """How far the fit and Kaplan–Meier part: root mean square over the groups, less what chance alone does."""
    name, wanted, groups = "Fit by risk group, 12 months", "at most 3.0 points", by_risk(fit)
    if not len(groups):
        meaning = "Nobody was watched for twelve months of tenure, so the fit cannot be set beside what was seen."
        return Check(name, "none", wanted, "amber", meaning)
    chance = (groups["high"] - groups["low"]) / (2 * norm.ppf(0.975))
    square = np.average((groups["expected"] - groups["observed"]) ** 2 - chance**2, weights=groups["n"])
    miss = float(np.sqrt(max(square, 0.0)))
    status: Status = "green" if miss <= 0.03 else "amber" if miss <= 0.06 else "red"
    meaning = {
        "green": "Among low and high risks alike, as many left as the model says, within chance.",
        "amber": "In some risk groups more or fewer left than the model says.",
        "red": "The model does not fit the groups it compares.",
    }[status]
    return Check(name, f"{100 * miss:.1f} points beyond chance", wanted, status, meaning)


def _dated(monthly: pd.DataFrame) -> Check:
    name, wanted, months = "Months with dated departures", "at least 12", len(monthly)
    if months >= 12:
        return Check(name, str(months), wanted, "green", "Departures have their dates.")
    meaning = "Departures are dated in fewer than twelve months, so last year’s forecast cannot be graded."
    if not months:
        meaning = (
            "Every departure bears one date or none, so who left earlier may be missing from the data: "
            "use the comparisons, not the levels."
        )
    return Check(name, str(months), wanted, "amber", meaning)


def _recorded(recorded: Recording, as_of: date) -> Check:
    """A record that begins late leaves out who left before: every rate is then too low."""
    name, wanted = "Departures on record throughout", "at most 5 % of the watch without"
    whole = recorded.expected < 5 or recorded.before <= 0.05
    status: Status = "green" if whole else "amber" if recorded.before <= 0.15 else "red"
    meaning = "Departures are on record over the whole watch."
    if status != "green" and recorded.first is not None:
        months = max((as_of.year - recorded.first.year) * 12 + as_of.month - recorded.first.month, 1)
        meaning = (
            f"Nobody is on record as having left before {dates.day(recorded.first)}, so churn is understated: "
            f"watch {months} months (window_months) instead."
        )
    return Check(name, f"{numbers.share(recorded.before)} before the first", wanted, status, meaning)


def _extrapolated(forecast: Forecast) -> Check:
    share = forecast.extrapolated[12]
    status: Status = "green" if share <= 0.25 else "amber" if share <= 0.5 else "red"
    meaning = "Few forecasts reach beyond the longest tenure seen."
    if status != "green":
        meaning = "Many customers will pass the longest tenure seen; their hazard is assumed to stay as it last was."
    found = numbers.share(share)
    return Check("Forecast beyond observed tenure", found, f"at most {numbers.share(0.25, 0)}", status, meaning)


def _graded(grade: Grade | None) -> Check:
    name, wanted = "Last year’s forecast", "p at least 0.050 or within 10 %"
    if grade is None:
        meaning = "The data do not reach back far enough to grade a forecast made a year ago."
        return Check(name, "not gradable", wanted, "amber", meaning)
    p = probability_of_miss(grade)
    expected, observed = numbers.share(grade.expected.value), numbers.share(grade.observed.value)
    off = abs(grade.expected.value / grade.observed.value - 1) if grade.observed.value else np.inf
    status: Status = "green" if p >= 0.05 or off <= 0.1 else "amber" if p >= 0.001 or off <= 0.25 else "red"
    meaning = {
        "green": "What was forecast a year ago came about.",
        "amber": "The forecast of a year ago was somewhat off; this one may be as well.",
        "red": "The forecast of a year ago was wrong; this one rests on the same assumptions.",
    }[status]
    return Check(name, f"{expected}, came {observed}; p {_probability(p)}", wanted, status, meaning)


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
