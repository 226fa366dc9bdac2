"""Grading: what last year's model forecast, beside what came; and the fit beside Kaplan–Meier, by risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxmodels.churn.counts.contractual import OTHER, episodes, pool, with_covariates
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.stays import first_departure, months_before
from cxmodels.churn.errors import ChurnError
from cxmodels.churn.grading.monthly import wilson
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.models.kaplan_meier import DAYS_A_MONTH, fit_survival
from cxmodels.estimate import Estimate

if TYPE_CHECKING:
    from datetime import date

MONTHS = 12
GROUPS = 10


@dataclass(frozen=True, eq=False)
class Grade:
    """A forecast of twelve months ago beside what came.

    Attributes
    ----------
    made_on
        The day whose knowledge it was made from.
    expected
        The share expected to leave within twelve months, with its 95 % interval.
    observed
        The share that left, with the interval of a share of so many customers.
    groups
        Tidy: ``covariate, level, n, expected, observed, low, high``; the interval is that of the observed share.
    unseen
        Customers left out because the earlier model did not know their level.
    min_cell
        The fewest customers a group must have to be shown.
    """

    made_on: date
    expected: Estimate
    observed: Estimate
    groups: pd.DataFrame
    unseen: int
    min_cell: int = 1

    @property
    def miss(self) -> float:
        """Expected less observed, in standard errors of forecast and chance together."""
        error = np.hypot(self.expected.standard_error, self.observed.standard_error)
        return float((self.expected.value - self.observed.value) / error)


def grade(study: Any, snapshot: Any, window_months: int | None = None) -> Grade | None:
    """Forecast from what was known a year before the snapshot, and count what came since.

    Parameters
    ----------
    study, snapshot
        The study, and its snapshot from which to look back.
    window_months
        As for `episodes`.

    Returns
    -------
    Grade or None
        ``None`` where the data do not reach back far enough: fewer than twelve months of departures, or no customers,
        had been recorded by then.

    Notes
    -----
    Both sides are the customers of that day as today's snapshot has them (who has since withdrawn consent is out of
    the count, though the earlier model learnt from the consent of its day).
    """
    made_on = months_before(snapshot.as_of, MONTHS)
    first = first_departure(snapshot.numbered("contracts"))
    if first is None or first > months_before(made_on, MONTHS):
        return None
    try:
        known = episodes(study.snapshot(made_on), window_months=window_months)
        fit = fit_cox(known)
    except ChurnError:
        return None
    cells = _followed(snapshot, known, made_on)
    seen = np.ones(len(cells), bool)
    for name in fit.covariates:
        seen &= cells[name].isin(fit.levels[name]).to_numpy()
    unseen, cells = int(cells.loc[~seen, "n"].sum()), cells[seen].reset_index(drop=True)
    if not len(cells):
        return None
    forecast = fit.churn_probability(cells, horizons=(MONTHS,))
    rows = []
    for group in forecast.groups.itertuples():
        part = cells[cells[group.covariate] == group.level]
        left, n = int(part["left"].sum()), int(part["n"].sum())
        rows.append((group.covariate, group.level, n, group.value, left / n, *wilson(left, n)))
    left, n = int(cells["left"].sum()), int(cells["n"].sum())
    observed = Estimate(left / n, *wilson(left, n), "share", n)
    columns = ["covariate", "level", "n", "expected", "observed", "low", "high"]
    groups = pd.DataFrame(rows, columns=columns)
    return Grade(made_on, forecast.rates[MONTHS], observed, groups, unseen, known.min_cell)


def by_risk(fit: CoxFit, months: int = MONTHS) -> pd.DataFrame:
    """The share gone after `months` as the fit has it, beside Kaplan–Meier, in groups of rising risk.

    Returns
    -------
    DataFrame
        ``group, n, expected, observed, low, high``: up to ten groups of about equal size; a group with too few at risk
        at that tenure is left out. All are newcomers' chances, from the day of joining.
    """
    frame = fit.episodes.frame
    frame = frame[frame["exit"] > frame["entry"]]
    score = np.round(fit.design(frame) @ fit.coef, 12)
    rank = frame.assign(score=score).groupby("score")["n"].sum().cumsum()
    group = np.ceil(rank / rank.iloc[-1] * GROUPS).astype(int).reindex(score).to_numpy()
    base = fit.baseline
    cumulative = base.loc[base["time"] <= months * DAYS_A_MONTH, "hazard"].sum()
    rows = []
    for label in np.unique(group):
        part = frame[group == label]
        curve = fit_survival(_only(fit.episodes, part)).at(months)
        if curve is not None:
            weight = part["n"].to_numpy(float)
            expected = np.average(-np.expm1(-cumulative * np.exp(score[group == label])), weights=weight)
            rows.append((label, int(weight.sum()), expected, 1 - curve.value, 1 - curve.high, 1 - curve.low))
    return pd.DataFrame(rows, columns=["group", "n", "expected", "observed", "low", "high"])


def probability_of_miss(grade: Grade) -> float:
    """Chance of a miss at least as large if the forecast was right (two-sided)."""
    return float(2 * norm.sf(abs(grade.miss)))


def _only(episodes: Episodes, part: pd.DataFrame) -> Episodes:
    return Episodes(part, (), {}, {}, episodes.as_of, episodes.window_months, episodes.before_window, episodes.min_cell)


def _followed(snapshot: Any, known: Episodes, made_on: date) -> pd.DataFrame:
    """Customers of that day: ``tenure`` then, covariates then, ``n`` and how many ``left`` since."""
    table = with_covariates(snapshot, known.covariates)
    day = (made_on - snapshot.as_of).days
    table = table.filter((table.started <= day) & ((table.until > day) | (table.outcome == "active")))
    rows = table.select(*known.covariates, tenure=day - table.joined, left=(table.stay_ended <= 0).cast("int64"))
    by = ["tenure", *known.covariates]
    frame = rows.group_by(by).aggregate(n=rows.count(), left=rows["left"].sum()).execute()
    frame = frame[[*by, "n", "left"]].sort_values(by, ignore_index=True).astype({"tenure": int, "n": int, "left": int})
    if not len(frame):
        return frame
    frame = pool(frame, known.pooled)
    for name in known.covariates:
        if OTHER in known.levels[name]:
            frame[name] = frame[name].where(frame[name].isin(known.levels[name]), OTHER)
    return frame.groupby(by, as_index=False, sort=True)[["n", "left"]].sum()
