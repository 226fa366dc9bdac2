"""Importance sampling: densities whose moments and evidence are known, and what happens where it cannot work."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from cxmodels.clv.errors import NotConverged
from cxmodels.clv.posteriors.importance import importance_posterior, systematic
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior
from cxmodels.clv.posteriors.split_t import SplitT


@dataclass(frozen=True)
class Plain:
    """A model whose parameters are its coordinates."""

    parameters: tuple[str, ...] = ("x", "y")
    name = "plain"
    title = "Plain"

    @property
    def coordinates(self) -> tuple[str, ...]:
        return self.parameters

    def theta(self, coordinates: np.ndarray) -> np.ndarray:
        return coordinates

    def unbounded(self, theta: np.ndarray) -> np.ndarray:
        return theta


PRIOR = Prior(("x", "y"), np.array([1.0, 0.0]), np.array([2.0, 0.5]))
SEEN, ERROR = np.array([-1.0, 0.3]), np.array([0.5, 1.0])


def normal(theta: np.ndarray) -> np.ndarray:
    """Of one observation of each coordinate, with known errors."""
    away = (theta - SEEN) / ERROR
    return -0.5 * (away**2).sum(1) - np.log(ERROR).sum() - math.log(2 * math.pi)


def test_a_conjugate_posterior_has_its_mean_sd_and_evidence() -> None:
    drawn = importance_posterior(Plain(), normal, PRIOR, size=20_000, seed=1)
    precision = 1 / PRIOR.sd**2 + 1 / ERROR**2
    mean = (PRIOR.centre / PRIOR.sd**2 + SEEN / ERROR**2) / precision
    summary = drawn.summary()
    error = 5 / np.sqrt(precision * drawn.ess)
    assert (np.abs(summary["mean"] - mean) < error).all()
    assert (np.abs(summary["sd"] - 1 / np.sqrt(precision)) < error).all()
    total = np.hypot(PRIOR.sd, ERROR)
    evidence = (-0.5 * ((SEEN - PRIOR.centre) / total) ** 2 - np.log(total) - 0.5 * math.log(2 * math.pi)).sum()
    assert drawn.log_evidence == pytest.approx(evidence, abs=0.02)
    assert drawn.k_hat < 0.5
    assert drawn.rounds == 2
    assert drawn.fell_back == ""


def test_a_skewed_posterior_is_not_taken_for_its_normal_approximation() -> None:
    # the logarithm of a Gamma(0.5, 1) variable, far from normal: mean ψ(.5), variance ψ'(.5)
    def log_gamma(theta: np.ndarray) -> np.ndarray:
        return (0.5 * theta - np.exp(theta)).sum(1)

    flat = Prior(("x", "y"), np.zeros(2), np.full(2, 1e4))
    drawn = importance_posterior(Plain(), log_gamma, flat, start=np.zeros(2), size=20_000, seed=2)
    assert drawn.draws["x"].mean() == pytest.approx(-1.96351, abs=0.25)
    assert drawn.draws["y"].var() == pytest.approx(math.pi**2 / 2, rel=0.2)
    assert drawn.rounds > 2


def test_draws_are_the_same_for_a_seed_and_in_random_order() -> None:
    one, again = (importance_posterior(Plain(), normal, PRIOR, seed=3).draws for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(importance_posterior(Plain(), normal, PRIOR, seed=4).draws)
    # neighbours are unrelated: 1/√1000 is the standard error
    assert abs(np.corrcoef(one["x"][:-1], one["x"][1:])[0, 1]) < 4 / math.sqrt(1000)


def test_a_large_table_is_given_fewer_proposals_and_keeps_four_hundred_effective_ones() -> None:
    proposed = []

    def likelihood(theta: np.ndarray) -> np.ndarray:
        proposed.append(len(theta))
        return normal(theta)

    drawn = importance_posterior(Plain(), likelihood, PRIOR, rows=500_000, seed=5)
    assert max(proposed) == 1000
    assert drawn.ess >= 400
    assert len(drawn.draws) == 1000


def funnel(theta: np.ndarray) -> np.ndarray:
    """Neal's: the spread of y is e^x, so that no one width of a proposal fits."""
    x, y = theta.T
    return -0.5 * (x / 3) ** 2 - 0.5 * (y * np.exp(-x)) ** 2 - x


FLAT = Prior(("x", "y"), np.zeros(2), np.full(2, 1e6))


def test_weights_that_are_not_to_be_believed_hand_over_and_say_why() -> None:
    instead = Posterior(pd.DataFrame({"x": [1.0], "y": [2.0]}), "nuts", math.nan, 800.0, r_hat=1.0)
    drawn = importance_posterior(Plain(), funnel, FLAT, otherwise=lambda: instead)
    assert drawn.engine == "nuts"
    assert drawn.fell_back.startswith("NUTS took over. Plain: the posterior: importance weights with a Pareto shape of")
    assert drawn.draws is instead.draws
    with pytest.raises(NotConverged, match=r"a Pareto shape of \d\.\d\d \(at most 0\.7\)"):
        importance_posterior(Plain(), funnel, FLAT)


def test_a_posterior_without_a_mode_hands_over_and_says_why() -> None:
    instead = Posterior(pd.DataFrame({"x": [1.0], "y": [2.0]}), "nuts", math.nan, 800.0)

    def nowhere(theta: np.ndarray) -> np.ndarray:
        return np.full(len(theta), -np.inf)

    assert "not finite around" in importance_posterior(Plain(), nowhere, PRIOR, otherwise=lambda: instead).fell_back
    with pytest.raises(NotConverged, match="not finite around"):
        importance_posterior(Plain(), nowhere, PRIOR)


def test_a_bad_start_is_left_for_the_middle_of_the_prior() -> None:
    drawn = importance_posterior(Plain(), normal, PRIOR, start=np.array([np.nan, 0.0]), seed=6)
    np.testing.assert_array_equal(drawn.theta, importance_posterior(Plain(), normal, PRIOR, seed=6).theta)


def test_proposals_without_a_split_are_those_of_scipy() -> None:
    from scipy.stats import multivariate_t

    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    drawn, log_density = SplitT.around(np.array([1.0, 2.0]), covariance).drawn(50, np.random.default_rng(7))
    np.testing.assert_allclose(log_density, multivariate_t([1.0, 2.0], covariance, df=5).logpdf(drawn))


def test_split_proposals_have_their_spread_on_either_side_and_a_density_that_integrates_to_one() -> None:
    random = np.random.default_rng(10)
    skewed = np.column_stack([np.exp(random.standard_normal(4000)), random.standard_normal(4000)])
    proposal = SplitT.fitted(skewed, np.full(4000, 1 / 4000))
    assert proposal.centre == pytest.approx(np.median(skewed, axis=0), abs=0.1)
    # the long axis of the two is that of the log-normal
    (up, down), ahead = (proposal.above[-1], proposal.below[-1]), np.sign(proposal.axes[0, -1])
    assert (up / down) ** ahead > 2.5
    drawn, log_density = proposal.drawn(200_000, random)
    # the mean weight of a normal density is 1
    weights = np.exp(-0.5 * (drawn**2).sum(1) - math.log(2 * math.pi) - log_density)
    assert weights.mean() == pytest.approx(1, abs=5 * weights.std() / math.sqrt(200_000))


def test_systematic_resampling_takes_each_as_often_as_its_weight_says_but_for_one() -> None:
    weights = np.random.default_rng(8).dirichlet(np.ones(40))
    taken = np.bincount(systematic(weights, 1000, np.random.default_rng(9)), minlength=40)
    assert (np.abs(taken - 1000 * weights) < 1).all()
