"""Partial least squares on populations whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from pls_populations import ITEMS, PATHS, Population, composites, factors

from cxmodels.loyalty.answers.blocks import Blocks
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.pls.bootstrap import bootstrap
from cxmodels.loyalty.pls.design import design_of
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.predict import predict_items
from cxmodels.loyalty.pls.statistics import Algorithm, statistics
from cxmodels.loyalty.syntax.path_model import PathModel


def moments_of(population: Population) -> Moments:
    return given_moments(population.covariance, 1000, items=ITEMS, mean=np.zeros(len(ITEMS)))


def paths_of(fit: PlsFit) -> list[float]:
    table = pd.DataFrame(fit.path_matrix(), fit.names, fit.names)
    return [table.loc[path] for path in PATHS]


def coverage(population: Population, *, samples: int, bootstraps: int, n: int, consistent: bool) -> NDArray[np.float64]:
    """Share of samples whose 90 % percentile intervals hold each true path."""
    generator, truth = np.random.default_rng(3), np.array(list(PATHS.values()))
    design, algorithm = design_of(population.model), Algorithm(consistent=consistent)
    path = tuple(np.array([[design.names.index(name) for name in path] for path in PATHS]).T)
    held = np.zeros(len(PATHS))
    for seed in range(samples):
        x = population.sample(n, generator).to_numpy()
        x = x - x.mean(axis=0)
        respondents = Blocks(design.items, np.ones(n), np.zeros(len(ITEMS)), x, x[:, :, None] * x[:, None, :], n)
        found = statistics((x.T @ x / n)[None], design, algorithm)
        drawn = bootstrap(respondents, found, design, algorithm, n=n, replications=bootstraps, seed=seed)
        low, high = np.quantile(drawn.drawn.paths[:, *path], (0.05, 0.95), axis=0)
        held += (low <= truth) & (truth <= high)
    return held / samples


def test_the_weights_and_paths_of_composites_are_found_in_their_population() -> None:
    population = composites()
    fit = fit_pls(population.model, moments_of(population))
    np.testing.assert_allclose(paths_of(fit), list(PATHS.values()), rtol=0, atol=1e-7)
    np.testing.assert_allclose(fit.weights["weight"], population.items, rtol=0, atol=1e-7)
    assert set(fit.estimates["op"]) == {"<~", "~"}


def test_consistent_estimates_find_the_paths_and_loadings_of_factors_that_scores_attenuate() -> None:
    population = factors()
    fit = fit_pls(population.model, moments_of(population), consistent=True)
    np.testing.assert_allclose(paths_of(fit), list(PATHS.values()), rtol=0, atol=1e-6)
    np.testing.assert_allclose(fit.loadings["loading"], population.items, rtol=0, atol=1e-6)
    assert fit.admissible
    plain = fit_pls(population.model, moments_of(population))
    assert paths_of(plain)[0] < 0.5
    assert (plain.loadings["loading"] > population.items).all()


def test_the_reliability_of_a_score_is_its_squared_correlation_with_the_factor() -> None:
    population = factors()
    fit = fit_pls(population.model, moments_of(population))
    weights, loadings = fit.weights.set_index("construct")["weight"], population.items[:3]
    assert fit.rho_a["Image"] == pytest.approx((weights["Image"].to_numpy() @ loadings) ** 2, abs=1e-6)


def test_a_path_of_standardised_single_items_is_their_correlation() -> None:
    sample = factors().sample(80, np.random.default_rng(5))
    fit = fit_pls(PathModel("l1 ~ i1"), sample)
    assert fit.names == ("l1", "i1")
    assert fit.path_matrix()[0, 1] == pytest.approx(np.corrcoef(sample["l1"], sample["i1"])[0, 1], abs=1e-12)


def test_paths_of_known_scores_are_their_regression() -> None:
    population = composites()
    sample = population.sample(200, np.random.default_rng(7))
    fit = fit_pls(population.model, sample)
    scores = fit.scores(sample)
    np.testing.assert_allclose(scores.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(ddof=0), 1, rtol=1e-12)
    both = scores[["Image", "Satisfaction"]].to_numpy()
    found = np.linalg.lstsq(both, scores["Loyalty"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(paths_of(fit)[1:], found, rtol=0, atol=1e-12)


def test_the_share_predicted_of_items_nears_what_the_paths_leave_to_predict() -> None:
    population = factors()
    sample = population.sample(20_000, np.random.default_rng(9))
    told = predict_items(fit_pls(population.model, sample), sample, folds=5, repeats=1)
    # What b times a score explains of an item that has covariance c with it, both of variance 1: 2bc - b².
    whole = fit_pls(population.model, moments_of(population))
    slope = paths_of(whole)[0] * whole.loadings["loading"].to_numpy()[3:5]
    covariance = whole.cross_loadings.loc[ITEMS[3:5], "Image"].to_numpy()
    found = told.items.set_index("construct").loc["Satisfaction", "q2"]
    np.testing.assert_allclose(found, 2 * slope * covariance - slope**2, rtol=0, atol=0.015)
    assert told.against_mean.high < 0


@pytest.mark.parametrize(("population", "consistent"), [(composites, False), (factors, True)])
def test_intervals_of_ninety_percent_hold_the_truth_as_often(
    population: Callable[[], Population], consistent: bool
) -> None:
    held = coverage(population(), samples=100, bootstraps=150, n=300, consistent=consistent)
    # three standard errors of a share of 100
    assert (np.abs(held - 0.9) < 0.09).all()


@pytest.mark.slow
@pytest.mark.parametrize(("population", "consistent"), [(composites, False), (factors, True)])
def test_intervals_of_ninety_percent_hold_the_truth_in_86_to_94_percent_of_samples(
    population: Callable[[], Population], consistent: bool
) -> None:
    # so many that one share in 1,000 lies outside by chance
    held = coverage(population(), samples=600, bootstraps=400, n=400, consistent=consistent)
    assert ((held >= 0.86) & (held <= 0.94)).all()


def test_items_that_are_no_measures_of_one_factor_leave_its_paths_open_and_say_so() -> None:
    # The two items of Image oppose each other, yet both go with Loyalty: no loadings do that.
    covariance = np.array([[1, -0.5, 0.3], [-0.5, 1, 0.3], [0.3, 0.3, 1]])
    given = given_moments(covariance, 100, items=["i1", "i2", "l1"])
    fit = fit_pls(PathModel("Image =~ i1 + i2\nl1 ~ Image"), given, consistent=True, bootstraps=50)
    assert fit.rho_a["Image"] < 0
    assert not fit.admissible
    assert fit.bootstrap is not None
    assert fit.bootstrap.inadmissible == 50
    path = fit.estimates.set_index("op").loc["~"]
    assert path[["coef", "se", "low", "high"]].isna().all()
    assert fit.r2["r2"].isna().all()
