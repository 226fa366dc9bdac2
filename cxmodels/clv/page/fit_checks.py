"""What the posteriors say of themselves: whether they were drawn well, and whether the data say anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.retention import RetentionFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.posteriors.priors import Prior, prior_of
from cxmodels.look import numbers
from cxmodels.verdict import Check, Status

Fit = PurchaseFit | SpendFit | RetentionFit
SAME_AS_PRIOR = 0.8
"""Posterior over prior standard deviation from which on the data say next to nothing of a parameter."""
TIED = 0.98
"""Correlation of two coordinates from which on they are hardly told apart."""


def sampled(fits: Sequence[Fit]) -> list[Check]:
    """Whether the draws of each model may be believed: weights, effective draws, chains."""
    checks = []
    weighted = {fit.model.title: fit.posterior.k_hat for fit in fits if fit.posterior.engine == "importance"}
    chained = {fit.model.title: fit.posterior.r_hat for fit in fits if fit.posterior.engine == "nuts"}
    if weighted:
        checks.append(_weights(weighted))
    if chained:
        fell_back = " ".join(fit.posterior.fell_back for fit in fits if fit.posterior.fell_back)
        checks.append(_chains(chained, sum(fit.posterior.divergences for fit in fits), fell_back))
    return [*checks, _effective({fit.model.title: fit.posterior.ess for fit in fits})]


def identified(fits: Sequence[Fit]) -> list[Check]:
    """Whether the data narrow each parameter down, beside what was held likely before."""
    vague, tied, ratios = [], [], []
    for fit in fits:
        coordinates = fit.model.unbounded(fit.posterior.theta)
        ratio = coordinates.std(axis=0) / _prior(fit).sd
        ratios.append(float(ratio.max()))
        names = fit.model.coordinates
        vague += [f"{fit.model.title} {names[i]}" for i in np.flatnonzero(ratio >= SAME_AS_PRIOR)]
        related = np.triu(np.abs(np.corrcoef(coordinates.T)), 1)
        tied += [f"{names[i]} and {names[j]}" for i, j in np.argwhere(related > TIED)]
    meaning = "The data narrow every parameter down; what was assumed before hardly matters."
    if vague:
        meaning = (
            f"The data say next to nothing about {', '.join(vague)}: what follows from it rests on what was held "
            "likely before."
        )
    if tied:
        meaning += f" Hardly told apart from each other: {'; '.join(tied)}."
    found = f"posterior at most {numbers.decimal(max(ratios), 2)} times as wide as the prior"
    wanted = f"below {SAME_AS_PRIOR:g} times"
    return [Check("Parameters told by the data", found, wanted, "amber" if vague else "green", meaning)]


def _weights(k_hat: dict[str, float]) -> Check:
    worst = max(k_hat.values())
    status: Status = "green" if worst <= 0.5 else "amber" if worst <= 0.7 else "red"
    meaning = {
        "green": "The draws stand for the posterior: no few of them carry the weight.",
        "amber": "Few draws carry much of the weight: intervals are somewhat uncertain themselves.",
        "red": "A handful of draws carry the weight: neither values nor intervals are to be believed.",
    }[status]
    return Check("Importance weights, Pareto k̂", _each(k_hat, 2), "at most 0.5", status, meaning)


def _chains(r_hat: dict[str, float], divergences: int, fell_back: str) -> Check:
    worst = max(r_hat.values())
    good, fair = worst <= 1.01 and not divergences, worst <= 1.05
    status: Status = "green" if good else "amber" if fair else "red"
    meaning = {
        "green": "All chains found the same posterior.",
        "amber": "The chains agree but for some places they could not explore well: widen what you conclude.",
        "red": "The chains do not agree: neither values nor intervals are to be believed.",
    }[status]
    found = f"{_each(r_hat, 3)}; {divergences} divergences"
    return Check("Chains agree, r̂", found, "at most 1.01", status, f"{meaning} {fell_back}".strip())


def _effective(ess: dict[str, float]) -> Check:
    least = min(ess.values())
    status: Status = "green" if least >= 400 else "amber" if least >= 100 else "red"
    meaning = {
        "green": "Draws enough for values and 95 % limits.",
        "amber": "Few independent draws: values are good, the ends of intervals rough.",
        "red": "Too few independent draws to tell an interval.",
    }[status]
    found = "; ".join(f"{title} {numbers.count(size)}" for title, size in ess.items())
    return Check("Effective draws", found, "at least 400", status, meaning)


def _each(found: dict[str, float], digits: int) -> str:
    return "; ".join(f"{title} {numbers.decimal(value, digits)}" for title, value in found.items())


def _prior(fit: Fit) -> Prior:
    # retention in contracts has no unit whose scale a prior would need
    return prior_of(fit.model) if isinstance(fit, RetentionFit) else fit.prior
