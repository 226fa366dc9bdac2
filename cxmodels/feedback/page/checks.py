"""Whether to believe the page of feedback: each check with its threshold and what a failure means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cxmodels.feedback.page.words import name_of
from cxmodels.feedback.verbatims.checks import judge_themes
from cxmodels.look import numbers
from cxmodels.verdict import Check, Status, Verdict

if TYPE_CHECKING:
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.feedback.verbatims.themes import Themes
    from cxmodels.feedback.weights.response_weights import ResponseWeights

ANSWER = "Feedback"
MONTHS = 12
CLOSE, ROUGH = 7.5, 15.0
"""Half the interval of a year’s score, in points: known closely, or roughly; beyond, it is not established."""


def judge(heard: Heard, weights: ResponseWeights | None = None, themes: Themes | None = None) -> Verdict:
    """The verdict of the page.

    Parameters
    ----------
    heard
        From `heard`.
    weights
        From `response_weights`; None where nobody was invited, which is judged too.
    themes
        From `themes`; None where nobody wrote.
    """
    checks = [_width(heard), _months(heard)]
    checks += [_silent()] if weights is None else _weighted(weights, heard)
    if themes is not None:
        # a theme that does not come back says nothing against a score
        checks += [replace(check, status=_at_worst(check.status)) for check in judge_themes(themes).checks]
    return Verdict(ANSWER, tuple(checks))


def _width(heard: Heard) -> Check:
    """How closely the first score is known over twelve months, in points of a hundred."""
    score = heard.first
    unit = 1 if score.year.unit == "points" else 100
    half = unit * (score.year.high - score.year.low) / 2
    status: Status = "green" if half <= CLOSE else "amber" if half <= ROUGH else "red"
    meaning = {
        "green": f"Over twelve months {name_of(score)} is known closely; one month tells much less.",
        "amber": f"{name_of(score)} is known roughly: only large differences can be told from noise.",
        "red": f"Too few answered for {name_of(score)} to be told.",
    }[status]
    found = f"± {numbers.decimal(half)} points, {numbers.count(score.year.n)} answers"
    return Check("Precision over twelve months", found, f"at most ± {CLOSE:g} points", status, meaning)


def _months(heard: Heard) -> Check:
    months = len(heard.first.history)
    status: Status = "green" if months >= MONTHS else "amber"
    meaning = "Enough customers answered in every month to tell it."
    if status == "amber":
        meaning = "In some months too few customers answered for them to be told, so moves are seen late."
    return Check("Months with answers", f"{months} of {MONTHS}", "all", status, meaning)


def _silent() -> Check:
    meaning = "Nobody is on record as invited: whether those who did not answer are as content cannot be told."
    return Check("Invitations", "none", "on record", "amber", meaning)


def _weighted(weights: ResponseWeights, heard: Heard) -> list[Check]:
    return [
        _answered(weights),
        _basis(weights),
        *([_moved(heard)] if heard.first.weighted else []),
        *([_without(heard)] if heard.first.weighable < 1 else []),
        Check.at_most(
            "Design effect of the weights",
            weights.design_effect,
            1.5,
            2.5,
            "What weights cost in precision: as if so many times fewer had answered.",
        ),
        Check.at_most(
            "Answers whose weight was cut, %",
            100 * weights.trimmed,
            2,
            10,
            "Few answers stand for very many; those that would are cut to five times the usual weight.",
            1,
        ),
    ]


def _answered(weights: ResponseWeights) -> Check:
    rate = weights.rate
    status: Status = "green" if rate >= 0.2 else "amber"
    meaning = "Of those invited enough answered for weights to mend what is left of the difference."
    if status == "amber":
        meaning = "Most who were invited are silent: scores rest on what can be inferred of them."
    found = f"{numbers.share(rate)} of {numbers.count(weights.invited)}"
    return Check("Answer rate", found, f"at least {numbers.share(0.2, 0)}", status, meaning)


def _basis(weights: ResponseWeights) -> Check:
    name, wanted = "Silence and feeling", "slope known within ± 0.3"
    if weights.basis == "known":
        meaning = "Whether the content answer more readily cannot be told; a difference in that is not mended."
        return Check(name, "not known", wanted, "amber", meaning)
    meaning = "How answering depends on how customers feel is told closely enough to allow for it."
    if "own score" in weights.measure.values():
        meaning = "Feeling is measured by the score itself in some surveys, so weights correct rather too much."
        return Check(name, "own score", "other questions", "amber", meaning)
    found = f"{numbers.decimal(weights.slope, 2)} ± {numbers.decimal(1.96 * weights.slope_se, 2)}"
    return Check(name, found, wanted, "green", meaning)


def _moved(heard: Heard) -> Check:
    score = heard.first
    unit = 1 if score.year.unit == "points" else 100
    by = unit * (score.year.value - score.raw.value)
    status: Status = "green" if abs(by) <= 5 else "amber"
    meaning = "Weighted or not, the score is much the same."
    if status == "amber":
        meaning = "Weights move the score by more than its changes: compare weighted scores with weighted ones alone."
    return Check("What weights change", numbers.signed(by, "points"), "within 5 points", status, meaning)


def _without(heard: Heard) -> Check:
    share = heard.first.weighable
    status: Status = "green" if share >= 0.95 else "amber"
    meaning = "Answers that no invitation came before have no weight"
    meaning += " and are left out." if heard.first.weighted else ": too many for the score to be weighted."
    wanted = f"at least {numbers.share(0.95, 0)}"
    return Check("Answers with a weight", numbers.share(share), wanted, status, meaning)


def _at_worst(status: Status) -> Status:
    return "amber" if status == "red" else status
