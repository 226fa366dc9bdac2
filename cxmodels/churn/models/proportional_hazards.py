"""Does a hazard ratio stay the same over tenure? The exact score test of an interaction with time."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.multiple_tests import holm
from cxmodels.churn.models.risk_sets import Array
from cxmodels.churn.models.time_at_risk import with_time_at_risk

GLOBAL = "all together"
_NO_INFORMATION = 1e-12
"""Of the information about a change of ratio, what rounding leaves where there is none."""
Transform = Literal["km", "rank", "identity", "log"]


def proportional_hazards(fit: CoxFit, transform: Transform = "km") -> pd.DataFrame:
    """Test each covariate, and all together, for a hazard ratio that changes with tenure.

    Parameters
    ----------
    fit
        From `fit_cox`; strata, weights and late entries included.
    transform
        The function g of tenure t that the log hazard ratio is tested to change with: ``"km"`` 1 - S(t-), S by
        Kaplan–Meier over everybody (neither strata nor case weights), ``"rank"`` of t among all exits, ``"identity"``
        t, ``"log"`` log t.

    Returns
    -------
    DataFrame
        ``term, chi2, df, p``; where there are several terms the last row is all together. Empty for a fit without
        hazard ratios. Where all departures that tell of a ratio were at one tenure it cannot change: ``df`` is less by
        one for each of them, and without any left ``p`` is 1.

    Raises
    ------
    ValueError
        When there is no such transform.

    Notes
    -----
    Grambsch & Therneau (1994), Biometrika 81, as the score test that R's survival computes since 3.0: each column is
    multiplied by g(t). Late entries and ties are exact, which the approximation from averaged residuals is not. Three
    weighted Gram matrices, O(n q²).
    """
    if transform not in get_args(Transform):
        allowed = ", ".join(get_args(Transform))
        raise ValueError(f"proportional_hazards: transform must be one of {allowed}, found {transform!r}")
    if not len(fit.coef):
        return pd.DataFrame({"term": [], "chi2": [], "df": [], "p": []})
    at, time = fit.at, _time(fit, transform)
    score = time @ at.score
    plain, both, square = at.information(), at.information(time), at.information(time**2)
    rest = square - both @ np.linalg.solve(plain, both)
    terms = fit.coefficients["term"].to_numpy()
    groups = {name: np.flatnonzero(terms == name) for name in fit.design.covariates}
    if len(groups) > 1:
        groups[GLOBAL] = np.arange(len(terms))
    rows = []
    for name, columns in groups.items():
        # the interactions not tested stay at nought, so only their own block counts
        which = np.ix_(columns, columns)
        statistic, freedom = _quadratic(score[columns], rest[which], np.sqrt(np.diag(square)[columns]))
        rows.append((name, statistic, freedom, float(chdtrc(freedom, statistic)) if freedom else 1.0))
    return pd.DataFrame(rows, columns=["term", "chi2", "df", "p"])


def violators(fit: CoxFit, level: float = 0.01) -> dict[str, float]:
    """Terms whose ratio changes with tenure, worst first, with Holm's adjusted p.

    Holm's step-down keeps the chance of a false alarm at `level` however many covariates there are.
    """
    tests = proportional_hazards(fit)
    tests = tests[tests["term"] != GLOBAL].sort_values("p")
    return {str(term): float(p) for term, p in zip(tests["term"], holm(tests["p"]), strict=True) if p < level}


def _quadratic(score: Array, information: Array, size: Array) -> tuple[float, int]:
    """The score test's statistic and its degrees of freedom: the directions in which there is information at all.

    ``size`` is the root of the information of each column were it not for the others.
    """
    size = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    told = values > _NO_INFORMATION
    return float(((score / size @ vectors[:, told]) ** 2 / values[told]).sum()), int(told.sum())


def _time(fit: CoxFit, transform: Transform) -> Array:
    """(K,) g at each departure time, less its mean over the departures, which changes no result but rounding."""
    sets = fit.sets
    if transform in ("identity", "log"):
        time = sets.times if transform == "identity" else np.log(sets.times)
    else:
        frame = with_time_at_risk(fit.episodes.frame)
        every, place = np.unique(sets.times, return_inverse=True)
        time = (_rank(frame, every) if transform == "rank" else _left_before(frame, every))[place]
    return time - sets.events @ time / sets.events.sum()


def _rank(frame: pd.DataFrame, times: Array) -> Array:
    """Rank of `times` among all exits, the middle one where several exit together."""
    ends, place = np.unique(frame["exit"].to_numpy(float), return_inverse=True)
    size = np.bincount(place, frame["n"], len(ends))
    return (size.cumsum() - (size - 1) / 2)[np.searchsorted(ends, times)]


def _left_before(frame: pd.DataFrame, times: Array) -> Array:
    """1 - S(t-) at `times`, S by Kaplan–Meier over everybody."""
    entry, leave, n = (frame[name].to_numpy(float) for name in ("entry", "exit", "n"))
    gone = frame["event"].to_numpy() == 1
    left = np.bincount(np.searchsorted(times, leave[gone]), n[gone], len(times))
    out = np.bincount(np.searchsorted(times, leave, "right"), n, len(times) + 1)
    late = np.bincount(np.searchsorted(times, entry, "right"), n, len(times) + 1)
    at_risk = (out - late)[::-1].cumsum()[::-1][1:]
    return 1 - np.concatenate([[1.0], np.cumprod(1 - left / at_risk)[:-1]])
