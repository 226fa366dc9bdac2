"""What must not change a fit by partial least squares, and what must change it in a known way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from pls_populations import composites
from sem_models import ECSI

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.predict import predict_items
from cxmodels.loyalty.syntax.path_model import PathModel


@pytest.fixture(scope="module")
def fit() -> PlsFit:
    return fit_pls(ECSI, mobi())


def agree(one: PlsFit, other: PlsFit) -> None:
    np.testing.assert_allclose(one.path_matrix(), other.path_matrix(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.statistics.loadings, other.statistics.loadings, rtol=0, atol=1e-9)


def test_the_order_of_respondents_and_columns_changes_nothing(fit: PlsFit) -> None:
    agree(fit, fit_pls(ECSI, mobi().sample(frac=1, random_state=1)[sorted(mobi().columns, reverse=True)]))


def test_an_item_on_another_scale_changes_nothing_but_what_a_point_of_it_weighs(fit: PlsFit) -> None:
    other = fit_pls(ECSI, mobi().assign(IMAG2=lambda table: 50 + 10 * table["IMAG2"]))
    agree(fit, other)
    ratio = fit.weights["raw_weight"] / other.weights["raw_weight"]
    np.testing.assert_allclose(ratio[fit.weights["item"] == "IMAG2"], 10, rtol=1e-9)
    np.testing.assert_allclose(ratio[fit.weights["item"] != "IMAG2"], 1, rtol=1e-6)


def test_a_respondent_of_weight_two_is_two_respondents(fit: PlsFit) -> None:
    twice = np.arange(250) < 100
    weighted = answers_of(mobi().assign(w=np.where(twice, 2.0, 1.0)), weight="w")
    doubled = pd.concat([mobi(), mobi()[twice]])
    agree(fit_pls(ECSI, weighted), fit_pls(ECSI, doubled))
    assert fit_pls(ECSI, weighted).n == pytest.approx(350**2 / (100 * 4 + 150))


def test_the_moments_of_answers_give_the_same_fit(fit: PlsFit) -> None:
    agree(fit, fit_pls(ECSI, fit.moments))


def test_who_left_out_an_item_is_left_out() -> None:
    some = mobi().astype(float)
    some.loc[[3, 8], "CUSA2"] = np.nan
    agree(fit_pls(ECSI, some), fit_pls(ECSI, mobi().drop(index=[3, 8])))
    assert fit_pls(ECSI, some).n == 248


def test_an_item_asked_the_other_way_round_only_changes_its_sign(fit: PlsFit) -> None:
    other = fit_pls(ECSI, mobi().assign(PERQ3=lambda table: 11 - table["PERQ3"]))
    np.testing.assert_allclose(other.path_matrix(), fit.path_matrix(), rtol=0, atol=1e-6)
    np.testing.assert_allclose(other.htmt, fit.htmt, rtol=0, atol=1e-9)
    sign = np.where(fit.loadings["item"] == "PERQ3", -1, 1)
    np.testing.assert_allclose(other.loadings["loading"], sign * fit.loadings["loading"], rtol=0, atol=1e-6)


def test_resamples_are_oriented_as_the_sample_is() -> None:
    # Two items against two: the sign of their sum is open, that of a resample is not.
    generator = np.random.default_rng(3)
    image = generator.standard_normal(150)
    table = pd.DataFrame(
        {f"i{k}": sign * image + generator.standard_normal(150) for k, sign in enumerate((1, 1, -1, -1))}
    )
    table["l1"] = image + generator.standard_normal(150)
    fit = fit_pls(PathModel("Image =~ i0 + i1 + i2 + i3\nl1 ~ Image"), table, bootstraps=300)
    drawn = fit.path_draws()[:, 1, 0]
    assert (np.sign(drawn) == np.sign(fit.path_matrix()[1, 0])).all()


def test_fitting_changes_none_of_the_answers() -> None:
    table = mobi()
    fit = fit_pls(ECSI, table, bootstraps=10)
    predict_items(fit, table, repeats=1)
    fit.path_matrix()[:] = 0
    fit.construct_covariance()[:] = 0
    pd.testing.assert_frame_equal(table, mobi())
    assert fit.path_matrix().any()
    assert fit.construct_covariance().any()


def test_predictions_count_a_respondent_as_often_as_there_are_such() -> None:
    population = composites()
    sample = population.sample(400, np.random.default_rng(1)).round()
    told = predict_items(fit_pls(population.model, sample), answers_of(sample), folds=5, repeats=20)
    again = predict_items(fit_pls(population.model, sample), sample, folds=5, repeats=20, seed=2)
    np.testing.assert_allclose(told.items["rmse"], again.items["rmse"], rtol=0.01)
    assert told.against_mean.n == 400


def test_the_model_predicts_loyalty_better_than_a_regression_of_noisy_items(fit: PlsFit) -> None:
    told = predict_items(fit, mobi())
    assert told.power == "medium"
    assert told.against_linear.high < 0
    assert told.against_mean.high < told.against_linear.low
    assert (told.items["q2"] > 0).all()
