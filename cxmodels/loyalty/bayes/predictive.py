"""Whether answers that a posterior predicts would be as far from the model as those that were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.path_fit import Array


def predictive_p(moments: Moments, implied: Array, *, seed: int) -> float:
    """The posterior predictive p-value of the covariances.

    Parameters
    ----------
    moments
        Of the items.
    implied
        (draws, items, items) covariances of the model.
    seed
        Of the answers that are drawn, one set a draw.

    Notes
    -----
    Gelman, Meng & Stern (1996) with the discrepancy (N - 1) (log|Σ| + tr(S Σ^-1) - log|S| - p), S unbiased (Scheines,
    Hoijtink & Boomsma 1999; Levy 2011). Of predicted answers S has a Wishart distribution around Σ, so that the
    discrepancy does not depend on Σ: by Bartlett's decomposition log|W| is a sum of logarithms of chi² and tr W one of
    chi².
    """
    degrees, draws, items = moments.n - 1, len(implied), implied.shape[1]
    covariance = moments.covariance * moments.n / degrees
    log_determinants = np.linalg.slogdet(implied)[1]
    traces = np.trace(np.linalg.solve(implied, np.broadcast_to(covariance, implied.shape)), axis1=1, axis2=2)
    seen = log_determinants + traces - np.linalg.slogdet(covariance)[1] - items
    random = np.random.default_rng([seed, 1])
    diagonal = random.chisquare(degrees - np.arange(items), (draws, items))
    below = random.chisquare(items * (items - 1) / 2, draws) if items > 1 else np.zeros(draws)
    total = (diagonal.sum(1) + below) / degrees
    predicted = total - np.log(diagonal / degrees).sum(1) - items
    return float((predicted >= seen).mean())
