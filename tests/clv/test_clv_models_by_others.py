"""The purchase models beside lifetimes and beside each other, and Pareto/NBD where the usual formula fails."""

from __future__ import annotations

import lifetimes
import numpy as np
import pandas as pd
import pytest
from cdnow_followed import followed
from scipy.special import betaln, gammaln, hyp2f1
from simulated_customers import customers

from cxmodels.clv.models.bg_nbd import BgNbd
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.mbg_nbd import MbgNbd
from cxmodels.clv.models.pareto_nbd import ParetoNbd
from cxmodels.clv.posteriors.laplace import maximise

PARETO = np.array([[0.5533, 10.578, 0.6062, 11.668]])
OTHERS = [
    (BgNbd(), lifetimes.BetaGeoFitter, {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}),
    (MbgNbd(), lifetimes.ModifiedBetaGeoFitter, {"r": 0.5248, "alpha": 6.1831, "a": 0.8914, "b": 1.6140}),
    (ParetoNbd(), lifetimes.ParetoNBDFitter, dict(zip(("r", "alpha", "s", "beta"), PARETO[0], strict=True))),
]


def weeks() -> tuple[np.ndarray, ...]:
    frame = followed()
    return frame["frequency"].to_numpy(float), frame["recency"].to_numpy() / 7, frame["T"].to_numpy() / 7


@pytest.mark.parametrize(("model", "fitter", "parameters"), OTHERS, ids=lambda part: getattr(part, "name", ""))
def test_lifetimes_says_the_same_of_every_cdnow_customer(model: object, fitter: type, parameters: dict) -> None:
    other = fitter()
    other.params_ = pd.Series(parameters)
    theta, (x, last, T) = np.array([list(parameters.values())]), weeks()
    alive = other.conditional_probability_alive(x, last, T)
    assert model.p_alive(theta, x, last, T)[0] == pytest.approx(np.asarray(alive), abs=1e-9)
    expected = other.conditional_expected_number_of_purchases_up_to_time(39, x, last, T)
    assert model.expected_purchases(theta, x, last, T, 39.0)[0] == pytest.approx(np.asarray(expected), rel=1e-8)
    times = np.array([1.0, 39.0, 78.0])
    repeats = other.expected_number_of_purchases_up_to_time(times)
    assert model.expected_repeats(theta, times)[0] == pytest.approx(np.asarray(repeats), rel=1e-8)


def by_hypergeometric_functions(theta: tuple[float, ...], x: np.ndarray, last: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each row as in Fader & Hardie (2005), written with two hypergeometric functions."""
    r, alpha, s, beta = theta
    size, larger = r + s + x, max(alpha, beta)
    first, second = (s + 1, s) if alpha >= beta else (r + x, r + x + 1)
    lead = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    z_last, z_now = abs(alpha - beta) / (larger + last), abs(alpha - beta) / (larger + T)
    gone = np.log(s / size * hyp2f1(size, first, size + 1, z_last)) - size * np.log(larger + last)
    still = np.log((r + x) / size * hyp2f1(size, second, size + 1, z_now)) - size * np.log(larger + T)
    return lead + np.logaddexp(gone, still)


@pytest.mark.parametrize(
    "theta",
    [(0.5533, 10.578, 0.6062, 11.668), (0.55, 10.6, 0.61, 80.0), (0.55, 80.0, 0.61, 12.0), (3.0, 1.5, 0.05, 12.0)],
)
def test_pareto_is_the_form_with_hypergeometric_functions_where_that_works(theta: tuple[float, ...]) -> None:
    x, last, T = (part[:: len(part) // 150] for part in weeks())
    rows = [
        pd.DataFrame({"frequency": [a], "recency": [b], "T": [c], "n": [1]}) for a, b, c in zip(x, last, T, strict=True)
    ]
    found = np.array([ParetoNbd().likelihood(row)(np.array([theta]))[0] for row in rows])
    assert found == pytest.approx(by_hypergeometric_functions(theta, x, last, T), rel=1e-9)


# mpmath 1.4 with 40 digits, the integral over the time of the stop taken numerically
@pytest.mark.parametrize(
    ("theta", "row", "log_likelihood", "alive"),
    [
        (PARETO[0], (3000, 150, 156), 5772.0220715589, 7.663088730121e-45),
        (PARETO[0], (5000, 10, 156), 22455.938820045, 0.0),
        ((0.5533, 1.5, 0.6062, 900.0), (2, 3, 30), -8.5177495410977, 0.78811580834362),
        ((0.5533, 900.0, 0.6062, 1.5), (0, 0, 30), -0.0053379994877611, 0.1559228241351),
    ],
)
def test_pareto_is_right_where_hypergeometric_functions_overflow(
    theta: tuple[float, ...], row: tuple[float, ...], log_likelihood: float, alive: float
) -> None:
    frame = pd.DataFrame([row], columns=["frequency", "recency", "T"]).assign(n=1)
    past = tuple(np.array([float(part)]) for part in row)
    assert ParetoNbd().likelihood(frame)(np.array([theta]))[0] == pytest.approx(log_likelihood, rel=1e-11)
    assert ParetoNbd().p_alive(np.array([theta]), *past)[0, 0] == pytest.approx(alive, rel=1e-9, abs=1e-300)


def batislam(theta: np.ndarray, x: np.ndarray, last: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each row as Batislam, Denizel & Filiztekin (2007) write it."""
    r, alpha, a, b = theta
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    still = betaln(a, b + x + 1) - betaln(a, b) - (r + x) * np.log(alpha + T)
    return rates + np.logaddexp(still, betaln(a + 1, b + x) - betaln(a, b) - (r + x) * np.log(alpha + last))


@pytest.mark.parametrize("model", [MbgNbd(), MbgCnbd(k=1)], ids=lambda model: model.name)
def test_a_clock_of_one_step_is_mbg_nbd(model: MbgCnbd) -> None:
    x, last, T = weeks()
    frame = pd.DataFrame({"frequency": x, "recency": last, "T": T, "n": 1, "log_gaps": 0.7 * x})
    theta = np.array([[0.5248, 6.1831, 0.8914, 1.614], [2.0, 30.0, 0.2, 8.0]])
    expected = [batislam(each, x, last, T).sum() for each in theta]
    assert model.likelihood(frame)(theta) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_regular_buyers_are_told_by_the_likelihood(k: int) -> None:
    frame = customers("mbg_nbd", np.array([2.0, 6.0 / k, 0.6, 4.0]), np.full(1500, 52.0), np.random.default_rng(8), k=k)
    values = {}
    for steps in (1, 2, 3, 4):
        model = MbgCnbd(k=steps)
        likelihood = model.likelihood(frame)
        start = model.unbounded(model.start(frame))
        values[steps] = maximise(lambda points: likelihood(model.theta(points)), start).value  # noqa: B023
    assert max(values, key=values.__getitem__) == k
    # and not by a hair
    assert sorted(values.values())[-1] - sorted(values.values())[-2] > 20
