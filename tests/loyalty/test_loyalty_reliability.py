"""Reliability against seminr, semTools and psych, and against populations that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, ECSI

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.errors import InvalidAnswers, InvalidModel, InvalidValue
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.quality.measured import measurement_model
from cxmodels.loyalty.quality.reliability import Reliability, cronbach_alpha, feldt_limits, reliability
from cxmodels.loyalty.syntax.path_model import PathModel

# seminr 0.2.1, path weighting on standardised items: alpha, rho_A, rho_C, AVE (alpha of the correlations)
SEMINR = {
    "Image": (0.722835, 0.740329, 0.818879, 0.478354),
    "Expectation": (0.451903, 0.462055, 0.733236, 0.480446),
    "Quality": (0.877010, 0.884246, 0.904692, 0.576650),
    "Value": (0.823632, 0.854996, 0.917975, 0.848440),
    "Satisfaction": (0.779195, 0.789102, 0.871253, 0.693095),
    "Loyalty": (0.472399, 0.745734, 0.721706, 0.517305),
}
# psych 2.2.9 alpha(): raw_alpha; semTools 0.5-6 of the confirmatory model by lavaan 0.6-14: compRelSEM(), AVE(), which
# gives none for loyalty
SEMTOOLS = {
    "Image": (0.7144468020, 0.7208132861, 0.3423607371),
    "Expectation": (0.4325968438, 0.4695783790, 0.2200066989),
    "Quality": (0.8724063714, 0.8676606686, 0.4985856051),
    "Value": (0.8166945390, 0.8179380535, 0.6922820363),
    "Satisfaction": (0.7701131083, 0.7772021225, 0.5536809239),
    "Loyalty": (0.4417171984, 0.5470131890, np.nan),
}


@pytest.fixture(scope="module")
def of_scores() -> Reliability:
    return reliability(fit_pls(ECSI, mobi()), mobi())


@pytest.fixture(scope="module")
def of_factors() -> Reliability:
    return reliability(fit_ml(measurement_model(ECSI), mobi()), mobi())


def test_of_scores_they_are_those_of_seminr(of_scores: Reliability) -> None:
    found = of_scores.constructs.set_index("construct").loc[list(SEMINR), ["alpha_std", "rho_a", "rho_c", "ave"]]
    np.testing.assert_allclose(found.to_numpy(), list(SEMINR.values()), atol=1e-6)


def test_of_factors_they_are_those_of_semtools(of_factors: Reliability) -> None:
    found = of_factors.constructs.set_index("construct").loc[list(SEMTOOLS), ["alpha", "omega", "ave_raw"]]
    expected = np.array(list(SEMTOOLS.values()))
    np.testing.assert_allclose(found["alpha"], expected[:, 0], atol=1e-9)
    np.testing.assert_allclose(found["omega"], expected[:, 1], atol=1e-6)
    np.testing.assert_allclose(found["ave_raw"][:-1], expected[:-1, 2], atol=1e-6)
    assert 0 < found["ave_raw"].iloc[-1] < 0.5


def test_one_answer_cannot_tell_how_reliable_it_is(of_scores: Reliability) -> None:
    row = of_scores.constructs.set_index("construct").loc["Complaints"]
    assert row["items"] == 1
    assert row.drop("items").isna().all()


def test_what_an_engine_does_not_tell_is_missing(of_scores: Reliability, of_factors: Reliability) -> None:
    assert of_scores.constructs["omega"].isna().all()
    assert of_factors.constructs["rho_a"].isna().all()


def test_consistent_weights_have_an_omega() -> None:
    # every construct of the compact model has loadings of factors
    found = reliability(fit_pls(COMPACT, mobi(), consistent=True), mobi()).constructs
    factor = reliability(fit_ml(measurement_model(COMPACT), mobi()), mobi()).constructs
    np.testing.assert_allclose(found["omega"], factor["omega"], atol=0.05)


def test_a_known_factor_has_its_reliabilities() -> None:
    loading, scale = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 2.0, 3.0, 4.0])
    correlation = np.outer(loading, loading) + np.diag(1 - loading**2)
    given = given_moments(correlation * np.outer(scale, scale), 500, items=list("abcd"))
    row = reliability(fit_ml(PathModel("F =~ a + b + c + d"), given), given).constructs.iloc[0]
    explained, raw = loading.sum() ** 2, loading @ scale
    assert row["rho_c"] == pytest.approx(explained / (explained + (1 - loading**2).sum()), abs=1e-6)
    assert row["omega"] == pytest.approx(raw**2 / given.covariance.sum(), abs=1e-6)
    assert row["ave"] == pytest.approx((loading**2).mean(), abs=1e-6)
    assert row["ave_raw"] == pytest.approx(((loading * scale) ** 2).sum() / (scale**2).sum(), abs=1e-6)
    # what alpha is of a sum of unequally good items: less
    assert row["alpha"] < row["omega"]


def test_equally_good_items_have_alpha_of_omega() -> None:
    correlation = np.full((3, 3), 0.49) + np.diag(np.full(3, 0.51))
    given = given_moments(correlation, 500, items=list("abc"))
    row = reliability(fit_ml(PathModel("F =~ a + b + c"), given), given).constructs.iloc[0]
    # Spearman & Brown (1910): k r / (1 + (k - 1) r)
    assert row["alpha"] == row["alpha_std"] == pytest.approx(3 * 0.49 / (1 + 2 * 0.49))
    assert (row["omega"], row["rho_c"]) == pytest.approx((row["alpha"], row["alpha"]), abs=1e-6)


def test_items_show_what_they_add(of_scores: Reliability) -> None:
    rows = of_scores.items.set_index("item")
    frame = mobi()
    rest = frame[["CUSL1", "CUSL3"]].sum(axis=1)
    assert rows.loc["CUSL2", "rest_correlation"] == pytest.approx(frame["CUSL2"].corr(rest))
    # the sum without the item that goes its own way is more reliable
    alpha = of_scores.constructs.set_index("construct").loc["Loyalty", "alpha"]
    assert rows.loc["CUSL2", "alpha_without"] > alpha > rows.loc["CUSL1", "alpha_without"]
    assert rows.loc[["PERV1", "PERV2"], "alpha_without"].isna().all()
    assert rows.loc["PERV1", "rest_correlation"] == pytest.approx(frame["PERV1"].corr(frame["PERV2"]))


def test_feldts_limits_are_quantiles_of_f() -> None:
    # F.025 and F.975 of 99 and 396 degrees of freedom by R 4.2.2: qf()
    low, high = feldt_limits(0.8, n=100, items=5)
    assert (low, high) == pytest.approx((1 - 0.2 * 1.3472089791, 1 - 0.2 * 0.7205662567), abs=1e-9)


def test_limits_of_alpha_hold_it_in_nineteen_of_twenty_samples() -> None:
    population = np.full((4, 4), 0.4) + np.diag(np.full(4, 0.6))
    truth = float(cronbach_alpha(population))
    samples = np.random.default_rng(2).multivariate_normal(np.zeros(4), population, (1000, 80))
    centred = samples - samples.mean(axis=1, keepdims=True)
    alphas = cronbach_alpha(centred.transpose(0, 2, 1) @ centred)
    limits = np.array([feldt_limits(alpha, n=80, items=4) for alpha in alphas])
    held = ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean()
    # .95 plus or minus three standard errors
    assert 0.93 <= held <= 0.97


def test_resamples_give_limits_near_those_of_feldt() -> None:
    population = np.full((4, 4), 0.4) + np.diag(np.full(4, 0.6))
    sample = np.random.default_rng(4).multivariate_normal(np.zeros(4), population, 1000)
    frame, model = pd.DataFrame(sample, columns=list("abcd")), PathModel("F =~ a + b + c + d")
    fit = fit_ml(model, frame)
    drawn = reliability(fit, frame, bootstraps=1000).constructs.iloc[0]
    plain = reliability(fit, frame).constructs.iloc[0]
    assert (drawn["alpha_low"], drawn["alpha_high"]) == pytest.approx(
        (plain["alpha_low"], plain["alpha_high"]), abs=0.01
    )
    again = reliability(fit, frame, bootstraps=1000).constructs.iloc[0]
    assert drawn["alpha_low"] == again["alpha_low"]


def test_answers_and_their_moments_have_the_same_reliabilities() -> None:
    answers = answers_of(mobi())
    fit = fit_pls(COMPACT, answers)
    pd.testing.assert_frame_equal(
        reliability(fit, answers).constructs, reliability(fit, moments(answers)).constructs, atol=1e-12
    )


def test_what_cannot_be_asked_is_refused() -> None:
    fit = fit_pls(COMPACT, mobi())
    with pytest.raises(InvalidAnswers, match="resamples need the answers of each respondent"):
        reliability(fit, fit.moments, bootstraps=100)
    with pytest.raises(InvalidValue, match=r"bootstraps must be a whole number from 0, found 1\.5"):
        reliability(fit, mobi(), bootstraps=1.5)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="level must lie between 0 and 1, found 95"):
        reliability(fit, mobi(), level=95)
    halves = mobi().assign(half=np.where(np.arange(250) % 2 == 0, "a", "b"))
    with pytest.raises(InvalidValue, match="a fit of one group is required, found 2 groups"):
        reliability(fit_ml(COMPACT, halves, group="half"), mobi())
    with pytest.raises(InvalidModel, match="no construct with items of its own"):
        measurement_model(PathModel("CUSA1 ~ IMAG1"))


def test_names_that_are_no_words_stay_in_the_measurement_model() -> None:
    model = PathModel('"the image" =~ "item 1" + "item 2"\n"the image" ~ other')
    found = measurement_model(model)
    assert found.items == ("item 1", "item 2")
    assert found.paths == ()
