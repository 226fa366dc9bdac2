"""A posterior by adaptive importance sampling: from Laplace's approximation to equally weighted draws."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxmodels.clv.errors import NotConverged
from cxmodels.clv.models.model import Array, Likelihood, ParameterModel
from cxmodels.clv.posteriors.laplace import LogDensity, Maximum, maximise
from cxmodels.clv.posteriors.moved import moved
from cxmodels.clv.posteriors.pareto_smoothing import SmoothedWeights, pareto_smoothed
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior
from cxmodels.clv.posteriors.split_t import SplitT

ROUNDS = 4
"""The most rounds of adaptation."""
GOOD_K, GOOD_EFFICIENCY = 0.5, 0.5
"""A Pareto shape, and an effective sample size a draw, with which adapting ends."""
WORST_K, FEWEST = 0.7, 100
"""With a larger Pareto shape, or a smaller effective sample size, the weights are not believed."""
PILOT, PROPOSED, PROPOSED_LARGE, LARGE = 500, 2000, 1000, 100_000
"""Draws of a round that adapts; of the last one; and of the last one for tables of so many rows, where a draw is dear
and the posterior nearly normal: they leave an effective sample size of about 700."""
SEED = 20050924


@dataclass(frozen=True, eq=False)
class Round:
    """One set of proposals with their weights."""

    coordinates: Array
    weights: SmoothedWeights

    @property
    def log_evidence(self) -> float:
        """Logarithm of the mean weight."""
        log_weights = self.weights.log_weights
        top = float(log_weights.max())
        return top + math.log(float(np.exp(log_weights - top).mean()))


def importance_posterior(
    model: ParameterModel,
    likelihood: Likelihood,
    prior: Prior,
    *,
    start: Array | None = None,
    rows: int = 0,
    size: int = 1000,
    seed: int = SEED,
    near: Posterior | None = None,
    otherwise: Callable[[], Posterior] | None = None,
) -> Posterior:
    """Draw from a posterior in a few unbounded coordinates.

    Parameters
    ----------
    model
        Its names and the way from coordinates to parameters.
    likelihood
        Of the counts: (draws, parameters) → (draws,).
    prior
        Of the coordinates.
    start
        (parameters,) where to start looking for the mode, such as the maximum of the likelihood; the middle of the
        prior where nothing is given.
    rows
        Rows of the table behind the likelihood; from `LARGE` on fewer draws are proposed.
    size
        Draws of the result.
    seed
        Of the proposals and of the resampling.
    near
        The posterior given much the same counts, such as those of a month later: `moved` to this one's mode, it stands
        for draws of its own.
    otherwise
        What to do where the weights are not to be believed; its posterior is returned and says so.

    Returns
    -------
    Posterior
        Equally weighted draws in random order, from the smoothed weights by systematic resampling.

    Raises
    ------
    NotConverged
        When the weights are not to be believed, or no mode was found, and there is no other way.

    Notes
    -----
    Proposals are Student t, first around the mode with the curvature there (Tierney & Kadane 1986), then with the
    centre, the axes and the spread to either side (Geweke 1989) of the weighted draws of the round before (adaptive
    importance sampling: Cappé et al. 2008). Rounds of `PILOT` draws adapt until the Pareto shape k̂ of the weights is at
    most `GOOD_K` and half of the draws are effective; a long one follows. Weights are Pareto-smoothed (Vehtari et al.
    2024). The last round is used, whatever its shape: choosing among rounds would choose the luckiest tail.
    """

    def log_density(coordinates: Array) -> Array:
        return likelihood(model.theta(coordinates)) + prior.log_density(coordinates)

    what = f"{model.title}: the posterior"
    try:
        mode = posterior_mode(log_density, model, prior, start, what)
        if near is not None and near.mode is not None:
            return moved(model, near, mode, size)
        # twice as many as are asked for: a hundred draws of an earlier month need no thousands of proposals
        proposed = min(PROPOSED_LARGE if rows >= LARGE else PROPOSED, max(2 * size, PILOT))
        rounds = adapted(log_density, SplitT.around(mode.point, mode.covariance), proposed, seed)
    except NotConverged as error:
        if otherwise is None:
            raise
        return _instead(otherwise, str(error))
    last = rounds[-1]
    k_hat, ess = last.weights.k_hat, last.weights.ess
    if not believed(last.weights):
        reason = (
            f"{what}: importance weights with a Pareto shape of {k_hat:.2f} (at most {WORST_K}) and an effective "
            f"sample size of {ess:.0f} (at least {FEWEST}) after {len(rounds)} rounds"
        )
        if otherwise is None:
            raise NotConverged(reason)
        return _instead(otherwise, reason)
    chosen = systematic(last.weights.weights, size, np.random.default_rng([seed, 1]))
    draws = pd.DataFrame(model.theta(last.coordinates[chosen]), columns=list(model.parameters))
    return Posterior(draws, "importance", k_hat, ess, rounds=len(rounds), log_evidence=last.log_evidence, mode=mode)


def posterior_mode(
    log_density: LogDensity, model: ParameterModel, prior: Prior, start: Array | None, what: str
) -> Maximum:
    """The mode, looked for from `start` and, where that leads nowhere, from the middle of the prior."""
    if start is not None:
        try:
            return maximise(log_density, model.unbounded(np.asarray(start, float)), what=what)
        except NotConverged:
            pass
    return maximise(log_density, prior.centre, what=what)


def adapted(log_density: LogDensity, proposal: SplitT, proposed: int, seed: int) -> list[Round]:
    """Rounds of importance sampling, each from the weighted draws of the one before; the last has `proposed` draws."""
    random = np.random.default_rng([seed, 0])
    rounds: list[Round] = []
    adapting = True
    while len(rounds) < ROUNDS:
        size = PILOT if adapting and len(rounds) < ROUNDS - 1 else proposed
        coordinates, log_proposal = proposal.drawn(size, random)
        values = log_density(coordinates)
        log_ratios = np.where(np.isfinite(values), values, -np.inf) - log_proposal
        if not np.isfinite(log_ratios).any():
            raise NotConverged("adaptive importance sampling: the log density is finite at none of the proposals")
        weights = pareto_smoothed(log_ratios)
        rounds.append(Round(coordinates, weights))
        if size == proposed and believed(weights):
            break
        adapting = adapting and (weights.k_hat > GOOD_K or weights.ess < GOOD_EFFICIENCY * size)
        # Where too few draws carry the weight to tell a spread: look further around.
        enough = weights.ess > 2 * coordinates.shape[1]
        proposal = SplitT.fitted(coordinates, weights.weights) if enough else proposal.wider
    return rounds


def believed(weights: SmoothedWeights) -> bool:
    """Whether estimates from these weights are to be relied on."""
    return weights.k_hat <= WORST_K and weights.ess >= FEWEST


def systematic(weights: Array, size: int, random: np.random.Generator) -> np.ndarray:
    """(size,) rows drawn with their weights, by evenly spaced points with one random start, in random order.

    Least noise among the usual ways (Douc, Cappé & Moulines 2005); the shuffle makes any stretch of them a sample.
    """
    points = (np.arange(size) + random.random()) / size
    chosen = np.searchsorted(np.cumsum(weights), points).clip(max=len(weights) - 1)
    return random.permutation(chosen)


def _instead(otherwise: Callable[[], Posterior], reason: str) -> Posterior:
    return replace(otherwise(), fell_back=f"NUTS took over. {reason}.")
