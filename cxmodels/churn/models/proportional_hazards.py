"""Does a hazard ratio stay the same over tenure? The exact score test of an interaction with time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cxmodels.churn.models.partial_likelihood import Array, RiskSets, moments

if TYPE_CHECKING:
    from cxmodels.churn.models.cox import CoxFit

GLOBAL = "all together"


def proportional_hazards(fit: CoxFit) -> pd.DataFrame:
    """Test each covariate, and all together, for a hazard ratio that changes with tenure.

    Returns
    -------
    DataFrame
        ``term, chi2, df, p``; the last row is all terms together. Empty for a fit without covariates.

    Notes
    -----
    Grambsch & Therneau (1994), Biometrika 81, as the score test that R's survival computes since 3.0: each column is
    multiplied by g(t) = 1 - S(t-), S by Kaplan–Meier on the risk sets. Late entries and ties are exact, which the
    approximation from averaged residuals is not.
    """
    if not len(fit.coef):
        return pd.DataFrame({"term": [], "chi2": [], "df": [], "p": []})
    parts = moments(fit.sets, fit.coef)
    time = _time(fit.sets)
    score = time @ parts.score
    both = np.tensordot(time, parts.information, axes=1)
    square = np.tensordot(time**2, parts.information, axes=1)
    rest = square - both @ fit.covariance @ both
    terms = fit.coefficients["term"]
    groups = {name: np.flatnonzero(terms == name) for name in fit.covariates}
    if len(groups) > 1:
        groups[GLOBAL] = np.arange(len(terms))
    rows = []
    for name, at in groups.items():
        # the interactions not tested stay at zero, so only their own block counts
        block = rest[np.ix_(at, at)]
        statistic = float(score[at] @ np.linalg.solve(block, score[at]))
        rows.append({"term": name, "chi2": statistic, "df": len(at), "p": float(chi2.sf(statistic, len(at)))})
    return pd.DataFrame(rows)


def _time(sets: RiskSets) -> Array:
    share = 1 - sets.events / sets.at_risk.sum(axis=1)
    survival_before = np.concatenate([[1.0], share.cumprod()[:-1]])
    return survival_before.max() - survival_before
