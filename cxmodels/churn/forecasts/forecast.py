"""Who leaves in the next months: the chance of leaving given the tenure so far, for cells and on average."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from cxmodels.churn.errors import NobodyActive
from cxmodels.churn.models.baseline import RECENT_DAYS
from cxmodels.churn.models.kaplan_meier import DAYS_A_MONTH
from cxmodels.churn.models.partial_likelihood import Array, baseline_hazard
from cxmodels.estimate import Estimate
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.churn.models.cox import CoxFit

DRAWS, SEED = 1000, 20260930
_CHUNK = 2000


@dataclass(frozen=True, eq=False)
class Forecast:
    """Churn of today's customers over some horizons.

    Attributes
    ----------
    cells
        The cells asked for, with ``churn_<h>m``: the chance of leaving within h months, given the tenure so far.
    rates
        Horizon in months → expected share of these customers who leave within it, with a 95 % interval.
    groups
        Tidy: ``covariate, level, months, value, low, high, n``: the same by level. Every level is here; suppress
        small cells before showing them (`shown`).
    extrapolated
        Horizon in months → share of customers whose horizon reaches beyond the observed tenure.
    reach
        The observed tenure in days.
    """

    cells: pd.DataFrame
    rates: dict[int, Estimate]
    groups: pd.DataFrame
    extrapolated: dict[int, float]
    reach: float
    min_cell: int

    def shown(self, months: int = 12) -> pd.DataFrame:
        """The groups at one horizon without cells too small to be shown (`suppress`), highest churn first."""
        rows = self.groups[self.groups["months"] == months]
        keep = [
            levels[~suppress(levels, ["level"], min_cell=self.min_cell)["suppressed"].to_numpy()]
            for _, levels in rows.groupby("covariate", sort=False)
        ]
        table = pd.concat(keep) if keep else rows
        return table.sort_values(["value", "covariate", "level"], ascending=[False, True, True], ignore_index=True)

    def contrast(self, months: int = 12) -> tuple[pd.Series, pd.Series] | None:
        """Highest and lowest level of the covariate whose levels differ most; None where no intervals part."""
        shown = self.shown(months)
        pairs = [(part.iloc[0], part.iloc[-1]) for _, part in shown.groupby("covariate", sort=False)]
        clear = [pair for pair in pairs if pair[0]["low"] > pair[1]["high"]]
        return max(clear, key=lambda pair: pair[0]["value"] - pair[1]["value"]) if clear else None


def churn_probability(fit: CoxFit, cells: pd.DataFrame, horizons: Iterable[int] = (1, 3, 6, 12)) -> Forecast:
    """Chance of leaving within each horizon, given the tenure so far, per cell and on average.

    Parameters
    ----------
    fit
        A `CoxFit`.
    cells
        ``tenure`` (days), the fit's covariates, ``n``; from `Episodes.cells`.
    horizons
        Months, each of 30.4375 days.

    Returns
    -------
    Forecast

    Raises
    ------
    UnseenLevel
        When a cell holds a level the fit does not know.
    NobodyActive
        When there is no cell.
    ValueError
        When there is no horizon.

    Notes
    -----
    Given tenure t, the chance of leaving within h is 1 - exp(-(H(t + h) - H(t)) exp(x b)); H, the cumulative
    baseline hazard, is straight between departure days. Beyond the observed tenure the hazard keeps its mean level
    of the year before: it is never taken as nil, as a step curve would. The interval is of the expected share, from
    draws of the coefficients (asymptotic normal) and, given them, of the hazard of each day (gamma with as many
    degrees as departures: Kalbfleisch 1978, JRSS B 40). What will be counted varies around it by chance. Where nobody
    left, it reaches up to the exact Poisson limit of a constant hazard.
    """
    months = tuple(horizons)
    if not months:
        raise ValueError("churn_probability: at least one horizon in months is required, found none")
    if not len(cells):
        raise NobodyActive("no contract runs on the day of the snapshot: there is nobody to forecast for")
    columns = fit.design(cells)
    patterns, place = np.unique(columns, axis=0, return_inverse=True)
    place = place.reshape(-1)
    reach = fit.reach
    tenure, n = cells["tenure"].to_numpy(float), cells["n"].to_numpy(float)
    groups = [
        (name, level, (cells[name] == level).to_numpy())
        for name in fit.covariates
        for level in fit.levels[name]
        if (cells[name] == level).any()
    ]
    member = np.column_stack([np.ones(len(cells)), *(mask for *_, mask in groups)]) * n[:, None]
    size = member.sum(axis=0)

    hazard = fit.baseline["hazard"].to_numpy()[:, None]
    coef_draws, hazard_draws = _draws(fit)
    out, rates, rows = cells.copy(), {}, []
    point_risk, risk = np.exp(patterns @ fit.coef)[:, None], np.exp(patterns @ coef_draws)
    for horizon in months:
        days = horizon * DAYS_A_MONTH
        chance = _chance(fit, hazard, point_risk, tenure, place, days, reach)[:, 0]
        out[f"churn_{horizon}m"] = chance
        value = member.T @ chance / size
        total = np.zeros((len(size), DRAWS))
        for start in range(0, len(cells), _CHUNK):
            part = slice(start, start + _CHUNK)
            total += member[part].T @ _chance(fit, hazard_draws, risk, tenure[part], place[part], days, reach)
        low, high = np.quantile(total / size[:, None], [0.025, 0.975], axis=1)
        low, high = np.minimum(low, value), np.maximum(high, value)
        if not len(fit.sets.times):
            high = np.full(len(size), -np.expm1(-_hazard_limit(fit) * days))
        rates[horizon] = Estimate(float(value[0]), float(low[0]), float(high[0]), "share", int(size[0]))
        rows += [
            (name, level, horizon, value[g], low[g], high[g], int(size[g]))
            for g, (name, level, _) in enumerate(groups, start=1)
        ]
    table = pd.DataFrame(rows, columns=["covariate", "level", "months", "value", "low", "high", "n"])
    beyond = {h: float(n[tenure + h * DAYS_A_MONTH > reach].sum() / n.sum()) for h in months}
    return Forecast(out, rates, table, beyond, reach, fit.episodes.min_cell)


def _hazard_limit(fit: CoxFit) -> float:
    """Upper limit of the hazard (a day) where nobody left: the exact 97.5 % Poisson limit over the time at risk."""
    frame = fit.episodes.frame
    at_risk = float(((frame["exit"] - frame["entry"]) * frame["n"]).sum())
    return float(chi2.ppf(0.975, 2) / 2 / at_risk) if at_risk else np.inf


def _draws(fit: CoxFit) -> tuple[Array, Array]:
    generator = np.random.default_rng(SEED)
    width = len(fit.coef)
    normal = generator.standard_normal((width, DRAWS))
    coef = fit.coef[:, None] + (np.linalg.cholesky(fit.covariance) @ normal if width else normal)
    events = fit.sets.events[:, None]
    noise = generator.gamma(np.broadcast_to(events, (len(events), DRAWS))) / events
    return coef, baseline_hazard(fit.sets, coef) * noise


def _chance(
    fit: CoxFit, hazard: Array, risk: Array, tenure: Array, place: NDArray[np.intp], days: float, reach: float
) -> Array:
    times = np.concatenate([[0.0], fit.sets.times])
    cumulative = np.concatenate([np.zeros((1, hazard.shape[1])), hazard.cumsum(axis=0)])
    begin = max(reach - RECENT_DAYS, 0.0)
    level = (_between(times, cumulative, np.array([begin]), np.array([reach]))) / (reach - begin)
    ages, back = np.unique(tenure, return_inverse=True)
    inside = _between(times, cumulative, np.minimum(ages, reach), np.minimum(ages + days, reach))
    beyond = (ages + days - np.maximum(ages, reach)).clip(min=0)[:, None]
    return -np.expm1(-(inside + beyond * level)[back] * risk[place])


def _between(times: Array, cumulative: Array, start: Array, end: Array) -> Array:
    def at(days: Array) -> Array:
        right = np.clip(np.searchsorted(times, days, "right"), 1, max(len(times) - 1, 1))
        if len(times) == 1:
            return np.zeros((len(days), cumulative.shape[1]))
        width = times[right] - times[right - 1]
        share = np.clip((days - times[right - 1]) / width, 0, 1)[:, None]
        return cumulative[right - 1] + share * (cumulative[right] - cumulative[right - 1])

    return at(end) - at(start)
