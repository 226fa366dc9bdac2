"""Fit a path model by partial least squares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers, as_moments
from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.errors import InvalidValue, NotConverged, NotIdentified
from cxmodels.loyalty.pls.algorithm import MOST_ITERATIONS, Scheme
from cxmodels.loyalty.pls.bootstrap import bootstrap
from cxmodels.loyalty.pls.design import Design, Mode, design_of, not_held
from cxmodels.loyalty.pls.estimates import estimates_table
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.statistics import Algorithm, statistics

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.path_model import PathModel

SEED = 20_260_930
LARGEST_CONDITION = 1e10


def fit_pls(
    model: PathModel,
    data: pd.DataFrame | Answers | Moments,
    *,
    scheme: Scheme = "path",
    modes: Mapping[str, Mode] | None = None,
    consistent: bool = False,
    standardise: bool = True,
    bootstraps: int = 0,
    seed: int = SEED,
) -> PlsFit:
    """Fit a path model by partial least squares.

    Parameters
    ----------
    model
        The model. Constructs of ``=~`` are weighed by mode A, those of ``<~`` by mode B.
    data
        Respondents, their answers, or moments. Respondents who did not answer every item are left out.
    scheme
        ``"path"``, ``"factorial"`` or ``"centroid"``; see `algorithm.outer_weights`.
    modes
        Construct → ``"A"`` or ``"B"`` where it is to be another.
    consistent
        Correct the correlations of common factors (``=~``, more than one item) for the unreliability of their scores:
        Dijkstra & Henseler (2015). What then lies beyond 1 is told (`PlsFit.admissible`), not hidden.
    standardise
        Weigh standardised items; otherwise items as they are, which must share a scale, as in Tenenhaus et al. (2005).
    bootstraps
        Resamples; 0 for none. Of moments, normal samples are drawn.
    seed
        Of the resamples.

    Raises
    ------
    InvalidModel
        When the model is not one for partial least squares; see `design.design_of`.
    InvalidAnswers, TooFewRespondents
        When the data do not fit the model; see `as_moments`.
    InvalidValue
        When an option is none of those allowed.
    NotIdentified
        When what a regression needs is collinear: the items of a construct of mode B, or the constructs that explain
        another.
    NotConverged
        When the weights do not converge within 300 iterations.

    Notes
    -----
    Known: the European customer satisfaction index of 250 customers of a mobile telephone provider, Tenenhaus,
    Esposito Vinzi, Chatelin & Lauro (2005), CSDA 48: 159-205, whose paths are those of ``scheme="centroid",
    standardise=False``.
    """
    if isinstance(bootstraps, bool) or not isinstance(bootstraps, int | np.integer) or bootstraps < 0:
        raise InvalidValue(f"fit_pls: bootstraps must be a whole number from 0, found {bootstraps!r}")
    design, algorithm = design_of(model, modes=modes), Algorithm(scheme, consistent, standardise)
    if wrong := [
        name
        for name, mode, factor in zip(design.names, design.modes, design.factor, strict=True)
        if consistent and factor and mode == "B"
    ]:
        raise InvalidValue(
            f"fit_pls: with consistent=True common factors (=~) are weighed by mode A, found mode B of "
            f"{', '.join(wrong)}; write <~ for a composite"
        )
    answers = None if isinstance(data, Moments) else as_answers(data, design.items)
    moments = as_moments(data if answers is None else answers, design.items)
    covariance = moments.covariance[None]
    _check_regular(covariance[0], design)
    found = statistics(covariance, design, algorithm)
    if found.failed[0]:
        raise NotConverged(
            f"fit_pls: the weights of {len(design.items)} items did not converge within {MOST_ITERATIONS} iterations; "
            "a construct whose items hardly correlate, or paths that hardly hold it, are the usual reason"
        )
    _check_collinear(found.correlations[0], design)
    drawn = None
    if bootstraps:
        source = moments if answers is None else blocks(answers, design.items, seed=seed)
        drawn = bootstrap(source, found, design, algorithm, n=moments.n, replications=int(bootstraps), seed=seed)
    return PlsFit(
        model,
        design.names,
        moments.n,
        estimates_table(model, design, found, drawn),
        moments,
        design,
        algorithm,
        found,
        drawn,
        not_held(model),
    )


def _check_regular(covariance: Array, design: Design) -> None:
    """Refuse items of mode B that are collinear: no weights of a regression on them can be told."""
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    for name, mode, block in zip(design.names, design.modes, design.blocks, strict=True):
        if mode == "B" and np.linalg.cond(correlation[block, block]) > LARGEST_CONDITION:
            raise NotIdentified(
                f"fit_pls: {name}: mode B needs items of which none is a sum of others, found "
                f"{', '.join(design.items[block])} to be collinear; leave one out, or use mode A"
            )


def _check_collinear(correlations: Array, design: Design) -> None:
    for place in design.endogenous:
        sources = design.explained_by[place]
        if np.linalg.cond(correlations[np.ix_(sources, sources)]) > LARGEST_CONDITION:
            raise NotIdentified(
                f"fit_pls: {design.names[place]}: what explains it must not be collinear, found "
                f"{', '.join(design.names[source] for source in sources)} to be"
            )
