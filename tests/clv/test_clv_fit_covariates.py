"""Covariates on rate and dropout: the simulated effects are found again, with limits that hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from simulated_customers import customers

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, UnknownColumn
from cxmodels.clv.fits.chains import Run
from cxmodels.clv.fits.covariates import fit_covariates

RATE, DROPOUT = {"Nord": 0.5, "Est": -0.3}, {"Nord": -0.4, "Est": 0.6}
PLAN = 0.25
"""Effect of the plan Plus on the logarithm of the rate; it has none on dropping out."""


def company(seed: int, size: int, model: str = "bg_nbd") -> PurchaseCounts:
    """Customers by region and plan, each half of the others' size: Sud and Basic are the most frequent."""
    random = np.random.default_rng(seed)
    frames = []
    for region, share in (("Sud", 1.0), ("Nord", 0.5), ("Est", 0.5)):
        for plan, part in (("Basic", 1.0), ("Plus", 0.5)):
            gamma = RATE.get(region, 0.0) + (PLAN if plan == "Plus" else 0.0)
            delta = DROPOUT.get(region, 0.0)
            if model == "pareto_nbd":
                theta = np.array([0.6, 40 * np.exp(-gamma), 0.8, 250 * np.exp(-delta)])
            else:
                mean = 1 / (1 + 3 * np.exp(-delta))
                theta = np.array([0.6, 40 * np.exp(-gamma), 4 * mean, 4 * (1 - mean)])
            T = random.integers(180, 720, int(size * share * part)).astype(float)
            frames.append(customers(model, theta, T, random).assign(region=region, plan=plan))
    keys = ["frequency", "recency", "T", "region", "plan"]
    frame = pd.concat(frames).groupby(keys, as_index=False)["n"].sum()
    return PurchaseCounts(frame, by=("region", "plan"), min_cell=10)


def missed(summary: pd.DataFrame) -> np.ndarray:
    """How far each effect lies from the truth, in units of a quarter of its 95 % interval, about its sd."""
    truth = {("region", name, "rate"): value for name, value in RATE.items()}
    truth |= {("region", name, "dropout"): value for name, value in DROPOUT.items()}
    truth |= {("plan", "Plus", "rate"): PLAN, ("plan", "Plus", "dropout"): 0.0}
    expected = np.array([truth[row.covariate, row.level, row.on] for row in summary.itertuples()])
    assert len(expected) == len(truth)
    sd = np.log(summary["high"] / summary["low"]) / 3.92
    return ((np.log(summary["ratio"]) - expected) / sd).to_numpy()


def test_effects_on_rate_and_dropout_are_found_again() -> None:
    fit = fit_covariates(company(1, 500), seed=1)
    assert fit.reference == {"region": "Sud", "plan": "Basic"}
    assert np.abs(missed(fit.summary)).max() < 2.5
    assert fit.reason == ""
    assert fit.r_hat < 1.02
    assert fit.ess > 400
    one = fit.of({"region": "Nord", "plan": "Plus"})
    assert one.counts.customers == 125
    reference = fit.of({"region": "Sud", "plan": "Basic"})
    # alpha = alpha0 exp(-γ'z) in each draw
    ratio = np.log(reference.posterior.draws["alpha"] / one.posterior.draws["alpha"])
    columns = list(zip(fit.columns["covariate"], fit.columns["level"], strict=True))
    places = [columns.index(("region", "Nord")), columns.index(("plan", "Plus"))]
    np.testing.assert_allclose(ratio, fit.effects[:, 0, places].sum(1), rtol=1e-9)
    # a + b is common, the odds a/b are not
    sums = [part.posterior.draws["a"] + part.posterior.draws["b"] for part in (one, reference)]
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-9)
    with pytest.raises(InvalidValue, match="a combination that occurs is required"):
        fit.of({"region": "Nord", "plan": "Gold"})


@pytest.mark.slow
@pytest.mark.parametrize("model", ["bg_nbd", "pareto_nbd"])
def test_effects_lie_around_the_truth_as_their_limits_say(model: str) -> None:
    replications = 30 if model == "bg_nbd" else 6
    found = np.array([missed(fit_covariates(company(seed, 400, model), model, seed=seed).summary)
                      for seed in range(replications)])  # fmt: skip
    assert 0.9 < (np.abs(found) < 1.96).mean() < 0.995
    # The mean over replications: three standard errors.
    assert np.abs(found.mean(0)).max() < 3 / np.sqrt(replications)


def test_levels_too_small_to_be_shown_are_left_out() -> None:
    counts = company(2, 60)
    counts.frame.loc[counts.frame["region"].eq("Est").idxmax(), "region"] = "Corse"
    summary = fit_covariates(counts, covariates="region", seed=1).summary
    # Corse with one customer, and Est or Nord, which with the sum would tell it.
    assert len(summary["level"].unique()) == 1
    assert "Corse" not in set(summary["level"])


def test_draws_that_are_not_to_be_believed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def apart(density: object, dimensions: int, wanted: object, what: str, *, size: int, seed: int) -> Run:
        return Run(np.random.default_rng(seed).standard_normal((2, size, dimensions)), 9.0, 1.2, 42, f"{what}: no.")

    monkeypatch.setattr("cxmodels.clv.fits.covariates.chains_of", apart)
    assert fit_covariates(company(2, 40)).reason == "What region and plan explain: no."
    assert fit_covariates(company(2, 40), covariates="plan").reason == "What plan explains: no."


def test_what_explains_nothing_is_named() -> None:
    counts = company(2, 40)
    with pytest.raises(UnknownColumn, match="not channel"):
        fit_covariates(counts, covariates="channel")
    counts.frame["plan"] = "Basic"
    with pytest.raises(InvalidValue, match="plan must have at least 2 levels, found"):
        fit_covariates(counts)
