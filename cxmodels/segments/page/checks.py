"""Whether to believe the page of segments: each check with its threshold and what a failure means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import dates, numbers
from cxmodels.segments.clusters.choose import FOUND, SAME
from cxmodels.verdict import Check, Status, Verdict

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.clusters.choose import Choice
    from cxmodels.segments.clusters.kept import KeptModel
    from cxmodels.segments.page.since import SinceLastMonth

ANSWER = "Segments"
DOUBTFUL = 0.8
"""Whoever belongs to the nearest segment with a smaller probability stands between two."""
SEPARATE = 0.25
"""Below this silhouette no structure to speak of is seen (Kaufman and Rousseeuw 1990)."""


def judge(kept: KeptModel, now: Assignment, since: SinceLastMonth, *, refit_months: int) -> Verdict:
    """The verdict of the page: whether other customers would have given these segments, and who clearly belongs.

    Parameters
    ----------
    kept
        The model in force, with how its number of segments was weighed.
    now
        Who is in which segment.
    since
        From `since_last_month`.
    refit_months
        After how many months a model is fitted anew (``segments.refit_months``).
    """
    checks: list[Check] = []
    if kept.choice is None:
        meaning = "The settings say how many segments there are; how stable they are was not weighed."
        checks.append(Check("Found again in resamples", "not weighed", f"at least {SAME:g}", "amber", meaning))
    else:
        checks += _weighed(kept.choice, kept.model.k)
    checks.append(_belongs(now))
    checks.append(_age(kept, now, refit_months))
    if kept.matches is not None:
        checks.append(_matched(kept))
    if since.moves is not None:
        checks.append(_moved(since))
    return Verdict(ANSWER, tuple(checks))


def _weighed(choice: Choice, k: int) -> list[Check]:
    row = choice.panel.set_index("k").loc[k]
    same, weakest, apart = (float(row[name]) for name in ("stability", "weakest", "silhouette"))
    stable: Status = "green" if same >= SAME else "amber" if same >= FOUND else "red"
    stability = {
        "green": "Other customers of the same kind would have given the same segments.",
        "amber": "Other customers of the same kind would have given somewhat other segments.",
        "red": "Other customers of the same kind would have given other segments: these are chance as much as fact.",
    }[stable]
    again: Status = "green" if weakest >= 0.75 else "amber" if weakest >= FOUND else "red"
    jaccard = {
        "green": "Each segment is found again in resamples.",
        "amber": "The weakest segment is found again in part only.",
        "red": "At least one segment is not found again in resamples: do not act on it.",
    }[again]
    clear: Status = "green" if apart >= SEPARATE else "amber"
    shade = {
        "green": "Customers are nearer to their own segment than to the next.",
        "amber": "Segments shade into each other: they part customers usefully, and no gap lies between them.",
    }[clear]
    wanted = "adjusted Rand index of at least"
    return [
        Check("Found again in resamples", numbers.decimal(same, 2), f"{wanted} {SAME:g}", stable, stability),
        Check("Weakest segment, Jaccard", numbers.decimal(weakest, 2), "at least 0.75", again, jaccard),
        Check("Separation, silhouette", numbers.decimal(apart, 2), f"at least {SEPARATE:g}", clear, shade),
    ]


def _belongs(now: Assignment) -> Check:
    table = now.table
    doubtful = int(table.filter(table.certainty < DOUBTFUL).count().execute())
    share = doubtful / max(now.customers, 1)
    status: Status = "green" if share <= 0.10 else "amber" if share <= 0.30 else "red"
    meaning = {
        "green": "Nearly every customer clearly belongs where they are counted.",
        "amber": "A part of the customers stands between two segments: treat them as of either.",
        "red": "Many customers stand between two segments: sizes depend on where the line is drawn.",
    }[status]
    few = 0 < doubtful < now.min_cell
    found = f"fewer than {now.min_cell} customers" if few else numbers.share(share)
    wanted = f"at most {numbers.share(0.10, 0)} of customers below {numbers.share(DOUBTFUL, 0)}"
    return Check("Doubtful membership", found, wanted, status, meaning)


def _age(kept: KeptModel, now: Assignment, refit_months: int) -> Check:
    day, today = kept.model.fitted_on, now.as_of
    age = 12 * (today.year - day.year) + today.month - day.month
    status: Status = "green" if 0 <= age < refit_months else "amber"
    meaning = "The model is of this quarter." if status == "green" else "The model is older than the settings want."
    found = "1 month" if age == 1 else f"{age} months"
    return Check("Age of the model", f"{found} ({dates.day(day)})", f"below {refit_months} months", status, meaning)


def _matched(kept: KeptModel) -> Check:
    matches = kept.matches
    assert matches is not None
    same = matches[matches["what"] == "kept"]
    changed = matches[matches["what"] != "kept"]
    least = float(same["overlap"].min()) if len(same) else 0.0
    status: Status = "green" if changed.empty and least >= 0.5 else "amber"
    meaning = "When the model was fitted anew each segment was found again, so names mean what they meant."
    if not changed.empty:
        named = ", ".join(f"“{row.name}” {row.what}" for row in changed.itertuples(index=False))
        meaning = f"When the model was fitted anew some segments came or went: {named}."
    elif least < 0.5:
        meaning = (
            "When the model was fitted anew a segment changed by half: compare it with earlier quarters with care."
        )
    found = f"smallest overlap {numbers.decimal(least, 2)}"
    return Check("Same segments as the quarter before", found, "all, at least 0.5", status, meaning)


def _moved(since: SinceLastMonth) -> Check:
    assert since.moves is not None
    stayed, name, wanted = since.moves.stayed, "Same segment as a month ago", "at least 90 %"
    if stayed.value != stayed.value:
        meaning = "Too few moved between single segments to tell how many did without telling of them."
        return Check(name, "not told", wanted, "green", meaning)
    status: Status = "green" if stayed.value >= 0.90 else "amber" if stayed.value >= 0.75 else "red"
    meaning = {
        "green": "A customer’s segment lasts.",
        "amber": "Many customers change their segment within a month: a list by segment is soon out of date.",
        "red": "So many customers change their segment within a month that it says little of them.",
    }[status]
    return Check(name, numbers.share(stayed.value), wanted, status, meaning)
