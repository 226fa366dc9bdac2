"""Whether a covariate can enter a model of the hazard: enough departures, in every level, and nothing said twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import AliasedColumns, Separation, TooFewEvents, UnknownCovariate
from cxmodels.churn.models.design import Array, Design, finite, known_codes

EVENTS_PER_RATIO = 5
"""Fewest departures for each hazard ratio; 10 are wanted (Vittinghoff & McCulloch 2007, Am. J. Epidemiol. 165)."""
_ALIASED = 1e-10
"""Share of a column's variance that the columns before it leave unexplained; below it the column adds nothing."""


def asked_for(episodes: Episodes, covariates: Iterable[str], model: str) -> tuple[str, ...]:
    """The covariates as a tuple.

    Raises
    ------
    UnknownCovariate
        When one of them is no covariate of the episodes.
    """
    names = tuple(dict.fromkeys(covariates))
    for name in names:
        if name not in episodes.covariates:
            allowed = ", ".join(episodes.covariates) or "none"
            raise UnknownCovariate(f"{model}: {name!r} is no covariate of these episodes; allowed: {allowed}")
    return names


def those_estimable(
    frame: pd.DataFrame,
    episodes: Episodes,
    model: str,
    *,
    refused: Collection[str] = (),
    penalised: bool = False,
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The covariates of the episodes that can enter, one after another, and why the others cannot.

    Those in `refused` are passed over; `penalised` as for `require_estimable`.
    """
    events = _events(frame)
    names: tuple[str, ...] = ()
    left_out: dict[str, str] = {}
    ratios = 0
    for name in episodes.covariates:
        if name in refused:
            continue
        own, by_itself = _one(frame, episodes, name, model, penalised)
        problem = _too_few(events, ratios + own, (*names, name), model, penalised) or by_itself
        if problem is None:
            names, ratios = (*names, name), ratios + own
        else:
            left_out[name] = str(problem)
    return names, left_out


def require_estimable(
    frame: pd.DataFrame, episodes: Episodes, names: Sequence[str], model: str, *, penalised: bool = False
) -> None:
    """Refuse covariates that the departures cannot tell a hazard ratio for.

    Where coefficients are `penalised` every ratio is finite: one departure is enough, and a level may have none.

    Raises
    ------
    TooFewEvents
        Fewer than five departures for each hazard ratio.
    AliasedColumns
        A covariate with a single level or value.
    Separation
        A level without a departure.
    InvalidValue
        A number that is missing or infinite.
    """
    each = [_one(frame, episodes, name, model, penalised) for name in names]
    few = _too_few(_events(frame), sum(own for own, _ in each), names, model, penalised)
    for problem in (few, *(problem for _, problem in each)):
        if problem is not None:
            raise problem


def require_distinct(gram: Array, design: Design, model: str, strata: Sequence[str] = ()) -> None:
    """Refuse columns that are a combination of those before them.

    Parameters
    ----------
    gram
        (q, q) sums of squares and products of the columns around their means, within each stratum if there are any.

    Raises
    ------
    AliasedColumns
        Its message says which columns say the same; its `covariate` is that of the last of them.
    """
    size = np.sqrt(np.diag(gram))
    size[size == 0] = 1.0
    gram = gram / size / size[:, None]
    said = [f"{name} {level!r}" if level else name for name, level in design.terms]
    for j, (name, _) in enumerate(design.terms):
        share = np.linalg.solve(gram[:j, :j], gram[:j, j])
        if gram[j, j] - share @ gram[:j, j] < _ALIASED:
            same = [other for other, part in zip(said, share, strict=False) if abs(part) > 1e-6]
            if not same and not strata:
                raise AliasedColumns(
                    f"{model}: {said[j]} is the same for all who were at risk when somebody left; leave it out", name
                )
            same = same or [f"the strata ({', '.join(strata)})"]
            raise AliasedColumns(f"{model}: {said[j]} says the same as {', '.join(same)}; leave one of them out", name)


def no_finite_ratio(design: Design, column: int, model: str) -> Separation:
    """What to raise where the likelihood keeps rising as the coefficient of a column runs away."""
    name, level = design.terms[column]
    said, remedy = (f"{name} {level!r}", "pool it with another level") if level else (name, "leave it out or band it")
    return Separation(f"{model}: the hazard ratio of {said} has no finite estimate; {remedy}", name)


def _events(frame: pd.DataFrame) -> int:
    return int(frame["n"].to_numpy() @ (frame["event"].to_numpy() == 1))


def _too_few(events: int, ratios: int, names: Sequence[str], model: str, penalised: bool) -> TooFewEvents | None:
    wanted = min(ratios, 1) if penalised else EVENTS_PER_RATIO * ratios
    if events >= wanted:
        return None
    return TooFewEvents(
        f"{model}: {ratios} hazard ratios ({', '.join(names)}) need at least {wanted} departures, found {events}"
    )


def _one(
    frame: pd.DataFrame, episodes: Episodes, name: str, model: str, penalised: bool
) -> tuple[int, AliasedColumns | Separation | None]:
    """How many hazard ratios a covariate has, and what is wrong with it by itself."""
    if name not in episodes.levels:
        values = finite(frame[name], name)
        if len(values) and values.min() < values.max():
            return 1, None
        found = f"{values[0]:g}" if len(values) else "none"
        return 1, AliasedColumns(f"{model}: covariate {name!r} has a single value, {found}", name)
    every = episodes.levels[name]
    codes = known_codes(frame[name], name, every)
    there = np.bincount(codes, minlength=len(every)) > 0
    known = [level for level, present in zip(every, there, strict=True) if present]
    if len(known) < 2:
        found = repr(known[0]) if known else "none"
        return 0, AliasedColumns(f"{model}: covariate {name!r} has a single level, {found}", name)
    gone = np.bincount(codes, frame["n"].to_numpy(float) * (frame["event"].to_numpy() == 1), len(every))[there]
    if penalised or gone.all():
        return len(known) - 1, None
    return len(known) - 1, Separation(
        f"{model}: no one of {name} {known[int(gone.argmin())]!r} left, so its hazard ratio has no finite estimate; "
        "pool it with another level",
        name,
    )
