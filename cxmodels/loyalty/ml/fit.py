"""Maximum likelihood of a path model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from cxmodels.loyalty.errors import InvalidAnswers, InvalidModel, InvalidValue, NotConverged, NotIdentified
from cxmodels.loyalty.ml.data import Data, Given, Missing, data_of
from cxmodels.loyalty.ml.estimates import estimates_of
from cxmodels.loyalty.ml.fisher import Found, search
from cxmodels.loyalty.ml.identification import identification, inverted, rank_of, refuse_unidentified, spectrum
from cxmodels.loyalty.ml.matrices import Matrices, matrices_of
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.ml.objective import log_likelihood, observed_curvature, slope, unit_of
from cxmodels.loyalty.ml.robust import scaling_factor, score_products
from cxmodels.loyalty.ml.starts import starting_values
from cxmodels.loyalty.syntax.parameter_table import ParameterTable, Scaling, parameter_table

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.path_model import PathModel

InformationKind = Literal["expected", "observed"]
_OTHER_STARTS = 8


def fit_ml(
    model: PathModel,
    data: Given,
    *,
    robust: bool = False,
    missing: Missing = "listwise",
    scaling: Scaling = "marker",
    group: str | None = None,
    equal: Sequence[str] = (),
    means: bool | None = None,
    information: InformationKind | None = None,
) -> MlFit:
    """Fit a path model by maximum likelihood.

    Parameters
    ----------
    model
        Of reflective constructs and observed variables.
    data
        A frame with a row a respondent, answers, moments, or moments of each group.
    robust
        Whether standard errors and test are to hold for answers that are not normal (MLR); of moments without means
        where they hold fourth ones.
    missing
        ``"listwise"`` takes those who answered everything; ``"fiml"`` everybody, who may have left out what they did
        for reasons that their other answers tell.
    scaling
        ``"marker"``: the first item of a construct has loading 1; ``"variance"``: its residual variance is 1.
    group
        Attribute that parts the respondents; each group has parameters of its own unless `equal`, or unless a label
        of the text, as in lavaan, holds them equal in all groups (`of_each_group` takes labels out).
    equal
        What is the same in all groups; see `parameter_table`.
    means
        Whether to model means. Default: with groups and with missing answers.
    information
        What standard errors come from. Default: ``"expected"``; ``"observed"`` where robust or with missing answers.

    Raises
    ------
    InvalidModel
        When a construct is a composite.
    InvalidAnswers, TooFewRespondents
        When the answers do not fit the model, or there are only moments where each respondent is needed.
    NotIdentified
        When there are more parameters than moments, or no answers could tell some of them apart.
    NotConverged
        When the likelihood has no maximum that the search finds.
    InvalidValue
        When an option is none.

    Notes
    -----
    Jöreskog (1969, Psychometrika 34: 183-202), in the metric of n as lavaan's default. Limits are Wald's, those of
    standardised and defined quantities by the delta method. A solution that is found is returned even when nobody
    should believe it; `MlFit.identification` says so.
    """
    _check_options(model, group, equal, information)
    found = data_of(model, data, group=group, missing=missing)
    if means is None:
        means = len(found.groups) > 1 or missing == "fiml"
    if missing == "fiml" and not means:
        raise InvalidValue("fit_ml: missing='fiml' models the means, found means=False")
    groups = found.groups if found.groups != ("",) else ()
    table = parameter_table(model, scaling=scaling, groups=groups, equal=tuple(equal), means=means)
    return fit_table(model, table, found, robust=robust, missing=missing, information=information)


def fit_table(
    model: PathModel,
    table: ParameterTable,
    found: Data,
    *,
    robust: bool = False,
    missing: Missing = "listwise",
    information: InformationKind | None = None,
) -> MlFit:
    """Fit a parameter table, such as one with a constraint more; see `fit_ml`."""
    _check_moments(table, found, robust)
    constructs = [construct.name for construct in model.constructs]
    matrices = matrices_of(table.frame, model.items, constructs, found.groups)
    if table.degrees_of_freedom < 0:
        raise NotIdentified(
            f"fit_ml: {len(table.names)} parameters for {table.degrees_of_freedom + len(table.names)} moments; at most "
            "as many can be told apart"
        )
    start = starting_values(matrices, table.frame, found.moments)
    refuse_unidentified(matrices, found.samples, start, table.names)
    solved = _solved(matrices, found, start, table)
    theta, n = solved.theta[0], sum(each.n for each in found.moments)
    expected = slope(matrices, found.samples, theta[None]).curvature[0]
    kind = information or ("observed" if robust or missing == "fiml" else "expected")
    judged = identification(matrices, table, theta, expected)
    told_apart = judged.rank == len(theta)
    curvature = expected
    if kind == "observed" and told_apart:
        curvature = observed_curvature(matrices, found.samples, theta, expected)
    covariance, factor = np.full(curvature.shape, np.nan), np.nan
    # where the information is singular there is no standard error, rather than some number
    if told_apart and rank_of(spectrum(curvature)[0]) == len(theta):
        covariance = inverted(n / 2 * curvature)
        if robust:
            # Huber (1967), White (1982, Econometrica 50): A^-1 B A^-1
            covariance = covariance @ score_products(matrices, found.samples, theta) @ covariance
            factor = scaling_factor(matrices, found.samples, theta, found.moments, table.degrees_of_freedom)
    saturated = found.saturated_discrepancy(matrices.means)
    implied = matrices.implied(theta[None])
    return MlFit(
        model=model,
        estimates=estimates_of(model, table, matrices, theta, covariance, expected),
        table=table,
        matrices=matrices,
        moments=found.moments,
        samples=found.samples,
        answers=found.answers,
        theta=theta,
        theta_covariance=covariance,
        information=n / 2 * curvature,
        objective=float(solved.value[0]) - saturated,
        log_likelihood=log_likelihood(float(solved.value[0]), found.samples),
        saturated_log_likelihood=log_likelihood(saturated, found.samples),
        scaling=factor,
        implied=tuple(
            (sigma, mu if matrices.means else None) for sigma, mu in zip(implied.sigma[0], implied.mu[0], strict=True)
        ),
        identification=judged,
        iterations=int(solved.iterations[0]),
        robust=robust,
        missing=missing,
        information_kind=kind,
    )


def _solved(matrices: Matrices, found: Data, start: Array, table: ParameterTable) -> Found:
    """The solution from the start, or the best of some others where that leads nowhere."""
    solved = search(matrices, found.samples, start[None])
    if solved.converged[0]:
        return solved
    curvature = slope(matrices, found.samples, start[None]).curvature[0]
    unit = unit_of(np.diag(curvature))
    off = np.random.default_rng(0).uniform(-1, 1, (_OTHER_STARTS, len(start)))
    again = search(matrices, found.samples, start + 0.3 * unit * off)
    if not again.converged.any():
        gradient = slope(matrices, found.samples, solved.theta).gradient[0] * unit
        worst = [table.names[place] for place in np.argsort(-np.abs(gradient))[:3]]
        raise NotConverged(
            f"fit_ml: no maximum of the likelihood found from {_OTHER_STARTS + 1} starts in up to "
            f"{int(again.iterations.max())} iterations; steepest in {', '.join(worst)}"
        )
    best = int(np.argmin(np.where(again.converged, again.value, np.inf)))
    chosen = slice(best, best + 1)
    return Found(again.theta[chosen], again.value[chosen], again.converged[chosen], again.iterations[chosen])


def _check_options(model: PathModel, group: str | None, equal: Sequence[str], information: str | None) -> None:
    composites = [construct.name for construct in model.constructs if construct.kind == "composite"]
    if composites:
        raise InvalidModel(f"fit_ml: {composites[0]} is a composite (<~), which the engine pls fits")
    if information not in (None, *get_args(InformationKind)):
        raise InvalidValue(f"fit_ml: information must be 'expected' or 'observed', found {information!r}")
    if isinstance(equal, str):
        raise InvalidValue(f"fit_ml: equal must be a list, found the text {equal!r}")
    if group is not None and group in model.items:
        raise InvalidValue(f"fit_ml: group {group!r} is an item of the model")


def _check_moments(table: ParameterTable, found: Data, robust: bool) -> None:
    if table.means and any(each.mean is None for each in found.moments):
        raise InvalidAnswers("fit_ml: a model of means needs means beside the covariances")
    if robust and any(each.rows is None and (table.means or each.fourth is None) for each in found.samples):
        raise InvalidAnswers(
            "fit_ml: robust standard errors need the answers of each respondent, or of a model without means the "
            "fourth moments of the items; found moments alone"
        )
