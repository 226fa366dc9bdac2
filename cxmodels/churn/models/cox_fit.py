"""A fitted Cox model: its hazard ratios, its baseline hazards, and what they say of any customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.models.baseline import MONTHS_A_YEAR, RECENT_MONTHS, Baseline, tenure_reached, yearly_drift
from cxmodels.churn.models.design import Array, Codes, Design
from cxmodels.churn.models.efron_baseline import drawn_baseline
from cxmodels.churn.models.partial_likelihood import PartialLikelihood
from cxmodels.churn.models.risk_sets import RiskSets
from cxmodels.churn.models.strata import Strata
from cxmodels.churn.models.time_at_risk import with_time_at_risk

if TYPE_CHECKING:
    from cxmodels.churn.forecasts.forecast import Forecast
    from cxmodels.verdict import Verdict


@dataclass(frozen=True)
class Options:
    """What was asked of `fit_cox` besides the covariates and the strata; its parameters by their names."""

    weights: str | None = None
    cluster: str | None = None
    robust: bool | None = None
    ridge: float = 0.0


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted proportional hazards model.

    Attributes
    ----------
    coefficients
        Tidy: ``term, level, coef, se, naive_se, hazard_ratio, low, high, p`` (95 % Wald interval of the ratio). The
        level of a number is ``""`` and its ratio is for one unit more. ``naive_se`` differs from ``se`` where robust
        errors were asked for.
    log_likelihood, log_likelihood_null
        Efron's partial log-likelihood at the estimate, without any penalty, and with all coefficients at nought.
    baseline
        Tidy: ``stratum, time, hazard, cumulative, survival, low, high`` of a customer at every reference, time in the
        unit of the episodes; see `efron_baseline.baseline_table`.
    design
        The columns: levels, references and means.
    strata
        The groups with a baseline each.
    left_out
        Covariates of the study that could not enter, and why.
    covariance, naive_covariance
        Of the coefficients, (q, q).
    at
        The partial likelihood at the estimate.
    episodes
        The counts it was fitted to.
    options
        How it was asked for.
    stratified_because
        Covariate → p of its proportional hazards test, for those it was stratified by on that ground.
    """

    coefficients: pd.DataFrame
    log_likelihood: float
    log_likelihood_null: float
    baseline: pd.DataFrame
    design: Design = field(repr=False)
    strata: Strata = field(repr=False)
    left_out: dict[str, str]
    covariance: Array = field(repr=False)
    naive_covariance: Array = field(repr=False)
    at: PartialLikelihood = field(repr=False)
    episodes: Episodes = field(repr=False)
    options: Options = field(repr=False)
    stratified_because: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What pages call it."""
        by = ", ".join(name.replace("_", " ") for name in self.strata.names)
        return f"Cox, stratified by {by}" if by else "Cox"

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates in the model, those it is stratified by last."""
        by = tuple(name for name in self.strata.names if name in self.episodes.covariates)
        return (*self.design.covariates, *by)

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Every level the fit knows, reference first, of the covariates that are categories."""
        every = self.episodes.levels
        by = dict(zip(self.strata.names, self.strata.values, strict=True))
        known = {name: tuple(level for level in every[name] if level in by[name]) for name in by if name in every}
        return self.design.levels | known

    @property
    def reference(self) -> dict[str, str]:
        """The level each category is compared with: its largest."""
        return {name: known[0] for name, known in self.design.levels.items()}

    @property
    def coef(self) -> Array:
        """(q,) coefficients in the order of `coefficients`."""
        return self.coefficients["coef"].to_numpy(float)

    @property
    def sets(self) -> RiskSets:
        """The risk sets it was fitted to."""
        return self.at.sets

    @cached_property
    def reach(self) -> float:
        """The longest tenure seen enough of; a stratum's own may end before, and its hazard is held from there."""
        return tenure_reached(self.episodes.frame)

    @cached_property
    def concordance(self) -> float:
        """Harrell's C within strata: of two customers, how often the riskier leaves first; case weights count."""
        from cxmodels.churn.accuracy.concordance import concordance

        frame = with_time_at_risk(self.episodes.frame)
        entry, leave = frame["entry"], frame["exit"]
        if self.strata.names:
            # one stratum's tenure after the other's, so that only members of one are ever at risk together
            shift = self.strata.codes(frame) * (leave.max() + 1.0)
            entry, leave = entry + shift, leave + shift
        size = frame["n"] if self.options.weights is None else frame["n"] * frame[self.options.weights]
        return concordance(leave, frame["event"], self.log_risk(frame), entry=entry, n=size)

    @property
    def verdict(self) -> Verdict:
        """Whether to believe the hazard ratios: events, proportional hazards, fit by risk group."""
        from cxmodels.churn.page.checks import judge_fit

        return judge_fit(self)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) linear predictor, nought for a customer at every reference; raises as `Design.encode` does."""
        return self.design.log_risk(cells, self.coef)

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard of each cell up to its own tenure; see `Baseline` for what lies beyond `reach`.

        Raises
        ------
        UnseenLevel
            When a cell holds a level or belongs to a stratum the fit does not know.
        """
        return _by_stratum(self.baselines, self.strata.codes(cells), times) * np.exp(self.log_risk(cells))

    @cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """The baseline of each stratum, in the order of `strata`."""
        frame, recent = self.episodes.frame, RECENT_MONTHS * self.episodes.month
        hazard, bounds = self.baseline["hazard"].to_numpy(), self.sets.bounds
        codes = self.strata.codes(frame) if self.strata.names else None
        reach = [self.reach if codes is None else tenure_reached(frame[codes == s]) for s in range(len(bounds) - 1)]
        return tuple(
            Baseline(self.sets.times[begin:end], hazard[begin:end], longest, recent)
            for begin, end, longest in zip(bounds[:-1], bounds[1:], reach, strict=True)
        )

    def sample(self, size: int, seed: int) -> CoxDraws:
        """Draws of the coefficients (asymptotic normal) and, given them, of the baselines; see `drawn_baseline`.

        Beyond the observed tenure each draw's hazard drifts as `Baseline` says, the same way in every stratum.
        """
        generator = np.random.default_rng(seed)
        off = _root(self.covariance) @ generator.standard_normal((len(self.coef), size))
        drift = generator.standard_normal(size)
        month, events, bounds = self.episodes.month, self.sets.events, self.sets.bounds
        drawn = []
        for stratum, fixed in enumerate(self.baselines):
            events_here = events[bounds[stratum] : bounds[stratum + 1]]
            yearly = yearly_drift(fixed.times, fixed.hazard, events_here, fixed.reach, month)
            a_unit = drift * yearly / np.sqrt(MONTHS_A_YEAR * month)
            move = off * self.sets.scale[:, None]
            drawn.append(drawn_baseline(self.at, stratum, fixed, move, a_unit, generator))
        return CoxDraws(self.coef[:, None] + off, tuple(drawn), self.design, self.strata)

    def churn_probability(self, cells: pd.DataFrame, horizons: Iterable[int] = (1, 3, 6, 12)) -> Forecast:
        """Chance of leaving within each horizon (months), given the tenure so far; see `forecast.churn_probability`."""
        from cxmodels.churn.forecasts.forecast import churn_probability

        return churn_probability(self, cells, horizons)


@dataclass(frozen=True, eq=False)
class CoxDraws:
    """Draws of a Cox model: coefficients (q, draws) and the baselines that belong to each."""

    coef: Array
    baselines: tuple[Baseline, ...]
    design: Design
    strata: Strata

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        risk = np.exp(self.design.columns(cells) @ self.coef)
        return _by_stratum(self.baselines, self.strata.codes(cells), times) * risk


def _by_stratum(baselines: tuple[Baseline, ...], stratum: Codes, times: Array) -> Array:
    """(rows,) or (rows, draws) cumulative baseline hazard, of each row in its own stratum."""
    if len(baselines) == 1:
        return baselines[0].cumulative(times)
    parts = [(np.flatnonzero(stratum == s), baseline) for s, baseline in enumerate(baselines)]
    found = [(rows, baseline.cumulative(times[rows])) for rows, baseline in parts]
    out = np.empty((len(times), *found[0][1].shape[1:]))
    for rows, cumulative in found:
        out[rows] = cumulative
    return out


def _root(covariance: Array) -> Array:
    """The symmetric square root, which a robust covariance of few clusters has although it is singular."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
