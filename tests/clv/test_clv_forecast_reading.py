"""Expectations read off a few nodes are those that the model works out itself, for any past and any model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from cxmodels.clv.forecasts.if_active import Array, IfActive, if_active
from cxmodels.clv.models.named import purchase_model

AHEAD, RATE = 1095.75, math.log(1.1) / 365.25
CENTRES = {
    "bg_nbd": [(0.243, 30.9, 0.793, 2.426), (0.243, 0.05, 0.793, 2.4), (5, 300, 0.1, 0.05)],
    "mbg_nbd": [(0.525, 43.3, 0.891, 1.614)],
    "pareto_nbd": [(0.553, 74.0, 0.606, 81.7), (0.8, 40, 0.6, 0.3), (0.8, 0.4, 0.6, 5000)],
    "mbg_cnbd_2": [(0.525, 20.0, 0.891, 1.614)],
}


def drawn(centre: tuple[float, ...], draws: int = 5) -> Array:
    return np.array(centre) * np.exp(0.2 * np.random.default_rng(1).normal(size=(draws, len(centre))))


def pasts(rows: int = 300) -> list[Array]:
    """Return frequency, recency and T of customers of three years, some of today."""
    random = np.random.default_rng(2)
    frequency, T = random.choice([0.0, 1, 5, 200], rows), random.uniform(0, 1095, rows)
    frequency[:3], T[:3] = 0, 0
    return [frequency, np.where(frequency > 0, 0.8 * T, 0), T]


def discounted(name: str, theta: Array, past: list[Array]) -> Array:
    """Return discounted purchases by a rule with 60 nodes, close together at the start."""
    model = purchase_model(name)
    at, weight = leggauss(60)
    share = (at + 1) / 2
    times, weights = AHEAD * share**3, AHEAD * 3 * share**2 / 2 * weight
    by_then = [model.expected_purchases(theta, *past, float(time)) for time in times]
    during = sum(w * math.exp(-RATE * t) * each for w, t, each in zip(weights, times, by_then, strict=True))
    return math.exp(-RATE * AHEAD) * model.expected_purchases(theta, *past, AHEAD) + RATE * during


@pytest.mark.parametrize(("name", "centre"), [(name, centre) for name, all_of in CENTRES.items() for centre in all_of])
def test_what_is_read_off_is_what_the_model_says(name: str, centre: tuple[float, ...]) -> None:
    model, theta, past = purchase_model(name), drawn(centre), pasts()
    alive = model.p_alive(theta, *past)
    purchases, _ = if_active(model, theta, past[0], past[2], ahead=AHEAD, rate=RATE)(*past, alive)
    assert purchases == pytest.approx(model.expected_purchases(theta, *past, AHEAD), rel=2e-6)


@pytest.mark.parametrize(
    ("name", "centre"), [("mbg_nbd", (300.0, 1.0, 2.0, 100.0)), ("pareto_nbd", (300.0, 1.0, 2.0, 100.0))]
)
def test_of_who_has_surely_stopped_nothing_is_expected(name: str, centre: tuple[float, ...]) -> None:
    # all buy almost daily, and one bought once, years ago: the chance to be alive is below the smallest number
    model, theta = purchase_model(name), np.array([centre])
    past = [np.array([0.0]), np.array([0.0]), np.array([3000.0])]
    alive = model.p_alive(theta, *past)
    assert alive == 0
    found = if_active(model, theta, past[0], past[2], ahead=AHEAD, rate=RATE)(*past, alive)
    assert found.tolist() == [[[0.0]], [[0.0]]]


@pytest.mark.parametrize("name", list(CENTRES))
def test_discounting_over_three_years_is_right_to_a_ten_thousandth(name: str) -> None:
    few = [part[:12] for part in pasts()]
    theta = drawn(CENTRES[name][0], draws=2)
    alive = purchase_model(name).p_alive(theta, *few)
    _, found = if_active(purchase_model(name), theta, few[0], few[2], ahead=AHEAD, rate=RATE)(*few, alive)
    assert found == pytest.approx(discounted(name, theta, few), rel=1e-4)


def test_a_million_customers_need_no_more_nodes_than_a_few_for_each_frequency() -> None:
    random = np.random.default_rng(3)
    frequency, T = random.integers(0, 4, 20_000).astype(float), random.uniform(0, 1095, 20_000)
    read = if_active(purchase_model("bg_nbd"), drawn(CENTRES["bg_nbd"][0]), frequency, T, ahead=AHEAD, rate=RATE)
    assert sorted(read.nodes) == [0, 1, 2, 3]
    assert max(len(at) for at in read.nodes.values()) < 30


def test_customers_whom_the_nodes_say_nothing_of_are_worked_out() -> None:
    model, theta = purchase_model("bg_nbd"), drawn(CENTRES["bg_nbd"][0])
    # one node; a range with two ends and nothing between them; a frequency that is not there; a T beyond the range
    read = if_active(model, theta, np.array([2.0, 3, 3]), np.array([100.0, 50, 900]), ahead=AHEAD, rate=RATE)
    past = [np.array([2.0, 2, 3, 7, 3]), np.array([50.0, 50, 50, 50, 50]), np.array([100.0, 120, 400, 200, 1000])]
    direct = IfActive(model, theta, AHEAD, RATE)
    assert read.nodes
    assert not direct.nodes
    alive = model.p_alive(theta, *past)
    assert read(*past, alive) == pytest.approx(direct(*past, alive), rel=1e-10)
