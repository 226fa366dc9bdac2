"""Fit a path model by its posterior, from covariances of its items: the cost does not grow with the respondents."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.bayes.bayes_fit import BayesFit
from cxmodels.loyalty.bayes.density import PathDensity
from cxmodels.loyalty.bayes.draws import draws_of
from cxmodels.loyalty.bayes.estimates import cell, estimates_of
from cxmodels.loyalty.bayes.from_table import structure_of
from cxmodels.loyalty.bayes.posterior import centred, centred_on, draw
from cxmodels.loyalty.bayes.predictive import predictive_p
from cxmodels.loyalty.bayes.priors import Priors
from cxmodels.loyalty.bayes.seen import seen
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.syntax.parameter_table import Scaling, parameter_table
from cxmodels.sampling import CHAINS, diagnosed

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.syntax.path_model import PathModel

DRAWS = (700, 2000)
"""Of each chain: the second where the first are too few."""
R_HAT, ESS = 1.01, 400
"""What chains must reach for that (Vehtari et al. 2021)."""
SEED = 20120101


def fit_bayes(
    model: PathModel,
    data: pd.DataFrame | Answers | Moments,
    *,
    priors: Priors | None = None,
    scaling: Scaling = "variance",
    size: int = 1000,
    chains: int = CHAINS,
    seed: int = SEED,
) -> BayesFit:
    """Draw from the posterior of a path model.

    Parameters
    ----------
    model
        The model; its constructs are reflective.
    data
        A frame with a row a respondent, answers, or moments. Of answers those of who answered every item are used.
    priors
        Default: `Priors()`, weakly informative.
    scaling
        In what ``coef`` counts constructs: ``"variance"``, what they have of their own has the variance one, or
        ``"marker"``, units of their first item. The posterior is the same.
    size
        Draws of the result.
    chains, seed
        At least two, and their seed.

    Raises
    ------
    InvalidValue
        When a number is too small.
    InvalidModel
        When the model has what is not fitted here, such as a composite or a fixed path.
    InvalidAnswers, TooFewRespondents
        When the answers do not fit the model: an item is missing, constant or off its scale.
    NotConverged
        When the sampler finds no place to start.

    Notes
    -----
    The likelihood of the covariance matrix alone, constructs integrated out (Wishart; Jöreskog 1970), with priors on
    the standardised scale (Merkle, Fitzsimmons, Uanhoro & Goodrich 2021, Efficient Bayesian structural equation
    modeling in Stan). Sampled by NUTS with an analytic gradient; nothing is compiled. Chains that disagree or tell too
    little are drawn once more, longer and with what the first ones told of the shape of the posterior; `BayesFit.r_hat`
    and `ess` say what was reached.
    """
    return _fitted(model, [as_moments(data, model.items)], priors, scaling, size, chains, seed)[0]


def fit_segments(
    model: PathModel,
    groups: Iterable[Moments],
    *,
    priors: Priors | None = None,
    scaling: Scaling = "variance",
    size: int = 1000,
    chains: int = CHAINS,
    seed: int = SEED,
) -> dict[str, BayesFit]:
    """Fit the same model to each group by itself, such as segments or months.

    Parameters
    ----------
    model
        The model.
    groups
        Moments of each, with different `group`, as `moments_by` gives them.
    priors, scaling, size, chains, seed
        As for `fit_bayes`.

    Returns
    -------
    dict
        Group → its fit.

    Raises
    ------
    InvalidValue
        When two groups have one name; and as `fit_bayes`.
    """
    each = list(groups)
    names = [moments.group for moments in each]
    if len(set(names)) < len(names):
        raise InvalidValue(f"fit_segments: groups must have different names, found {', '.join(map(repr, names))}")
    ordered = [as_moments(moments, model.items) for moments in each]
    return dict(zip(names, _fitted(model, ordered, priors, scaling, size, chains, seed), strict=True))


def _fitted(
    model: PathModel,
    groups: list[Moments],
    priors: Priors | None,
    scaling: Scaling,
    size: int,
    chains: int,
    seed: int,
) -> list[BayesFit]:
    if size < 1 or chains < 2:
        raise InvalidValue(f"fit_bayes: size must be at least 1 and chains at least 2, found {size} and {chains}")
    from threadpoolctl import threadpool_limits

    structure = structure_of(model, parameter_table(model, scaling=scaling))
    density = PathDensity(structure, priors or Priors())
    # The matrices are so small that threads would only wait for each other: thirty times as long, where cores are busy.
    with threadpool_limits(limits=1, user_api="blas"):
        return [_one(model, density, moments, size, chains, seed) for moments in groups]


def _one(model: PathModel, density: PathDensity, moments: Moments, size: int, chains: int, seed: int) -> BayesFit:
    structure, answers = density.structure, seen(density.structure, moments)
    free = [each for each in structure.told if each.free]
    around = centred(density, answers)
    for least in DRAWS:
        chain = draw(density, answers, *around, draws=max(least, math.ceil(size / chains)), chains=chains, seed=seed)
        found = draws_of(density, answers, chain.mixed, model.names)
        parameters = np.stack([cell(found.standardised, each) for each in free], axis=-1)
        r_hat, ess = diagnosed(parameters.reshape(-1, chains, len(free)).swapaxes(0, 1))
        if r_hat.max() <= R_HAT and ess.min() >= ESS:
            break
        around = centred_on(chain, structure)
    kept = found.thinned(size)
    return BayesFit(
        model,
        moments,
        density.priors,
        estimates_of(model, structure.told, kept),
        kept,
        float(r_hat.max()),
        float(ess.min()),
        chain.divergences,
        predictive_p(moments, kept.implied, seed=seed),
    )
