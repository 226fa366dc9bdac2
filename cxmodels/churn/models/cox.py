"""Cox's proportional hazards model: how much sooner or later customers with a level leave, all else equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import AliasedColumns, Separation, TooFewEvents, UnknownCovariate, UnseenLevel
from cxmodels.churn.models.baseline import Baseline, observed_tenure
from cxmodels.churn.models.partial_likelihood import Array, RiskSets, baseline_hazard, concordance, moments, risk_sets

if TYPE_CHECKING:
    from cxmodels.churn.forecasts.forecast import Forecast
    from cxmodels.verdict import Verdict

EVENTS_PER_RATIO = 5
"""Fewest departures for each hazard ratio; 10 are wanted (Vittinghoff & McCulloch 2007, Am. J. Epidemiol. 165)."""
_STEPS, _HUGE = 50, 12.0


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted proportional hazards model.

    Attributes
    ----------
    coefficients
        Tidy: ``term, level, coef, se, hazard_ratio, low, high, p`` (95 % Wald interval of the ratio).
    log_likelihood
        Efron's partial log-likelihood at the estimate.
    concordance
        Harrell's C: of two customers, how often the riskier leaves first.
    baseline
        Tidy: ``time`` (days of tenure), ``hazard``, ``cumulative``, ``survival`` of a customer at every reference.
    reference
        The level each covariate is compared with: its largest.
    levels
        Every level the fit knows, reference first.
    left_out
        Covariates of the study that could not enter, and why.
    covariance
        Of the coefficients, (q, q).
    sets
        The risk sets it was fitted to.
    episodes
        The counts it was fitted to.
    """

    coefficients: pd.DataFrame
    log_likelihood: float
    concordance: float
    baseline: pd.DataFrame
    reference: dict[str, str]
    levels: dict[str, tuple[str, ...]]
    left_out: dict[str, str]
    covariance: Array = field(repr=False)
    sets: RiskSets = field(repr=False)
    episodes: Episodes = field(repr=False)

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates in the model."""
        return tuple(self.levels)

    @property
    def coef(self) -> Array:
        """(q,) coefficients in the order of `coefficients`."""
        return self.coefficients["coef"].to_numpy(float)

    @property
    def verdict(self) -> Verdict:
        """Whether to believe the hazard ratios: events, proportional hazards, fit by risk group."""
        from cxmodels.churn.page.checks import judge_fit

        return judge_fit(self)

    def design(self, cells: pd.DataFrame) -> Array:
        """(rows, q) columns of the model for `cells`.

        Raises
        ------
        UnseenLevel
            When a covariate holds a level the fit does not know.
        """
        for name, known in self.levels.items():
            unseen = sorted(set(cells[name]) - set(known))
            if unseen:
                raise UnseenLevel(
                    f"churn covariate {name!r}: the fit never saw level {unseen[0]!r}; it knows: {', '.join(known)}"
                )
        return design(cells, self.levels)

    name = "Cox"

    @property
    def reach(self) -> float:
        """The longest tenure seen enough of (days)."""
        return observed_tenure(self.episodes)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) linear predictor."""
        return self.design(cells) @ self.coef

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard of each cell up to its own tenure; see `Baseline` for what lies beyond `reach`."""
        hazard = self.baseline["hazard"].to_numpy()
        return Baseline(self.sets.times, hazard, self.reach).cumulative(times) * np.exp(self.log_risk(cells))

    def sample(self, size: int, seed: int) -> CoxDraws:
        """Draws of coefficients (asymptotic normal) and, given them, of the baseline.

        The hazard of each day is gamma with as many degrees as departures (Kalbfleisch 1978, JRSS B 40).
        """
        generator = np.random.default_rng(seed)
        normal = generator.standard_normal((len(self.coef), size))
        coef = self.coef[:, None] + (np.linalg.cholesky(self.covariance) @ normal if len(self.coef) else normal)
        events = self.sets.events[:, None]
        noise = generator.gamma(np.broadcast_to(events, (len(events), size))) / events
        hazard = baseline_hazard(self.sets, coef) * noise
        return CoxDraws(coef, Baseline(self.sets.times, hazard, self.reach), self.design)

    def churn_probability(self, cells: pd.DataFrame, horizons: Iterable[int] = (1, 3, 6, 12)) -> Forecast:
        """Chance of leaving within each horizon (months), given the tenure so far; see `forecast.churn_probability`."""
        from cxmodels.churn.forecasts.forecast import churn_probability

        return churn_probability(self, cells, horizons)


@dataclass(frozen=True, eq=False)
class CoxDraws:
    """Draws of a Cox model: coefficients (q, draws) and the baseline that belongs to each."""

    coef: Array
    baseline: Baseline
    design: Callable[[pd.DataFrame], Array]

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        return self.baseline.cumulative(times) * np.exp(self.design(cells) @ self.coef)


def fit_cox(episodes: Episodes, covariates: Iterable[str] | None = None) -> CoxFit:
    """Fit Cox's model with Efron's handling of ties to counts, late entries included.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`.
    covariates
        The covariates to use; each problem with them is then an error. Default: those of the episodes, where one that
        cannot enter (a single level, a level without departures, aliased, too few departures) is left out and listed
        in ``left_out``, so that a thin month still has an answer.

    Raises
    ------
    UnknownCovariate, TooFewEvents, Separation, AliasedColumns
        Named in the message: what, where, what is allowed, what was found.

    Notes
    -----
    Cox (1972), JRSS B 34; Efron (1977), JASA 72. Newton's method with step halving.
    """
    frame = episodes.frame[episodes.frame["exit"] > episodes.frame["entry"]]
    left_out: dict[str, str] = {}
    if covariates is None:
        names: tuple[str, ...] = ()
        for name in episodes.covariates:
            try:
                _require_estimable(frame, episodes, (*names, name))
            except (TooFewEvents, Separation, AliasedColumns) as problem:
                left_out[name] = str(problem)
            else:
                names = (*names, name)
    else:
        names = tuple(covariates)
        for name in names:
            if name not in episodes.covariates:
                allowed = ", ".join(episodes.covariates) or "none"
                raise UnknownCovariate(f"fit_cox: {name!r} is no covariate of these episodes; allowed: {allowed}")
        _require_estimable(frame, episodes, names)
        return _fit(frame, episodes, names, left_out)
    while True:
        try:
            return _fit(frame, episodes, names, left_out)
        except Separation as problem:
            left_out[problem.covariate] = str(problem)
            names = tuple(name for name in names if name != problem.covariate)


def design(cells: pd.DataFrame, levels: dict[str, tuple[str, ...]]) -> Array:
    """(rows, q) indicator columns of every level but each covariate's first."""
    columns = [(cells[name] == level).to_numpy(float) for name, known in levels.items() for level in known[1:]]
    return np.column_stack(columns) if columns else np.zeros((len(cells), 0))


def _patterns(frame: pd.DataFrame, names: tuple[str, ...]) -> tuple[pd.DataFrame, pd.Series]:
    if not names:
        return pd.DataFrame(index=[0]), pd.Series(0, index=frame.index)
    place = frame.groupby(list(names), sort=True).ngroup()
    return frame[list(names)].drop_duplicates().sort_values(list(names), ignore_index=True), place


def _levels(frame: pd.DataFrame, episodes: Episodes, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    present = {name: set(frame[name]) for name in names}
    return {name: tuple(level for level in episodes.levels[name] if level in present[name]) for name in names}


def _require_estimable(frame: pd.DataFrame, episodes: Episodes, names: tuple[str, ...]) -> None:
    levels = _levels(frame, episodes, names)
    ratios = sum(len(known) - 1 for known in levels.values())
    left = frame[frame["event"] == 1]
    events = int(left["n"].sum())
    if events < EVENTS_PER_RATIO * ratios:
        raise TooFewEvents(
            f"fit_cox: {ratios} hazard ratios ({', '.join(names)}) need at least {EVENTS_PER_RATIO * ratios} "
            f"departures, found {events}"
        )
    for name, known in levels.items():
        if len(known) < 2:
            raise AliasedColumns(f"fit_cox: covariate {name!r} has a single level, {known[0] if known else 'none'!r}")
        for level in known:
            if not (left[name] == level).any():
                raise Separation(
                    f"fit_cox: no one of {name} {level!r} left, so its hazard ratio has no finite estimate; "
                    "pool it with another level",
                    name,
                )
    if levels:
        _require_distinct(frame, levels)


def _require_distinct(frame: pd.DataFrame, levels: dict[str, tuple[str, ...]]) -> None:
    terms = [f"{name} {level!r}" for name, known in levels.items() for level in known[1:]]
    weights = frame.groupby(list(levels), sort=True)["n"].sum()
    columns, weight = design(weights.reset_index(), levels), weights.to_numpy(float)
    centred = (columns - np.average(columns, axis=0, weights=weight)) * np.sqrt(weight)[:, None]
    for j, term in enumerate(terms):
        before, column = centred[:, :j], centred[:, j]
        if j:
            share = np.linalg.lstsq(before, column, rcond=None)[0]
            if np.linalg.norm(column - before @ share) < 1e-8 * np.linalg.norm(column):
                same = ", ".join(other for other, part in zip(terms, share, strict=False) if abs(part) > 1e-8)
                raise AliasedColumns(f"fit_cox: {term} says the same as {same}; leave one of them out")


def _fit(frame: pd.DataFrame, episodes: Episodes, names: tuple[str, ...], left_out: dict[str, str]) -> CoxFit:
    levels = _levels(frame, episodes, names)
    patterns, place = _patterns(frame, names)
    sets = risk_sets(frame, place, design(patterns, levels))
    terms = [(name, level) for name, known in levels.items() for level in known[1:]]
    coef, log_likelihood, information = _maximise(sets, terms)
    covariance = np.linalg.inv(information) if len(terms) else np.zeros((0, 0))
    se = np.sqrt(np.diag(covariance))
    reach = norm.ppf(0.975) * se
    coefficients = pd.DataFrame(
        {
            "term": [name for name, _ in terms],
            "level": [level for _, level in terms],
            "coef": coef,
            "se": se,
            "hazard_ratio": np.exp(coef),
            "low": np.exp(coef - reach),
            "high": np.exp(coef + reach),
            "p": 2 * norm.sf(np.abs(coef / se)),
        }
    )
    hazard = baseline_hazard(sets, coef)
    cumulative = hazard.cumsum()
    baseline = pd.DataFrame(
        {"time": sets.times, "hazard": hazard, "cumulative": cumulative, "survival": np.exp(-cumulative)}
    )
    reference = {name: known[0] for name, known in levels.items()}
    c = concordance(sets, coef)
    return CoxFit(coefficients, log_likelihood, c, baseline, reference, levels, left_out, covariance, sets, episodes)


def _maximise(sets: RiskSets, terms: list[tuple[str, str]]) -> tuple[Array, float, Array]:
    coef = np.zeros(len(terms))
    now = moments(sets, coef)
    for _ in range(_STEPS if terms else 0):
        score = now.score.sum(axis=0)
        information = now.information.sum(axis=0)
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise _no_ratio(*terms[int(np.diag(information).argmin())]) from None
        # half of this is what the step would still gain; below it the coefficients agree to ten digits
        if score @ step < 1e-18 * abs(now.log_likelihood):
            break
        after = moments(sets, coef + step)
        while after.log_likelihood < now.log_likelihood - 1e-9 * abs(now.log_likelihood):
            step = step / 2
            after = moments(sets, coef + step)
        coef, now = coef + step, after
        if np.abs(coef).max() > _HUGE:
            raise _no_ratio(*terms[int(np.abs(coef).argmax())])
    return coef, now.log_likelihood, now.information.sum(axis=0)


def _no_ratio(name: str, level: str) -> Separation:
    return Separation(
        f"fit_cox: the hazard ratio of {name} {level!r} has no finite estimate; pool it with another", name
    )
