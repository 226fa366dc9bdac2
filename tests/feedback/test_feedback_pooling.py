"""Partial pooling: against published figures, against quadrature, and who is told of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import chi2

from cxmodels.feedback.counts.given import counts_of, given_counts
from cxmodels.feedback.counts.parts import UNKNOWN
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, TooFewCustomers
from cxmodels.feedback.pooling.between import drawn_together, paule_mandel
from cxmodels.feedback.pooling.partial_pooling import pooled

# Colditz et al. (1994), 13 trials of a vaccine: cases and others, treated and not; log risk ratios. As dat.bcg in the R
# package metadat.
TRIALS = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
        [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232],
        [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
    ],
    float,
)  # fmt: skip
# Rubin (1981): effects of coaching in eight schools and their standard errors.
SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def log_risk_ratios() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = TRIALS.T
    return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def groups(**shares: tuple[int, int, int]) -> ScoreCounts:
    """Counts by ``touchpoint`` of detractors, passives and promoters, each answer of a customer."""
    rows = [(name, score, n) for name, given in shares.items() for score, n in zip((0, 7, 10), given, strict=True) if n]
    return counts_of(pd.DataFrame(rows, columns=["touchpoint", "score", "n"]), "nps", by="touchpoint")


def test_the_spread_between_trials_is_the_published_one() -> None:
    # metafor 4: rma(yi, vi, method="PM"), tau^2 = 0.3181; its Q-profile interval, confint(): 0.1197 to 1.1115
    effect, variance = log_risk_ratios()
    assert paule_mandel(effect, variance)[0] ** 2 == pytest.approx(0.3181, abs=5e-5)
    tails = chi2.ppf([0.975, 0.025], len(effect) - 1)
    low, high = paule_mandel(effect, variance, widest=5, at=tails) ** 2
    assert (low, high) == pytest.approx((0.1197, 1.1115), abs=5e-5)


def test_groups_that_differ_by_less_than_chance_have_no_spread_between_them() -> None:
    assert paule_mandel([0.10, 0.11, 0.12], [0.04, 0.04, 0.04])[0] == 0


def test_the_eight_schools_are_pooled_as_published() -> None:
    # Gelman et al. (2013), Bayesian Data Analysis, Table 5.3: medians of 200 draws, hence to a point and a half
    effect, error = SCHOOLS
    drawn = drawn_together(effect, error**2, draws=40_000, widest=100)
    assert np.median(drawn, axis=1) == pytest.approx([10, 8, 7, 8, 5, 6, 10, 8], abs=1.5)
    # as the book tells: the probability that A's effect exceeds 28.4 is about .1, that it is larger than C's .7
    assert np.mean(drawn[0] > 28.4) < 0.15
    assert np.mean(drawn[0] > drawn[2]) == pytest.approx(0.7, abs=0.05)


def test_the_draws_agree_with_quadrature() -> None:
    value, variance, widest = np.array([0.1, 0.3, 0.55]), np.array([0.01, 0.03, 0.002]), 1.0

    def given(between: float) -> tuple[float, float]:
        # mu and the values integrated out by hand: likelihood of tau, and the mean of the first value given it
        covariance = np.diag(variance + between**2)
        inverse = np.linalg.inv(covariance)
        ones = np.ones(3)
        precision = ones @ inverse @ ones
        centre = ones @ inverse @ value / precision
        gap = value - centre
        likely = np.exp(-gap @ inverse @ gap / 2) / np.sqrt(np.linalg.det(covariance) * precision)
        kept = between**2 / (between**2 + variance[0])
        return likely, kept * value[0] + (1 - kept) * centre

    whole = quad(lambda at: given(at)[0], 0, widest)[0]
    mean = quad(lambda at: np.prod(given(at)), 0, widest)[0] / whole
    drawn = drawn_together(value, variance, draws=200_000, widest=widest)
    assert drawn[0].mean() == pytest.approx(mean, abs=0.001)


def test_few_answers_are_drawn_towards_the_others_and_many_stay() -> None:
    found = pooled(groups(shop=(0, 1, 9), web=(150, 250, 400), phone=(160, 250, 390), mail=(140, 260, 400)))
    rows = found.table.set_index("touchpoint")
    assert rows.loc["shop", "raw"] == pytest.approx(90)
    assert 35 < rows.loc["shop", "value"] < 80
    assert rows.loc["web", "value"] == pytest.approx(rows.loc["web", "raw"], abs=2)
    assert rows.loc["shop", "high"] - rows.loc["shop", "low"] > rows.loc["web", "high"] - rows.loc["web", "low"]
    # the total is that of all answers
    assert found.together == pytest.approx(100 * (9 + 400 + 390 + 400 - 450) / (10 + 3 * 800))


def test_it_says_which_is_the_worst_and_how_surely() -> None:
    found = pooled(groups(shop=(60, 20, 20), web=(15, 30, 55), phone=(16, 30, 54)))
    assert found.table["touchpoint"].iloc[0] == "shop"
    first = found.table.iloc[0]
    assert first["worst"] > 0.99
    assert first["below"] > 0.99
    assert first["best"] < 0.01
    assert found.table[["worst", "best"]].sum().to_numpy() == pytest.approx([1, 1])
    # two alike: neither is surely the best
    assert found.table.set_index("touchpoint").loc[["web", "phone"], "best"].between(0.3, 0.7).all()


def test_an_estimate_holds_the_pooled_score() -> None:
    found = pooled(groups(shop=(60, 20, 20), web=(15, 30, 55)))
    row = found.table.iloc[0]
    shop = found.estimate("shop")
    assert (shop.value, shop.low, shop.high, shop.unit, shop.n) == (
        row["value"], row["low"], row["high"], "points", 100,
    )  # fmt: skip
    with pytest.raises(InvalidValue, match=r"'shop', 'web' is required, found 'shops'"):
        found.estimate("shops")


def test_shares_stay_shares() -> None:
    frame = pd.DataFrame({"channel": ["a", "a", "b", "b"], "score": [5, 1, 5, 1], "n": [30, 1, 20, 12]})
    found = pooled(counts_of(frame, "csat", by="channel"))
    assert found.unit == "share"
    assert found.table["low"].ge(0).all()
    assert found.table["high"].le(1).all()
    assert found.together == pytest.approx(50 / 63)
    assert found.between.high <= 0.5


def test_groups_that_all_agree_are_not_certain() -> None:
    found = pooled(groups(shop=(0, 0, 12), web=(0, 0, 15)))
    assert (found.table["high"] - found.table["low"]).gt(6).all()


def test_groups_at_the_end_of_the_scale_are_even() -> None:
    found = pooled(groups(bakery=(0, 0, 5), café=(0, 0, 5))).table
    assert found["worst"].to_numpy() == pytest.approx([0.5, 0.5], abs=0.01)
    assert found["best"].to_numpy() == pytest.approx([0.5, 0.5], abs=0.01)
    assert found["high"].max() == 100


def test_whom_the_attribute_is_not_known_of_are_no_group_to_mend() -> None:
    found = pooled(groups(**{UNKNOWN: (60, 20, 20)}, web=(15, 30, 55), phone=(16, 30, 54)))
    rows = found.table.set_index("touchpoint")
    assert rows.loc[[UNKNOWN], ["worst", "best"]].isna().all(axis=None)
    assert rows["worst"].sum() == pytest.approx(1)


def test_a_small_group_is_not_told_nor_can_be_had_from_the_total() -> None:
    counts = replace(groups(shop=(1, 1, 4), web=(15, 30, 55), phone=(5, 5, 4), mail=(10, 20, 20)), min_cell=10)
    found = pooled(counts)
    # the shop is too few; the phone, the smallest of the others, goes with it
    assert sorted(found.table["touchpoint"]) == ["mail", "web"]
    assert found.hidden == 2


def test_two_small_groups_that_may_be_the_same_people_take_a_third_with_them() -> None:
    counts = groups(shop=(2, 1, 3), desk=(3, 1, 3), web=(15, 30, 55), phone=(5, 5, 4), mail=(10, 20, 20))
    found = pooled(replace(counts, min_cell=10))
    assert sorted(found.table["touchpoint"]) == ["mail", "web"]


def test_what_is_left_out_is_never_few_people() -> None:
    random = np.random.default_rng(4)
    told = 0
    for _ in range(15):
        people = random.integers(1, 30, random.integers(3, 8))
        counts = replace(groups(**{f"t{at}": (int(n), 0, 0) for at, n in enumerate(people)}), min_cell=10)
        try:
            found = pooled(counts, draws=50)
        except TooFewCustomers:
            continue
        told += 1
        shown = found.table["customers"].to_numpy()
        assert shown.min() >= 10
        out = sorted(set(range(len(people))) - {int(name[1:]) for name in found.table["touchpoint"]})
        assert not out or (len(out) > 1 and people[out].max() >= 10)
    assert told > 4


def test_it_refuses_what_it_cannot_compare() -> None:
    with pytest.raises(InvalidCounts, match="by one attribute are required, found by none"):
        pooled(given_counts(10, 20, 70))
    with pytest.raises(InvalidValue, match="level"):
        pooled(groups(shop=(60, 20, 20), web=(15, 30, 55)), level=95)
    with pytest.raises(TooFewCustomers, match="at least two groups of 10 customers are required"):
        pooled(replace(groups(shop=(1, 1, 1), web=(15, 30, 55)), min_cell=10))
