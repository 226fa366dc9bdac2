"""Posteriors against the truth: simulation-based calibration, recovery, and weights that are to be believed.

Talts, Betancourt, Simpson, Vehtari & Gelman (2018), "Validating Bayesian inference algorithms with simulation-based
calibration": parameters drawn from the prior, customers drawn from them, and the rank of the truth among draws of the
posterior is uniform.
"""

from __future__ import annotations

import numpy as np
import pytest
from simulated_customers import customers, spenders

from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.model import ParameterModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.importance import importance_posterior
from cxmodels.clv.posteriors.nuts import nuts_posterior
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior, prior_of

WATCHED = (20.0, 40.0)
# close to CDNOW in weeks, and buyers in a rhythm of two steps
TRUTHS = {
    "bg_nbd": (0.6, 6.0, 0.9, 2.2),
    "mbg_nbd": (0.8, 6.0, 0.9, 2.6),
    "pareto_nbd": (0.6, 6.0, 0.6, 12.0),
    "mbg_cnbd_2": (1.5, 4.0, 0.8, 4.0),
    "gamma_gamma": (6.25, 3.74, 15.44),
}
DRAWS, BINS = 99, 10


def model_of(name: str) -> ParameterModel:
    return GammaGamma() if name == "gamma_gamma" else purchase_model(name)


def posterior(name: str, theta: np.ndarray, prior: Prior, number: int, seed: int) -> Posterior:
    """Return the posterior of so many customers drawn from these parameters, by NUTS where weights are not believed."""
    random, model = np.random.default_rng([2018, seed]), model_of(name)
    if name == "gamma_gamma":
        frame = spenders(*theta, 1.0 + random.geometric(0.35, number), random)
    else:
        kind, k = ("mbg_nbd", model.k) if isinstance(model, MbgCnbd) else (name, 1)
        frame = customers(kind, theta, random.uniform(*WATCHED, number), random, k=k)
    return importance_posterior(
        model,
        model.likelihood(frame),
        prior,
        seed=seed,
        otherwise=lambda: nuts_posterior(model, frame, prior, seed=seed),
    )


def ranks(name: str, times: int, number: int) -> np.ndarray:
    """Return (times, parameters) ranks of the truth among `DRAWS` draws: 0 … `DRAWS`."""
    model = model_of(name)
    centre = model.unbounded(np.array(TRUTHS[name]))
    prior = Prior(model.coordinates, centre, np.full(len(centre), 0.4))
    truths = model.theta(prior.drawn(times, seed=1))
    return np.array(
        [
            (posterior(name, truth, prior, number, seed).theta[:DRAWS] < truth).sum(0)
            for seed, truth in enumerate(truths)
        ]
    )


def assert_uniform(found: np.ndarray) -> None:
    from scipy.stats import chisquare

    for column in found.T:
        seen = np.bincount(column * BINS // (DRAWS + 1), minlength=BINS)
        # one of all these tests in about two hundred would fail by chance
        assert chisquare(seen).pvalue > 0.0005, seen


@pytest.mark.parametrize("name", ["bg_nbd", "gamma_gamma"])
def test_the_truth_ranks_anywhere_among_the_draws(name: str) -> None:
    assert_uniform(ranks(name, times=60, number=150))


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_ranks_anywhere_among_the_draws_of_every_model(name: str) -> None:
    assert_uniform(ranks(name, times=500, number=300))


def held(name: str, times: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how often 90 % limits held each parameter, and each parameter's mean error in standard deviations."""
    model, truth = model_of(name), np.array(TRUTHS[name])
    prior = prior_of(model, time=30.0, spend=35.0)
    inside, errors = [], []
    for seed in range(times):
        drawn = model.unbounded(posterior(name, truth, prior, number, 10_000 + seed).theta)
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        at = model.unbounded(truth)
        inside.append((low <= at) & (at <= high))
        errors.append((drawn.mean(0) - at) / drawn.std(0))
    return np.mean(inside, axis=0), np.mean(errors, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_parameters_are_recovered_from_two_hundred_companies(name: str) -> None:
    inside, errors = held(name, times=200, number=2000)
    # .9 ± 4 standard errors
    assert (np.abs(inside - 0.9) < 4 * np.sqrt(0.09 / 200)).all(), inside
    assert (np.abs(errors) < 0.3).all(), errors


@pytest.mark.parametrize("name", ["bg_nbd", "gamma_gamma"])
def test_parameters_are_recovered_from_some_companies(name: str) -> None:
    inside, errors = held(name, times=25, number=800)
    assert (np.abs(inside - 0.9) < 4 * np.sqrt(0.09 / 25)).all(), inside
    # a mean of 25 has a standard error of .2; the prior's pull comes on top
    assert (np.abs(errors) < 1.0).all(), errors


def by_nuts(name: str, sizes: tuple[int, ...], times: int) -> int:
    """Return how many of so many companies of each size had weights that were not to be believed."""
    model = model_of(name)
    prior, truth = prior_of(model, time=30.0, spend=35.0), np.array(TRUTHS[name])
    return sum(posterior(name, truth, prior, size, seed).engine == "nuts" for size in sizes for seed in range(times))


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "gamma_gamma"])
def test_weights_of_small_companies_are_to_be_believed(name: str) -> None:
    assert by_nuts(name, (50, 250, 1000), times=4) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_weights_of_two_hundred_small_companies_are_to_be_believed(name: str) -> None:
    # that of Pareto/NBD has a long bent ridge between dropping out soon and buying seldom
    assert by_nuts(name, (50, 100, 250, 500, 1000), times=40) <= (5 if name == "pareto_nbd" else 0)
