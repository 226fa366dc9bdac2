"""What the numbers say: the sentences the page of feedback opens with, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxmodels.estimate import REAL
from cxmodels.feedback.page.words import METRIC, name_of, plain
from cxmodels.look import dates, numbers

if TYPE_CHECKING:
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.feedback.page.score import Score
    from cxmodels.feedback.page.where import Where
    from cxmodels.feedback.weights.response_weights import ResponseWeights


def title(heard: Heard, where: Where | None = None) -> str:
    """The finding in one sentence: the score, whether it moved, and where it fell or is lowest."""
    score, name = heard.first, name_of(heard.first)
    low = _fallen(where) or _lowest(where)
    ending = f"; {low[0]}" if low else ""
    if score.month is None:
        return f"{name} {_bare(score.year)} over twelve months{ending}"
    said = f"{name} {_bare(score.month)} ({_bare(score.year)} over twelve months)"
    change, before = score.change, score.before
    if change is None or before is None:
        return f"{said}, with no month to compare with{ending}"
    month = dates.month(before[0], year=False)
    if not change.real:
        return f"{said}, no real move since {month}{ending}"
    return f"{said}, a real {'rise' if change.difference.value > 0 else 'fall'} since {month}{ending}"


def lead(heard: Heard, where: Where | None = None) -> str:
    """At most three sentences with the numbers a reader should take away."""
    score = heard.first
    year = f"<b>{_bare(score.year)}</b> ({numbers.interval(score.year)})"
    raw = f", {_bare(score.raw)} before answers are weighted" if score.weighted else ""
    if score.month is None:
        first = (
            f"Over the twelve months to {dates.day(heard.as_of)}, {name_of(score)} is {year}{raw}; fewer than "
            f"{heard.min_cell} customers answered this month."
        )
    else:
        answers = f"{numbers.count(score.month.n)} answers of {dates.month(heard.month)}"
        first = (
            f"{name_of(score)} is <b>{_bare(score.month)}</b> ({numbers.interval(score.month)}) from {answers}; over "
            f"twelve months it is {year}{raw}."
        )
    low = _fallen(where) or _lowest(where)
    return " ".join(each for each in (first, moved(score), low[1] if low else "") if each)


def moved(score: Score) -> str:
    """What moved since the month before, and whether it is real."""
    if score.month is None:
        return ""
    if score.change is None or score.before is None:
        return "There is no earlier month to compare with."
    month, earlier = score.before
    told = numbers.value(earlier.value, earlier.unit, bare=earlier.unit == "points")
    return f"In {dates.month(month)} it was {told}: {numbers.in_words(score.change)}."


def about(heard: Heard, weights: ResponseWeights | None, not_good_for: str = "") -> list[str]:
    """What was counted and what was not: the facts a careful reader asks for, and what the study warns of."""
    said = [
        f"Answers known on {dates.day(heard.as_of)}; a month is a calendar month, a year the twelve months from "
        f"{dates.day(heard.since)}. Answers about the relation and about one contact are never one score.",
        "NPS: share of 9 and 10 less share of 0 to 6. CSAT: share of the two highest scores. CES: share that agrees it "
        "was easy. CXi: needs met, easy and enjoyable, share of the two highest less the two lowest. Of those, only "
        "what the study asks is told.",
    ]
    unweighted = [name_of(score) for score in heard.scores if not score.weighted]
    if weights is None:
        said.append(
            "Nobody is on record as invited, so who did not answer is not known, and answers count as they are."
        )
    elif unweighted:
        said.append(f"Too few answers followed an invitation to be weighted: {', '.join(unweighted)}.")
    partly = [score for score in heard.scores if score.weighted and score.weighable < 1]
    if partly:
        least = min(score.weighable for score in partly)
        said.append(
            f"Answers that no invitation came before have no weight and are left out of weighted scores, at most "
            f"{numbers.share(1 - least)}."
        )
    said.append(
        f"Groups and months of fewer than {heard.min_cell} customers are not told, nor what would let them be worked "
        "out. A score pooled over groups is drawn to the others as far as its answers are few; groups need not differ "
        "because of what they are named by."
    )
    if not_good_for:
        said.append(f"<b>Not good for:</b> {not_good_for}")
    return said


def _fallen(where: Where | None) -> tuple[str, str] | None:
    """The group that surely fell, for the title and for the lead."""
    if where is None or where.moves.empty or where.moves["fell"].iloc[0] < REAL:
        return None
    row = where.moves.iloc[0]
    metric, group = METRIC[where.metric], f"{plain(row['by'])} {row['group']}"
    unit = "points" if metric in ("NPS", "CXi") else "share"
    size = numbers.value(abs(row["difference"]), unit)
    return (
        f"it fell for {group}" if row["kind"] == "relational" else f"{row['kind']} {metric} fell for {group}",
        f"This month’s {row['kind']} {metric} of {group} lies <b>{size}</b> below its last twelve months "
        f"({_probability(row['fell'])}).",
    )


def _lowest(where: Where | None) -> tuple[str, str] | None:
    """The group that surely lies below the others, for the title and for the lead."""
    rows: list[tuple[float, Any, Any]] = []
    for one in where.pooled if where is not None else ():
        low = one.table[(one.table["below"] >= REAL) & one.table["worst"].notna()]
        rows += [(one.together - float(row["value"]), one, row) for _, row in low.iterrows()]
    if not rows:
        return None
    _, one, row = max(rows, key=lambda each: each[0])
    name, group = f"{one.kind} {METRIC[one.metric]}", f"{plain(one.by)} {row[one.by]}"
    how = "lowest" if row["worst"] >= REAL else "low"
    value, low, high = (numbers.value(row[side], one.unit, side != "value") for side in ("value", "low", "high"))
    return (
        f"{name} is {how} for {group}",
        f"Over twelve months {name} is {how} for {group}: <b>{value}</b> ({low} – {high}), against "
        f"{numbers.value(one.together, one.unit)} for all.",
    )


def _probability(value: float) -> str:
    return "P > .99" if value > 0.995 else f"P = {value:.2f}".replace("0.", ".")


def _bare(found: Any) -> str:
    return numbers.value(found.value, found.unit, bare=found.unit == "points")
