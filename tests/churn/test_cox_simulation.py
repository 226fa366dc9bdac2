"""Simulated customers whose hazards are known: the fit finds them, and its intervals hold them as often as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.proportional_hazards import GLOBAL, proportional_hazards

TRUE = {"plan": 0.7, "fee": 0.3, "visits": -0.4, "age": 0.0, "discount": -0.6}


def company(size: int, seed: int) -> pd.DataFrame:
    """Customers who joined over six years and are watched for the last of them: most enter late, most are there yet."""
    rng = np.random.default_rng(seed)
    covariates = {
        "plan": rng.random(size) < 0.4,
        "fee": rng.normal(size=size),
        "visits": rng.gamma(2, 0.7, size),
        "age": rng.normal(size=size),
        "discount": rng.random(size) < 0.3,
    }
    risk = sum(TRUE[name] * values for name, values in covariates.items())
    joined = rng.uniform(-72, 12, size)
    left = joined + (rng.exponential(size=size) / (0.03 * np.exp(risk))) ** (1 / 0.8)
    frame = {"entry": np.maximum(0, -joined), "exit": np.minimum(left, 12) - joined, "event": left <= 12}
    return pd.DataFrame({**frame, **covariates}).astype(float)[left > 0]


def coverage(companies: int, size: int) -> tuple[float, np.ndarray, np.ndarray]:
    """How often the 95 % interval holds the true coefficient; the mean error of each and its standard error."""
    errors, held = [], []
    for seed in range(companies):
        table = fit_cox(counted(company(size, seed), TRUE, entry="entry", unit="months")).coefficients
        error = table["coef"].to_numpy() - np.array(list(TRUE.values()))
        errors.append(error)
        held.append(np.abs(error) < 1.959964 * table["se"].to_numpy())
    each = np.array(errors)
    return float(np.mean(held)), each.mean(axis=0), each.std(axis=0) / np.sqrt(companies)


def test_intervals_hold_the_true_coefficients_of_small_companies() -> None:
    held, error, by_chance = coverage(companies=60, size=900)
    assert 0.92 <= held <= 0.98
    assert (np.abs(error) < 3 * by_chance + 0.02).all()


@pytest.mark.slow
def test_intervals_hold_the_true_coefficients_as_often_as_they_say() -> None:
    held, error, by_chance = coverage(companies=200, size=2500)
    assert 0.93 <= held <= 0.97
    assert (np.abs(error) < 2 * by_chance + 0.005).all()


def mixed(seed: int) -> pd.DataFrame:
    """A base that was there before it was watched, for twelve months; those on plan B leave twice as soon."""
    rng = np.random.default_rng(seed)
    joined, plan = rng.uniform(-72, 12, 60_000), rng.random(60_000) < 0.5
    left = joined + (rng.exponential(size=60_000) / (0.06 * np.exp(0.7 * plan))) ** (1 / 0.8)
    frame = {"entry": np.maximum(0, -joined), "exit": np.minimum(left, 12) - joined, "event": (left <= 12).astype(int)}
    return pd.DataFrame({**frame, "plan": np.where(plan, "B", "A")})[left > 0]


def test_left_truncation_is_undone_and_would_be_far_off() -> None:
    # of newcomers 53.0 % are there after a year
    true = np.exp(-0.06 * 12**0.8 * np.exp([0.0, 0.7])).mean()
    table, cells = mixed(5), pd.DataFrame({"plan": ["A", "B"]})
    twelve = np.array([12.0, 12.0])
    fit = fit_cox(counted(table, ["plan"], entry="entry", unit="months"))
    assert np.exp(-fit.cumulative_hazard(cells, twelve)).mean() == pytest.approx(true, abs=0.01)
    row = fit.coefficients.iloc[0]
    assert row["coef"] * (1 if row["level"] == "B" else -1) == pytest.approx(0.7, abs=2 * row["se"])
    naive = fit_cox(counted(table, ["plan"], unit="months"))
    assert np.exp(-naive.cumulative_hazard(cells, twelve)).mean() > true + 0.2


def test_the_proportional_hazards_test_alarms_as_rarely_as_it_says() -> None:
    chances = []
    for seed in range(60):
        test = proportional_hazards(fit_cox(counted(company(500, 1000 + seed), TRUE, entry="entry", unit="months")))
        chances.append(float(test.loc[test["term"] == GLOBAL, "p"].iloc[0]))
    assert np.mean(np.array(chances) < 0.05) <= 0.12
    assert 0.4 <= np.mean(chances) <= 0.6
