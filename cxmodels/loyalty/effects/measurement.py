"""How the constructs of a fit show in its items, whichever engine fitted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.errors import InvalidValue, NotIdentified
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.pls.pls_fit import PlsFit

if TYPE_CHECKING:
    from cxmodels.loyalty.bayes.bayes_fit import BayesFit

DRAWS = 200
_FEWEST = 0.5
"""Share of the draws that must be parameters of some population."""


def measurement_of(fit: MlFit | BayesFit, *, draws: int = DRAWS, group: str | None = None) -> Measurement:
    """Loadings, residuals and covariances of the constructs, which are standardised; items are in their own units.

    Parameters
    ----------
    fit
        By maximum likelihood, or a posterior.
    draws
        Sets of parameters, so that scores hold their doubt; 1 takes the estimates for known.
    group
        Which, where a fit by maximum likelihood has several.

    Returns
    -------
    Measurement
        For `construct_scores` and `plausible_values`. Intercepts are the items' means, where the constructs are zero.

    Raises
    ------
    InvalidValue
        For a fit by partial least squares: its composites are made of their items and have no error of measurement;
        and when there are several groups and `group` is none of them.
    NotIdentified
        When the estimates, or more than half of the draws about them, have a negative variance: they measure nothing.
    """
    if isinstance(fit, PlsFit):
        raise InvalidValue(
            "measurement: composites have no error of measurement to tell; fit the model by engine 'ml' or 'bayes'"
        )
    if not isinstance(fit, MlFit):
        return fit.measurement().thinned(draws)
    if group not in fit.groups and (group is not None or len(fit.groups) > 1):
        raise InvalidValue(f"measurement: group must be one of {', '.join(map(repr, fit.groups))}, found {group!r}")
    place = 0 if group is None else fit.groups.index(group)
    theta = fit.theta[None] if draws == 1 else fit.theta_draws(size=draws)
    variables, items = fit.matrices.variables, fit.matrices.items
    paths, covariances = (part[:, place] for part in fit.matrices.filled(theta)[:2])
    total = fit.matrices.implied(theta).total[:, place]
    spot = [variables.index(name) for name in fit.names]
    rows = np.arange(len(items))
    loadings = paths[:, rows][:, :, spot]
    residual = covariances[:, rows][:, :, rows]
    for column, name in enumerate(fit.names):
        if name in items:  # stands for itself
            row = items.index(name)
            loadings[:, row] = 0.0
            loadings[:, row, column] = 1.0
            residual[:, row] = residual[:, :, row] = 0.0
    constructs = total[:, spot][:, :, spot]
    variances = np.diagonal(constructs, axis1=1, axis2=2)
    own = np.diagonal(residual, axis1=1, axis2=2)
    usable = (variances > 0).all(axis=1) & (own >= 0).all(axis=1)
    usable[usable] &= np.linalg.eigvalsh(constructs[usable])[:, 0] > 0
    if usable.mean() < _FEWEST:
        few = "the estimates have" if len(usable) == 1 else f"{(~usable).sum()} of {len(usable)} draws of them have"
        raise NotIdentified(f"measurement: of the parameters {few} a negative variance; such a fit measures nothing")
    scale = np.sqrt(variances[usable])
    moments = fit.moments[place]
    return Measurement(
        items,
        fit.names,
        loadings[usable] * scale[:, None, :],
        constructs[usable] / (scale[:, :, None] * scale[:, None, :]),
        residual[usable],
        np.zeros(len(items)) if moments.mean is None else moments.mean,
    )
