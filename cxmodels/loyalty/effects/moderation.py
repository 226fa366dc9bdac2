"""Moderation: whether one construct, such as exit barriers, changes how much another moves loyalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.bayes.plausible import construct_scores
from cxmodels.loyalty.effects.drawn import finite, limits
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.effects.moderated_regression import Places, moderated
from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.statistics import statistics

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.bayes_fit import BayesFit
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

DRAWS, SEED = 1_000, 20_260_930
AT = (-1.0, 0.0, 1.0)
_WHERE = "moderation"
_BATCH = 250


@dataclass(frozen=True, eq=False)
class Moderation:
    """How a moderator changes a path.

    Attributes
    ----------
    source, moderator, target
        The path and what changes it.
    coefficients
        One row a predictor of the target and one for the product, ``source × moderator``: ``term, coef, se, low,
        high``, of standardised constructs, limits of 95 % by bootstrap. The product's is what one standard deviation
        of the moderator adds to the slope of the source.
    slopes
        Simple slopes: ``moderator`` in standard deviations from its mean, ``slope, low, high`` of the source there.
    r2
        Share of the target's variance that is explained with the product.
    f2
        What the product adds: (R² − R² without) / (1 − R²). Kenny (2018): .005 small, .01 medium, .025 large.
    draws, failed
        Resamples that the limits rest on, and those without a solution.
    method
        How it was estimated, in a sentence.
    """

    source: str
    moderator: str
    target: str
    coefficients: pd.DataFrame
    slopes: pd.DataFrame
    r2: float
    f2: float
    draws: int
    failed: int
    method: str

    @property
    def interaction(self) -> pd.Series:
        """The row of the product."""
        return self.coefficients.iloc[-1]


def moderation(
    fit: PlsFit | MlFit | BayesFit,
    data: pd.DataFrame | Answers,
    *,
    source: str,
    moderator: str,
    target: str,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Moderation:
    """Estimate a moderated path.

    Parameters
    ----------
    fit
        Of a model in which both `source` and `moderator` lead to `target`.
    data
        The answers it was fitted to, each respondent's; who did not answer every item is left out.
    draws
        Resamples of respondents.

    Raises
    ------
    InvalidModel
        When a path from source or moderator to target is missing.
    InvalidValue
        When the three are not three of the model's constructs.
    InvalidAnswers
        As for `as_answers`.
    NotIdentified
        When the fit is by maximum likelihood and has variances that are negative.
    NotConverged
        When too few resamples have a solution.

    Notes
    -----
    Partial least squares: the two-stage approach (Chin, Marcolin & Newsted 2003, Information Systems Research 14;
    Henseler & Chin 2010, Structural Equation Modeling 17), with products of standardised scores (Becker, Ringle &
    Sarstedt 2018, Journal of Marketing Theory and Practice 26). The product of two scores with errors has more of it
    than either, so its coefficient is too small unless the fit is consistent: then, as for the other engines, the
    errors are taken out of the moments (`moderated`; for consistent partial least squares Dijkstra &
    Schermelleh-Engel 2014, Psychometrika 79, with the reliabilities ρ_A).

    Maximum likelihood and the posterior: unbiased scores with known errors; plausible values drawn from a model
    without the product would not do, since they have none of it. Respondents are resampled with the measurement
    held as fitted.
    """
    places = _places(fit, source, moderator, target)
    answers = as_answers(data, fit.model.items)
    frame = answers.frame.dropna(subset=list(fit.model.items))
    n = frame["n"].to_numpy(float)
    each = frame["weight"].to_numpy(float) / n
    generator = np.random.default_rng(seed)
    whole = int(n.sum())
    counts = np.vstack([n, generator.multinomial(whole, n / whole, size=draws)]) * each
    shares = counts / counts.sum(axis=1, keepdims=True)
    if isinstance(fit, PlsFit):
        found, method = _two_stage(fit, frame, shares, places)
    else:
        found, method = _corrected(fit, frame, shares, places)
    told, drawn = found[0], found[1:]
    if not np.isfinite(told).all():
        raise InvalidValue(f"{_WHERE}: the errors of measurement leave nothing of a construct; its items hardly agree")
    kept = finite(drawn, _WHERE)
    terms = [fit.names[place] for place in places.predictors] + [f"{source} × {moderator}"]
    low, high = limits(kept)
    size = len(terms)
    coefficients = pd.DataFrame(
        {
            "term": terms,
            "coef": told[:size],
            "se": kept[:, :size].std(axis=0, ddof=1),
            "low": low[:size],
            "high": high[:size],
        }
    )
    at, own = np.array(AT), places.predictors.index(places.source)
    lines = kept[:, own, None] + kept[:, size - 1, None] * at
    below, above = limits(lines)
    slopes = pd.DataFrame({"moderator": at, "slope": told[own] + told[size - 1] * at, "low": below, "high": above})
    r2, without = told[size], told[size + 1]
    f2 = float((r2 - without) / (1 - r2))
    return Moderation(
        source, moderator, target, coefficients, slopes, float(r2), f2, len(kept), draws - len(kept), method
    )


def _places(fit: PlsFit | MlFit | BayesFit, source: str, moderator: str, target: str) -> Places:
    if len({source, moderator, target}) < 3 or not {source, moderator, target} <= set(fit.names):
        raise InvalidValue(
            f"{_WHERE}: source, moderator and target are three of {', '.join(fit.names)}; "
            f"found {source!r}, {moderator!r}, {target!r}"
        )
    for name in (source, moderator):
        if (name, target) not in fit.model.paths:
            raise InvalidModel(f"{_WHERE}: the model needs a path from {name} to {target}; add '{target} ~ {name}'")
    predictors = tuple(place for place, name in enumerate(fit.names) if (name, target) in fit.model.paths)
    return Places(fit.names.index(source), fit.names.index(moderator), fit.names.index(target), predictors)


def _two_stage(fit: PlsFit, frame: pd.DataFrame, shares: Array, places: Places) -> tuple[Array, str]:
    """(1 + draws, …) as `moderated`, the items weighed anew in every resample."""
    x = frame[list(fit.design.items)].to_numpy(float)
    x = x - x.mean(axis=0)
    own = np.arange(len(fit.design.items)), fit.design.construct_of
    toward = fit.statistics.weights[0]
    found = []
    for start in range(0, len(shares), _BATCH):
        some = shares[start : start + _BATCH]
        means = some @ x
        covariance = np.stack([(x * share[:, None]).T @ x for share in some]) - means[:, :, None] * means[:, None, :]
        told = statistics(covariance, fit.design, fit.algorithm, toward=toward)
        spread = np.zeros((*told.weights.shape, len(fit.names)))
        spread[:, *own] = told.weights / np.sqrt(np.einsum("bii->bi", covariance))
        for share, weights, reliability in zip(some, spread, told.rho_a, strict=True):
            error = np.diag(1 - reliability) if fit.algorithm.consistent else np.zeros((len(fit.names),) * 2)
            found.append(moderated(x @ weights, share, error, places))
    method = "Two stages: products of standardised scores, weighed by the model without the product"
    if fit.algorithm.consistent:
        return np.array(found), f"{method}; their errors taken out by the reliabilities of the scores."
    return np.array(found), f"{method}. Errors of measurement make the coefficient of the product too small."


def _corrected(fit: MlFit | BayesFit, frame: pd.DataFrame, shares: Array, places: Places) -> tuple[Array, str]:
    """(1 + draws, …) as `moderated`, the measurement held as fitted."""
    scores = construct_scores(measurement_of(fit, draws=1), frame, method="bartlett")
    # of those who answered every item all have the same error
    values, error = scores.mean.to_numpy(), scores.covariance[0]
    found = np.array([moderated(values, share, error, places) for share in shares])
    return found, "Unbiased scores of the constructs, their errors of measurement taken out of every moment."
