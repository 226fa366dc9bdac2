"""Moderation: products of constructs that are measured with error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from moderated_customers import BARRIERS, LOADINGS, MODEL, NAMES, PRODUCT, SLOPE, respondents
from stated_fits import StatedFit, stated

from cxmodels.loyalty.effects.moderated_regression import Places, moderated
from cxmodels.loyalty.effects.moderation import moderation
from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.syntax.path_model import PathModel


def known() -> StatedFit:
    paths = {("Satisfaction", "Loyalty"): SLOPE, ("Barriers", "Loyalty"): BARRIERS}
    return stated(MODEL, paths, loadings=LOADINGS)


def test_without_errors_the_coefficients_are_those_of_a_regression() -> None:
    random = np.random.default_rng(2)
    scores = random.normal(size=(200, 3)) @ random.normal(size=(3, 3))
    found = moderated(scores, np.full(200, 1 / 200), np.zeros((3, 3)), Places(0, 1, 2, (0, 1)))
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    design = np.column_stack([np.ones(200), z[:, 0], z[:, 1], z[:, 0] * z[:, 1]])
    expected, *_ = np.linalg.lstsq(design, z[:, 2], rcond=None)
    assert found[:3] == pytest.approx(expected[1:])
    assert found[3] == pytest.approx(1 - ((z[:, 2] - design @ expected) ** 2).sum() / 200)
    assert found[3] > found[4]


def test_the_errors_of_measurement_are_taken_out_of_the_product() -> None:
    frame = respondents(20_000, seed=0)
    found = moderation(known(), frame, **NAMES, draws=30)
    assert found.coefficients["term"].tolist() == ["Satisfaction", "Barriers", "Satisfaction × Barriers"]
    assert found.coefficients["coef"].tolist() == pytest.approx([SLOPE, BARRIERS, PRODUCT], abs=0.02)
    slopes = found.slopes.set_index("moderator")["slope"]
    assert slopes.to_dict() == pytest.approx({-1: SLOPE - PRODUCT, 0: SLOPE, 1: SLOPE + PRODUCT}, abs=0.03)
    assert found.f2 == pytest.approx(PRODUCT**2 * 1.09 / (1 - found.r2), rel=0.15)


def test_two_stages_fall_short_unless_partial_least_squares_is_consistent() -> None:
    frame = respondents(8_000, seed=0)
    plain = moderation(fit_pls(MODEL, frame), frame, **NAMES, draws=30)
    consistent = moderation(fit_pls(MODEL, frame, consistent=True), frame, **NAMES, draws=30)
    assert -0.17 < plain.interaction["coef"] < -0.13
    assert "too small" in plain.method
    assert consistent.coefficients["coef"].tolist() == pytest.approx([SLOPE, BARRIERS, PRODUCT], abs=0.04)


def test_two_stages_without_the_product_are_the_paths_of_the_fit() -> None:
    frame = respondents(400, seed=3)
    fit = fit_pls(MODEL, frame)
    scores = fit.scores(frame)
    scores["product"] = scores["Satisfaction"] * scores["Barriers"]
    x = np.column_stack([np.ones(len(scores)), scores[["Satisfaction", "Barriers", "product"]]])
    expected, *_ = np.linalg.lstsq(x, scores["Loyalty"].to_numpy(), rcond=None)
    assert moderation(fit, frame, **NAMES, draws=30).coefficients["coef"].tolist() == pytest.approx(expected[1:])


@pytest.mark.parametrize("reps", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_limits_of_a_fit_by_maximum_likelihood_hold_the_product(reps: int) -> None:
    held, coefficients = 0, []
    for seed in range(reps):
        frame = respondents(400, seed)
        row = moderation(MODEL.fit(frame, engine="ml"), frame, **NAMES, draws=100, seed=seed).interaction
        held += abs(row["coef"] - PRODUCT) < 1.645 * row["se"]
        coefficients.append(row["coef"])
    assert (0.86 if reps == 200 else 0.66) <= held / reps <= (0.94 if reps == 200 else 1.0)
    assert np.mean(coefficients) == pytest.approx(PRODUCT, abs=0.25 / np.sqrt(reps))


def test_equal_answers_once_are_the_same_respondents() -> None:
    frame = respondents(300, seed=4).round(0)
    shuffled = frame.sample(frac=1, random_state=1)
    one, other = (moderation(known(), part, **NAMES, draws=30) for part in (frame, shuffled))
    pd.testing.assert_frame_equal(one.coefficients, other.coefficients)


def test_bad_input_is_named() -> None:
    frame = respondents(50, seed=5)
    with pytest.raises(InvalidValue, match="three of Satisfaction, Barriers, Loyalty; found 'Price'"):
        moderation(known(), frame, source="Price", moderator="Barriers", target="Loyalty")
    without = PathModel(MODEL.text.replace("Satisfaction + Barriers", "Satisfaction"))
    with pytest.raises(InvalidModel, match="path from Barriers to Loyalty; add 'Loyalty ~ Barriers'"):
        moderation(stated(without, {("Satisfaction", "Loyalty"): 0.5}), frame, **NAMES)
    random = pd.DataFrame(np.random.default_rng(6).normal(size=(200, 9)), columns=list(LOADINGS))
    weak = stated(MODEL, {}, loadings=dict.fromkeys(LOADINGS, 0.2))
    with pytest.raises(InvalidValue, match="leave nothing of a construct"):
        moderation(weak, random, **NAMES)
