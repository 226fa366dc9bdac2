"""NUTS on a density: it draws from it, says where it cannot, and its chains are told apart and mixed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cxmodels.sampling import Chains, diagnosed, evenly, sample


def normal(point: np.ndarray, *, sd: np.ndarray) -> tuple[float, np.ndarray]:
    """Log density of independent normals, and its gradient."""
    return -float(((point / sd) ** 2).sum()) / 2, -point / sd**2


def test_it_draws_from_the_density_for_the_data_given() -> None:
    sd = np.array([0.5, 2.0])
    drawn = sample(normal, {"sd": sd}, 2, error=ValueError, draws=600, chains=2, tune=200, seed=1)
    assert drawn.points.shape == (2, 600, 2)
    assert drawn.divergences == 0
    np.testing.assert_allclose(drawn.mixed.std(0), sd, rtol=0.12)
    r_hat, ess = diagnosed(drawn.points)
    assert (r_hat < 1.03).all()
    assert (ess > 200).all()


def test_without_a_place_to_start_it_raises_the_error_it_was_given() -> None:
    with pytest.raises(ArithmeticError, match="NUTS could not start or go on"):
        sample(lambda point: (math.nan, point), {}, 1, error=ArithmeticError, draws=10, chains=2)


def test_chains_that_stay_apart_are_told() -> None:
    random = np.random.default_rng(2)
    apart = random.standard_normal((2, 300, 1)) + np.array([0.0, 4.0])[:, None, None]
    assert diagnosed(apart)[0][0] > 1.5
    assert diagnosed(apart - apart.mean(1, keepdims=True))[0][0] < 1.02


def test_mixed_draws_take_all_chains_in_turn_and_thinning_is_even() -> None:
    chains = Chains(np.arange(6.0).reshape(2, 3, 1), 0)
    assert chains.mixed.ravel().tolist() == [0, 3, 1, 4, 2, 5]
    assert evenly(np.arange(11), 3).tolist() == [0, 5, 10]
    assert evenly(np.arange(2), 3).tolist() == [0, 1]
