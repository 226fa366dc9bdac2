"""What to do where a hazard ratio changes with tenure: strata, or a ratio before and one after some months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import AliasedColumns, Separation, TooFewEvents
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.proportional_hazards import violators
from cxmodels.churn.models.strata import strata_of
from cxmodels.churn.models.time_at_risk import with_time_at_risk

ENOUGH_IN_STRATUM = 50
"""Fewest departures in a stratum, whose baseline hazard rests on them alone."""
MOST_STRATA = 24


def stratify_where_needed(fit: CoxFit) -> CoxFit:
    """Give each level of the categories whose ratios change with tenure a baseline hazard of its own.

    Returns
    -------
    CoxFit
        Stratified by the categories with a proportional hazards test below 0.01 (adjusted by Holm's method), the
        worst first, as long as every stratum keeps 50 departures and there are at most 24. ``stratified_because``
        tells their p. The fit as it was where there is no such category. Numbers are never strata.
    """
    because = violators(fit)
    by = fit.strata.names
    chosen: dict[str, float] = {}
    for name, p in because.items():
        if name in fit.design.levels and _fewest(fit, (*by, *chosen, name)) >= ENOUGH_IN_STRATUM:
            chosen[name] = p
    if not chosen:
        return fit
    rest = [name for name in fit.design.covariates if name not in chosen]
    try:
        again = _again(fit, fit.episodes, rest, (*by, *chosen))
    except (Separation, AliasedColumns, TooFewEvents):
        # what could be told across the levels cannot within them: the ratios as averages say more
        return fit
    return replace(again, left_out=fit.left_out, stratified_because=fit.stratified_because | chosen)


def ratios_by_tenure(fit: CoxFit, cut_months: float = 12) -> pd.DataFrame:
    """Hazard ratios before and after a tenure, of the covariates whose ratios change with it.

    Parameters
    ----------
    fit
        From `fit_cox`.
    cut_months
        The tenure at which episodes are split.

    Returns
    -------
    DataFrame
        ``term, level, period, coef, se, hazard_ratio, low, high, p`` for each violator of proportional hazards (as in
        `stratify_where_needed`); ``period`` is ``"first 12 months"`` or ``"later"``. Empty where there is none, or
        none of them can be told on both sides of the cut.

    Notes
    -----
    Therneau & Grambsch (2000), Modeling Survival Data, section 6.5: a step function of time for the coefficient.
    """
    changing = list(violators(fit))
    columns = ["term", "level", "period", "coef", "se", "hazard_ratio", "low", "high", "p"]
    while changing:
        try:
            return _before_and_after(fit, changing, cut_months)[columns]
        except (Separation, AliasedColumns, TooFewEvents) as problem:
            # one that cannot be told on both sides keeps a single ratio, so that the others are still adjusted for it
            name = getattr(problem, "covariate", "").removesuffix(_EARLY).removesuffix(_LATER)
            changing.remove(name if name in changing else changing[-1])
    return pd.DataFrame(columns=columns)


_EARLY, _LATER = " (early)", " (later)"


def _before_and_after(fit: CoxFit, changing: list[str], cut_months: float) -> pd.DataFrame:
    split = _split(fit, changing, cut_months * fit.episodes.month)
    constant = [name for name in fit.design.covariates if name not in changing]
    names = [name + side for name in changing for side in (_EARLY, _LATER)]
    table = _again(fit, split, [*names, *constant], fit.strata.names).coefficients
    periods = {_EARLY: f"first {cut_months:g} months", _LATER: "later"}
    parts = [
        table[table["term"] == name + side].assign(term=name, period=period)
        for name in changing
        for side, period in periods.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _split(fit: CoxFit, changing: list[str], cut: float) -> Episodes:
    """Episodes cut at a tenure, with a covariate for either side of it that is at its reference on the other."""
    episodes = fit.episodes
    frame = with_time_at_risk(episodes.frame)
    early = frame[frame["entry"] < cut]
    goes_on = early["exit"].to_numpy() > cut
    early = early.assign(
        exit=np.minimum(early["exit"], cut), event=np.where(goes_on, 0, early["event"]),
        cause=np.where(goes_on, "switched", early["cause"]),
    )  # fmt: skip
    later = frame[frame["exit"] > cut]
    later = later.assign(entry=np.maximum(later["entry"], cut))
    both = pd.concat([early, later], ignore_index=True)
    side = np.arange(len(both)) < len(early)
    levels, added = dict(episodes.levels), []
    for name in changing:
        for suffix, inside in ((_EARLY, side), (_LATER, ~side)):
            added.append(name + suffix)
            known = fit.design.levels.get(name)
            rest = known[0] if known else fit.design.centres[name]
            both[name + suffix] = np.where(inside, both[name].to_numpy(), rest)
            if known:
                levels[name + suffix] = known
    return replace(episodes, frame=both, covariates=(*added, *episodes.covariates), levels=levels)


def _again(fit: CoxFit, episodes: Episodes, covariates: list[str], strata: tuple[str, ...]) -> CoxFit:
    """Fit once more in the same way, with other covariates or strata."""
    ask = fit.options
    return fit_cox(
        episodes, covariates, strata=strata, weights=ask.weights, cluster=ask.cluster, robust=ask.robust,
        ridge=ask.ridge,
    )  # fmt: skip


def _fewest(fit: CoxFit, names: tuple[str, ...]) -> int:
    """Departures in the stratum that has the fewest; none where there would be too many strata."""
    frame = fit.episodes.frame
    strata, stratum = strata_of(frame, names)
    if len(strata.members) > MOST_STRATA:
        return 0
    gone = np.bincount(stratum, frame["n"] * (frame["event"] == 1), len(strata.members))
    return int(gone.min())
