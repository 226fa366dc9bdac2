"""The Gamma-Gamma model: the published fit, scipy's densities, payments drawn one by one."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated_customers import spenders

from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.posteriors.laplace import maximise
from cxmodels.clv.posteriors.priors import prior_of

MODEL = GammaGamma()
PUBLISHED = np.array([6.25, 3.74, 15.44])


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """Return the 946 customers of the sample who came back within 39 weeks, by the mean of their repeat days."""
    found = find_spec("lifetimes")
    assert found is not None
    file = Path(str(found.origin)).parent / "datasets" / "cdnow_customers_summary_with_transactions.csv"
    read = pd.read_csv(file).query("x > 0")
    return pd.DataFrame({"payments": read["x"], "total": read["x"] * read["zbar"], "n": 1})


def test_the_published_fit_of_cdnow_is_found(cdnow: pd.DataFrame) -> None:
    # Fader & Hardie (2013), section 4: p 6.25, q 3.74, v 15.44, log-likelihood -4055.92; 946 customers
    assert len(cdnow) == 946
    likelihood = MODEL.likelihood(cdnow)
    found = maximise(lambda at: likelihood(MODEL.theta(at)), MODEL.unbounded(MODEL.start(cdnow)))
    np.testing.assert_allclose(MODEL.theta(found.point), PUBLISHED, atol=0.01)
    # refitted to more digits
    np.testing.assert_allclose(MODEL.theta(found.point), [6.249, 3.745, 15.448], atol=0.001)
    assert found.value == pytest.approx(-4055.92, abs=0.05)


def test_the_likelihood_is_that_of_payments_drawn_from_a_gamma_whose_rate_is_drawn_from_another() -> None:
    from scipy.integrate import quad
    from scipy.stats import gamma

    p, q, v = 2.0, 3.0, 10.0
    row = pd.DataFrame({"payments": [4.0], "total": [26.0], "n": [1]})
    # density of the mean payment z: its total x z is Gamma(p x, ν)
    density, _ = quad(
        lambda nu: 4 * gamma(p * 4, scale=1 / nu).pdf(26.0) * gamma(q, scale=1 / v).pdf(nu), 0, np.inf, epsabs=1e-14
    )
    assert MODEL.likelihood(row)(np.array([[p, q, v]]))[0] == pytest.approx(math.log(density), abs=1e-8)


def test_many_draws_are_as_exact_as_one(cdnow: pd.DataFrame) -> None:
    likelihood = MODEL.likelihood(cdnow)
    drawn = MODEL.theta(prior_of(MODEL, spend=38.8).drawn(500, 1))
    one_by_one = np.array([likelihood(theta[None])[0] for theta in drawn])
    np.testing.assert_allclose(likelihood(drawn), one_by_one, rtol=1e-11)


def test_customers_alike_may_be_counted_together(cdnow: pd.DataFrame) -> None:
    doubled = pd.concat([cdnow, cdnow]).sample(frac=1, random_state=1)
    drawn = MODEL.theta(prior_of(MODEL, spend=38.8).drawn(5, 2))
    twice = MODEL.likelihood(cdnow.assign(n=2))(drawn)
    np.testing.assert_allclose(MODEL.likelihood(doubled)(drawn), twice, rtol=1e-12)


def test_the_currency_moves_v_and_nothing_else(cdnow: pd.DataFrame) -> None:
    cents = cdnow.assign(total=cdnow["total"] * 100)
    drawn = MODEL.theta(prior_of(MODEL, spend=38.8).drawn(5, 3))
    moved = MODEL.likelihood(cents)(drawn * [1, 1, 100]) + len(cdnow) * math.log(100)
    np.testing.assert_allclose(moved, MODEL.likelihood(cdnow)(drawn), rtol=1e-11)


def test_parameters_that_are_none_have_no_likelihood(cdnow: pd.DataFrame) -> None:
    likelihood = MODEL.likelihood(cdnow)
    theta = np.array([[6.25, 3.74, 15.44], [np.nan, 3, 15], [6, 3, np.inf], [6, 3, 0], [np.inf, 3, 15]])
    assert np.isfinite(likelihood(theta)).tolist() == [True, False, False, False, False]
    assert (likelihood(theta)[1:] == -np.inf).all()


def test_coordinates_lead_to_parameters_and_back() -> None:
    theta = np.array([[6.25, 3.74, 15.44], [0.1, 1.001, 1e6], [2e5, 2e5, 30]])
    np.testing.assert_allclose(MODEL.theta(MODEL.unbounded(theta)), theta)
    # the last is the mean spend p v / (q - 1) of Fader & Hardie (2013): 35.2 for CDNOW
    assert np.exp(MODEL.unbounded(PUBLISHED)[2]) == pytest.approx(35.2, abs=0.05)


def test_the_next_payments_are_expected_between_ones_own_and_those_of_all() -> None:
    theta = np.array([[6.25, 3.74, 15.44]])
    expected = MODEL.expected_spend(theta, np.array([0.0, 2.0, 1e6]), np.array([0.0, 2 * 22.35, 1e6 * 22.35]))
    # nobody known: the mean of all; customer 1 of the sample (x = 2, mean 22.35): Fader & Hardie (2013), 24.66
    np.testing.assert_allclose(expected, [[35.2, 24.66, 22.35]], rtol=0.001)


def test_what_is_known_of_a_customer_is_what_is_left_of_those_drawn_who_paid_alike() -> None:
    random = np.random.default_rng(1)
    p, q, v = 6.25, 3.74, 15.44
    nu = random.gamma(q, 1 / v, 400_000)
    total = random.gamma(p * 2, 1 / nu)
    alike = nu[np.abs(total - 80) < 2]
    shape, rate = MODEL.rate(np.array([[p, q, v]]), np.array([2.0]), np.array([80.0]))
    assert alike.mean() == pytest.approx((shape / rate).item(), rel=0.02)
    assert (p / alike).mean() == pytest.approx(
        MODEL.expected_spend(np.array([[p, q, v]]), np.array([2.0]), np.array([80.0])).item(), rel=0.02
    )


def test_the_cost_of_a_draw_does_not_grow_with_the_number_of_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = spenders(6.25, 3.74, 15.44, np.ones(2000), np.random.default_rng(2))
    likelihood = MODEL.likelihood(frame)
    looked_up: list[int] = []
    exact = likelihood._exact_sums
    monkeypatch.setattr(likelihood, "_exact_sums", lambda at: looked_up.append(len(at)) or exact(at))
    likelihood(PUBLISHED * np.exp(0.1 * np.random.default_rng(3).standard_normal((1000, 3))))
    assert sum(looked_up) < 40
