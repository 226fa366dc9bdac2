"""Whitened groups: standard normal where likelihoods are quadratic, exact where not; the slope is that of the value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxmodels.clv.posteriors.given_spread import GivenSpread, given_spread
from cxmodels.clv.posteriors.peaks import peaks

SIZE, GROUPS = 3, 4
CENTRE, SD = np.array([0.5, -1.0, 2.0]), np.array([1.0, 1.5, 0.7])
DIRECTIONS = np.array([[1.0, 0.0, 0.0], [1.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
DATA = {
    "centre": CENTRE, "sd": SD, "near": np.array([0.3, 0.1, -0.2]), "root": np.eye(SIZE),
    "spread": np.array([0.5, 0.4, 0.6]), "directions": DIRECTIONS, "groups": np.zeros(GROUPS),
}  # fmt: skip


def informed(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(groups, 3) where groups lie along the directions and (groups, 3, 3) curvatures, from nearly none to 10 000."""
    random = np.random.default_rng(seed)
    roots = random.standard_normal((GROUPS, SIZE, SIZE)) * np.array([0.1, 1.0, 10.0, 100.0])[:, None, None]
    return random.normal([0.5, 1.5, 2.0], 0.3, (GROUPS, SIZE)), roots @ roots.swapaxes(1, 2)


class Hierarchy:
    """The density of groups with normal likelihoods, plus `bent` times a fourth power which is none."""

    def __init__(self, seed: int, bent: float = 0.0) -> None:
        self.place, self.curvature = informed(seed)
        self.bent = bent

    def __call__(self, joined: np.ndarray, **data: np.ndarray) -> tuple[float, np.ndarray]:
        white, log_spread = joined[:SIZE], joined[SIZE : 2 * SIZE]
        z = joined[2 * SIZE :].reshape(SIZE, GROUPS).T
        point = data["near"] + data["root"] @ white
        t, inverse = data["spread"] * np.exp(log_spread), np.linalg.inv(data["directions"])
        away = inverse @ (data["centre"] + data["sd"] * point) + t * z - self.place
        pulled = -np.einsum("gij,gj->gi", self.curvature, away) - 4 * self.bent * away**3
        value = -np.einsum("gi,gij,gj->", away, self.curvature, away) / 2 - self.bent * (away**4).sum()
        value += -(z**2).sum() / 2 - (point**2).sum() / 2 + (log_spread - np.exp(2 * log_spread) / 2).sum()
        d_point = data["sd"] * (inverse.T @ pulled.sum(0)) - point
        d_log = t * (pulled * z).sum(0) + 1 - np.exp(2 * log_spread)
        return value, np.concatenate([data["root"].T @ d_point, d_log, (pulled * t - z).T.ravel()])


def points(white: GivenSpread, size: int) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.8, (size, (2 + len(white.pull)) * SIZE))


def test_with_quadratic_likelihoods_what_is_left_is_standard_normal_whatever_the_spreads() -> None:
    density = Hierarchy(1)
    white = given_spread(density, DATA)
    away = []
    for point in points(white, 12):
        point[:SIZE] *= 3
        # Written apart: the place of each group is normal around the prior's centre, with what all groups share.
        spread = DATA["spread"] * np.exp(point[:SIZE])
        inverse = np.linalg.inv(DIRECTIONS)
        common = np.tile(inverse @ np.diag(SD**2) @ inverse.T, (GROUPS, GROUPS))
        own = [np.diag(spread**2) + np.linalg.inv(curvature) for curvature in density.curvature]
        for group, block in enumerate(own):
            part = slice(group * SIZE, (group + 1) * SIZE)
            common[part, part] += block
        marginal = stats.multivariate_normal(np.tile(inverse @ CENTRE, GROUPS), common)
        expected = marginal.logpdf(density.place.ravel()) - (point[SIZE:] ** 2).sum() / 2
        expected += (point[:SIZE] - np.exp(2 * point[:SIZE]) / 2).sum()
        away.append(white(point)[0] - expected)
    np.testing.assert_allclose(away, away[0], rtol=0, atol=1e-5)


def test_the_density_is_exact_where_likelihoods_are_not_quadratic() -> None:
    density = Hierarchy(2, bent=3.0)
    white = given_spread(density, DATA)
    away = []
    for point in points(white, 4):
        steps = 1e-5 * np.eye(len(point))
        jacobian = (white.placed(point + steps) - white.placed(point - steps)) / 2e-5
        value = density(white.placed(point), **white.data)[0]
        away.append(white(point)[0] - value - np.linalg.slogdet(jacobian)[1])
    np.testing.assert_allclose(away, away[0], rtol=0, atol=1e-4)


def test_the_slope_is_that_of_the_value() -> None:
    white = given_spread(Hierarchy(3, bent=2.0), DATA)
    for point in points(white, 3):
        steps = 1e-5 * np.eye(len(point))
        slope = [(white(point + step)[0] - white(point - step)[0]) / 2e-5 for step in steps]
        np.testing.assert_allclose(white(point)[1], slope, rtol=1e-5, atol=1e-4)


def test_a_spread_beyond_all_numbers_has_no_density() -> None:
    white = given_spread(Hierarchy(1), DATA)
    for far in (200.0, 400.0, 800.0):
        with np.errstate(over="ignore", invalid="ignore"):
            assert not white(np.full(points(white, 1).shape[1], far))[0] > -1e100


def test_each_of_several_peaks_is_found_with_its_curvature() -> None:
    # Standard normal priors and 4, 40 or 400 tosses of which three quarters are heads, with a slope on the logit.
    tosses = np.array([[4.0], [40.0], [400.0]])

    def slopes(logit: np.ndarray) -> np.ndarray:
        return tosses * (0.75 - 1 / (1 + np.exp(-logit))) - logit

    place, slope, curvature = peaks(slopes, np.zeros((3, 1)))
    np.testing.assert_allclose(slope, 0, atol=0.01)
    chance = 1 / (1 + np.exp(-place))
    np.testing.assert_allclose(curvature[..., 0], 1 + tosses * chance * (1 - chance), rtol=1e-4)
    assert (np.diff(place[:, 0]) > 0).all()
    assert place[2, 0] == pytest.approx(np.log(3), abs=0.03)


def test_where_a_density_bends_upwards_the_curvature_is_that_of_the_prior() -> None:
    _, _, curvature = peaks(lambda at: 0.5 * at + 0.1, np.zeros((2, 2)))
    np.testing.assert_allclose(curvature, np.tile(np.eye(2), (2, 1, 1)), atol=1e-9)
