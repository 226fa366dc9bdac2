from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from small_company import company, counted

from cxmodels.churn.accuracy.calibration import calibration, calibration_by_decile, risk_groups
from cxmodels.churn.accuracy.intervals import wilson
from cxmodels.churn.accuracy.summary import accuracy
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted as episodes_of
from cxmodels.churn.errors import InvalidValue, TooFewWatched
from cxmodels.churn.figures.accuracy import calibration_curve
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.kaplan_meier import fit_survival


def simulated(seed: int, n: int = 4000, spread: float = 1.0) -> Episodes:
    """Newcomers with a risk of their own, hazard .03 a month at the mean, some lost sight of."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(0, spread, n)
    left, lost = rng.exponential(1 / (0.03 * np.exp(risk))), rng.uniform(6, 48, n)
    frame = pd.DataFrame({"exit": np.minimum(left, lost), "event": (left <= lost).astype(int), "risk": risk})
    return episodes_of(frame, ["risk"], unit="months")


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([0.5, 0.9, 0.95]))
def test_the_interval_of_a_share_is_wilsons(count: int, more: int, level: float) -> None:
    n = count + more
    low, high = wilson([count], [n], level)
    wanted = binomtest(count, n).proportion_ci(level, method="wilson")
    assert (low[0], high[0]) == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    assert low[0] <= count / n <= high[0]


def test_chances_that_are_right_are_found_right_and_chance_explains_what_they_miss() -> None:
    rng = np.random.default_rng(1)
    chance = rng.beta(2, 8, 5_000)
    misses = []
    for _ in range(60):
        found = calibration_by_decile(chance, rng.random(5_000) < chance)
        misses.append((found.mean_absolute_error, found.error_by_chance))
    mean = np.mean(misses, axis=0)
    assert mean[0] == pytest.approx(mean[1], rel=0.1)
    assert found.table["n"].tolist() == [500] * 10
    assert found.table["expected"].is_monotonic_increasing
    assert found.ratio.low < 1 < found.ratio.high
    assert found.slope.low < 1 < found.slope.high
    assert found.intercept.low < 0 < found.intercept.high


def test_chances_too_far_apart_and_too_low_have_a_slope_below_one_and_an_intercept_above_nought() -> None:
    rng = np.random.default_rng(2)
    right = rng.normal(-1.5, 0.7, 40_000)
    left = rng.random(40_000) < 1 / (1 + np.exp(-right))
    told = 1 / (1 + np.exp(-(2 * right + 0.2)))
    found = calibration_by_decile(told, left)
    assert found.slope.value == pytest.approx(0.5, abs=0.03)
    assert found.slope.high < 1
    assert found.ratio.value == pytest.approx(left.mean() / told.mean(), abs=1e-12)
    assert found.mean_absolute_error > 5 * found.error_by_chance


def test_intercept_and_slope_are_those_of_logistic_regression() -> None:
    # R 4.2.2: glm(cbind(left, n - left) ~ qlogis(p), binomial), and ~ offset(qlogis(p))
    chance, left, n = [0.05, 0.1, 0.2, 0.4, 0.6], [3, 4, 12, 14, 20], [40, 50, 45, 40, 30]
    found = calibration_by_decile(chance, left, n)
    assert found.slope.value == pytest.approx(0.9813998802985375, abs=1e-8)
    assert found.slope.standard_error == pytest.approx(0.172623802458446, abs=1e-6)
    assert found.intercept.value == pytest.approx(0.0971343193774649, abs=1e-8)
    assert found.intercept.standard_error == pytest.approx(0.178559973773384, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 19), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_counts_are_rows_and_their_order_does_not_matter(cells: list[tuple[int, int, int]]) -> None:
    told, left, stayed = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    if not (left + stayed).sum():
        return
    chance, n = np.repeat(told / 20, 2), np.repeat(0.0, 2 * len(told))
    n[::2], n[1::2] = left, stayed
    gone = np.tile([1.0, 0.0], len(told))
    rows = np.repeat(np.arange(len(n)), n.astype(int))[::-1]
    counts = calibration_by_decile(told / 20, left, left + stayed)
    one_by_one = calibration_by_decile(chance[rows], gone[rows])
    pd.testing.assert_frame_equal(counts.table, one_by_one.table, atol=1e-12)
    assert counts.slope.value == pytest.approx(one_by_one.slope.value, abs=1e-6, nan_ok=True)
    assert counts.ratio.value == pytest.approx(one_by_one.ratio.value, abs=1e-12)


def test_equal_risks_stay_together() -> None:
    groups = risk_groups(np.array([0.1, 0.3, 0.1, 0.2]), np.array([1.0, 1, 7, 1]))
    assert groups[0] == groups[2] == 5
    assert groups[3] == 9
    assert groups[1] == 10


def test_a_model_that_is_right_agrees_with_who_was_watched() -> None:
    fit, others = fit_cox(simulated(1)), simulated(2)
    found = calibration(fit, others, months=12)
    assert found.table["group"].tolist() == list(range(1, 11))
    assert found.mean_absolute_error < 2 * found.error_by_chance
    assert found.slope.low < 1 < found.slope.high
    assert found.ratio.low < 1 < found.ratio.high
    assert found.left_out == 0


def test_on_its_own_rows_a_cox_model_has_a_slope_of_one() -> None:
    known = simulated(3)
    found = calibration(fit_cox(known), known)
    assert found.slope.value == pytest.approx(1.0, abs=0.01)
    assert found.ratio.value == pytest.approx(1.0, abs=0.01)


def test_a_model_of_narrower_risks_than_there_are_is_found_out() -> None:
    rng = np.random.default_rng(4)
    known = simulated(5)
    blurred = known.frame.assign(risk=known.frame["risk"] + rng.normal(0, 1, len(known.frame)))
    found = calibration(fit_cox(replace(known, frame=blurred)), simulated(6))
    assert found.slope.low > 1.3
    assert found.mean_absolute_error > 2 * found.error_by_chance


def test_the_observed_share_of_late_entries_is_kaplan_meiers() -> None:
    known = counted(company(2000, seed=4))
    found = calibration(fit_cox(known), known, months=12)
    for row, plan in zip(found.table.itertuples(), ("A", "B"), strict=True):
        part = replace(known, frame=known.frame[known.frame["plan"] == plan], covariates=(), levels={}, pooled={})
        assert row.observed == pytest.approx(1 - fit_survival(part).at(12).value, abs=1e-12)  # type: ignore[union-attr]


def test_a_model_of_months_is_not_scored_on_days() -> None:
    fit, others = fit_cox(simulated(1)), simulated(2)
    for score in (calibration, accuracy):
        with pytest.raises(InvalidValue, match=r"Cox model counts tenure in months, and the episodes .* in days"):
            score(fit, replace(others, unit="days"))


def test_groups_that_are_watched_too_little_are_counted_and_left_out() -> None:
    rows = [(40.0, 0, "A", 30), (5.0, 1, "A", 10), (8.0, 0, "B", 30), (4.0, 1, "B", 20)]
    frame = pd.DataFrame(rows, columns=["exit", "event", "plan", "n"])
    known = episodes_of(frame, ["plan"], n="n", unit="months")
    fit = fit_cox(known)
    found = calibration(fit, known, months=12)
    assert (len(found.table), found.left_out) == (1, 50)
    with pytest.raises(TooFewWatched, match="watched at 60 months"):
        calibration(fit, known, months=60)


@pytest.mark.parametrize(
    ("columns", "problem", "said"),
    [
        (([0.5, 1.5], [0, 1]), InvalidValue, r"expected must lie between 0 and 1, found 0\.5 to 1\.5"),
        (([0.5], [2], [1]), InvalidValue, "left must lie between 0 and n"),
        (([0.5, 0.5], [1]), InvalidValue, "must be of one length"),
        (([0.5, np.nan], [1, 0]), InvalidValue, "expected must be a finite number"),
        (([], []), TooFewWatched, "at least one customer is required"),
    ],
)
def test_wrong_columns_are_named(columns: tuple, problem: type[Exception], said: str) -> None:
    with pytest.raises(problem, match=said):
        calibration_by_decile(*columns)


def test_where_nobody_left_the_shares_are_told_and_the_slope_is_unknown() -> None:
    found = calibration_by_decile([0.1, 0.2, 0.3], [0, 0, 0], [50, 50, 50])
    assert found.table["observed"].tolist() == [0, 0, 0]
    assert found.ratio.value == 0 < found.ratio.high
    assert np.isnan(found.slope.value)


def test_the_figure_says_how_far_told_and_observed_lie_apart() -> None:
    rng = np.random.default_rng(8)
    chance = rng.beta(2, 8, 3000)
    found = calibration_by_decile(chance, rng.random(3000) < chance)
    figure = calibration_curve(found)
    assert f"{100 * found.mean_absolute_error:.1f} points on average" in figure.title
    assert figure.alt.count(" forecast,") == 10
    assert "slope" in figure.note
    assert figure.webp()[8:12] == b"WEBP"


def test_the_figure_leaves_out_groups_too_small_to_be_shown() -> None:
    figure = calibration_curve(calibration_by_decile([0.1, 0.2, 0.9], [5, 6, 1], [50, 30, 4]), min_cell=10)
    assert figure.alt.count(" forecast,") == 2
    assert "slope" in figure.note
