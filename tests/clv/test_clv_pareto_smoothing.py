"""Pareto smoothing: another implementation gives the same, and the shape is the one of the tail."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cxmodels.clv.posteriors.pareto_smoothing import generalised_pareto, pareto_smoothed


@pytest.mark.parametrize("size", [30, 600, 2000])
@pytest.mark.parametrize("spread", [0.3, 1.0, 2.5])
def test_arviz_smooths_the_same_weights_alike(size: int, spread: float) -> None:
    from arviz_stats.base import array_stats

    log_ratios = spread * np.random.default_rng(size).standard_normal(size) - 7.0
    theirs, k_hat = array_stats.psislw(-log_ratios)
    ours = pareto_smoothed(log_ratios)
    assert ours.k_hat == pytest.approx(float(k_hat), abs=1e-10)
    # theirs sum to 1
    np.testing.assert_allclose(ours.weights, np.exp(theirs), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_of_a_long_pareto_tail_is_found(shape: float) -> None:
    uniform = np.random.default_rng(1).random(20_000)
    excess = np.sort(2.0 * np.expm1(-shape * np.log1p(-uniform)) / shape)
    found, scale = generalised_pareto(excess)
    # standard errors (1 + shape) / √20000 and about 2 √(2 (1 + shape)) / √20000
    assert found == pytest.approx(shape, abs=4 * (1 + shape) / math.sqrt(20_000))
    assert scale == pytest.approx(2.0, abs=0.12)


def test_a_proposal_with_lighter_tails_than_its_target_is_found_out() -> None:
    # normal proposals with a fifth of the target's spread: the shape is 1 - 1/25
    drawn = np.random.default_rng(2).standard_normal(4000)
    assert pareto_smoothed(12 / 25 * drawn**2).k_hat > 0.7
    # the other way round the ratios are bounded
    assert pareto_smoothed(-12 * drawn**2).k_hat < 0.3


def test_smoothing_lowers_no_more_than_the_largest_ratio_and_keeps_the_scale() -> None:
    log_ratios = 3 * np.random.default_rng(4).standard_normal(1000)
    smoothed = pareto_smoothed(log_ratios).log_weights
    assert smoothed.max() <= log_ratios.max()
    rest = np.argsort(log_ratios)[:800]
    np.testing.assert_array_equal(smoothed[rest], log_ratios[rest])
    np.testing.assert_allclose(pareto_smoothed(log_ratios + 500).log_weights, smoothed + 500)


def test_impossible_draws_weigh_nothing() -> None:
    log_ratios = np.random.default_rng(5).standard_normal(1000)
    log_ratios[::2] = -np.inf
    smoothed = pareto_smoothed(log_ratios)
    assert (smoothed.weights[::2] == 0).all()
    assert smoothed.weights.sum() == pytest.approx(1)
    assert smoothed.ess < 500


@pytest.mark.parametrize("log_ratios", [np.arange(10.0), np.zeros(1000)], ids=["few", "all alike"])
def test_where_no_tail_can_be_told_the_shape_is_infinite(log_ratios: np.ndarray) -> None:
    smoothed = pareto_smoothed(log_ratios)
    assert smoothed.k_hat == math.inf
    np.testing.assert_array_equal(smoothed.log_weights, log_ratios)
