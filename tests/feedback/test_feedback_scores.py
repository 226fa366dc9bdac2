"""Scores with their doubt: against the published values, against draws and other packages, and against the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.given import counts_of, given_counts
from cxmodels.feedback.counts.metrics import METRICS
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, NoScores, TooFewCustomers, UnknownColumn
from cxmodels.feedback.estimates.change import change
from cxmodels.feedback.estimates.planner import sample_size, smallest_visible
from cxmodels.feedback.estimates.posterior import jeffreys, score_draws, score_quantiles
from cxmodels.feedback.estimates.scores import ces, csat, cxi, mean_score, nps, score_table
from cxmodels.feedback.estimates.spread import spread_of

# Wald and adjusted Wald as in the R package NPS and Rocks (2016), arXiv 1601.07235, computed by hand from the formulas;
# moments of the Dirichlet.
GOLDEN = [
    ((1, 2, 3), 0.333333, (-0.263065, 0.929731), (-0.267433, 0.711877), (0.266667, 0.264699)),
    ((5, 10, 15), 0.333333, (0.066616, 0.600051), (0.047781, 0.558279), (0.317460, 0.131954)),
    ((10, 20, 70), 0.6, (0.469991, 0.730009), (0.452698, 0.712351), (0.591133, 0.066155)),
    ((0, 3, 7), 0.7, (0.415974, 0.984026), (0.210539, 0.866384), (0.608696, 0.161280)),
    ((120, 200, 180), 0.12, (0.052925, 0.187075), (0.052433, 0.186135), (0.119641, 0.034146)),
    ((0, 0, 10), 1.0, (1.0, 1.0), (0.475036, 1.063426), (0.869565, 0.126611)),
]


@pytest.mark.parametrize(("given", "score", "wald", "adjusted", "moments"), GOLDEN)
def test_the_published_intervals_are_found_to_six_decimals(
    given: tuple[int, int, int],
    score: float,
    wald: tuple[float, float],
    adjusted: tuple[float, float],
    moments: tuple[float, float],
) -> None:
    counts = given_counts(*given)
    for method, interval in (("wald", wald), ("adjusted_wald", adjusted)):
        found = nps(counts, method=method)  # type: ignore[arg-type]
        assert (found.value / 100, found.low / 100, found.high / 100) == pytest.approx((score, *interval), abs=6e-7)
    assert np.concatenate(jeffreys(counts)) == pytest.approx(moments, abs=6e-7)
    by_default = nps(counts)
    assert by_default.value == pytest.approx(100 * score, abs=6e-5)
    assert -100 <= by_default.low <= by_default.value <= by_default.high <= 100
    assert (by_default.unit, by_default.n) == ("points", sum(given))


def test_a_published_difference_of_two_samples_is_found() -> None:
    now, before = given_counts(60, 90, 150), given_counts(75, 95, 130)
    found = change(now, before, method="adjusted_wald")
    interval = found.difference
    assert (interval.value, interval.low, interval.high) == pytest.approx((11.5512, -1.0796, 24.1819), abs=6e-5)
    assert 2 * (1 - found.probability) == pytest.approx(0.073063, abs=6e-7)
    assert found.visible == pytest.approx((1.959964 + 0.841621) * 6.4444, abs=1e-3)
    assert change(now, before).probability == pytest.approx(0.9635, abs=0.002)
    lower = change(given_counts(120, 200, 180), given_counts(100, 200, 200))
    assert (lower.difference.value, lower.probability) == (pytest.approx(-8), pytest.approx(1 - 0.048, abs=0.002))
    assert not lower.real


def test_no_difference_is_no_move() -> None:
    found = change(given_counts(10, 20, 30), given_counts(10, 20, 30))
    assert (found.difference.value, found.probability) == (0.0, 0.5)


def test_the_planner_says_what_the_reference_says() -> None:
    assert [sample_size(error) for error in (5, 3, 10)] == [922, 2561, 231]
    visible = [smallest_visible(n) for n in (50, 100, 300, 1_000, 3_000, 10_000)]
    assert visible == pytest.approx([43, 31, 18, 9.7, 5.6, 3.1], abs=0.5)
    assert smallest_visible(100, 10_000) < smallest_visible(100)
    for wrong in (lambda: sample_size(0), lambda: smallest_visible(0), lambda: smallest_visible(9, power=1.0)):
        with pytest.raises(InvalidValue):
            wrong()


@pytest.mark.parametrize("given", [(1, 2, 3), (0, 3, 7), (120, 200, 180), (0, 0, 10), (300, 400, 2000)])
def test_quantiles_are_those_of_the_draws(given: tuple[int, int, int]) -> None:
    tails = [0.025, 0.25, 0.5, 0.975]
    drawn = np.quantile(score_draws(given_counts(*given), draws=200_000), tails)
    assert score_quantiles(given_counts(*given), tails)[0] == pytest.approx(drawn, abs=0.004)


def test_csat_has_the_beta_interval_of_its_top_boxes() -> None:
    counts = counts_of(pd.DataFrame({"score": [1.0, 2, 3, 4, 5], "n": [3, 4, 13, 40, 20]}), "csat")
    found = csat(counts)
    expected = stats.beta(60.5, 20.5).ppf([0.025, 0.975])
    assert (found.value, found.low, found.high) == pytest.approx((0.75, *expected), abs=1e-9)
    assert jeffreys(counts)[1][0] == pytest.approx(stats.beta(60.5, 20.5).std())
    assert found.unit == "share"
    coull = csat(counts, method="adjusted_wald")
    assert (coull.low + coull.high) / 2 == pytest.approx(62 / 84)


def test_ces_counts_what_is_above_the_middle_of_its_scale() -> None:
    frame = pd.DataFrame({"score": np.arange(1.0, 8.0), "n": [5, 5, 10, 20, 20, 20, 20]})
    assert ces(counts_of(frame, "ces")).value == pytest.approx(0.6)
    five = pd.DataFrame({"score": np.arange(1.0, 6.0), "n": [5, 5, 10, 20, 60]})
    assert ces(counts_of(five, "ces", scale=(1, 5))).value == pytest.approx(0.8)
    answers = np.repeat(frame["score"], frame["n"])
    expected = stats.ttest_1samp(answers, 0).confidence_interval()
    found = mean_score(counts_of(frame, "ces"))
    assert (found.value, found.low, found.high) == pytest.approx((answers.mean(), *expected))


def test_cxi_is_the_mean_over_its_questions() -> None:
    rows = [(item, score, n) for item, ns in ITEMS.items() for score, n in enumerate(ns, start=1)]
    found = cxi(counts_of(pd.DataFrame(rows, columns=["item", "score", "n"]), "cxi"))
    net = [(n[3] + n[4] - n[0] - n[1]) / sum(n) for n in ITEMS.values()]
    assert found.value == pytest.approx(100 * np.mean(net))
    assert found.n == 100


ITEMS = {"cxi_needs": (5, 10, 20, 40, 25), "cxi_ease": (5, 5, 20, 40, 30), "cxi_enjoy": (20, 10, 20, 30, 20)}


def test_two_shares_differ_by_their_own_adjusted_scores() -> None:
    now, before = (
        counts_of(pd.DataFrame({"score": [5.0, 3.0], "n": [favour, 50 - favour]}), "csat") for favour in (45, 30)
    )
    found = change(now, before, method="adjusted_wald").difference
    # Agresti & Coull: two answers of each kind more
    one, other = 47 / 54, 32 / 54
    half = 1.959964 * (one * (1 - one) / 54 + other * (1 - other) / 54) ** 0.5
    assert (found.low, found.value, found.high) == pytest.approx((one - other - half, one - other, one - other + half))
    posterior = change(now, before).difference
    assert found.high - found.low == pytest.approx(posterior.high - posterior.low, rel=0.03)


def test_weighted_answers_have_the_variance_of_the_formula() -> None:
    scores, weights = np.array([0.0, 5, 7, 8, 9, 10, 10]), np.array([1.0, 2, 0.5, 1, 3, 1, 0.25])
    counts = counts_of(pd.DataFrame({"score": scores, "w": weights}), "nps", weight="w")
    s = np.select([scores <= 6, scores >= 9], [-1.0, 1.0], 0.0)
    theta = np.average(s, weights=weights)
    variance = 7 / 6 * (weights**2 @ (s - theta) ** 2) / weights.sum() ** 2
    found = spread_of(counts)
    assert (found.score[0], found.variance[0]) == pytest.approx((theta, variance))
    assert found.kish[0] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert nps(counts, method="wald").high == pytest.approx(100 * (theta + 1.959964 * variance**0.5), abs=1e-3)


def test_equal_weights_leave_a_score_as_it_is() -> None:
    frame = pd.DataFrame({"score": [3.0, 8, 10], "n": [40, 50, 60], "w": 2.0})
    plain, weighted = counts_of(frame, "nps"), counts_of(frame, "nps", weight="w")
    assert nps(plain) == nps(weighted)


def test_many_answers_of_few_customers_are_worth_fewer() -> None:
    plain = given_counts(30, 40, 50)
    # each of 40 customers answered three times alike: (10, 40/3, 50/3) are not whole, so sums are set by hand
    totals = plain.totals.assign(customers=40, weight_squares=360.0, marks_squares=3 * 80.0, marks_weights=3 * 20.0)
    found = spread_of(ScoreCounts(plain.frame, totals, "nps", 0, 10))
    assert found.n[0] == pytest.approx(120 / 3 * 39 / 40)
    assert found.score[0] == pytest.approx(1 / 6)


def test_groups_are_told_one_by_one() -> None:
    frame = pd.DataFrame({"score": [2.0, 10, 10, 8], "n": [5, 15, 20, 10], "where": ["b", "b", "a", "a"]})
    counts = counts_of(frame, "nps", by="where")
    found = score_table(counts)
    assert list(found["where"]) == ["a", "b"]
    for part, (_, row) in zip(counts.parts(), found.iterrows(), strict=True):
        one = nps(part)
        assert (one.value, one.low, one.high, one.n) == (row["value"], row["low"], row["high"], row["n"])


def test_what_cannot_be_counted_is_refused() -> None:
    good = pd.DataFrame({"score": [9.0, 3.0], "n": [1, 2]})
    for bad, error in (
        (good.assign(score=[11.0, 3.0]), InvalidCounts),
        (good.assign(n=[-1, 2]), InvalidCounts),
        (good.assign(n=[0.5, 2]), InvalidCounts),
        (good.assign(n=0), NoScores),
        (good.drop(columns="score"), UnknownColumn),
    ):
        with pytest.raises(error):
            counts_of(bad, "nps")
    with pytest.raises(InvalidCounts, match="0 to 10"):
        METRICS["nps"].bounds(1, 5)
    with pytest.raises(InvalidValue, match="did you mean 'nps'"):
        counts_of(good, "npz")


def test_a_score_is_asked_of_its_own_counts() -> None:
    wrong: list[tuple[Callable[[], Estimate], type[Exception]]] = [
        (lambda: csat(given_counts(1, 2, 3)), InvalidCounts),
        (lambda: nps(given_counts(1, 2, 3), method="bayes"), InvalidValue),  # type: ignore[arg-type]
        (lambda: nps(given_counts(1, 2, 3), level=95), InvalidValue),
        (lambda: nps(few), TooFewCustomers),
    ]
    plain = given_counts(1, 2, 3)
    few = ScoreCounts(plain.frame, plain.totals, "nps", 0, 10, min_cell=7)
    for asked, error in wrong:
        with pytest.raises(error):
            asked()
    with pytest.raises(InvalidCounts, match="kind"):
        change(ScoreCounts(plain.frame, plain.totals, "nps", 0, 10, kind="relational"), plain)


@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (10, (0.2, 0.3, 0.5)),
        (50, (0.2, 0.3, 0.5)),
        (50, (0.45, 0.35, 0.2)),
        pytest.param(300, (0.2, 0.3, 0.5), marks=pytest.mark.slow),
    ],
)
def test_the_default_interval_holds_the_truth_as_often_as_it_says(n: int, shares: tuple[float, ...]) -> None:
    random = np.random.default_rng(n)
    drawn, times = np.unique(random.multinomial(n, shares, 2_000), axis=0, return_counts=True)
    rows = [
        (place, score, n) for place, triple in enumerate(drawn) for score, n in zip((0, 7, 10), triple, strict=True)
    ]
    found = score_table(counts_of(pd.DataFrame(rows, columns=["at", "score", "n"]), "nps", by="at"))
    truth = 100 * (shares[2] - shares[0])
    held = ((found["low"] <= truth) & (truth <= found["high"])).to_numpy()
    assert 0.93 <= held @ times / times.sum() <= 0.97
