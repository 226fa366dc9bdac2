"""Parameters in a manager's words: against integrals by quadrature and against simulated customers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta as beta_distribution

from cxmodels.clv.fits.activity import activity, purchases_while_active, share_active
from cxmodels.clv.models.named import purchase_model

YEAR = 365.25


@pytest.mark.parametrize(("name", "stops_at_first"), [("bg_nbd", False), ("mbg_nbd", True)])
@pytest.mark.parametrize("theta", [(0.24, 31.0, 0.79, 2.43), (3.0, 10.0, 4.0, 90.0), (0.5, 400.0, 1.0, 1.0)])
def test_the_share_still_active_is_the_integral_over_dropout(
    name: str, stops_at_first: bool, theta: tuple[float, ...]
) -> None:
    r, alpha, a, b = theta
    dropout = beta_distribution(a, b)

    def still(p: float) -> float:
        # With chance p to stop, purchases after which a customer stops come at the rate p λ; λ is Gamma(r, α).
        return (1 - p if stops_at_first else 1) * (1 + p * YEAR / alpha) ** -r * dropout.pdf(p)

    expected = quad(still, 0, 0.05, epsabs=1e-11)[0] + quad(still, 0.05, 1, epsabs=1e-11)[0]
    found = share_active(purchase_model(name), np.array([theta]), YEAR)
    assert found[0] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "theta"),
    [
        ("bg_nbd", (0.8, 40.0, 0.8, 2.5)),
        ("mbg_cnbd_2", (0.8, 20.0, 0.8, 2.5)),
        ("pareto_nbd", (0.8, 40.0, 0.7, 150.0)),
    ],
)
def test_simulated_customers_are_as_active_as_said(name: str, theta: tuple[float, ...]) -> None:
    model, size = purchase_model(name), 200_000
    none = np.zeros(size)
    future = model.futures(np.array([theta]), none, none, none, YEAR, np.random.default_rng(4))
    said = activity(model, np.array([theta]), "days").iloc[0]
    error = 4 / (2 * np.sqrt(size))
    assert (future.active >= YEAR).mean() == pytest.approx(said["active"], abs=error)
    assert future.purchases.mean() == pytest.approx(said["first_year"], rel=0.02)


def test_a_clock_of_two_steps_buys_half_as_often_as_it_ticks() -> None:
    theta = np.array([[2.0, 10.0, 1.0, 3.0]])
    assert purchases_while_active(purchase_model("mbg_nbd"), theta, 100.0)[0] == pytest.approx(20.0)
    assert purchases_while_active(purchase_model("mbg_cnbd_2"), theta, 100.0)[0] == pytest.approx(10.0)


def test_the_unit_of_the_counts_changes_nothing() -> None:
    model = purchase_model("pareto_nbd")
    days = activity(model, np.array([[0.8, 40.0, 0.7, 150.0]]), "days")
    weeks = activity(model, np.array([[0.8, 40.0 / 7, 0.7, 150.0 / 7]]), "weeks")
    np.testing.assert_allclose(days, weeks, rtol=1e-12)
