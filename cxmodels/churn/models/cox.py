"""Cox's proportional hazards model: how much sooner or later customers with a level leave, all else equal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import InvalidValue, TooFewEvents, UnknownColumn
from cxmodels.churn.models.coefficients import coefficient_table
from cxmodels.churn.models.cox_fit import CoxFit, Options
from cxmodels.churn.models.design import Array, Codes, Design, design_of, finite
from cxmodels.churn.models.efron_baseline import baseline_table
from cxmodels.churn.models.entering import fit_with
from cxmodels.churn.models.estimable import no_finite_ratio, require_distinct
from cxmodels.churn.models.partial_likelihood import Diverging, maximise, null_log_likelihood, partial_likelihood
from cxmodels.churn.models.risk_sets import RiskSets, place_at_risk, risk_sets, within_strata
from cxmodels.churn.models.robust import sandwich
from cxmodels.churn.models.strata import strata_of
from cxmodels.churn.models.time_at_risk import with_time_at_risk

_HUGE = 12.0
"""A log hazard ratio past this, of a level or of a standard deviation of a number, has no finite estimate."""


def fit_cox(
    episodes: Episodes,
    covariates: Iterable[str] | None = None,
    *,
    strata: Iterable[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    robust: bool | None = None,
    ridge: float = 0.0,
) -> CoxFit:
    """Fit Cox's model with Efron's handling of ties to counts, late entries included.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes` or `counted`. A row without time at risk is passed over.
    covariates
        The covariates to use; each problem with them is then an error. Default: those of the episodes, where one that
        cannot enter (a single level, a level without departures, aliased, too few departures) is left out and listed
        in ``left_out``, so that a thin month still has an answer.
    strata
        Covariates, or other columns of the frame: each combination of their values has a baseline hazard of its own,
        and so needs a departure.
    weights
        A column of case weights above zero, beside the counts: a weight of two is not two customers, see
        `partial_likelihood`.
    cluster
        A column: rows that share a value (a household) are dependent. Standard errors are then robust. There must be
        more clusters than hazard ratios.
    robust
        Whether standard errors are Lin and Wei's. Default: where there is a cluster, or a weight that is not whole.
    ridge
        A penalty of ridge / 2 times the sum of the squared coefficients is taken off the log-likelihood, the columns
        as they are (not scaled): as R's ``ridge(theta=ridge, scale=FALSE)``. Every ratio is then finite; standard
        errors are from the penalised information.

    Raises
    ------
    UnknownCovariate, UnknownColumn, TooFewEvents, Separation, AliasedColumns, InvalidValue, InvalidTimes
        Named in the message: what, where, what is allowed, what was found.

    Notes
    -----
    Cox (1972), JRSS B 34; Efron (1977), JASA 72. Newton's method with step halving; O(n q²) for n rows.
    """
    by, options = tuple(dict.fromkeys(strata)), Options(weights, cluster, robust, float(ridge))
    if not np.isfinite(ridge) or ridge < 0:
        raise InvalidValue(f"fit_cox: ridge must be a number of at least 0, found {ridge}")
    frame = with_time_at_risk(episodes.frame)

    def fit(names: tuple[str, ...], left_out: dict[str, str]) -> CoxFit:
        return _fit(episodes, frame, names, by, options, left_out)

    return fit_with(frame, episodes, covariates, "fit_cox", fit, apart=by, penalised=ridge > 0)


def _fit(
    episodes: Episodes,
    frame: pd.DataFrame,
    names: tuple[str, ...],
    by: tuple[str, ...],
    options: Options,
    left_out: dict[str, str],
) -> CoxFit:
    design, (strata, stratum) = design_of(frame, episodes, names), strata_of(frame, by)
    sets = _risk_sets(frame, design, stratum, len(strata.members), _weights(frame, options.weights))
    if by and (without := np.flatnonzero(np.diff(sets.bounds) == 0)).size:
        raise TooFewEvents(
            f"fit_cox: nobody left in stratum {strata.labels[without[0]]!r} of {', '.join(by)}, so it has no baseline "
            "hazard; pool it with another"
        )
    if design.terms:
        if not options.ridge:
            require_distinct(within_strata(sets), design, "fit_cox", by)
        indicator = np.array([name in design.levels for name, _ in design.terms])
        limit = np.where(indicator, sets.scale, 1.0) * (np.inf if options.ridge else _HUGE)
        try:
            at, information = maximise(sets, options.ridge / sets.scale**2, limit)
        except Diverging as problem:
            raise no_finite_ratio(design, problem.column, "fit_cox") from None
        covariance = naive = np.linalg.inv(information)
        whole = bool((sets.weight == np.floor(sets.weight)).all())
        if options.robust or (options.robust is None and (options.cluster is not None or not whole)):
            covariance = sandwich(at, naive, _clusters(frame, options.cluster, sets.order, len(design.terms)))
    else:
        at, covariance, naive = partial_likelihood(sets, np.zeros(0)), np.zeros((0, 0)), np.zeros((0, 0))
    unit = np.outer(sets.scale, sets.scale)
    se, naive_se = (np.sqrt(np.diag(each)) / sets.scale for each in (covariance, naive))
    coefficients = coefficient_table(design, at.coef / sets.scale, se)
    coefficients.insert(4, "naive_se", naive_se)
    return CoxFit(
        coefficients=coefficients,
        log_likelihood=at.log_likelihood,
        log_likelihood_null=null_log_likelihood(sets),
        baseline=baseline_table(at, covariance, strata.labels),
        design=design,
        strata=strata,
        left_out=left_out,
        covariance=covariance / unit,
        naive_covariance=naive / unit,
        at=at,
        episodes=episodes,
        options=options,
    )


def _risk_sets(frame: pd.DataFrame, design: Design, stratum: Codes, strata: int, weight: Array | None) -> RiskSets:
    entry, leave, event = frame["entry"].to_numpy(), frame["exit"].to_numpy(), frame["event"].to_numpy() == 1
    place = place_at_risk(entry, leave, event, stratum, strata)
    count = frame["n"].to_numpy(float)[place.order]
    columns = design.matrix(design.encode(frame), place.order)
    return risk_sets(place, columns, count, np.ones_like(count) if weight is None else weight[place.order])


def _weights(frame: pd.DataFrame, name: str | None) -> Array | None:
    if name is None:
        return None
    weight = finite(_column(frame, name, "weights"), name)
    if (weight <= 0).any():
        raise InvalidValue(f"fit_cox: weights {name!r} must be above zero in every row, found {weight.min():g}")
    return weight


def _clusters(frame: pd.DataFrame, name: str | None, order: Codes, ratios: int) -> Codes | None:
    if name is None:
        return None
    code, known = pd.factorize(_column(frame, name, "cluster").to_numpy()[order])
    if missing := int((code < 0).sum()):
        raise InvalidValue(f"fit_cox: cluster {name!r} must be known in every row; it is missing in {missing:,}")
    if len(known) <= ratios:
        # the residuals of all add up to nought: of too few sums of them the errors come out too small, or nought
        raise InvalidValue(
            f"fit_cox: cluster {name!r} must have more values than the {ratios} hazard ratios, found {len(known)}"
        )
    return code


def _column(frame: pd.DataFrame, name: str, what: str) -> pd.Series:
    if name not in frame.columns:
        there = ", ".join(str(column) for column in frame.columns)
        raise UnknownColumn(f"fit_cox: {what} {name!r} is no column of the episodes; there are: {there}")
    return frame[name]
