"""What the numbers say: the sentences the page of loyalty opens with, and what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.errors import without_place
from cxmodels.look import dates, numbers
from cxmodels.loyalty.answers.selected import complete
from cxmodels.loyalty.effects.told import capital, explained, in_words, last_construct, listed
from cxmodels.loyalty.page.earlier import EFFECT
from cxmodels.loyalty.page.engines import TITLES, Engines

if TYPE_CHECKING:
    from cxmodels.estimate import Estimate
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect
    from cxmodels.loyalty.page.classed import Classed
    from cxmodels.verdict import Verdict

_DONE = {"leaving": "staying", "buying": "buying"}
MOST_REASONS = 3
"""Failed checks that the top of the page explains; the verdict has all."""


def title(found: dict[str, Estimate], engines: Engines, verdict: Verdict) -> str:
    """The finding in one sentence: what goes with the last construct most, as found; none with a red verdict."""
    target = in_words(last_construct(engines.used.model))
    totals = _totals(found)
    if verdict.status == "red" or not totals:
        return f"what goes with {target} most cannot be told from these answers"
    (source, strongest), *others = totals
    rivals = [other for other, each in others if abs(each.high) > abs(strongest.low) and each.high > strongest.low]
    most = f"What goes with {target} most is {source}" if not rivals else f"{capital(source)} goes with {target} most"
    beside = f"; {rivals[0]} may come as close" if rivals else ""
    return f"{most}: a total effect of {numbers.decimal(strongest.value, 2)} ({_interval(strongest)}){beside}"


def lead(
    found: dict[str, Estimate],
    engines: Engines,
    told: pd.DataFrame,
    verdict: Verdict,
    classed: Classed | None = None,
) -> str:
    """The few sentences a reader should take away.

    Parameters
    ----------
    found
        From `estimates`.
    engines, told, verdict
        From `fit_engines`, `told_paths` and `judge`.
    classed
        From `classed_customers`.
    """
    fit, target = engines.used, last_construct(engines.used.model)
    if verdict.status == "red":
        failed = [check for check in verdict.checks if check.status == "red"]
        why = " ".join(f"<b>{check.name}:</b> {check.meaning}" for check in failed[:MOST_REASONS])
        fail = f"{len(failed)} of {len(verdict.checks)} checks {'fails' if len(failed) == 1 else 'fail'}"
        printed = f"none of the {len(told)} paths that {engines.title.lower()} prints should be acted on"
        return f"{fail}, so that {printed}. {why}"
    strongest = told[(told["target"] == target) & told["clear"]]
    said = [
        f"<b>{numbers.count(found['loyalty.respondents'].value)}</b> respondents tell "
        f"{int(told['clear'].sum())} of {len(told)} paths from nought; "
        f"together they explain <b>{numbers.share(explained(fit)[target], 0)}</b> of how {in_words(target)} differs."
    ]
    if len(strongest):
        said.append(strongest.loc[strongest["std"].abs().idxmax(), "sentence"])
    if classed is not None and classed.classes.related:
        true = classed.classes.shown().set_index("quadrant").loc["true"]
        if pd.notna(true["share"]):
            said.append(
                f"Of those who answered <b>{numbers.share(true['share'], 0)}</b> are in the upper half by attitude and "
                f"by their {classed.behaviour.noun}; by chance alone it would be "
                f"{numbers.share(true['by_chance'], 0)}."
            )
    return " ".join(said)


def sentences(told: pd.DataFrame) -> list[str]:
    """A sentence for each path, the clear ones first, the strongest first."""
    order = told.assign(size=told["std"].abs()).sort_values(["clear", "size"], ascending=False, kind="stable")
    return order["sentence"].tolist()


def after(later: AttitudeEffect, attitude: str) -> list[str]:
    """What an attitude says of later behaviour, and how much of it a raw mean score would have shown.

    Parameters
    ----------
    later
        From `staying` or `buying`.
    attitude
        The construct.
    """
    word, told, raw = in_words(attitude), later.ratio, later.raw_ratio
    clear = told.high < 1 or told.low > 1
    per = "one standard deviation more"
    of, done = {"leaving": ("a hazard of leaving", "departures"), "buying": ("a rate of buying", "purchases")}[
        later.outcome
    ]
    if not clear:
        said = [
            f"Whether stated {word} foretells {_DONE[later.outcome]} cannot be told from "
            f"{numbers.count(later.events)} {done}: {per} goes with {of} between {_times(told.low)} and "
            f"{_times(told.high)} as high."
        ]
    else:
        said = [
            f"{capital(per)} {word} goes with {of} <b>{_times(told.value)}</b> as high ({_interval(told)}), of "
            f"{numbers.count(later.customers)} answers and {numbers.count(later.events)} {done} within the year that "
            "followed."
        ]
    said.append(
        f"The raw mean of the items would have said {_times(raw.value)} ({_interval(raw)}): errors of measurement draw "
        "it towards 1."
    )
    if later.adjusted:
        said.append(
            f"Only customers of the same {listed([in_words(name) for name in later.adjusted])} are compared in both."
        )
    if later.concordance is not None:
        same = later.concordance
        said.append(
            f"Of two customers, the one who stated less {word} left first in {numbers.share(same.value, 0)} of pairs "
            f"({_shares(same)}); a coin would say 50 %."
        )
    return said


def about(
    engines: Engines,
    answers: Answers,
    classed: Classed | None = None,
    warned: str = "",
    aside: Mapping[str, int] | None = None,
) -> list[str]:
    """What was counted, what was assumed and what it cannot tell.

    Parameters
    ----------
    engines, answers
        The fits, and what they are of.
    classed
        From `classed_customers`.
    warned
        What the study says it is not good for.
    aside
        From `set_aside`.
    """
    used = engines.used
    on = f" by {dates.day(answers.as_of)}" if answers.as_of else ""
    survey = f" to the survey “{answers.survey}”" if answers.survey else ""
    said = [f"{numbers.count(answers.respondents)} respondents answered{survey}{on}, the latest answer of each."]
    said += _taken(engines, answers)
    if aside:
        many = ", ".join(f"{numbers.count(n)} of {item}" for item, n in aside.items())
        said.append(f"Scores that the checks of the study set aside, of whatever day, count as not answered: {many}.")
    said += [f"Left out: {numbers.count(n)} who {why}." for why, n in answers.unusable.items() if n >= answers.min_cell]
    said.append(
        "Paths are those of the theory written down in the model, held to be linear and the same for everybody. That "
        "things go together does not make one the cause of the other, nor does a drawn arrow; another theory may fit "
        "as well."
    )
    said.append(
        "Paths are told in standard deviations in the diagram and beside other engines; in points of a scale in words, "
        "where scores are weighted means of a construct’s items and a path is the standardised one times the ratio of "
        "the scores’ standard deviations; and between segments in points of each construct’s first item, because "
        "standard deviations may differ between them."
    )
    if used.engine != "pls":
        single = [construct.name for construct in used.model.constructs if len(construct.items) == 1]
        if single:
            said.append(f"Taken to be measured without error, by one item: {', '.join(map(in_words, single))}.")
    said += [f"{TITLES[name]} has no solution: {without_place(why)}." for name, why in engines.why_not.items()]
    if classed is not None:
        who = "customers who answered and are known" if classed.customers else "respondents"
        said.append(
            f"Loyalty classes: {classed.classes.told} They are of {numbers.count(classed.classes.customers)} {who}, by "
            f"their attitude and their {classed.behaviour.noun}; others may differ."
        )
    if warned:
        said.append(f"<b>Not good for:</b> {warned}")
    return said


def _totals(found: dict[str, Estimate]) -> list[tuple[str, Estimate]]:
    """Total effects, the strongest first."""
    prefix = f"loyalty.{EFFECT}."
    totals = [(in_words(name.removeprefix(prefix)), each) for name, each in found.items() if name.startswith(prefix)]
    return sorted(totals, key=lambda pair: -abs(pair[1].value))


def _taken(engines: Engines, answers: Answers) -> list[str]:
    """How many respondents each engine takes, and as how many they count where they are weighted."""
    weighted = bool((answers.frame["weight"] != answers.frame["n"]).any())
    everybody, every = answers.respondents, complete(answers).respondents
    counted: dict[int, list[str]] = {}
    effective: dict[int, float] = {}
    for name, fit in engines.all.items():
        people = everybody if getattr(fit, "missing", "listwise") == "fiml" else every
        counted.setdefault(people, []).append(TITLES[name])
        effective[people] = fit.n
    said = []
    for people, names in counted.items():
        who = f"all {numbers.count(people)}" if people == everybody else f"the {numbers.count(people)} of them"
        which = "" if people == everybody else " who answered every item"
        told = f"{listed(names)} {'takes' if len(names) == 1 else 'take'} {who}{which}"
        if weighted:
            told += f"; weighted, they tell as much as {numbers.count(effective[people])} of equal weight (Kish 1965)"
        said.append(f"{told}.")
    if answers.by and every < everybody:
        said.append(f"Segments are compared by the {numbers.count(every)} who answered every item.")
    return said


def _interval(each: Estimate) -> str:
    return f"{numbers.decimal(each.low, 2)} to {numbers.decimal(each.high, 2)}"


def _times(ratio: float) -> str:
    return f"{numbers.decimal(ratio, 2)} times"


def _shares(each: Estimate) -> str:
    return f"{numbers.share(each.low, 0, percent=False)} to {numbers.share(each.high, 0)}"
