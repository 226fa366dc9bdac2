"""Draws of a true score given the answers, and intervals from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.estimates.spread import Spread, spread_of

_NODES, _HALVINGS = 48, 24
type Array = NDArray[np.float64]

DRAWS = 40_000
JEFFREYS = 0.5
"""Prior answers of each kind, against, neither and for."""
ADJUSTED = np.array([0.75, 1.5, 0.75])
"""Answers against, neither and for that adjusted Wald adds (Rocks 2016, arXiv 1601.07235)."""
OF_A_SHARE = 2.0
"""Answers of each kind that it adds to a share (Agresti & Coull 1998, The American Statistician 52)."""


def score_draws(counts: ScoreCounts, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Draw the true score of every group.

    Parameters
    ----------
    counts
        Of `score_counts`, `counts_of` or `given_counts`.
    draws
        How many.
    seed
        Of the draws; the same seed draws the same.

    Returns
    -------
    numpy.ndarray
        (groups, draws): nps and cxi from -1 to 1, csat and ces from 0 to 1. Groups are independent.

    Notes
    -----
    Dirichlet with half an answer of each kind more than there are (Jeffreys); csat and ces are its binary case, the
    Beta. Answers that are weighted or of the same customers count as many as they are worth (`spread_of`). The marks of
    cxi are means of up to three answers: normal about the adjusted score, within -1 to 1.
    """
    found = spread_of(counts)
    random = np.random.default_rng(seed)
    if counts.metric == "cxi":
        centre, error = adjusted(found, counts.net)
        return np.clip(random.normal(centre[:, None], error[:, None], (len(centre), draws)), -1, 1)
    kinds = found.effective if counts.net else found.effective[:, 1:]
    gammas = random.standard_gamma(kinds[:, None, :] + JEFFREYS, (len(kinds), draws, kinds.shape[1]))
    against = gammas[:, :, 0] if counts.net else 0.0
    return (gammas[:, :, -1] - against) / gammas.sum(axis=2)


def score_quantiles(counts: ScoreCounts, tails: Sequence[float]) -> Array:
    """Quantiles of what `score_draws` draws for nps, csat and ces, without drawing.

    Parameters
    ----------
    counts
        Of one of these metrics.
    tails
        Probabilities.

    Returns
    -------
    numpy.ndarray
        (groups, tails), exact to 1e-5, from ten answers on where a kind has none to .002.

    Notes
    -----
    p - d = (1 - s)(2u - 1) with the passive share s and u = p/(p + d) independent Betas; over s by Gauss-Legendre.
    """
    from scipy.special import betainc, betaincinv

    against, neither, favour = (spread_of(counts).effective + JEFFREYS).T
    probability = np.asarray(tails, float)
    if not counts.net:
        favourable = favour[:, None]
        return betaincinv(favourable, (against + neither)[:, None] - JEFFREYS, probability)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    taken = betaincinv(neither[:, None], (against + favour)[:, None], (nodes + 1) / 2)[:, None, :]
    low = np.full((len(favour), len(probability)), -1.0)
    high = -low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        share = np.clip((1 + middle[:, :, None] / np.maximum(1 - taken, 1e-300)) / 2, 0, 1)
        below = betainc(favour[:, None, None], against[:, None, None], share) @ weights / 2 < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def jeffreys(counts: ScoreCounts) -> tuple[Array, Array]:
    """(groups,) mean and sd of what `score_draws` draws, exact: (α_p - α_d)/A and [(α_p + α_d)/A - mean²]/(A + 1)."""
    found = spread_of(counts)
    if counts.metric == "cxi":
        return adjusted(found, counts.net)
    alpha = (found.effective if counts.net else found.effective[:, 1:]) + JEFFREYS
    total = alpha.sum(axis=1)
    against = alpha[:, 0] if counts.net else np.zeros(len(alpha))
    mean = (alpha[:, -1] - against) / total
    return mean, np.sqrt(((alpha[:, -1] + against) / total - mean**2) / (total + 1))


def adjusted(found: Spread, net: bool) -> tuple[Array, Array]:
    """(groups,) score and standard error with `ADJUSTED` added to the answers; of a share (not `net`), `OF_A_SHARE`.

    The variance of one answer is what the variance of the score says it is, so that it holds for marks between -1 and
    1 as well.
    """
    n = found.n
    if not net:
        centre = (n * found.score + OF_A_SHARE) / (n + 2 * OF_A_SHARE)
        return centre, np.sqrt(centre * (1 - centre) / (n + 2 * OF_A_SHARE))
    total = n + ADJUSTED.sum()
    centre = n * found.score / total
    squares = n * (n * found.variance + found.score**2) + ADJUSTED[0] + ADJUSTED[2]
    return centre, np.sqrt(np.maximum(squares / total - centre**2, 0) / total)
