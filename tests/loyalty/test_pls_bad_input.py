"""What partial least squares refuses, and what it says then."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from pls_populations import composites, factors

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.errors import (
    InvalidAnswers,
    InvalidModel,
    InvalidValue,
    NotConverged,
    NotIdentified,
    TooFewRespondents,
)
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.predict import predict_items
from cxmodels.loyalty.syntax.path_model import PathModel

MEASURED = "Image =~ i1 + i2 + i3\nSatisfaction =~ s1 + s2\nLoyalty =~ l1 + l2 + l3\n"


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return factors().sample(100, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Satisfaction ~ Image", "no path from or to Loyalty"),
        ("Satisfaction ~ Image\nLoyalty ~ 0.5*Satisfaction", r"line 5: .* found Loyalty ~ 0.5\*Satisfaction"),
        ("Satisfaction ~ Image\nLoyalty ~ 1*Satisfaction", r"found Loyalty ~ 1\*Satisfaction"),
        ("Satisfaction ~ a*Image\nLoyalty ~ a*Satisfaction", "found the label 'a' twice"),
        ("Satisfaction ~ a*Image\nLoyalty ~ b*Satisfaction\na == b", "found a == b"),
        (
            "Satisfaction ~ Image\nAll =~ Image + Satisfaction\nLoyalty ~ All",
            "found the construct",
        ),
    ],
)
def test_a_text_that_composites_cannot_hold_is_refused(sample: pd.DataFrame, text: str, message: str) -> None:
    with pytest.raises(InvalidModel, match=message):
        fit_pls(PathModel(MEASURED + text), sample)


def test_a_loading_of_one_only_sets_the_scale(sample: pd.DataFrame) -> None:
    text = "Satisfaction ~ Image\nLoyalty ~ Satisfaction"
    marked = fit_pls(PathModel(MEASURED.replace("=~ ", "=~ 1*") + text), sample)
    assert np.array_equal(marked.path_matrix(), fit_pls(PathModel(MEASURED + text), sample).path_matrix())


def test_what_composites_do_not_know_is_told(sample: pd.DataFrame) -> None:
    text = "Satisfaction ~ Image\nLoyalty ~ Satisfaction\ni1 ~~ l1\ns1 ~ 1"
    assert fit_pls(PathModel(MEASURED + text), sample).not_held == ("i1 ~~ l1", "s1 ~1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": "paths"}, "scheme must be one of 'path', 'factorial', 'centroid', found 'paths'"),
        ({"modes": {"Imago": "A"}}, "the constructs are Image, Satisfaction, Loyalty; found Imago"),
        ({"modes": {"Image": "C"}}, "must be 'A' or 'B', found 'C'"),
        ({"modes": {"Image": "B"}, "consistent": True}, "weighed by mode A, found mode B of Image"),
        ({"bootstraps": -1}, "a whole number from 0, found -1"),
        ({"bootstraps": 0.5}, "a whole number from 0, found 0.5"),
        ({"bootstraps": True}, "a whole number from 0, found True"),
    ],
)
def test_an_option_that_is_none_is_refused(sample: pd.DataFrame, options: Mapping[str, object], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        fit_pls(factors().model, sample, **options)


def test_answers_that_do_not_fit_the_model_are_refused(sample: pd.DataFrame) -> None:
    model = factors().model
    with pytest.raises(InvalidAnswers, match="s1"):
        fit_pls(model, sample.assign(s1=3.0))
    with pytest.raises(InvalidAnswers, match="there is no item 's1'"):
        fit_pls(model, sample.drop(columns="s1"))
    with pytest.raises(TooFewRespondents, match="8 items need at least 9 respondents"):
        fit_pls(model, sample.head(8))


def test_items_of_which_one_is_the_sum_of_others_cannot_be_weighed_apart(sample: pd.DataFrame) -> None:
    twin = sample.assign(s2=sample["s1"] * 2 + 1)
    with pytest.raises(NotIdentified, match=r"Satisfaction: mode B needs items .* found s1, s2 to be collinear"):
        fit_pls(composites().model, twin)
    assert fit_pls(factors().model, twin).iterations > 0


def test_constructs_that_are_the_same_cannot_both_explain(sample: pd.DataFrame) -> None:
    model = PathModel("A =~ i1\nB =~ i2\nC =~ l1 + l2\nC ~ A + B")
    with pytest.raises(NotIdentified, match="C: what explains it must not be collinear, found A, B to be"):
        fit_pls(model, sample.assign(i2=sample["i1"] * 3))


def test_weights_that_circle_are_told_and_not_returned() -> None:
    # A construct whose only neighbour hardly correlates: the sign of the centroid changes with each iteration.
    covariance = pd.DataFrame(
        [[1.0, 0.0, 0.3, -0.3], [0.0, 1.0, -0.3, 0.3], [0.3, -0.3, 1.0, 0.0], [-0.3, 0.3, 0.0, 1.0]],
        list("abcd"),
        list("abcd"),
    )
    with pytest.raises(NotConverged, match="the weights of 4 items did not converge within 300 iterations"):
        fit_pls(PathModel("One =~ a + b\nOther =~ c + d\nOther ~ One"), given_moments(covariance, 100))


def test_scores_need_means_and_items(sample: pd.DataFrame) -> None:
    population = factors()
    with pytest.raises(InvalidAnswers, match="the model was fitted to covariances alone"):
        fit_pls(population.model, given_moments(sample.cov(), 100)).scores(sample)
    with pytest.raises(InvalidAnswers, match="there is no item 'i2'"):
        fit_pls(population.model, sample).scores(sample.drop(columns="i2"))


def test_an_item_not_answered_leaves_out_its_own_score_only(sample: pd.DataFrame) -> None:
    fit = fit_pls(factors().model, sample)
    some = sample.copy()
    some.loc[3, "i2"] = np.nan
    scores = fit.scores(some)
    assert scores.isna().sum().tolist() == [1, 0, 0]
    pd.testing.assert_frame_equal(scores.drop(index=3), fit.scores(sample).drop(index=3))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"antecedents": "all"}, InvalidValue, "must be 'direct' or 'earliest', found 'all'"),
        ({"folds": 1}, InvalidValue, "between 2 and the 100 respondents, found 1"),
        ({"folds": 101}, InvalidValue, "between 2 and the 100 respondents, found 101"),
        ({"repeats": 0}, InvalidValue, "repeats must be at least 1, found 0"),
    ],
)
def test_a_prediction_that_cannot_be_made_is_refused(
    sample: pd.DataFrame, options: Mapping[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        predict_items(fit_pls(factors().model, sample), sample, **options)


def test_a_prediction_needs_more_respondents_than_items_outside_of_each_part(sample: pd.DataFrame) -> None:
    fit = fit_pls(factors().model, sample)
    with pytest.raises(TooFewRespondents, match="that without one of 2 parts, found 8"):
        predict_items(fit, sample.head(16), folds=2)
    rare = sample.assign(s1=np.where(np.arange(100) == 5, 1.0, 0.0))
    with pytest.raises(NotConverged, match="no solution in 1 of 100 parts"):
        predict_items(fit, rare, folds=100, repeats=1)
