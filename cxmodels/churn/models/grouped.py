"""Proportional hazards in whole months: the chance of leaving in each month, and what multiplies its hazard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.levels import collapsed
from cxmodels.churn.errors import NotConverged, NotInMonths
from cxmodels.churn.models.baseline import MONTHS_A_YEAR, RECENT_MONTHS, Baseline, observed_tenure, yearly_drift
from cxmodels.churn.models.coefficients import coefficient_table
from cxmodels.churn.models.design import Design, Designed, design_of
from cxmodels.churn.models.entering import fit_with
from cxmodels.churn.models.estimable import no_finite_ratio, require_distinct
from cxmodels.churn.models.grouped_likelihood import Moments, Months
from cxmodels.churn.models.time_at_risk import with_time_at_risk
from cxmodels.kaplan_meier import at_risk

Array = NDArray[np.float64]

_MODEL = "fit_grouped"
_STEPS, _HUGE = 50, 12.0


@dataclass(frozen=True, eq=False)
class GroupedFit(Designed):
    """A fitted proportional hazards model of months.

    Attributes
    ----------
    coefficients
        Tidy: ``term, level, coef, se, hazard_ratio, low, high, p`` (95 % Wald interval of the ratio). They are those
        of Cox's model: of the continuous hazard, not of the odds of leaving in a month.
    log_likelihood
        Of every month lived through and every departure.
    baseline
        Tidy, a row a month in which someone left: ``time`` (month of tenure), ``hazard`` (chance of leaving in it) with
        ``low`` and ``high`` (95 %, on the log-minus-log scale), ``cumulative``, ``survival``, of a customer at every
        reference and at the mean of every number; ``at_risk`` and ``left``, of all. A month in which everybody at risk
        left has no finite hazard: it is taken to have kept half a customer, and has no interval.
    left_out
        Covariates of the study that could not enter, and why.
    covariance
        Of the coefficients, (q, q).
    design
        How covariates become the columns of the model.
    episodes
        The counts it was fitted to.
    slope, information
        (K, q) how the log hazard of each month follows the coefficients, and (K,) its information beside them.
    """

    coefficients: pd.DataFrame
    log_likelihood: float
    baseline: pd.DataFrame
    left_out: dict[str, str]
    covariance: Array = field(repr=False)
    design: Design = field(repr=False)
    episodes: Episodes = field(repr=False)
    slope: Array = field(repr=False)
    information: Array = field(repr=False)

    name = "Grouped hazards"

    @property
    def reference(self) -> dict[str, str]:
        """The level each category is compared with: its largest."""
        return {name: known[0] for name, known in self.levels.items()}

    @property
    def coef(self) -> Array:
        """(q,) coefficients in the order of `coefficients`."""
        return self.coefficients["coef"].to_numpy(float)

    @cached_property
    def reach(self) -> float:
        """The longest tenure seen enough of (months)."""
        return observed_tenure(self.episodes)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) linear predictor."""
        return self.design.log_risk(cells, self.coef)

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard of each cell up to its own tenure; see `Baseline` for what lies beyond `reach`."""
        return self._over_tenure(self._increments).cumulative(times) * np.exp(self.log_risk(cells))

    def sample(self, size: int, seed: int) -> GroupedDraws:
        """Draws of coefficients (asymptotic normal) and, given them, of the hazard of each month.

        Given the coefficients the log hazards of the months are independent, each with its own information. They are
        drawn from a gamma distribution of that information, which is normal where many left and, unlike the normal,
        does not lift the mean hazard where few did.
        """
        generator = np.random.default_rng(seed)
        normal = generator.standard_normal((len(self.coef), size))
        away = np.linalg.cholesky(self.covariance) @ normal if len(self.coef) else normal
        information = np.broadcast_to(self.information[:, None], (len(self.information), size))
        noise = generator.gamma(information) / information
        hazard = self._increments[:, None] * np.exp(self.slope @ away) * noise
        drift = generator.standard_normal(size) * self._drift
        return GroupedDraws(self.coef[:, None] + away, self._over_tenure(hazard, drift), self.design)

    @property
    def _increments(self) -> Array:
        return -np.log1p(-self.baseline["hazard"].to_numpy())

    @property
    def _drift(self) -> float:
        """Standard deviation of the drift of the log hazard over the first month beyond `reach`."""
        times, left = self.baseline["time"].to_numpy(float), self.baseline["left"].to_numpy(float)
        return yearly_drift(times, self._increments, left, self.reach, self.episodes.month) / np.sqrt(MONTHS_A_YEAR)

    def _over_tenure(self, hazard: Array, drift: Array | None = None) -> Baseline:
        return Baseline(self.baseline["time"].to_numpy(float), hazard, self.reach, RECENT_MONTHS, drift)


@dataclass(frozen=True, eq=False)
class GroupedDraws:
    """Draws of a grouped model: coefficients (q, draws) and the baseline that belongs to each."""

    coef: Array
    baseline: Baseline
    design: Design

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        return self.baseline.cumulative(times) * np.exp(self.design.columns(cells) @ self.coef)


def fit_grouped(episodes: Episodes, covariates: Iterable[str] | None = None) -> GroupedFit:
    """Fit the complementary log-log model of months to counts, late entries included.

    Parameters
    ----------
    episodes
        Counts in whole months, from ``cxmodels.churn.episodes(…, unit="months")``: a departure in month k was watched
        to the end of that month, and who is still there was watched whole months only.
    covariates
        The covariates to use; each problem with them is then an error. Default: those of the episodes, where one that
        cannot enter is left out and listed in ``left_out``, as in `fit_cox`.

    Raises
    ------
    NotInMonths
        When the tenure is in days or not in whole months.
    UnknownCovariate, TooFewEvents, Separation, AliasedColumns
        Named in the message: what, where, what is allowed, what was found.
    NotConverged
        When Newton's method finds no maximum.

    Notes
    -----
    Prentice & Gloeckler (1978), Biometrics 34: the chance of leaving in month k is 1 - exp(-exp(gamma_k + x b)). Months
    are no ties to be broken, as they are for Cox's partial likelihood. Standard errors are from the observed
    information, the months profiled out.
    """
    _require_months(episodes)
    frame = with_time_at_risk(episodes.frame)
    return fit_with(frame, episodes, covariates, _MODEL, partial(_fit, frame, episodes))


def _require_months(episodes: Episodes) -> None:
    how = 'ask for them by episodes(…, unit="months")'
    if episodes.unit != "months":
        raise NotInMonths(f"{_MODEL}: episodes in whole months are required, found {episodes.unit}; {how}")
    for column in ("entry", "exit"):
        values = episodes.frame[column].to_numpy(float)
        if (parts := values != np.floor(values)).any():
            found = values[parts][0]
            raise NotInMonths(f"{_MODEL}: {column} must be a whole number of months, found {found:g}; {how}")


def _fit(frame: pd.DataFrame, episodes: Episodes, names: tuple[str, ...], left_out: dict[str, str]) -> GroupedFit:
    design = design_of(frame, episodes, names)
    frame, emptied = _compared(collapsed(frame[["entry", "exit", "event", *names, "n"]]))
    columns, n = design.columns(frame), frame["n"].to_numpy(float)
    centre = n @ columns / max(n.sum(), 1)
    columns -= centre
    scale = np.sqrt(n @ columns**2 / max(n.sum(), 1))
    # a number that is the same in every row compared is nought but for rounding
    scale[scale <= 1e-12 * np.abs(centre)] = 0.0
    columns *= np.divide(1.0, scale, where=scale > 0, out=np.zeros_like(scale))
    months = _months(frame, columns, n)
    require_distinct(months.gram(n), design, _MODEL)
    coef, gamma, at = _maximise(months, design, scale)
    coef, across = coef / scale, at.across * scale
    covariance = np.linalg.inv(at.schur()) / np.outer(scale, scale) if len(coef) else np.zeros((0, 0))
    # the hazard at the reference moves against the coefficients: as the months profiled out do, and with the means
    slope = -across / at.information_gamma[:, None] - centre
    log_hazard = np.concatenate([gamma - centre @ coef, np.log(np.log1p(2 * emptied.to_numpy(float)))])
    slope = np.concatenate([slope, np.zeros((len(emptied), len(coef)))])
    information = np.concatenate([at.information_gamma, emptied.to_numpy(float)])
    error = np.sqrt(1 / information + np.einsum("ki,ij,kj->k", slope, covariance, slope))
    error[len(months.times) :] = np.nan
    times = np.concatenate([months.times, emptied.index.to_numpy(float)])
    order = np.argsort(times)
    table = pd.DataFrame(
        {
            "time": times,
            "hazard": -np.expm1(-np.exp(log_hazard)),
            "low": -np.expm1(-np.exp(log_hazard - ndtri(0.975) * error)),
            "high": -np.expm1(-np.exp(log_hazard + ndtri(0.975) * error)),
            "at_risk": np.concatenate([months.at_risk(), emptied]).astype(int),
            "left": np.concatenate([months.left(), emptied]).astype(int),
        }
    )
    table = table.iloc[order].reset_index(drop=True)
    table.insert(4, "cumulative", np.exp(log_hazard[order]).cumsum())
    table.insert(5, "survival", np.exp(-table["cumulative"]))
    se = np.sqrt(np.diag(covariance))
    return GroupedFit(
        coefficient_table(design, coef, se), at.log_likelihood, table, left_out, covariance, design, episodes,
        slope[order], information[order],
    )  # fmt: skip


def _compared(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The rows at risk in a month that some left and some survived, and the departures of months nobody survived.

    The latter months say nothing about the coefficients: at any of them the likelihood has its maximum at an infinite
    hazard. Who was at risk in no other is out, and departures in them are none.
    """
    event, n = frame["event"].to_numpy() == 1, frame["n"].to_numpy(float)
    times, gone = np.unique(frame["exit"].to_numpy()[event], return_inverse=True)
    left = np.bincount(gone, n[event], len(times))
    emptied = left == at_risk(frame, times)
    departures = pd.Series(left[emptied], index=times[emptied])
    event &= ~frame["exit"].isin(departures.index).to_numpy()
    times = times[~emptied]
    there = np.searchsorted(times, frame["entry"], "right") < np.searchsorted(times, frame["exit"], "right")
    return frame.assign(event=event.astype(int))[there], departures


def _months(frame: pd.DataFrame, columns: Array, n: Array) -> Months:
    """Rows placed among the months in which someone left."""
    event = frame["event"].to_numpy() == 1
    times = np.unique(frame["exit"].to_numpy()[event])
    passed = np.searchsorted(times, frame["exit"], "right")
    gone = np.flatnonzero(event)
    first = np.searchsorted(times, frame["entry"], "right")
    return Months(times.astype(float), first, passed - event, gone, passed[gone] - 1, columns, n)


def _maximise(months: Months, design: Design, scale: Array) -> tuple[Array, Array, Moments]:
    coef, gamma = np.zeros(len(scale)), months.start()
    at = months.moments(coef, gamma)
    for _ in range(_STEPS if len(months.times) else 0):
        try:
            step, step_gamma = at.step()
        except np.linalg.LinAlgError:
            raise no_finite_ratio(design, int(np.diag(at.schur()).argmin()), _MODEL) from None
        # half of this is what the step would still gain; below it the coefficients agree to ten digits
        if at.score @ step + at.score_gamma @ step_gamma < 1e-18 * abs(at.log_likelihood):
            return coef, gamma, at
        share = 1.0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            after = months.moments(coef + step, gamma + step_gamma)
            while not after.log_likelihood >= at.log_likelihood - 1e-9 * abs(at.log_likelihood):
                share /= 2
                after = months.moments(coef + share * step, gamma + share * step_gamma)
        coef, gamma, at = coef + share * step, gamma + share * step_gamma, after
        numbers = np.array([not level for _, level in design.terms], dtype=bool)
        far = np.abs(coef) / np.where(numbers, 1, scale)
        if len(coef) and far.max() > _HUGE:
            raise no_finite_ratio(design, int(far.argmax()), _MODEL)
    if len(months.times):
        raise NotConverged(f"{_MODEL}: no maximum of the likelihood after {_STEPS} steps of Newton's method")
    return coef, gamma, at
