"""The covariance of the coefficients where customers depend on one another, or the model holds only on average."""

from __future__ import annotations

import numpy as np

from cxmodels.churn.models.design import Codes
from cxmodels.churn.models.partial_likelihood import PartialLikelihood, passed
from cxmodels.churn.models.risk_sets import Array

_CHUNK = 1 << 16


def sandwich(at: PartialLikelihood, covariance: Array, cluster: Codes | None = None) -> Array:
    """(q, q) covariance of Lin & Wei: the coefficients' covariance around the sum of squares of the score residuals.

    Parameters
    ----------
    at
        The partial likelihood at the estimate.
    covariance
        (q, q) inverse of the information there.
    cluster
        (R,) the cluster of each row, in the order of the risk sets: residuals are summed in it before they are
        squared. Default: every customer is one, a count of n being n of them.

    Notes
    -----
    Lin & Wei (1989), JASA 84; with Efron's ties as in R's survival.
    """
    sets, width = at.sets, at.sets.columns.shape[1]
    meat = np.zeros((width, width))
    groups = 0 if cluster is None else int(cluster.max(initial=-1)) + 1
    by_cluster = np.zeros((groups, width))
    level = passed(sets, at.hazard)
    pull = np.concatenate([np.zeros((1, width)), at.pull.cumsum(axis=0)])
    time = sets.stop[sets.left] - 1
    level[sets.left] -= at.thinned[time]
    late = len(sets.late) > 0 or len(sets.bounds) > 2
    thinned_pull = at.squares[1][:, None] * at.first - at.squares[2][:, None] * at.first_left
    # what a row that leaves adds: its columns less their mean over the risk set, averaged over the order of the ties
    mean = (at.hazard[:, None] * at.first - at.thinned[:, None] * at.first_left) / sets.left_size[:, None]
    for start in range(0, len(sets.columns), _CHUNK):
        rows = slice(start, start + _CHUNK)
        columns, risk = sets.columns[rows], at.risk[rows, None]
        residual = pull[sets.stop[rows]] - columns * level[rows, None]
        if late:
            residual -= pull[sets.start[rows]]
        first, last = np.searchsorted(sets.left, [start, start + _CHUNK])
        gone, when = sets.left[first:last] - start, time[first:last]
        residual[gone] -= thinned_pull[when]
        residual *= risk
        residual[gone] += columns[gone] - mean[when]
        residual *= sets.weight[rows, None]
        if cluster is None:
            meat += residual.T @ (residual * sets.count[rows, None])
        else:
            np.add.at(by_cluster, cluster[rows], residual * sets.count[rows, None])
    if cluster is not None:
        meat = by_cluster.T @ by_cluster
    return covariance @ meat @ covariance
