"""Scores and plausible values of constructs: as lavaan has them, with answers missing, and true to what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.bayes.plausible import construct_scores, plausible_values
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

LOADINGS = np.array([[0.9, 0.0], [0.8, 0.0], [0.7, 0.0], [0.0, 0.8], [0.0, 0.6]])
SLOPE = 0.6
TRUTH = Measurement(
    ("a1", "a2", "a3", "b1", "b2"),
    ("A", "B"),
    LOADINGS,
    np.array([[1.0, SLOPE], [SLOPE, 1.0]]),
    np.diag(1 - (LOADINGS**2).sum(1)),
    np.array([7.0, 6.0, 5.0, 8.0, 4.0]),
)
FITTED = Measurement(
    ("CUSA1", "CUSA2", "CUSA3", "CUSL1", "CUSL3"),
    ("S", "L"),
    np.array([[0.821105156, 0], [1.266337027, 0], [1.407559312, 0], [0, 1.619050027], [0, 1.964975380]]),
    np.array([[1, 0.847667916], [0.847667916, 1]]),
    np.diag([0.845769518755, 1.480109957405, 1.058921366682, 4.418372762524, 1.049895172745]),
    np.array([7.987256970, 7.121391652, 7.316000086, 7.452000010, 7.668462016]),
)
"""lavaan 0.6-14: cfa(S =~ CUSA1 + CUSA2 + CUSA3, L =~ CUSL1 + CUSL3, std.lv = TRUE, missing = "ml") on mobi without
CUSA2 of the second respondent and CUSA1 and CUSL3 of the third."""
ANSWERS = pd.DataFrame(
    [[6, 4, 7, 6, 6], [10, None, 8, 10, 10], [None, 7, 7, 6, None], [10, 10, 10, 10, 10]],
    columns=list(FITTED.items),
    dtype=float,
)


def people(n: int, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Constructs and answers of n respondents of `TRUTH`, none missing."""
    random = np.random.default_rng(seed)
    constructs = random.standard_normal((n, 2)) @ np.linalg.cholesky(TRUTH.construct_covariance[0]).T
    own = random.standard_normal((n, 5)) * np.sqrt(np.diag(TRUTH.residual_covariance[0]))
    return constructs, pd.DataFrame(TRUTH.intercepts[0] + constructs @ LOADINGS.T + own, columns=list(TRUTH.items))


def test_scores_by_regression_are_lavaans_with_missing_answers_too() -> None:
    found = construct_scores(FITTED, ANSWERS)
    # lavaan 0.6-14: lavPredict(method = "regression"), and its attribute se
    expected = [
        [-1.045821914604, -0.869707387177],
        [0.968521955877, 1.049902862464],
        [-0.210749244719, -0.281409176415],
        [1.631153866992, 1.304975405801],
    ]
    errors = [
        [0.403397031891, 0.389778862364],
        [0.444477786565, 0.396344279142],
        [0.481140937559, 0.602766653866],
        [0.403397031891, 0.389778862364],
    ]
    np.testing.assert_allclose(found.mean, expected, atol=1e-7)
    np.testing.assert_allclose(found.sd, errors, atol=1e-7)
    assert list(found.mean.columns) == ["S", "L"]


def test_bartletts_scores_are_lavaans_with_missing_answers_too() -> None:
    found = construct_scores(FITTED, ANSWERS, method="bartlett")
    # lavaan 0.6-14: lavPredict(method = "Bartlett")
    expected = [
        [-1.338078696803, -0.855729778407],
        [1.073123568543, 1.240336637440],
        [-0.177326935099, -0.896822201469],
        [2.128321873321, 1.240336637440],
    ]
    np.testing.assert_allclose(found.mean, expected, atol=1e-7)


def test_bartletts_error_is_that_of_its_formula() -> None:
    precision = LOADINGS.T @ np.diag(1 / np.diag(TRUTH.residual_covariance[0])) @ LOADINGS
    found = construct_scores(TRUTH, people(3, 0)[1], method="bartlett")
    np.testing.assert_allclose(found.covariance, np.broadcast_to(np.linalg.inv(precision), (3, 2, 2)), atol=1e-12)


def test_without_any_answer_the_mean_is_expected_and_the_whole_spread_is_left() -> None:
    nothing = pd.DataFrame(np.full((1, 5), np.nan), columns=list(TRUTH.items), index=["nobody"])
    found = construct_scores(TRUTH, nothing)
    np.testing.assert_allclose(found.mean, [[0, 0]])
    np.testing.assert_allclose(found.covariance[0], TRUTH.construct_covariance[0])
    assert list(found.mean.index) == ["nobody"]
    assert construct_scores(TRUTH, nothing, method="bartlett").mean.isna().all(axis=None)


def test_of_one_construct_unanswered_bartlett_tells_the_other_alone() -> None:
    _, answers = people(4, 1)
    part = answers.assign(b1=np.nan, b2=np.nan)
    found = construct_scores(TRUTH, part, method="bartlett")
    assert found.mean["B"].isna().all()
    np.testing.assert_allclose(found.mean["A"], construct_scores(TRUTH, answers, method="bartlett").mean["A"])


def test_a_shift_of_the_construct_means_and_of_the_items_with_it_shifts_the_scores() -> None:
    shift = np.array([0.5, -2.0])
    moved = Measurement(
        TRUTH.items, TRUTH.names, LOADINGS, TRUTH.construct_covariance[0], TRUTH.residual_covariance[0],
        TRUTH.intercepts[0] - LOADINGS @ shift, shift,
    )  # fmt: skip
    _, answers = people(5, 2)
    answers.iloc[2, :3] = np.nan
    np.testing.assert_allclose(construct_scores(moved, answers).mean, construct_scores(TRUTH, answers).mean + shift)


def test_an_item_without_error_is_its_construct() -> None:
    single = Measurement(("y",), ("Y",), np.array([[2.0]]), np.eye(1), np.zeros((1, 1)), np.array([3.0]))
    answers = pd.DataFrame({"y": [3.0, 7.0]})
    np.testing.assert_allclose(plausible_values(single, answers, size=4), np.broadcast_to([[0.0], [2.0]], (4, 2, 1)))
    for method in ("regression", "bartlett"):
        np.testing.assert_allclose(construct_scores(single, answers, method=method).mean["Y"], [0, 2])


def test_plausible_values_vary_and_relate_as_the_constructs_do_where_scores_do_not() -> None:
    constructs, answers = people(40_000, 3)
    assert np.corrcoef(constructs.T)[0, 1] == pytest.approx(SLOPE, abs=0.01)
    drawn = plausible_values(TRUTH, answers, size=5)
    slopes = [np.polyfit(each[:, 0], each[:, 1], 1)[0] for each in drawn]
    np.testing.assert_allclose(slopes, SLOPE, atol=0.015)
    np.testing.assert_allclose(drawn.var(1), 1, atol=0.02)
    scores = construct_scores(TRUTH, answers).mean
    assert scores["B"].var() < 0.8
    raw = answers[["a1", "a2", "a3"]].mean(axis=1), answers[["b1", "b2"]].mean(axis=1)
    assert np.corrcoef(*raw)[0, 1] < 0.85 * SLOPE


def test_intervals_of_plausible_values_hold_the_constructs_with_answers_missing_at_random() -> None:
    constructs, answers = people(4_000, 4)
    gone = np.random.default_rng(5).random(answers.shape) < 0.3
    drawn = plausible_values(TRUTH, answers.mask(gone), size=199)
    low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
    np.testing.assert_allclose(((low <= constructs) & (constructs <= high)).mean(0), 0.9, atol=0.015)


def test_draws_of_parameters_widen_the_doubt_by_their_own() -> None:
    _, answers = people(3, 6)
    shifts = np.random.default_rng(6).normal(0, 0.4, 500)
    drawn = Measurement(
        TRUTH.items, TRUTH.names, np.broadcast_to(LOADINGS, (500, 5, 2)), TRUTH.construct_covariance[0],
        TRUTH.residual_covariance[0], TRUTH.intercepts[0] - shifts[:, None] * LOADINGS.sum(1), shifts[:, None] * [1, 1],
    )  # fmt: skip
    known, unsure = construct_scores(TRUTH, answers), construct_scores(drawn, answers)
    np.testing.assert_allclose(unsure.covariance - known.covariance, shifts.var(), atol=1e-12)
    np.testing.assert_allclose(plausible_values(drawn, answers, size=5_000).std(0), unsure.sd, rtol=0.05)


def test_each_set_of_plausible_values_takes_a_draw_of_the_parameters() -> None:
    _, answers = people(6_000, 7)
    two = Measurement(
        TRUTH.items, TRUTH.names, np.stack([LOADINGS, LOADINGS]), TRUTH.construct_covariance[0],
        TRUTH.residual_covariance[0], np.stack([TRUTH.intercepts[0], TRUTH.intercepts[0] - 1]),
    )  # fmt: skip
    # with lower intercepts the same answers are those of higher constructs
    higher = construct_scores(TRUTH, answers + 1).mean - construct_scores(TRUTH, answers).mean
    first, *_, last = plausible_values(two, answers, size=6)
    np.testing.assert_allclose((last - first).mean(0), higher.mean(), atol=0.04)


def test_rows_with_equal_answers_are_drawn_independently_and_a_seed_repeats_them() -> None:
    _, answers = people(1, 8)
    twice = pd.concat([answers, answers], ignore_index=True)
    first = plausible_values(TRUTH, twice, size=3, seed=1)
    assert first.shape == (3, 2, 2)
    assert (first[:, 0] != first[:, 1]).all()
    np.testing.assert_array_equal(first, plausible_values(TRUTH, twice, size=3, seed=1))
    assert (first != plausible_values(TRUTH, twice, size=3, seed=2)).all()


def test_what_cannot_be_scored_is_refused_by_name() -> None:
    _, answers = people(2, 9)
    with pytest.raises(InvalidAnswers, match="no column 'b2'; there are a1, a2, a3, b1"):
        construct_scores(TRUTH, answers.drop(columns="b2"))
    with pytest.raises(InvalidAnswers, match="'a2' is infinite"):
        plausible_values(TRUTH, answers.assign(a2=np.inf))
    with pytest.raises(InvalidValue, match="'regression' or 'bartlett', found 'mean'"):
        construct_scores(TRUTH, answers, method="mean")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="size must be at least 1, found 0"):
        plausible_values(TRUTH, answers, size=0)
    with pytest.raises(
        InvalidValue, match=r"loadings must have the shape \(2, 1\), of draws \(1, 2, 1\), found \(1, 2\)"
    ):
        Measurement(("x", "y"), ("X",), np.ones((1, 2)), np.eye(1), np.eye(2), np.zeros(2))
