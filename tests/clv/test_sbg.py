"""The shifted beta-geometric model by itself: published values, other forms of the same formulas, limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln
from simulated_contracts import HIGH_END, REGULAR, counted, watched

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.fits.fit import most_likely
from cxmodels.clv.models.sbg import ShiftedBetaGeometric

MODEL = ShiftedBetaGeometric()


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "log_likelihood", "twelfth"),
    # Parameters and log-likelihood of the paper's seven years (its text misprints .688 for High End), and what they
    # project for the twelfth, which was seen too: 394 and 173.
    [(HIGH_END, 0.668, 3.806, -1611.16, 378), (REGULAR, 0.704, 1.182, -1680.27, 170)],
    ids=["high end", "regular"],
)
def test_parameters_and_survivors_are_the_published_ones(
    survivors: tuple[int, ...], alpha: float, beta: float, log_likelihood: float, twelfth: int
) -> None:
    frame = counted(survivors)
    best, value = most_likely(MODEL, MODEL.likelihood(frame), MODEL.start(frame))
    assert best["alpha"] == pytest.approx(alpha, abs=5e-4)
    assert best["beta"] == pytest.approx(beta, abs=5e-4)
    assert value == pytest.approx(log_likelihood, abs=0.006)
    projected = 1000 * MODEL.survival(best.to_numpy()[None], [12])[0, 0]
    assert projected == pytest.approx(twelfth, abs=0.5)
    assert abs(projected - survivors[12]) < 17


@pytest.mark.parametrize(
    ("theta", "published"),
    # Fader & Hardie (2010), Customer-base valuation in a contractual setting, table 3: after 1 to 5 periods, d = .1.
    [((3.80, 15.20), (3.31, 3.45, 3.59, 3.72, 3.84)), ((0.067, 0.267), (7.68, 9.46, 9.86, 10.06, 10.19))],
)
def test_residual_lifetime_is_the_published_one(theta: tuple[float, float], published: tuple[float, ...]) -> None:
    found = MODEL.discounted_lifetime(np.array([theta]), np.arange(5), 0.1)[0]
    # the published parameters have three digits
    np.testing.assert_allclose(found, published, atol=0.012)


def test_likelihood_is_that_of_beta_functions() -> None:
    frame = pd.DataFrame(
        {"entry": [0, 0, 3, 5, 2], "exit": [1, 4, 9, 5, 7], "ended": [1, 0, 1, 0, 0], "n": [3, 2, 7, 4, 1]}
    )
    theta = np.array([[0.7, 1.2], [3.0, 40.0], [0.01, 0.02]])
    alpha, beta = theta.T[:, :, None]
    entry, leaving, ended, n = frame.to_numpy().T
    # equations 5 and 6: P(T = t) = B(α + 1, β + t - 1) / B(α, β), S(t) = B(α, β + t) / B(α, β), over S(entry)
    each = betaln(alpha + ended, beta + leaving - ended) - betaln(alpha, beta + entry)
    np.testing.assert_allclose(MODEL.likelihood(frame)(theta), each @ n, rtol=1e-12)


def test_counting_together_or_apart_changes_nothing() -> None:
    frame = watched((0.8, 6.0), 400, 12, 0, seed=1)
    apart = frame.loc[frame.index.repeat(frame["n"])].assign(n=1).sample(frac=1, random_state=1)
    theta = np.array([[0.5, 2.0], [2.0, 30.0]])
    np.testing.assert_allclose(MODEL.likelihood(frame)(theta), MODEL.likelihood(apart)(theta), rtol=1e-13)


def test_a_contract_watched_in_two_parts_counts_as_one() -> None:
    whole = pd.DataFrame({"entry": [0, 0], "exit": [9, 6], "ended": [1, 0], "n": [5, 2]})
    parts = pd.DataFrame({"entry": [0, 4, 0, 2], "exit": [4, 9, 2, 6], "ended": [0, 1, 0, 0], "n": [5, 5, 2, 2]})
    theta = np.array([[0.5, 2.0], [2.0, 30.0]])
    np.testing.assert_allclose(MODEL.likelihood(whole)(theta), MODEL.likelihood(parts)(theta), rtol=1e-13)


def test_survival_is_the_ratio_of_beta_functions() -> None:
    theta, months = np.array([[0.7, 1.2], [3.0, 40.0]]), np.array([0, 1, 2, 50, 400])
    alpha, beta = theta.T[:, :, None]
    np.testing.assert_allclose(
        MODEL.survival(theta, months), np.exp(betaln(alpha, beta + months) - betaln(alpha, beta)), rtol=1e-11
    )
    since = MODEL.survival(theta, months + 7, 7)
    np.testing.assert_allclose(since, MODEL.survival(theta, months + 7) / MODEL.survival(theta, [7]), rtol=1e-12)


def test_residual_lifetime_is_the_sum_it_stands_for() -> None:
    theta, renewed = np.array([[0.7, 1.2], [1.1, 32.0], [60.0, 900.0]]), np.array([0, 3, 24, 120])
    ahead = np.arange(1, 4001)
    discounted = 1.01 ** -(ahead - 1.0)
    summed = np.stack([MODEL.survival(theta, month + ahead, month) @ discounted for month in renewed], axis=1)
    np.testing.assert_allclose(MODEL.discounted_lifetime(theta, renewed, 0.01), summed, rtol=1e-9)
    within = np.stack(
        [MODEL.survival(theta, month + ahead, month)[:, :36] @ discounted[:36] for month in renewed], axis=1
    )
    np.testing.assert_allclose(MODEL.discounted_lifetime(theta, renewed, 0.01, horizon=36), within, rtol=1e-12)


@pytest.mark.parametrize(("retention", "discount", "value"), [(0.8, 0.12, 250.0), (0.9, 0.12, 409.0909)])
def test_customers_who_do_not_differ_have_the_value_of_constant_retention(
    retention: float, discount: float, value: float
) -> None:
    # m r / (1 + d - r), Gupta & Zeithaml (2006), of a margin of 100, the first renewal a period ahead
    alike = 1e10 * np.array([[1 - retention, retention]])
    found = 100 * MODEL.discounted_lifetime(alike, [4], discount) / (1 + discount)
    assert found[0, 0] == pytest.approx(value, rel=1e-6)


def test_futures_pay_as_long_as_survival_says() -> None:
    theta, renewed = np.array([[0.9, 12.0]]), np.repeat([0.0, 7.0], 200_000)
    paid = MODEL.futures(theta, renewed, 24, np.random.default_rng(5)).reshape(2, -1)
    assert set(np.unique(paid)) == set(range(25))
    for row, since in zip(paid, (0, 7), strict=True):
        seen = np.array([(row >= month).mean() for month in (1, 6, 12, 24)])
        expected = MODEL.survival(theta, since + np.array([1, 6, 12, 24]), since)[0]
        error = np.sqrt(expected * (1 - expected) / row.size)
        assert (np.abs(seen - expected) < 4.5 * error).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("alpha", [1e-6, 1e-3, 0.5, 1.0, 40.0, 1e8])
@pytest.mark.parametrize("beta", [1e-6, 1.0, 300.0, 1e8])
def test_everything_is_finite_everywhere(alpha: float, beta: float) -> None:
    theta, renewed = np.array([[alpha, beta]]), np.array([0, 1, 5000])
    for discount in (1e-4, 0.008, 3.0):
        lifetime = MODEL.discounted_lifetime(theta, renewed, discount)
        assert np.isfinite(lifetime).all()
        assert (lifetime >= 0).all()
        assert (lifetime <= 1 + 1 / discount + 1e-6).all()
    shares = MODEL.survival(theta, renewed + 36, renewed)
    assert ((shares >= 0) & (shares <= 1)).all()
    paid = MODEL.futures(theta, np.repeat(renewed, 50), 36, np.random.default_rng(1))
    assert ((paid >= 0) & (paid <= 36)).all()
    frame = pd.DataFrame({"entry": [0, 4000], "exit": [1, 5000], "ended": [1, 0], "n": [2, 3]})
    assert np.isfinite(MODEL.likelihood(frame)(theta)).all()


def test_coordinates_lead_there_and_back() -> None:
    theta = np.array([[0.7, 1.2], [1e-5, 3e4], [800.0, 2e-3]])
    np.testing.assert_allclose(MODEL.theta(MODEL.unbounded(theta)), theta, rtol=1e-12)
    np.testing.assert_allclose(MODEL.unbounded(theta)[0], [np.log(0.7 / 1.2), np.log(1.9)], rtol=1e-12)


@pytest.mark.parametrize(
    ("discount", "horizon", "said"),
    [(0.0, None, "above 0 without a horizon, found 0.0"), (-0.1, 12, "0 or more, found -0.1")],
)
def test_a_sum_that_need_not_be_finite_is_refused(discount: float, horizon: int | None, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        MODEL.discounted_lifetime(np.array([[0.5, 2.0]]), [0], discount, horizon)
