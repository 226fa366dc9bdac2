"""The posterior beside a known truth: it is found, and intervals hold it as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from pls_populations import CONSTRUCTS, PATHS, factors

import cxmodels.loyalty.bayes.fit as engine
from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.bayes.fit import fit_bayes

POPULATION = factors()
RESPONDENTS = 300


def held(replications: int, first_seed: int = 0) -> np.ndarray:
    """Whether the interval of 90 % of each path and loading holds the truth: (replications, 3 paths + 8 loadings)."""
    model = POPULATION.model
    found = []
    for seed in range(first_seed, first_seed + replications):
        moments = as_moments(POPULATION.sample(RESPONDENTS, np.random.default_rng(seed)), model.items)
        drawn = fit_bayes(model, moments, chains=2, size=1000, seed=seed).draws.standardised
        place = drawn.names.index
        drawn_paths = [drawn.paths[:, place(target), place(source)] for target, source in PATHS]
        both = np.stack([*drawn_paths, *np.moveaxis(drawn.loadings.sum(2), 1, 0)])
        low, high = np.quantile(both, (0.05, 0.95), axis=1)
        truth = np.concatenate([list(PATHS.values()), POPULATION.items])
        found.append((low <= truth) & (truth <= high))
    return np.array(found)


def test_intervals_hold_the_truth_about_as_often_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DRAWS", (150,))
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 150)
    assert 0.78 <= held(4).mean() <= 0.99


@pytest.mark.slow
def test_intervals_of_90_percent_hold_the_truth_in_86_to_94_percent_of_200_surveys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # chains are not drawn again, so that the seconds stay few
    monkeypatch.setattr(engine, "DRAWS", (500,))
    share = held(200, 1000).mean(0)
    paths, loadings = share[: len(PATHS)], share[len(PATHS) :]
    assert ((paths >= 0.86) & (paths <= 0.94)).all(), share.round(3)
    # one of eight would be outside by chance; together they are 1,600 intervals
    assert 0.88 <= loadings.mean() <= 0.92, share.round(3)


def test_of_many_respondents_the_truth_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DRAWS", (150,))
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 150)
    model = POPULATION.model
    moments = given_moments(POPULATION.covariance, 1_000_000, items=model.items)
    fit = fit_bayes(model, moments, chains=2)
    place = fit.names.index
    for (target, source), truth in PATHS.items():
        assert fit.path_matrix()[place(target), place(source)] == pytest.approx(truth, abs=0.005)
    np.testing.assert_allclose(fit.construct_covariance(), CONSTRUCTS, atol=0.005)
    np.testing.assert_allclose(fit.draws.standardised.loadings.mean(0).sum(1), POPULATION.items, atol=0.005)
