"""The same figures as they would have been told earlier: scores of the constructs and total effects on the last one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.errors import NothingToTell
from cxmodels.estimate import Estimate
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.effects.effects import path_effects
from cxmodels.loyalty.effects.importance import importance_performance
from cxmodels.loyalty.effects.told import last_construct
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, LoyaltyError

if TYPE_CHECKING:
    from datetime import date

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.study.study import Study

MONTHS = (12, 6)
"""How long ago: a relation is asked about once a year, so that single months tell little."""
SCORE, EFFECT = "score", "total_effect"
HISTORY = ["month", "what", "construct", "value", "low", "high", "unit", "n"]


@dataclass(frozen=True, eq=False)
class Earlier:
    """Figures of earlier months.

    Attributes
    ----------
    table
        One row a month and figure, in order of the months: ``month, what`` (``"score"`` or ``"total_effect"``),
        ``construct, value, low, high, unit, n``.
    reason
        Why there are none; empty where there are.
    """

    table: pd.DataFrame
    reason: str = ""


def figures_of(fit: Any, answers: Answers) -> dict[tuple[str, str], Estimate]:
    """Scores of the constructs that lead to the last one, and of that, from 0 to 100; total effects on it.

    What cannot be told is left out: scores without scales, effects without limits.
    """
    target, n = last_construct(fit.model), round(fit.n)
    out = scores_of(fit, answers)
    told = path_effects(fit).summary
    for row in told[told["target"] == target].itertuples():
        if np.isfinite([row.total_low, row.total_high]).all():
            # a skewed distribution can have its middle outside of its limits
            low, high = min(row.total_low, row.total), max(row.total_high, row.total)
            out[EFFECT, row.source] = Estimate(row.total, low, high, "effect", n)
    return out


def scores_of(fit: Any, answers: Answers) -> dict[tuple[str, str], Estimate]:
    """The scores alone, weighed as the fit says, which may be that of another month."""
    target = last_construct(fit.model)
    try:
        told = importance_performance(fit, answers, target)
    except (InvalidValue, InvalidAnswers):
        return {}
    n = answers.respondents
    out = {(SCORE, target): Estimate(told.performance, told.performance_low, told.performance_high, "score", n)}
    for row in told.constructs.itertuples():
        out[SCORE, row.construct] = Estimate(row.performance, row.performance_low, row.performance_high, "score", n)
    return out


def earlier(study: Study, engines: Engines, as_of: date, *, months: tuple[int, ...] = MONTHS) -> Earlier:
    """Tell the figures as known earlier, the answers of that day fitted anew.

    Parameters
    ----------
    study
        An open study.
    engines
        Of today. Its model is fitted by maximum likelihood, or by partial least squares where that is what it used;
        scores are weighed as today.
    as_of
        Today.
    months
        How long ago.
    """
    rows: list[tuple[object, ...]] = []
    first = study.months()[0]
    for ago in months:
        month = (pd.Period(as_of, "M") - ago).strftime("%Y-%m")
        if month < first:
            continue
        with suppress(LoyaltyError, NothingToTell):
            then = survey_answers(study.snapshot(month), engines.used.model.items)
            found = scores_of(engines.used, then)
            with suppress(LoyaltyError):
                found |= {key: each for key, each in _fitted(engines, then).items() if key[0] == EFFECT}
            rows += [(month, *key, each.value, each.low, each.high, each.unit, each.n) for key, each in found.items()]
    reason = "" if rows else "The study has no earlier month with answers enough to compare with."
    return Earlier(pd.DataFrame(rows, columns=HISTORY), reason)


def _fitted(engines: Engines, then: Answers) -> dict[tuple[str, str], Estimate]:
    model = engines.used.model
    if engines.ml is None:
        return figures_of(model.fit(then, engine="pls", bootstraps=200), then)
    missing = "fiml" if then.frame[list(model.items)].isna().to_numpy().any() else "listwise"
    return figures_of(model.fit(then, engine="ml", missing=missing), then)
