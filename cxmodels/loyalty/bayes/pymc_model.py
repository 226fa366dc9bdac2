"""The posterior of a path model as PyMC states it: to change it, to draw from it otherwise, to check ours by it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.bayes.from_table import structure_of
from cxmodels.loyalty.bayes.posterior import start
from cxmodels.loyalty.bayes.priors import Priors
from cxmodels.loyalty.bayes.seen import seen
from cxmodels.loyalty.syntax.parameter_table import parameter_table

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.bayes.correlations import Correlations
    from cxmodels.loyalty.syntax.path_model import PathModel


def pymc_model(model: PathModel, data: pd.DataFrame | Answers | Moments, *, priors: Priors | None = None) -> Any:
    """The model that `fit_bayes` draws from, as a ``pymc.Model``.

    Its variables are ``first`` (the positive loading of each construct, half-normal), ``others`` (the other loadings
    and the paths, normal), ``own`` (residual standard deviations, half-normal), ``item_pairs`` and ``construct_pairs``
    (the coordinates of correlations), each where the model has them and in the order of `Structure`. Begin chains at
    its initial values without jitter: where the other loadings of a construct start below zero, its first one has to go
    through zero before they fit, and a chain may stay there.

    Parameters
    ----------
    model, data, priors
        As for `fit_bayes`.

    Raises
    ------
    InvalidModel, InvalidAnswers, TooFewRespondents
        As `fit_bayes`.
    """
    import pymc as pm
    import pytensor.tensor as pt

    structure = structure_of(model, parameter_table(model, scaling="variance"))
    answers, chosen = seen(structure, as_moments(data, model.items)), priors or Priors()
    widths = np.repeat([chosen.loading, chosen.path, chosen.residual], structure.counts)
    own_slots = np.unique(structure.residuals.slots)
    others = np.setdiff1d(np.arange(len(widths)), [*structure.logs, *own_slots])
    at = start(structure, answers)
    at[structure.logs] = np.exp(at[structure.logs])
    items, latents = len(structure.items), len(structure.latents)
    with pm.Model() as stated:
        values: Any = pt.zeros(len(widths))
        for name, slots, kind in (
            ("first", structure.logs, pm.HalfNormal),
            ("others", others, partial(pm.Normal, mu=0)),
            ("own", own_slots, pm.HalfNormal),
        ):
            if len(slots):
                variable = kind(name, sigma=widths[slots], shape=len(slots), initval=at[slots])
                values = values[slots].set(variable)
        row, column, slot = structure.loadings
        loadings = pt.zeros((items, latents))[row, column].set(values[slot] * answers.loading_scale)
        row, column, slot = structure.paths
        spread: Any = pt.linalg.inv(pt.eye(latents) - pt.zeros((latents, latents))[row, column].set(values[slot]))
        row, _, slot = structure.residuals
        own = pt.as_tensor(answers.fixed_residual)[row].set(values[slot] * answers.residual_scale)
        disturbances = _correlated("construct_pairs", structure.construct_pairs, chosen.correlation)
        residual = own[:, None] * _correlated("item_pairs", structure.item_pairs, chosen.correlation) * own
        implied = loadings @ spread @ disturbances @ spread.T @ loadings.T + residual
        scatter = answers.degrees * answers.correlation
        pm.Potential(
            "covariances",
            -(answers.degrees * pt.linalg.slogdet(implied)[1] + pt.trace(pt.linalg.solve(implied, scatter))) / 2,
        )
    return stated


def _correlated(name: str, block: Correlations, eta: float) -> Any:
    """A correlation matrix with its free pairs; see `Correlations`."""
    import pymc as pm
    import pytensor.tensor as pt

    if not block.pairs:
        return pt.eye(block.size)
    triangle = pt.eye(block.size)[block.free].set(pm.Flat(name, shape=len(block.pairs)))
    for row, column in block.filled:
        triangle = triangle[row, column].set(-(triangle[row, :column] * triangle[column, :column]).sum())
    lengths = pt.sqrt((triangle**2).sum(1))
    pm.Potential(f"{name}_prior", -(block.powers(eta) * pt.log(lengths)).sum())
    unit = triangle / lengths[:, None]
    return unit @ unit.T
