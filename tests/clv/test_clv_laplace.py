"""The search for a maximum: exact where the answer is known, and honest where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from cxmodels.clv.errors import NotConverged
from cxmodels.clv.posteriors.laplace import derivatives, maximise

COVARIANCE = np.array([[1.0, 0.9, 0.1], [0.9, 2.0, -0.3], [0.1, -0.3, 0.5]])
CENTRE = np.array([3.0, -2.0, 0.5])


def quadratic(points: np.ndarray) -> np.ndarray:
    away = points - CENTRE
    return 7.0 - 0.5 * np.einsum("ij,jk,ik->i", away, np.linalg.inv(COVARIANCE), away)


def test_the_maximum_of_a_normal_density_is_its_mean_and_its_bend_the_covariance() -> None:
    found = maximise(quadratic, np.zeros(3))
    np.testing.assert_allclose(found.point, CENTRE, atol=1e-6)
    np.testing.assert_allclose(found.covariance, COVARIANCE, rtol=1e-4, atol=1e-6)
    assert found.value == pytest.approx(7.0)


def test_derivatives_are_those_of_a_polynomial_in_one_call() -> None:
    calls = []

    def cubic(points: np.ndarray) -> np.ndarray:
        calls.append(len(points))
        x, y = points.T
        return x**2 * y + 3 * x * y - y**2

    value, gradient, hessian = derivatives(cubic, np.array([1.0, 2.0]))
    assert value == pytest.approx(4.0)
    np.testing.assert_allclose(gradient, [2 * 2 + 6, 1 + 3 - 4], atol=1e-5)
    np.testing.assert_allclose(hessian, [[4, 5], [5, -2]], atol=1e-4)
    assert calls == [1 + 2 * 2 + 2]


def test_a_bent_valley_is_followed_to_its_end() -> None:
    def rosenbrock(points: np.ndarray) -> np.ndarray:
        x, y = points.T
        return -((1 - x) ** 2) - 100 * (y - x**2) ** 2

    # a hundredth of the width of the valley's end, √.5 and √2
    np.testing.assert_allclose(maximise(rosenbrock, np.array([-1.2, 1.0])).point, [1, 1], atol=0.01)


def test_a_start_where_the_density_is_not_concave_leads_to_the_maximum() -> None:
    np.testing.assert_allclose(maximise(lambda x: -np.log1p(x[:, 0] ** 2), np.array([6.0])).point, [0.0], atol=1e-5)


@pytest.mark.parametrize(
    ("density", "says"),
    [
        (lambda x: -np.exp(-x[:, 0]) - x[:, 1] ** 2, "no maximum was found"),
        (lambda x: x[:, 0] + 0 * x[:, 1], "no maximum was found"),
        (lambda x: 0 * x[:, 0], "no maximum was found"),
        (lambda x: np.full(len(x), np.nan), "not finite around"),
    ],
    ids=["plateau", "slope", "plain", "nowhere"],
)
def test_a_density_without_a_maximum_is_said_to_have_none(density, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotConverged, match=f"the test: .*{says}"):
        maximise(density, np.zeros(2), what="the test")
