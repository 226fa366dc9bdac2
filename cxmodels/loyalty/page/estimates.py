"""The figures a month of loyalty leaves for results, the cards of its page, and what came before them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.loyalty.effects.told import capital, explained, in_words, last_construct
from cxmodels.loyalty.page.earlier import EFFECT, SCORE, figures_of

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.customers.classes import LoyaltyClasses
    from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect
    from cxmodels.loyalty.customers.movement import Movement
    from cxmodels.loyalty.effects.moderation import Moderation
    from cxmodels.loyalty.ml.fit_indices import FitIndices
    from cxmodels.loyalty.page.earlier import Earlier
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.verdict import Verdict

MOST_CARDS = 4
TOGETHER = "loyalty.attitude_and_behaviour"
"""The correlation of the two, without which a share of true loyalty is that of chance."""
_HISTORY = ["month", "value", "low", "high"]


def estimates(
    engines: Engines,
    answers: Answers,
    told: pd.DataFrame,
    *,
    indices: FitIndices | None = None,
    classes: LoyaltyClasses | None = None,
    later: AttitudeEffect | None = None,
    moderation: Moderation | None = None,
    movement: Movement | None = None,
) -> dict[str, Estimate]:
    """What the month has to say, by name; what the answers cannot tell has no name.

    Parameters
    ----------
    engines, answers
        The fits and what they are of.
    told
        From `told_paths`, of the fit that is used.
    indices
        Of the fit by maximum likelihood.
    classes
        From `loyalty_classes`; classes too small to be shown are left out.
    later
        From `later_behaviour`.
    moderation
        From `moderated_path`.
    movement
        From `moved_customers`.
    """
    fit, respondents = engines.used, answers.respondents
    n = round(fit.n)
    out = {"loyalty.respondents": Estimate.exact(respondents, "customers", respondents)}
    out |= {f"loyalty.{what}.{name}": each for (what, name), each in figures_of(fit, answers).items()}
    for row in told.itertuples():
        if np.isfinite([row.low, row.high]).all():
            low, high = min(row.low, row.std), max(row.high, row.std)
            out[f"loyalty.path.{row.source}.{row.target}"] = Estimate(row.std, low, high, "effect", n)
    for name, share in explained(fit).items():
        out[f"loyalty.r2.{name}"] = Estimate.exact(share, "share", n)
    if engines.ml is not None and np.isfinite(engines.ml.identification.condition):
        condition = engines.ml.identification.condition
        out["loyalty.information_condition"] = Estimate.exact(condition, "condition number", n)
    if indices is not None:
        best = indices.best
        out |= {
            "loyalty.cfi": Estimate.exact(best.cfi, "index", n),
            "loyalty.rmsea": Estimate(best.rmsea, best.rmsea_low, best.rmsea_high, "index", n, 0.9),
            "loyalty.srmr": Estimate.exact(indices.srmr, "index", n),
        }
    if classes is not None:
        for row in classes.shown().dropna(subset=["share"]).itertuples():
            out[f"loyalty.class.{row.quadrant}"] = Estimate(row.share, row.low, row.high, "share", classes.customers)
        out[TOGETHER] = replace(classes.association, unit="index")
    if later is not None:
        name = {"leaving": "loyalty.hazard_ratio", "buying": "loyalty.rate_ratio"}[later.outcome]
        out |= {name: later.ratio, f"{name}.raw_score": later.raw_ratio}
    if moderation is not None:
        row, name = moderation.interaction, f"{moderation.source}.{moderation.moderator}.{moderation.target}"
        out[f"loyalty.moderation.{name}"] = Estimate(row["coef"], row["low"], row["high"], "effect", n)
    if movement is not None:
        out["loyalty.stayed_in_class"] = movement.stayed
    return out


def history(past: Earlier, found: dict[str, Estimate], month: str) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, for the figures that have earlier ones.

    Parameters
    ----------
    past
        From `earlier`.
    found
        From `estimates`.
    month
        This month, ``"2026-09"``.
    """
    out = {}
    for (what, construct), rows in past.table.groupby(["what", "construct"], sort=False):
        name = f"loyalty.{what}.{construct}"
        if name in found:
            now = found[name]
            this = pd.DataFrame([(month, now.value, now.low, now.high)], columns=_HISTORY)
            out[name] = pd.concat([rows[_HISTORY], this], ignore_index=True)
    return out


def key_figures(
    engines: Engines, found: dict[str, Estimate], past: dict[str, pd.DataFrame], verdict: Verdict
) -> list[dict[str, str | Estimate | pd.DataFrame | None]]:
    """The cards of the page: ``title, estimate, history, better`` of each.

    With a red verdict no effect and no class is shown, nor a share of true loyalty where attitude and behaviour are not
    told to go together: a figure that is not established is none to remember.
    """
    target = last_construct(engines.used.model)
    word = in_words(target)
    titles: dict[str, tuple[str, str | None]] = {f"loyalty.{SCORE}.{target}": (f"{capital(word)}, 0 to 100", "higher")}
    if verdict.status != "red":
        strongest = sorted(
            (name for name in found if name.startswith(f"loyalty.{EFFECT}.")), key=lambda name: -abs(found[name].value)
        )
        for name in strongest[:1]:
            source = in_words(name.removeprefix(f"loyalty.{EFFECT}."))
            titles[name] = (f"Total effect of {source}", None)
        if TOGETHER in found and (found[TOGETHER].low > 0 or found[TOGETHER].high < 0):
            titles["loyalty.class.true"] = ("True loyalty", "higher")
    titles["loyalty.respondents"] = ("Respondents", None)
    shown = [key for key in titles if key in found][:MOST_CARDS]
    return [
        {"title": titles[key][0], "estimate": found[key], "history": past.get(key), "better": titles[key][1]}
        for key in shown
    ]
