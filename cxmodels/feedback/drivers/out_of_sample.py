"""How well a score tells who leaves among customers that the model has not seen, from counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

FOLDS = 10
_RIDGE = 1e4
"""As good as none (scikit-learn's C); keeps the slope finite where a score parts stayers and leavers wholly."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Discrimination and log-loss out of sample, and in resamples of blocks.

    Attributes
    ----------
    auc
        Chance that of a leaver and a stayer of one fold the leaver had the higher predicted risk; ties count half.
    log_loss
        Mean of -log of the chance given to what came.
    gain
        By how much that is less than for the share that left among the others.
    auc_drawn, gain_drawn
        (draws,) in resamples.
    """

    auc: float
    log_loss: float
    gain: float
    auc_drawn: Array
    gain_drawn: Array


def accuracy(counts: Array, levels: Array, times: Array, folds: int = FOLDS) -> Accuracy:
    """Predict each fold of blocks from the others, and judge.

    Parameters
    ----------
    counts
        (blocks, levels, 2) answers of stayers and leavers; all answers of a customer in one block.
    levels
        (levels,) values of the score.
    times
        (draws, blocks) how often each block stands in a resample; the same for scores that are to be compared.
    folds
        Block b belongs to fold b mod `folds`.

    Notes
    -----
    Logistic regression on the score. Predictions are not fitted anew in the resamples. The area under the curve pairs
    answers of one fold only: chances of different folds come from different fits.
    """
    fold = np.arange(len(counts)) % folds
    draws = np.vstack([np.ones(len(counts)), times])
    pairs, concordant, loss, plain, n = (np.zeros(len(draws)) for _ in range(5))
    for each in range(folds):
        mine = fold == each
        others = counts[~mine].sum(axis=0)
        if not (counts[mine].any() and others.sum(axis=0).all()):
            continue
        chance = _chances(others, levels)
        share = others[:, 1].sum() / others.sum()
        here = (draws[:, mine] @ counts[mine].reshape(mine.sum(), -1)).reshape(len(draws), -1, 2)
        stayed, left = here[..., 0], here[..., 1]
        # 1 where the leaver's chance is the higher, half where equal
        above = (chance[:, None] > chance) + 0.5 * (chance[:, None] == chance)
        concordant += (left @ above * stayed).sum(axis=1)
        pairs += left.sum(axis=1) * stayed.sum(axis=1)
        loss -= left @ np.log(chance) + stayed @ np.log1p(-chance)
        plain -= left.sum(axis=1) * np.log(share) + stayed.sum(axis=1) * np.log1p(-share)
        n += here.sum(axis=(1, 2))
    # a resample without leavers has no pairs, and tells nothing
    auc = np.divide(concordant, pairs, out=np.full(len(pairs), 0.5), where=pairs > 0)
    gain = (plain - loss) / n
    return Accuracy(float(auc[0]), float(loss[0] / n[0]), float(gain[0]), auc[1:], gain[1:])


def _chances(counts: Array, levels: Array) -> Array:
    """(levels,) chance of leaving by logistic regression on (levels, 2) counts."""
    from sklearn.linear_model import LogisticRegression

    weight = counts.sum(axis=1)
    centre = np.average(levels, weights=weight)
    spread = np.sqrt(np.average((levels - centre) ** 2, weights=weight))
    scaled = ((levels - centre) / (spread or 1.0))[:, None]
    model = LogisticRegression(C=_RIDGE, solver="newton-cholesky")
    model.fit(np.vstack([scaled, scaled]), np.repeat([0, 1], len(levels)), counts.T.ravel())
    found: Array = model.predict_proba(scaled)[:, 1]
    return found
