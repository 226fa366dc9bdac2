"""Moments of answers: against numpy, lavaan and simulation; given ones are checked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import group_sizes, moments, moments_by
from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents

SATISFACTION = ["CUSA1", "CUSA2", "CUSA3"]
NAN = float("nan")


def test_moments_are_those_of_numpy_divided_by_n() -> None:
    frame = mobi()
    found = moments(answers_of(frame))
    np.testing.assert_allclose(found.covariance, np.cov(frame.T, bias=True), atol=1e-12)
    np.testing.assert_allclose(found.mean, frame.mean(), atol=1e-12)
    assert (found.n, found.items) == (250, tuple(frame.columns))


def test_fourth_moments_are_those_of_lavaan() -> None:
    # lavaan 0.6-14, sem(..., estimator = "MLR") on mobi: lavInspect(fit, "gamma") and "sampstat"
    found = moments(answers_of(mobi(), SATISFACTION), fourth=True)
    assert found.fourth is not None
    order = [0, 1, 3, 2, 4, 5]  # lavaan goes down the columns, np.tril_indices along the rows
    gamma = found.fourth[np.ix_(order, order)][np.tril_indices(6)]
    lower = [
        5.00502635, 3.76022335, 6.75070570, 3.14623514, 4.05608736, 5.62271624, 3.41388522, 9.07914143, 4.64557190,
        24.91526290, 2.52801715, 5.78189882, 5.40212744, 12.51888520, 15.18882800, 2.12056213, 3.76035982, 5.90456345,
        9.06415792, 15.14891162, 27.66691384,
    ]  # fmt: skip
    np.testing.assert_allclose(gamma, lower, atol=5e-9)
    covariance = [1.51585600, 1.16953600, 3.10361600, 1.05179200, 1.81955200, 3.04014400]
    np.testing.assert_allclose(found.covariance[np.tril_indices(3)], covariance, atol=5e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_respondents_is_nothing_and_equal_weights_are_none(seed: int) -> None:
    frame = mobi()[SATISFACTION]
    draw = np.random.default_rng(seed)
    plain = moments(answers_of(frame), fourth=True)
    mixed = moments(answers_of(frame.iloc[draw.permutation(len(frame))].assign(w=2.0), weight="w"), fourth=True)
    for name in ("n", "covariance", "mean", "fourth"):
        np.testing.assert_allclose(getattr(mixed, name), getattr(plain, name), rtol=1e-12)


def test_a_weight_of_two_is_a_row_twice() -> None:
    frame = mobi()[SATISFACTION]
    weights = 1.0 + (np.arange(250) % 2)
    weighted = moments(answers_of(frame.assign(w=weights), weight="w"))
    doubled = moments(answers_of(frame.loc[frame.index.repeat(weights.astype(int))]))
    np.testing.assert_allclose(weighted.covariance, doubled.covariance, rtol=1e-12)
    np.testing.assert_allclose(weighted.mean, doubled.mean, rtol=1e-12)
    # but nobody was asked twice: (Σw)² / Σw² = 375² / 625
    assert (weighted.n, doubled.n) == (pytest.approx(225), 375)


def weighted_variances(replications: int, n: int, seed: int) -> tuple[float, float]:
    """Variance of a weighted covariance over replications, and the mean of what fourth moments say it is."""
    draw = np.random.default_rng(seed)
    found, said = [], []
    for _ in range(replications):
        x = draw.standard_exponential((n, 1)) + draw.normal(size=(n, 2))
        frame = pd.DataFrame(x, columns=["a", "b"]).assign(n=1, weight=draw.choice([1.0, 4.0], n))
        got = moments(Answers(frame, ("a", "b")), fourth=True)
        assert got.fourth is not None
        found.append(got.covariance[1, 0])
        said.append(got.fourth[1, 1] / got.n)
    return float(np.var(found)), float(np.mean(said))


def test_fourth_moments_tell_the_variance_of_a_weighted_covariance() -> None:
    found, said = weighted_variances(200, 200, 1)
    # a variance from 200 replications is known to about √(2/200) = 10 %
    assert said == pytest.approx(found, rel=0.3)


@pytest.mark.slow
def test_fourth_moments_tell_the_variance_of_a_weighted_covariance_closely() -> None:
    found, said = weighted_variances(6000, 400, 2)
    assert said == pytest.approx(found, rel=0.06)


def test_only_complete_answers_count() -> None:
    frame = mobi()[SATISFACTION].astype(float)
    frame.iloc[:100, 0] = NAN
    found = moments(answers_of(frame))
    assert found.n == 150
    np.testing.assert_allclose(found.covariance, np.cov(frame.dropna().T, bias=True), atol=1e-12)
    assert moments(answers_of(frame), ["CUSA3", "CUSA2"]).n == 250


def test_groups_have_moments_of_their_own() -> None:
    frame = mobi()[SATISFACTION].assign(half=np.where(np.arange(250) < 100, "first", "second"))
    both = answers_of(frame, SATISFACTION, by=["half"])
    first, second = moments_by(both, "half")
    assert [(part.group, part.n) for part in (first, second)] == [("first", 100), ("second", 150)]
    np.testing.assert_allclose(first.covariance, np.cov(frame[SATISFACTION].head(100).T, bias=True), atol=1e-12)
    (only,) = moments_by(both, "half", ["CUSA2"], levels=["second"])
    assert only.covariance == pytest.approx(second.covariance[1:2, 1:2])


def test_group_sizes_say_which_groups_are_enough() -> None:
    frame = mobi()[SATISFACTION].astype(float).assign(part=["few"] * 3 + ["many"] * 247)
    frame.iloc[3:10, 0] = NAN
    both = answers_of(frame, SATISFACTION, by=["part"])
    assert group_sizes(both, "part").to_numpy().tolist() == [["few", 3, 3, False], ["many", 247, 240, True]]
    with pytest.raises(
        TooFewRespondents, match=r"moments of 'few': 3 items need at least 4 respondents .* found 3 of 3"
    ):
        moments_by(both, "part")


def test_items_that_do_not_vary_among_complete_answers_are_refused() -> None:
    frame = pd.DataFrame({"a": [1.0, 1, 1, 2], "b": [1.0, 2, 3, NAN]})
    with pytest.raises(InvalidAnswers, match=r"all gave the same score to 'a' \(1\)"):
        moments(answers_of(frame))


def test_as_many_respondents_as_items_are_too_few() -> None:
    with pytest.raises(TooFewRespondents, match=r"24 items need at least 25 .* found 24 of 24"):
        moments(answers_of(mobi().head(24)))
    assert moments(answers_of(mobi().head(25))).n == 25


def test_given_moments_are_those_of_the_answers() -> None:
    frame = mobi()
    whole = moments(answers_of(frame))
    found = given_moments(frame.cov(), 250, mean=frame.mean(), unbiased=True)
    np.testing.assert_allclose(found.covariance, whole.covariance, atol=1e-12)
    np.testing.assert_allclose(found.mean, whole.mean)
    some = given_moments(frame.cov(), 250, items=SATISFACTION, mean=frame.mean()[::-1], unbiased=True)
    wanted = moments(answers_of(frame), SATISFACTION)
    np.testing.assert_allclose(some.covariance, wanted.covariance, atol=1e-12)
    np.testing.assert_allclose(some.mean, wanted.mean)
    named = given_moments(frame[SATISFACTION].cov().to_numpy(), 250, items=SATISFACTION)
    np.testing.assert_allclose(named.covariance, wanted.covariance * 250 / 249, atol=1e-12)
    assert named.mean is None


def test_moments_are_taken_in_the_order_of_a_model() -> None:
    frame = mobi()
    items = ["PERV2", "CUSA1", "IMAG3"]
    found = as_moments(moments(answers_of(frame), fourth=True), items)
    wanted = moments(answers_of(frame), items, fourth=True)
    for name in ("covariance", "mean", "fourth"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-12)


def test_an_item_that_the_moments_lack_is_named() -> None:
    with pytest.raises(InvalidAnswers, match="there is no item 'c'"):
        as_moments(given_moments(np.eye(2), 100, items=["a", "b"]), ["a", "c"])


@pytest.mark.parametrize(
    ("matrix", "options", "said"),
    [
        ([[1, 0.2], [0.3, 1]], {}, "must be symmetric, found 0.2 and 0.3 of 'a' and 'b'"),
        ([[1, 2], [2, 1]], {}, "must be positive definite, found a smallest eigenvalue of -1"),
        ([[1, 1], [1, 1]], {}, "must be positive definite"),
        ([[1, 0], [0, 0]], {}, "an item must vary, found a variance of 0 of 'b'"),
        ([[1, NAN], [NAN, 1]], {}, "must be finite, found nan of 'a' and 'b'"),
        ([[1, 0, 0], [0, 1, 0]], {}, "2 items need a matrix of 2 by 2, found 2 by 3"),
        ([["one", 0], [0, 1]], {}, "must hold numbers"),
        (np.eye(2), {"n": 0}, "n must be a positive number"),
        (np.eye(2), {"items": ["a", "a"]}, "each item once; named twice: 'a'"),
        (np.eye(2), {"items": None}, "a matrix without names needs items"),
        (np.eye(2), {"mean": [1.0]}, "2 items need as many finite means"),
        (np.eye(2), {"mean": pd.Series({"a": 1.0})}, "mean: there is no item 'b'"),
        (pd.DataFrame(np.eye(2), index=["b", "a"], columns=["a", "b"]), {}, "rows and columns must name the same"),
    ],
)  # fmt: skip
def test_a_matrix_that_is_no_covariance_is_refused(matrix: object, options: dict, said: str) -> None:
    asked = {"n": 100, "items": ["a", "b"], **options}
    with pytest.raises(InvalidAnswers) as caught:
        given_moments(matrix, asked.pop("n"), **asked)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_a_given_matrix_of_too_few_respondents_is_refused() -> None:
    with pytest.raises(
        TooFewRespondents, match="2 items need at least 3 respondents who answered all of them, found 2"
    ):
        given_moments(np.eye(2), 2, items=["a", "b"])
