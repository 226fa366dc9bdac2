"""Blocks for bootstraps at any size, and patterns of missing answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi

from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.answers.patterns import patterns
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents

SATISFACTION = ["CUSA1", "CUSA2", "CUSA3"]
NAN = float("nan")


@pytest.mark.parametrize(("most", "count"), [(2000, 250), (60, 50), (250, 250), (249, 125)])
def test_the_blocks_of_all_hold_the_moments_of_all(most: int, count: int) -> None:
    # 250 respondents in at most 60 blocks of equal size: 50 of five
    found = blocks(answers_of(mobi()), most=most)
    assert (len(found.n), found.respondents) == (count, 250)
    n, mean, covariance = found.drawn(np.ones((1, count)))
    whole = moments(answers_of(mobi()))
    assert n == [250]
    np.testing.assert_allclose(mean[0], whole.mean, rtol=1e-12)
    np.testing.assert_allclose(covariance[0], whole.covariance, atol=1e-12)


def test_a_resample_of_respondents_has_the_moments_of_their_rows() -> None:
    frame = mobi()[SATISFACTION]
    # equal answers are equal blocks: an order that does not depend on the shuffle
    found = blocks(answers_of(frame), most=250)
    scores = found.sums + found.centre
    times = np.random.default_rng(1).multinomial(250, [1 / 250] * 250, size=3)
    n, mean, covariance = found.drawn(times)
    for draw in range(3):
        rows = np.repeat(scores, times[draw], axis=0)
        np.testing.assert_allclose(mean[draw], rows.mean(0), rtol=1e-12)
        np.testing.assert_allclose(covariance[draw], np.cov(rows.T, bias=True), atol=1e-12)
    assert n.tolist() == [250] * 3
    np.testing.assert_array_equal(np.sort(scores[:, 0].round(9)), np.sort(frame["CUSA1"]))


def test_weights_and_equal_answers_are_in_the_blocks() -> None:
    frame = mobi()[["CUSA1"]].assign(w=1.0 + (np.arange(250) % 3))
    found = blocks(answers_of(frame, weight="w"), most=40, seed=2)
    assert found.n.sum() == pytest.approx(frame["w"].sum())
    _, mean, covariance = found.drawn(np.ones((1, len(found.n))))
    whole = moments(answers_of(frame, weight="w"))
    np.testing.assert_allclose(mean[0], whole.mean)
    np.testing.assert_allclose(covariance[0], whole.covariance, atol=1e-12)


def test_large_scores_lose_nothing_in_the_sums() -> None:
    frame = mobi()[SATISFACTION] + 1e8
    _, _, covariance = blocks(answers_of(frame), most=50).drawn(np.ones((1, 50)))
    np.testing.assert_allclose(covariance[0], np.cov(mobi()[SATISFACTION].T, bias=True), rtol=1e-6)


def test_the_blocks_depend_on_nothing_but_the_seed() -> None:
    one, two, other = (blocks(answers_of(mobi()), most=50, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.products, two.products)
    assert not np.array_equal(one.products, other.products)


def spread(most: int, draws: int, rows: int, seed: int) -> float:
    """Standard error of a mean by resampled blocks, as a share of the one that theory gives."""
    x = np.random.default_rng(seed).normal(size=(rows, 1))
    found = blocks(answers_of(pd.DataFrame(x, columns=["a"]).assign(b=x[:, 0] ** 2)), most=most, seed=seed)
    count = len(found.n)
    times = np.random.default_rng(seed + 1).multinomial(count, [1 / count] * count, size=draws)
    _, mean, _ = found.drawn(times)
    return float(mean[:, 0].std() / (x.std() / np.sqrt(rows)))


def test_resampled_blocks_tell_the_standard_error() -> None:
    # √(1 / (2 · 500)) = 3 % from the blocks, √(1 / (2 · 2000)) = 2 % from the draws
    assert spread(500, 2000, 10_000, 3) == pytest.approx(1, abs=0.12)


@pytest.mark.slow
def test_resampled_blocks_tell_the_standard_error_at_any_size() -> None:
    assert spread(2000, 5000, 200_000, 5) == pytest.approx(1, abs=0.06)


def test_blocks_are_of_complete_answers_that_are_enough() -> None:
    frame = mobi()[SATISFACTION].astype(float)
    frame.iloc[:100, 0] = NAN
    assert blocks(answers_of(frame)).respondents == 150
    with pytest.raises(TooFewRespondents, match="3 items need at least 4"):
        blocks(answers_of(pd.DataFrame(np.eye(3), columns=SATISFACTION)))
    with pytest.raises(InvalidValue, match="most must be at least 2, found 1"):
        blocks(answers_of(frame), most=1)
    flat = frame.assign(CUSA2=[3.0, 4.0, *[5.0] * 248])
    with pytest.raises(InvalidAnswers, match=r"all gave the same score to 'CUSA2' \(5\)"):
        blocks(answers_of(flat))


def test_patterns_part_respondents_by_what_they_answered() -> None:
    frame = mobi()[SATISFACTION].astype(float)
    frame.iloc[:40, 0] = NAN
    frame.iloc[30:50, 2] = NAN
    frame.iloc[:3] = NAN
    whole, without_third, without_first, second_only = patterns(answers_of(frame))
    assert [part.observed.tolist() for part in (whole, without_third, without_first, second_only)] == [
        [0, 1, 2],
        [0, 1],
        [1, 2],
        [1],
    ]
    assert [part.n for part in (whole, without_third, without_first, second_only)] == [200, 10, 27, 10]
    np.testing.assert_allclose(whole.covariance, np.cov(frame.iloc[50:].T, bias=True), atol=1e-12)
    np.testing.assert_allclose(without_first.mean, frame.iloc[3:30, 1:].mean())
    np.testing.assert_allclose(without_first.covariance, np.cov(frame.iloc[3:30, 1:].T, bias=True), atol=1e-12)
    assert second_only.covariance.shape == (1, 1)


def test_a_respondent_alone_in_a_pattern_has_no_covariance() -> None:
    frame = mobi()[SATISFACTION].astype(float)
    frame.iloc[0, 1] = NAN
    alone = patterns(answers_of(frame), ["CUSA3", "CUSA2", "CUSA1"])[-1]
    assert (alone.n, alone.observed.tolist(), alone.mean.tolist()) == (1, [0, 2], [7, 6])
    assert not alone.covariance.any()


def test_the_weights_of_patterns_add_up_to_the_effective_number() -> None:
    frame = mobi()[SATISFACTION].astype(float).assign(w=1.0 + (np.arange(250) % 2))
    frame.iloc[:100, 0] = NAN
    parts = patterns(answers_of(frame, weight="w"))
    assert [part.n for part in parts] == [pytest.approx(225 * 0.6), pytest.approx(225 * 0.4)]


def test_patterns_that_nothing_can_be_told_from_are_refused() -> None:
    frame = mobi()[SATISFACTION].astype(float)
    apart = frame.copy()
    apart.iloc[:100, 0] = NAN
    apart.iloc[100:, 2] = NAN
    with pytest.raises(InvalidAnswers, match="nobody answered 'CUSA1' and 'CUSA3' together"):
        patterns(answers_of(apart))
    with pytest.raises(TooFewRespondents, match="3 items need at least 4"):
        patterns(answers_of(frame.head(3)))
    with pytest.raises(InvalidAnswers, match="there is no item 'CUSA4'"):
        patterns(answers_of(frame), ["CUSA4"])
