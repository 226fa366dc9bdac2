"""The two functions the purchase models are built on, beside literals of 40 digits, other formulas and sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betainc, betaln, hyp2f1, roots_jacobi

from cxmodels.clv.models import purchases_ahead as quadrature
from cxmodels.clv.models.gauss_fraction import gauss_fraction
from cxmodels.clv.models.purchases_ahead import purchases_ahead


# mpmath 1.4 with 40 digits: hyp2f1(1, a, c + 1, z), and its integral where a is large
@pytest.mark.parametrize(
    ("a", "c", "z", "value"),
    [
        (0.55, 1.15, 0.5, 1.1744181367096),
        (0.55, 1.15, 0.999, 1.8803588120299),
        (0.55, 1.15, -10000.0, 0.01465787966032),
        (5000.5, 5001.1, -0.1, 0.9091173455181),
        (5000.5, 5001.1, 0.6, 2.4988014378081),
        (3.0, 3.01, 0.95, 5.5313580833411),
    ],
)
def test_the_fraction_is_the_hypergeometric_function(a: float, c: float, z: float, value: float) -> None:
    assert gauss_fraction(np.array(a), np.array(c), np.array(z)) == pytest.approx(value, rel=1e-12)


def test_the_fraction_agrees_with_scipy_on_a_grid() -> None:
    a, s, z = np.meshgrid([0.01, 0.5, 3.0, 40.0], [0.01, 0.6, 5.0], [-30.0, -1.0, 0.0, 0.3, 0.9, 0.99])
    assert gauss_fraction(a, a + s, z) == pytest.approx(hyp2f1(1, a, a + s + 1, z), rel=1e-10)


@pytest.mark.parametrize("z", [-40.0, -0.1, 0.4, 0.98])
def test_twice_as_many_nodes_move_the_fraction_by_rounding_only(z: float) -> None:
    a, c, at = np.array([0.3, 2.3, 80.3]), np.array([0.9, 2.9, 80.9]), np.full(3, z)
    chosen = gauss_fraction(a, c, at)
    assert gauss_fraction(a, c, at, nodes=500) == pytest.approx(chosen, rel=1e-13)
    # and far fewer would not do: the number is chosen by need
    assert np.abs(gauss_fraction(a, c, at, nodes=1) / chosen - 1).max() > 1e-5


@pytest.mark.parametrize("nodes", [1, 2, 7])
def test_the_fraction_is_a_gauss_jacobi_quadrature(nodes: int) -> None:
    a, s, z = 2.3, 0.6, -1.7
    at, weights = roots_jacobi(nodes, s, a - 1)
    rule = weights @ (1 / (1 - z * (1 + at) / 2)) / weights.sum()
    assert gauss_fraction(np.array(a), np.array(a + s), np.array(z), nodes=nodes) == pytest.approx(rule, rel=1e-12)


@pytest.mark.parametrize("z", [1 - 1e-16, -1e12])
def test_the_fraction_stays_finite_at_the_ends_of_its_range(z: float) -> None:
    found = gauss_fraction(np.array([0.3]), np.array([0.9]), np.array([z]))
    assert np.isfinite(found).all()
    assert (found >= 0).all()


# mpmath 1.4 with 40 digits: (a+b-1)/(a-1) (1 - hyp2f1(shape, a-1, a+b-1, -tau)); the last is log 2
@pytest.mark.parametrize(
    ("shape", "a", "b", "tau", "value"),
    [
        (0.24, 0.79, 2.43, 0.9, 0.19258826598677),
        (0.24, 0.79, 2.43, 35.0, 2.7249728335363),
        (3.2, 2.5, 5.4, 1.0, 1.928511653931),
        (30.2, 0.79, 32.4, 0.5, 12.892642975047),
        (5000.5, 0.8, 5002.4, 0.4, 1740.5055501744),
        (0.2, 0.05, 2.0, 1.0, 0.19761020927283),
        (100.0, 3.0, 7.0, 50.0, 4.4999896360557),
        (20.0, 500.0, 1500.0, 2.0, 4.0047519002028),
        (2000.0, 1.2, 1.0, 1000.0, 5.6973826556364),
        (0.5, 1e-4, 0.3, 3.0, 1.499568374587),
        (0.5, 0.3, 1e-5, 3.0, 0.50002494963727),
        (1.0, 1.0, 1.0, 1.0, 0.69314718055995),
    ],
)
def test_the_purchases_ahead_are_the_published_expectation(
    shape: float, a: float, b: float, tau: float, value: float
) -> None:
    found = purchases_ahead(np.array(shape), np.array(a), np.array(b), np.array(tau))
    assert found == pytest.approx(value, rel=1e-9)


def test_nothing_happens_where_a_passes_one() -> None:
    a = 1 + np.array([-1e-3, -1e-8, 0.0, 1e-8, 1e-3])
    found = purchases_ahead(np.array(2.3), a, np.array(4.4), np.array(1.5))
    assert found[[1, 3]] == pytest.approx(found[2], rel=1e-7)
    assert found[[0, 4]].mean() == pytest.approx(found[2], rel=1e-6)
    assert (np.diff(found) < 0).all()


def test_who_never_stops_buys_at_the_rate() -> None:
    b = np.array([1e9, 1e12, 1e15])
    assert purchases_ahead(np.array(2.3), np.array(0.5), b, np.array(4.0)) == pytest.approx(2.3 * 4.0, rel=1e-7)


@pytest.mark.parametrize(("k", "phase"), [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)])
@pytest.mark.parametrize(("a", "b"), [(0.8, 2.4), (0.2, 1.3), (6.0, 9.0)])
def test_with_a_rhythm_it_is_the_sum_over_purchases(k: int, phase: int, a: float, b: float) -> None:
    # the i-th purchase comes if the customer survived the others and enough events came: negative binomial tails
    shape, tau, i = 3.7, 2.2, np.arange(1, 400)
    expected = (np.exp(betaln(a, b + i - 1) - betaln(a, b)) * betainc(k * i - phase, shape, tau / (1 + tau))).sum()
    found = purchases_ahead(np.array(shape), np.array(a), np.array(b), np.array(tau), k=k, phase=phase)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_step_of_half_the_size_moves_the_purchases_ahead_by_less_than_a_billionth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = np.meshgrid([0.2, 3.0, 80.0], [0.3, 0.8, 3.0], [1.0, 2.4, 90.0], [0.05, 1.0, 20.0])
    chosen = purchases_ahead(*grid)
    monkeypatch.setattr(quadrature, "_STEP", quadrature._STEP / 2)
    monkeypatch.setattr(quadrature, "_DEPTH", 35.0)
    assert chosen == pytest.approx(purchases_ahead(*grid), rel=1e-9)
