"""The level behind monthly scores: against its matrices, and against simulated walks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.feedback.counts.given import counts_of
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue, NoScores, TooFewCustomers
from cxmodels.feedback.trend.local_level import _smoothed, smooth
from cxmodels.feedback.trend.trend import trend

Y = np.array([np.nan, 10.0, 14.0, np.nan, np.nan, 8.0, 30.0, 25.0, np.nan])
V = np.array([np.nan, 9.0, 4.0, np.nan, np.nan, 16.0, 25.0, 9.0, np.nan])


@pytest.mark.parametrize("q", [0.5, 30.0])
def test_filter_and_smoother_find_what_the_matrices_of_the_walk_say(q: float) -> None:
    there = np.isfinite(Y)
    step = np.diff(np.eye(len(Y)), axis=0)
    precision = step.T @ step / q + np.diag(np.where(there, 1 / np.where(there, V, 1), 0))
    covariance = np.linalg.inv(precision)
    mean = covariance @ np.where(there, Y / np.where(there, V, 1), 0)
    found, spread, lagged, _ = _smoothed(Y, V, there, np.array([q]))
    assert found[:, 0] == pytest.approx(mean)
    assert spread[:, 0] == pytest.approx(np.diag(covariance))
    assert lagged[1:, 0] == pytest.approx(np.diag(covariance, 1))


def test_the_likelihood_is_that_of_the_scores_about_the_first_one() -> None:
    there = np.isfinite(Y)
    seen, v = Y[there], V[there]
    at = np.flatnonzero(there)
    levels = [_smoothed(Y, V, there, np.array([q]))[3][0] - _contrasts(seen, v, at, q) for q in (0.3, 3.0, 40.0)]
    assert np.ptp(levels) == pytest.approx(0, abs=1e-9)


def _contrasts(y: np.ndarray, v: np.ndarray, at: np.ndarray, q: float) -> float:
    """Log density of the scores less the first, in which the unknown start is no part."""
    walked = q * (np.minimum.outer(at, at) - at[0])
    covariance = (walked + np.diag(v))[1:, 1:] + v[0]
    gap = (y - y[0])[1:]
    return float(-(np.linalg.slogdet(covariance)[1] + gap @ np.linalg.solve(covariance, gap)) / 2)


def test_bands_hold_the_level_and_sure_moves_are_mostly_real() -> None:
    random = np.random.default_rng(8)
    held, right, sure = [], 0, 0
    for walk_sd in np.repeat([0.5, 3.0, 8.0], 40):
        level = 20 + np.cumsum(random.normal(0, walk_sd, 30))
        v = 100**2 * 0.6 / random.integers(40, 400, 30)
        y = np.where(random.random(30) < 0.1, np.nan, level + random.normal(0, np.sqrt(v)))
        found = smooth(y, v)
        held.append(np.abs(found.level - level) < 1.959964 * found.sd)
        told = np.maximum(found.risen[1:], 1 - found.risen[1:]) > 0.9
        right += int(((found.risen[1:] > 0.5) == (np.diff(level) > 0))[told].sum())
        sure += int(told.sum())
    assert 0.92 <= np.mean(held) <= 0.98
    assert sure > 20
    assert right / sure > 0.88


def test_a_smoothed_level_is_nearer_to_the_truth_than_the_months_alone() -> None:
    random = np.random.default_rng(9)
    level = 20 + np.cumsum(random.normal(0, 2, (60, 36)), axis=1)
    y = level + random.normal(0, 7, level.shape)
    smoothed = np.array([smooth(row, np.full(36, 49.0)).level for row in y])
    assert np.sqrt(np.mean((smoothed - level) ** 2)) < 0.6 * np.sqrt(np.mean((y - level) ** 2))


def _monthly(**months: tuple[int, int, int]) -> ScoreCounts:
    rows = [(m.replace("_", "-")[1:], s, n) for m, ns in months.items() for s, n in zip((3, 8, 10), ns, strict=True)]
    return counts_of(pd.DataFrame(rows, columns=["month", "score", "n"]), "nps", by="month")


def test_a_trend_has_every_month_and_tells_nothing_of_few() -> None:
    counts = _monthly(m2026_01=(20, 30, 50), m2026_03=(1, 1, 1), m2026_04=(60, 20, 20), m2026_05=(55, 25, 20))
    counts = ScoreCounts(counts.frame, counts.totals, "nps", 0, 10, ("month",), min_cell=10)
    found = trend(counts)
    assert list(found.frame["month"]) == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
    assert found.frame["value"].isna().tolist() == [False, True, True, False, False]
    assert found.frame["n"].isna().tolist() == [False, True, True, False, False]
    assert found.frame["level"].notna().all()
    assert found.frame["level"].iloc[0] > 0 > found.frame["level"].iloc[-1]
    assert found.unit == "points"
    assert found.last_move is not None
    assert found.last_move.difference.value == pytest.approx(found.frame["move"].iloc[-1])


def test_months_that_are_alike_have_not_moved() -> None:
    same = {f"m2026_0{month}": (60, 90, 150) for month in range(1, 7)}
    found = trend(_monthly(**same))
    assert found.frame["level"].to_numpy() == pytest.approx(30)
    assert found.frame["probability"].iloc[1:].to_numpy() == pytest.approx(0.5)


def test_a_single_month_has_a_level_and_no_move() -> None:
    found = trend(_monthly(m2026_01=(20, 30, 50)))
    assert found.last_move is None
    assert found.frame["level"].iloc[0] == pytest.approx(30)


def test_a_trend_of_nothing_is_refused() -> None:
    counts = _monthly(m2026_01=(20, 30, 50))
    with pytest.raises(InvalidCounts, match="month"):
        trend(counts.parts()[0])
    with pytest.raises(TooFewCustomers):
        trend(ScoreCounts(counts.frame, counts.totals, "nps", 0, 10, ("month",), min_cell=1_000))
    with pytest.raises(NoScores):
        smooth([np.nan], [1.0])
    with pytest.raises(InvalidValue):
        smooth([1.0], [0.0])
    with pytest.raises(InvalidValue):
        smooth([1.0, 2.0], [1.0])
