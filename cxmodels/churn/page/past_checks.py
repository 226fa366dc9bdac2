"""What the past says of the answer: whether departures are dated and on record, and how earlier forecasts did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from cxmodels.churn.counts.recording import Recording
from cxmodels.churn.grading.challenge import YARDSTICK, Challenge
from cxmodels.churn.grading.grade import Grade
from cxmodels.churn.models.multiple_tests import holm
from cxmodels.look import dates, numbers
from cxmodels.verdict import Check, Status

CLOSE = 0.10
"""A forecast this near to what came, relative to it, is good enough to decide on, whatever its p."""


def dated(monthly: pd.DataFrame) -> Check:
    """Whether departures bear dates: without them there is no monthly churn, and no earlier forecast."""
    name, wanted, months = "Months with dated departures", "at least 12", len(monthly)
    if months >= 12:
        return Check(name, str(months), wanted, "green", "Departures have their dates.")
    meaning = "Departures are dated in fewer than twelve months, so earlier forecasts cannot be graded."
    if not months:
        meaning = (
            "Every departure bears one date or none, so who left earlier may be missing from the data: "
            "use the comparisons, not the levels."
        )
    return Check(name, str(months), wanted, "amber", meaning)


def on_record(recorded: Recording, as_of: date) -> Check:
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


def graded(grades: Mapping[int, Grade]) -> list[Check]:
    """How earlier forecasts did: in all, by risk, by month and by group; the longest is looked at most closely."""
    if not grades:
        meaning = "The data do not reach back far enough to grade a forecast made months ago."
        return [Check("Earlier forecasts", "not gradable", "within their 90 % range", "amber", meaning)]
    longest = grades[max(grades)]
    checks = [_came(grades), _calibrated(longest), _months_alike(longest)]
    return [*checks, _groups_alike(longest)] if longest.groups["shown"].any() else checks


def _came(grades: Mapping[int, Grade]) -> Check:
    """Holm's correction keeps the chance of a false alarm at 5 % for all horizons together."""
    rows = pd.DataFrame(
        [(months, each.held, each.p, _off(each)) for months, each in sorted(grades.items(), reverse=True)],
        columns=["months", "held", "p", "off"],
    )
    rows["p"] = holm(rows["p"])
    missed = (rows["p"] < 0.05) & (rows["off"] > CLOSE)
    wrong = (rows["p"] < 0.001) & (rows["off"] > 0.25)
    status: Status = "red" if wrong.any() else "amber" if missed.any() else "green"
    longest = grades[int(rows["months"].iloc[0])]
    which = " and ".join(f"{months} months" for months in rows.loc[missed, "months"])
    meaning = {
        "green": "What was forecast came about, within chance.",
        "amber": f"The forecast made {which} ago was somewhat off; this one may be as well.",
        "red": f"The forecast made {which} ago was wrong; this one rests on the same assumptions.",
    }[status]
    found = (
        f"{int(rows['held'].sum())} of {len(rows)} held; {longest.months} months ago "
        f"{numbers.share(longest.expected.value)}, came {numbers.share(longest.observed.value)}; "
        f"p {probability(longest.p)}"
    )
    return Check("Earlier forecasts", found, "within their 90 % range, or within 10 %", status, meaning)


def _off(grade: Grade) -> float:
    return abs(grade.expected.value / grade.observed.value - 1) if grade.observed.value else np.inf


def _calibrated(grade: Grade) -> Check:
    """The mean error over deciles of risk, less what chance alone makes of it (errors add as squares)."""
    error, chance = grade.calibration.mean_absolute_error, grade.calibration.error_by_chance
    beyond = float(np.sqrt(max(error**2 - chance**2, 0.0)))
    status: Status = "green" if beyond <= 0.025 else "amber" if beyond <= 0.05 else "red"
    meaning = {
        "green": "Among low and high risks alike, as many left as was forecast, within chance and 2.5 points.",
        "amber": "Among some risks more or fewer left than was forecast: read single chances with care.",
        "red": "The chances told did not come true; do not pick customers by them.",
    }[status]
    found = f"{100 * error:.1f} points, {100 * beyond:.1f} beyond chance"
    return Check(
        f"Calibration by tenth of risk, {grade.months} months",
        found,
        "at most 2.5 points beyond chance",
        status,
        meaning,
    )


def _months_alike(grade: Grade) -> Check:
    """Chance acts on customers one by one; what acts on all at once makes months differ more than that."""
    times, p = grade.dispersion
    alike = not p < 0.01
    meaning = "Months differ no more than chance makes them, so the range of a forecast is as wide as it should be."
    if not alike:
        meaning = (
            "Months differ by more than chance (seasons, prices, events that act on all at once), so what comes may "
            "lie further from the forecast than its range says."
        )
    found = "too few months" if np.isnan(times) else f"variance {times:.1f} times chance; p {probability(p)}"
    return Check("Months alike", found, "p at least 0.010", "green" if alike else "amber", meaning)


def _groups_alike(grade: Grade) -> Check:
    groups = grade.groups[grade.groups["shown"]]
    drifted = groups[groups["drifted"]].sort_values("p")
    meaning = f"Every group did as was forecast of it {grade.months} months ago, within chance."
    if len(drifted):
        said = ", ".join(
            f"{row.covariate.replace('_', ' ')} {row.level} ({row.ratio:.2f} times as many left as forecast)"
            for row in drifted.itertuples()
        )
        meaning = f"Drifted: {said}. Look at these groups before you rely on their forecast."
    status: Status = "amber" if len(drifted) else "green"
    return Check("Groups that drifted", f"{len(drifted)} of {len(groups)}", "none (Holm, 5 %)", status, meaning)


def model_used(challenge: Challenge) -> Check:
    """Which model is used, by what earlier customers did, and whether it tells more than tenure alone."""
    used, best = challenge.chosen, challenge.best
    tried = int(challenge.table["brier"].notna().sum()) - 1
    name, wanted = "Model used", "simplest within noise of the best"
    found = (
        f"{used['model']}; {numbers.share(used['gain'])} less error than tenure alone ({numbers.share(used['low'])} to "
        f"{numbers.share(used['high'])})"
    )
    if used["kind"] == YARDSTICK:
        meaning = f"None of {tried} models told who leaves better than tenure alone: do not pick customers by chances."
        return Check(name, str(used["model"]), wanted, "amber", meaning)
    if not used["low"] > 0:
        meaning = "No model clearly told who leaves better than tenure alone: pick customers by chances with care."
        return Check(name, found, wanted, "amber", meaning)
    beside = "" if used["kind"] == best["kind"] else f" ({best['model']}, within noise)"
    meaning = (
        f"The simplest of {tried} models fitted to what was known {challenge.months} months ago that is not really "
        f"worse than the best{beside}. It told who left since better than tenure alone."
    )
    return Check(name, found, wanted, "green", meaning)


def probability(p: float) -> str:
    """A probability as readers are told it."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
