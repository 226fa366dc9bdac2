"""What the numbers say: the sentences the page of loyalty opens with, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.errors import without_place
from cxmodels.look import dates, numbers
from cxmodels.loyalty.effects.told import capital, explained, in_words, last_construct
from cxmodels.loyalty.page.earlier import EFFECT
from cxmodels.loyalty.page.engines import TITLES, Engines

if TYPE_CHECKING:
    from cxmodels.estimate import Estimate
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.customers.classes import LoyaltyClasses
    from cxmodels.loyalty.customers.from_study import CustomerClasses
    from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect
    from cxmodels.verdict import Verdict

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
    classes: LoyaltyClasses | None = None,
) -> str:
    """The few sentences a reader should take away.

    Parameters
    ----------
    found
        From `estimates`.
    engines, told, verdict
        From `fit_engines`, `told_paths` and `judge`.
    classes
        From `loyalty_classes`.
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
    if classes is not None:
        true, spurious = (classes.shares.set_index("quadrant").loc[name] for name in ("true", "spurious"))
        if min(true["customers"], spurious["customers"]) >= classes.min_cell:
            said.append(
                f"Of the customers who answered <b>{numbers.share(true['share'], 0)}</b> are high in attitude and in "
                f"their chance to stay; {numbers.share(spurious['share'], 0)} are high in the latter alone."
            )
    return " ".join(said)


def sentences(told: pd.DataFrame) -> list[str]:
    """A sentence for each path, the clear ones first, the strongest first."""
    order = told.assign(size=told["std"].abs()).sort_values(["clear", "size"], ascending=False, kind="stable")
    return order["sentence"].tolist()


def after(staying: AttitudeEffect, attitude: str) -> list[str]:
    """What an attitude says of staying, and how much of it a raw mean score would have shown.

    Parameters
    ----------
    staying
        From `staying`.
    attitude
        The construct.
    """
    word, told, raw = in_words(attitude), staying.ratio, staying.raw_ratio
    clear = told.high < 1 or told.low > 1
    per = "one standard deviation more"
    if not clear:
        said = [
            f"Whether stated {word} foretells staying cannot be told from {numbers.count(staying.events)} departures: "
            f"{per} goes with a hazard of leaving between {_times(told.low)} and {_times(told.high)} as high."
        ]
    else:
        said = [
            f"{capital(per)} {word} goes with a hazard of leaving <b>{_times(told.value)}</b> as high "
            f"({_times(told.low)} to {_times(told.high)}), of {numbers.count(staying.customers)} answers and "
            f"{numbers.count(staying.events)} departures within the year that followed."
        ]
    said.append(
        f"The raw mean of the items would have said {_times(raw.value)} ({_times(raw.low)} to {_times(raw.high)}): "
        "errors of measurement draw it towards 1."
    )
    if staying.concordance is not None:
        same = staying.concordance
        said.append(
            f"Of two customers, the one who stated less {word} left first in {numbers.share(same.value, 0)} of pairs "
            f"({_shares(same)}); a coin would say 50 %."
        )
    return said


def about(engines: Engines, answers: Answers, customers: CustomerClasses | None = None, warned: str = "") -> list[str]:
    """What was counted, what was assumed and what it cannot tell.

    Parameters
    ----------
    engines, answers
        The fits, and what they are of.
    customers
        From `loyalty_classes`.
    warned
        What the study says it is not good for.
    """
    used = engines.used
    on = f" by {dates.day(answers.as_of)}" if answers.as_of else ""
    survey = f" to the survey “{answers.survey}”" if answers.survey else ""
    said = [
        f"{numbers.count(answers.respondents)} respondents answered{survey}{on}, the latest answer of each; "
        f"{engines.title} uses {_counted(used.n)}."
    ]
    said += [f"Left out: {numbers.count(n)} who {why}." for why, n in answers.unusable.items() if n >= answers.min_cell]
    others = {name: fit for name, fit in engines.all.items() if fit is not used and round(fit.n) != round(used.n)}
    if others:
        least = min(fit.n for fit in others.values())
        said.append(f"Other engines take only those who answered every item ({_counted(least)}).")
    if not _weighs_alike(answers):
        said.append("Respondents are weighted; numbers of respondents are then effective ones (Kish 1965).")
    said.append(
        "Paths are those of the theory written down in the model, held to be linear and the same for everybody. That "
        "things go together does not make one the cause of the other, nor does a drawn arrow; another theory may fit "
        "as well."
    )
    said.append(
        "Points of a scale: scores are weighted means of a construct’s items. A path in points is the standardised "
        "path times the ratio of the scores’ standard deviations."
    )
    if used.engine != "pls":
        single = [construct.name for construct in used.model.constructs if len(construct.items) == 1]
        if single:
            said.append(f"Taken to be measured without error, by one item: {', '.join(map(in_words, single))}.")
    said += [f"{TITLES[name]} has no solution: {without_place(why)}." for name, why in engines.why_not.items()]
    if customers is not None:
        said.append(
            f"Loyalty classes: {customers.classes.told} They are of {numbers.count(customers.classes.customers)} "
            "customers who answered and whose chance to stay is known; others may differ."
        )
    if warned:
        said.append(f"<b>Not good for:</b> {warned}")
    return said


def _totals(found: dict[str, Estimate]) -> list[tuple[str, Estimate]]:
    """Total effects, the strongest first."""
    prefix = f"loyalty.{EFFECT}."
    totals = [(in_words(name.removeprefix(prefix)), each) for name, each in found.items() if name.startswith(prefix)]
    return sorted(totals, key=lambda pair: -abs(pair[1].value))


def _weighs_alike(answers: Answers) -> bool:
    return bool((answers.frame["weight"] == answers.frame["n"]).all())


def _counted(n: float) -> str:
    return numbers.count(n)


def _interval(each: Estimate) -> str:
    return f"{numbers.decimal(each.low, 2)} to {numbers.decimal(each.high, 2)}"


def _times(ratio: float) -> str:
    return f"{numbers.decimal(ratio, 2)} times"


def _shares(each: Estimate) -> str:
    return f"{numbers.share(each.low, 0, percent=False)} to {numbers.share(each.high, 0)}"
