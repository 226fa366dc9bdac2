"""Fits of purchase models: the published ones, long runs of another sampler, and what counts do not allow."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, NoPurchases, NoRepeatPurchases
from cxmodels.clv.fits.purchases import fit_purchases, purchase_prior, whole_base
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.importance import importance_posterior
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.prior_predictive import prior_predictive
from cxmodels.clv.posteriors.priors import Prior, prior_of

# Fader, Hardie & Lee (2005), table 2 (BG/NBD and Pareto/NBD); Batislam, Denizel & Filiztekin (2007) for the model,
# refitted for the sample: CDNOW, 2,357 customers, 39 weeks
PUBLISHED = {
    "bg_nbd": ((0.2426, 4.4136, 0.7929, 2.4259), -9582.429),
    "mbg_nbd": ((0.5248, 6.1831, 0.8914, 1.6140), -9582.136),
    "pareto_nbd": ((0.5533, 10.578, 0.6062, 11.668), -9594.976),
}
# Of each parameter the mean, standard deviation and Monte Carlo error of 4 × 5,000 draws of nutpie under the same
# priors, and the standard deviation of its coordinate; r_hat ≤ 1.0005, no divergence. The likelihoods were written
# apart from the models. A second run, of PyMC 6.3.2 with likelihoods of its own (Pareto/NBD by a quadrature of 30
# nodes), agrees within .03 standard deviations.
LONG_RUNS = {
    "bg_nbd": (
        (0.243739, 4.457248, 0.831725, 2.615375),
        (0.012548, 0.380112, 0.208580, 0.827214),
        (0.000089, 0.002757, 0.001679, 0.007351),
        (0.051438, 0.085171, 0.106104, 0.277982),
    ),
    "mbg_nbd": (
        (0.524001, 6.205119, 0.938607, 1.829147),
        (0.079356, 0.683603, 0.178589, 0.652294),
        (0.000677, 0.005444, 0.001527, 0.005999),
        (0.146964, 0.108780, 0.184486, 0.270825),
    ),
    "pareto_nbd": (
        (0.551232, 10.576528, 0.714009, 15.823380),
        (0.047700, 0.847850, 0.385991, 14.072381),
        (0.000383, 0.006067, 0.008070, 0.292000),
        (0.085852, 0.079944, 0.353888, 0.564271),
    ),
}


@pytest.fixture(scope="module")
def cdnow() -> PurchaseCounts:
    """Return the calibration weeks of the sample, as published."""
    found = find_spec("lifetimes")
    assert found is not None
    return counted(
        pd.read_csv(Path(str(found.origin)).parent / "datasets" / "cdnow_customers_summary.csv"), unit="weeks"
    )


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_published_maximum_of_the_likelihood_is_found(cdnow: PurchaseCounts, model: str) -> None:
    fit = fit_purchases(cdnow, model)
    parameters, log_likelihood = PUBLISHED[model]
    # three decimals; the published alpha and beta of Pareto/NBD have as many
    np.testing.assert_allclose(fit.maximum_likelihood, parameters, rtol=2e-4, atol=5e-4)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    assert list(fit.summary.columns) == ["parameter", "mean", "sd", "low", "high", "maximum_likelihood"]


@pytest.mark.parametrize("model", LONG_RUNS)
def test_posterior_means_are_those_of_a_long_run_of_nuts(cdnow: PurchaseCounts, model: str) -> None:
    mean, sd, error, coordinate_sd = (np.array(row) for row in LONG_RUNS[model])
    assert (error < 0.025 * sd).all()
    fit = fit_purchases(cdnow, model)
    assert (np.abs(fit.posterior.theta.mean(0) - mean) < 0.1 * sd).all()
    # tails of the parameters themselves are too long for their spread to be compared
    np.testing.assert_allclose(fit.model.unbounded(fit.posterior.theta).std(0, ddof=1), coordinate_sd, rtol=0.15)


@pytest.mark.parametrize("model", LONG_RUNS)
def test_the_weights_of_cdnow_are_to_be_believed(cdnow: PurchaseCounts, model: str) -> None:
    posterior = fit_purchases(cdnow, model).posterior
    assert posterior.engine == "importance"
    assert posterior.k_hat < 0.5
    assert posterior.ess > 1000
    assert len(posterior.draws) == 1000


def test_the_prior_says_little_beside_the_purchases_of_cdnow(cdnow: PurchaseCounts) -> None:
    model = purchase_model("bg_nbd")
    frame = whole_base(cdnow)
    stated = purchase_prior(model, cdnow)
    nearly_flat = Prior(stated.coordinates, stated.centre, np.full(4, 5.0))
    means, sds = zip(
        *(
            (drawn.draws.mean(), drawn.draws.std())
            for drawn in (
                importance_posterior(model, model.likelihood(frame), prior, start=model.start(frame), size=4000, seed=1)
                for prior in (stated, nearly_flat)
            )
        ),
        strict=True,
    )
    assert ((means[0] - means[1]).abs() < 0.1 * sds[1]).all()


def test_the_prior_holds_what_customers_of_cdnow_did_and_much_else(cdnow: PurchaseCounts) -> None:
    model = purchase_model("bg_nbd")
    shown = prior_predictive(model, cdnow, purchase_prior(model, cdnow)).set_index("statistic")
    assert shown.loc["share without a repeat purchase", "data"] == pytest.approx(1411 / 2357)
    assert shown.loc["repeat purchases a customer", "data"] == pytest.approx(2457 / 2357)
    assert shown["below"].between(0.1, 0.9).all()
    # wide: from nearly nobody to nearly everybody comes back; not absurd: no hundreds of purchases in 39 weeks
    assert shown.loc["share without a repeat purchase", "low"] < 0.15
    assert shown.loc["share without a repeat purchase", "high"] > 0.9
    assert 5 < shown.loc["repeat purchases a customer", "high"] < 100


def test_the_prior_is_stated_in_words_on_the_scale_of_the_data() -> None:
    prior = prior_of(purchase_model("bg_nbd"), time=32.0)
    assert prior.told == (
        "r about 0.5 (0.07 to 3.5), alpha about 8 (0.42 to 150), a/(a+b) about 0.27 (0.019 to 0.87), "
        "a+b about 2.7 (0.14 to 51)"
    )
    days = prior_of(purchase_model("bg_nbd"), time=32.0 * 7)
    np.testing.assert_allclose(days.centre - prior.centre, [0, math.log(7), 0, 0], atol=1e-12)
    np.testing.assert_array_equal(days.sd, prior.sd)


def test_the_density_of_the_prior_is_that_of_scipy() -> None:
    from scipy.stats import norm

    prior = prior_of(purchase_model("pareto_nbd"), time=100.0)
    drawn = prior.drawn(20, seed=1)
    np.testing.assert_allclose(prior.log_density(drawn), norm(prior.centre, prior.sd).logpdf(drawn).sum(1))


def test_the_unit_of_time_moves_alpha_and_nothing_else(cdnow: PurchaseCounts) -> None:
    weeks, days = fit_purchases(cdnow), fit_purchases(cdnow.in_unit("days"))
    np.testing.assert_allclose(days.maximum_likelihood / weeks.maximum_likelihood, [1, 7, 1, 1], rtol=1e-4)
    np.testing.assert_allclose(days.posterior.theta / weeks.posterior.theta, [[1, 7, 1, 1]] * 1000, rtol=1e-3)


def test_groups_are_put_together(cdnow: PurchaseCounts) -> None:
    parts = pd.concat([cdnow.frame.assign(plan="a"), cdnow.frame.assign(plan="b")])
    fit = fit_purchases(replace(cdnow, frame=parts, by=("plan",)))
    twice = fit_purchases(replace(cdnow, frame=cdnow.frame.assign(n=2 * cdnow.frame["n"])))
    assert fit.log_likelihood == pytest.approx(twice.log_likelihood)
    np.testing.assert_allclose(fit.posterior.theta, twice.posterior.theta, rtol=1e-6)


def counts(*rows: tuple[float, float, float]) -> PurchaseCounts:
    return counted(pd.DataFrame(rows, columns=["frequency", "recency", "T"], dtype=float))


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_single_customer_who_came_back_leaves_the_prior_wide(model: str) -> None:
    fit = fit_purchases(counts((1, 30, 90)), model)
    assert fit.maximum_likelihood.isna().all()
    assert math.isnan(fit.log_likelihood)
    assert np.isfinite(fit.posterior.theta).all()
    coordinates = fit.model.unbounded(fit.posterior.theta)
    assert (coordinates.std(0) > 0.7 * fit.prior.sd).all()


@pytest.mark.parametrize("model", PUBLISHED)
def test_customers_who_all_came_lately_have_no_likeliest_dropout_and_still_a_posterior(model: str) -> None:
    fit = fit_purchases(counts(*[(20.0 + i % 5, 360, 360) for i in range(40)]), model)
    assert fit.maximum_likelihood.isna().all()
    assert np.isfinite(fit.posterior.theta).all()
    assert (fit.model.p_alive(fit.posterior.theta, np.array([20.0]), np.array([360.0]), np.array([360.0])) > 0.5).all()


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_customer_of_thousands_of_purchases_among_others_is_no_obstacle(model: str) -> None:
    fit = fit_purchases(counts(*[(0, 0, 300)] * 30, *[(2, 100, 300)] * 20, (5000, 299, 300)), model)
    assert np.isfinite(fit.posterior.theta).all()
    assert fit.posterior.k_hat < 0.7


@pytest.mark.parametrize("rows", [[(0, 0, 90), (0, 0, 30)], [(0, 0, 0)]], ids=["bought once", "bought on the last day"])
def test_without_a_repeat_purchase_there_is_nothing_to_fit(rows: list[tuple[float, float, float]]) -> None:
    with pytest.raises(NoRepeatPurchases, match=f"found none among {len(rows)}"):
        fit_purchases(counts(*rows))


def test_without_a_customer_there_is_nothing_to_fit(cdnow: PurchaseCounts) -> None:
    with pytest.raises(NoPurchases, match="found none"):
        fit_purchases(replace(cdnow, frame=cdnow.frame.iloc[:0]))


def test_options_that_are_none_are_refused(cdnow: PurchaseCounts) -> None:
    with pytest.raises(InvalidValue, match="'importance' or 'nuts', found 'gibbs'"):
        fit_purchases(cdnow, engine="gibbs")  # type: ignore[arg-type]
    for size in (0, 1.5):
        with pytest.raises(InvalidValue, match=f"size must be a whole number and at least 1, found {size}"):
            fit_purchases(cdnow, size=size)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="seed must be a whole number and at least 0, found -1"):
        fit_purchases(cdnow, seed=-1)


def test_where_weights_are_not_to_be_believed_nuts_takes_over_and_says_so(
    cdnow: PurchaseCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cxmodels.clv.posteriors.nuts as nuts

    asked = {}

    def sampled(model, frame, prior, *, size, seed) -> Posterior:  # type: ignore[no-untyped-def]
        asked.update(model=model.name, rows=len(frame), size=size, seed=seed)
        return Posterior(pd.DataFrame(np.ones((size, 4)), columns=list(model.parameters)), "nuts", math.nan, 900.0)

    monkeypatch.setattr(nuts, "nuts_posterior", sampled)
    monkeypatch.setattr("cxmodels.clv.posteriors.importance.WORST_K", -5.0)
    fit = fit_purchases(cdnow, size=50, seed=3)
    assert asked == {"model": "bg_nbd", "rows": len(cdnow.frame), "size": 50, "seed": 3}
    assert fit.posterior.engine == "nuts"
    assert fit.posterior.fell_back.startswith("NUTS took over. BG/NBD: the posterior: importance weights")
    assert fit.maximum_likelihood.notna().all()
    assert fit_purchases(cdnow, engine="nuts", size=50).posterior.fell_back == ""
