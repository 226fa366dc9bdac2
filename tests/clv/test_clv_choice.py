"""Which model the counts speak for: the one they were drawn from, and doubt where there are few."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from simulated_customers import customers

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, UnknownColumn
from cxmodels.clv.fits.choice import choose_regularity, compare_models
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.posteriors.importance import importance_posterior
from cxmodels.clv.posteriors.posterior import Posterior


def buyers(number: int, k: int, seed: int = 1) -> PurchaseCounts:
    """Return customers who buy every ten weeks or so, in a rhythm of k steps, and stop after about ten purchases."""
    random = np.random.default_rng(seed)
    drawn = customers("mbg_nbd", np.array([2.0, 20.0 / k, 1.0, 9.0]), random.uniform(20, 60, number), random, k=k)
    return counted(drawn, log_gaps="log_gaps", unit="weeks")


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_rhythm_that_customers_buy_in_is_found(k: int) -> None:
    choice = choose_regularity(buyers(400, k))
    assert choice.best.model.name == f"mbg_cnbd_{k}"
    assert choice.clear
    assert choice.frame["probability"].sum() == pytest.approx(1)
    assert (choice.frame["se"] < 0.05).all()
    assert choice.frame["log_likelihood"].idxmax() == k - 1


def test_a_handful_of_customers_leaves_their_rhythm_in_doubt() -> None:
    choice = choose_regularity(buyers(8, 2), ks=(1, 2))
    assert not choice.clear
    assert choice.frame["probability"].between(0.02, 0.98).all()


def test_a_model_with_the_evidence_of_another_is_as_probable() -> None:
    # k = 1 is MBG/NBD
    choice = compare_models(buyers(200, 1), ["mbg_nbd", "mbg_cnbd_1"])
    assert choice.frame["probability"].to_list() == pytest.approx([0.5, 0.5], abs=0.02)


def test_evidence_is_the_integral_of_the_likelihood_over_the_prior() -> None:
    counts = buyers(4, 1)
    fit = fit_purchases(counts, "bg_nbd")
    likelihood = fit.model.likelihood(counts.frame)
    values = likelihood(fit.model.theta(fit.prior.drawn(200_000, seed=3)))
    brute = float(np.log(np.exp(values - values.max()).mean()) + values.max())
    assert fit.posterior.log_evidence == pytest.approx(brute, abs=0.1)


def test_clocks_of_several_steps_need_the_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = buyers(30, 2)
    without = replace(counts, frame=counts.frame.drop(columns="log_gaps"))
    with pytest.raises(UnknownColumn, match=r"'log_gaps' .* found 'frequency', .*gaps=True"):
        choose_regularity(without)
    with pytest.raises(UnknownColumn, match="'log_gaps'"):
        compare_models(without, ["mbg_nbd", "mbg_cnbd_2"])
    assert compare_models(without, ["bg_nbd", "mbg_nbd"]).fits.keys() == {"bg_nbd", "mbg_nbd"}


def test_a_choice_among_nothing_or_among_the_same_is_refused() -> None:
    with pytest.raises(InvalidValue, match="at least one model is required"):
        compare_models(buyers(30, 1), [])
    with pytest.raises(InvalidValue, match="'bg_nbd' twice"):
        compare_models(buyers(30, 1), ["bg_nbd", "bg_nbd"])


def test_a_model_that_nuts_took_over_has_no_evidence_and_the_others_are_weighed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def handed_over(model, *arguments, **options) -> Posterior:  # type: ignore[no-untyped-def]
        drawn = importance_posterior(model, *arguments, **options)
        return replace(drawn, engine="nuts", log_evidence=math.nan) if model.name == "bg_nbd" else drawn

    monkeypatch.setattr("cxmodels.clv.fits.purchases.importance_posterior", handed_over)
    choice = compare_models(buyers(60, 1), ["bg_nbd", "mbg_nbd", "mbg_cnbd_2"])
    assert choice.frame["probability"].isna().tolist() == [True, False, False]
    assert choice.frame["se"].isna().tolist() == [True, False, False]
    assert choice.frame["probability"].sum() == pytest.approx(1)
    alone = compare_models(buyers(60, 1), ["bg_nbd"])
    assert alone.best.model.name == "bg_nbd"
    assert math.isnan(alone.probability)
    assert not alone.clear
