"""The fit of payments: the published one, and whether the number of payments says anything of their size."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated_customers import spenders

from cxmodels.clv.counts.spend import SpendCounts, counted_spend
from cxmodels.clv.errors import InvalidValue, NoRepeatPurchases
from cxmodels.clv.fits.spend import fit_spend, rank_correlation


@pytest.fixture(scope="module")
def cdnow() -> SpendCounts:
    """Return the repeat payments of the sample's 39 weeks, orders of a day together."""
    found = find_spec("lifetimes")
    assert found is not None
    file = Path(str(found.origin)).parent / "datasets" / "CDNOW_sample.txt"
    names = ["master", "customer", "day", "discs", "amount"]
    orders = pd.read_csv(file, sep=r"\s+", header=None, names=names).query("day <= 19970930")
    days = orders.groupby(["customer", "day"], as_index=False)["amount"].sum()
    repeats = days[days["day"] > days.groupby("customer")["day"].transform("min")]
    return counted_spend(repeats.groupby("customer")["amount"].agg(payments="count", total="sum").reset_index())


def test_the_published_fit_of_cdnow_is_found_from_its_orders(cdnow: SpendCounts) -> None:
    # Fader & Hardie (2013): p 6.25, q 3.74, v 15.44 for 946 customers, log-likelihood -4055.92; there means are
    # rounded to cents
    fit = fit_spend(cdnow)
    assert cdnow.frame["n"].sum() == 946
    np.testing.assert_allclose(fit.maximum_likelihood, [6.25, 3.74, 15.44], atol=0.005)
    assert fit.log_likelihood == pytest.approx(-4055.92, abs=0.05)
    assert list(fit.posterior.draws.columns) == ["p", "q", "v"]
    assert fit.posterior.k_hat < 0.5
    assert fit.mean_spend.low < 35.2 < fit.mean_spend.high


def test_frequent_customers_of_cdnow_pay_somewhat_more_which_their_ranks_show(cdnow: SpendCounts) -> None:
    from scipy.stats import spearmanr

    payments, mean, n = cdnow.frame["payments"], cdnow.frame["total"] / cdnow.frame["payments"], cdnow.frame["n"]
    # Fader & Hardie (2013), section 4: a correlation of .11, which one customer raises
    assert np.corrcoef(payments.repeat(n), mean.repeat(n))[0, 1] == pytest.approx(0.11, abs=0.005)
    found = fit_spend(cdnow).dependence
    assert found.value == pytest.approx(spearmanr(payments.repeat(n), mean.repeat(n)).statistic)
    assert 0.1 < found.low < found.value < found.high < 0.3


def test_customers_who_pay_more_the_more_often_they_come_are_noticed() -> None:
    random = np.random.default_rng(1)
    payments = 1.0 + random.geometric(0.3, 800)
    apart = spenders(6, 4, 15, payments, random)
    together = apart.assign(total=apart["total"] * payments)
    assert abs(fit_spend(counted_spend(apart)).dependence.value) < 0.1
    assert fit_spend(counted_spend(together)).dependence.low > 0.5


def test_the_rank_correlation_is_that_of_scipy_with_its_ties() -> None:
    from scipy.stats import spearmanr

    random = np.random.default_rng(2)
    first, n = random.integers(0, 5, 60).astype(float), random.integers(1, 4, 60)
    second = first + random.integers(0, 6, 60)
    found = rank_correlation(first, second, n.astype(float))
    assert found.value == pytest.approx(spearmanr(first.repeat(n), second.repeat(n)).statistic)
    assert found.n == n.sum()
    assert found.low < found.value < found.high


def test_the_limits_of_the_rank_correlation_hold_the_truth_of_normal_pairs() -> None:
    random = np.random.default_rng(3)
    # Spearman's ρ of normal pairs with correlation .5 is 6/π asin(.25)
    truth, held, times = 6 / math.pi * math.asin(0.25), 0, 400
    for _ in range(times):
        first = random.standard_normal(80)
        second = 0.5 * first + math.sqrt(0.75) * random.standard_normal(80)
        found = rank_correlation(first, second, np.ones(80))
        held += found.low <= truth <= found.high
    # .95 ± 4 standard errors
    assert abs(held / times - 0.95) < 4 * math.sqrt(0.95 * 0.05 / times)


@pytest.mark.parametrize("payments", [[1.0, 2.0, 3.0], [2.0] * 9], ids=["three customers", "all as often"])
def test_where_a_correlation_cannot_be_told_it_is_not(payments: list[float]) -> None:
    random = np.random.default_rng(4)
    found = fit_spend(counted_spend(spenders(6, 4, 15, np.array(payments), random))).dependence
    assert math.isnan(found.value)


def test_a_single_payment_leaves_the_prior_wide() -> None:
    fit = fit_spend(counted_spend(pd.DataFrame({"payments": [1.0], "total": [40.0]})))
    assert fit.maximum_likelihood.isna().all()
    assert np.isfinite(fit.posterior.theta).all()
    assert fit.mean_spend.low < 40 < fit.mean_spend.high
    assert fit.mean_spend.high / fit.mean_spend.low > 5


def test_payments_that_are_all_alike_have_no_likeliest_spread_and_still_a_posterior() -> None:
    fit = fit_spend(counted_spend(pd.DataFrame({"payments": [1.0, 2.0, 4.0] * 9, "total": [9.99, 19.98, 39.96] * 9})))
    assert fit.maximum_likelihood.isna().all()
    assert fit.mean_spend.value == pytest.approx(9.99, rel=0.05)


def test_without_a_repeat_payment_there_is_nothing_to_fit(cdnow: SpendCounts) -> None:
    from dataclasses import replace

    with pytest.raises(NoRepeatPurchases, match="repeat payment is required, found none"):
        fit_spend(replace(cdnow, frame=cdnow.frame.iloc[:0]))
    with pytest.raises(InvalidValue, match="found 'gibbs'"):
        fit_spend(cdnow, engine="gibbs")  # type: ignore[arg-type]
