"""Retention fitted to contracts: against the literature, against a sum over a fine grid, against a known truth."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from simulated_contracts import HIGH_END, REGULAR, counted, watched

from cxmodels import simulate
from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.retention import RetentionCounts, retention_counts
from cxmodels.clv.errors import InvalidCounts, InvalidValue, UnknownColumn
from cxmodels.clv.figures.retention import retention_by_cohort
from cxmodels.clv.fits.retention import RetentionFit, fit_retention, largest_gap, seen_and_fitted
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.page.checks import judge
from cxmodels.clv.posteriors.at_tenure import retention_posterior
from cxmodels.clv.posteriors.priors import prior_of
from cxmodels.look import numbers
from cxmodels.study.study import open_study

MODEL = ShiftedBetaGeometric()


def fitted(**cohorts: pd.DataFrame) -> RetentionFit:
    """Fit cohorts by name."""
    frame = pd.concat([part.assign(cohort=name) for name, part in cohorts.items()], ignore_index=True)
    return fit_retention(RetentionCounts(frame))


@pytest.fixture(scope="module")
def published() -> RetentionFit:
    return fitted(high=counted(HIGH_END), regular=counted(REGULAR))


def test_each_cohort_has_the_published_maximum(published: RetentionFit) -> None:
    groups = published.groups.set_index("cohort")
    assert groups["own"].all()
    assert list(groups["n"]) == [1000, 1000]
    assert list(groups["ended"]) == [509, 759]
    np.testing.assert_allclose(groups[["alpha", "beta"]], [[0.668, 3.806], [0.704, 1.182]], atol=5e-4)
    np.testing.assert_allclose(groups["log_likelihood"], [-1611.16, -1680.27], atol=0.006)


def test_projections_hold_the_years_that_were_not_fitted(published: RetentionFit) -> None:
    for name, survivors in (("high", HIGH_END), ("regular", REGULAR)):
        line = published.projected(12, name)
        seen = np.array(survivors) / 1000
        assert list(line["months"]) == list(range(13))
        assert line["value"].iloc[12] == pytest.approx({"high": 0.378, "regular": 0.170}[name], abs=0.001)
        assert ((line["low"] <= seen + 0.02) & (seen - 0.02 <= line["high"])).all()


def test_seen_shares_are_the_survivors(published: RetentionFit) -> None:
    told = seen_and_fitted(published, "high")
    np.testing.assert_allclose(told["seen"], np.array(HIGH_END[1:8]) / 1000, rtol=1e-12)
    np.testing.assert_array_equal(told["due"], HIGH_END[:7])
    assert (told["since"] == 0).all()
    # the model of the paper misses no year by two points
    assert (told["seen"] - told["fitted"]).abs().max() < 0.02


def test_a_cohort_that_hardly_ended_is_told_by_all() -> None:
    fit = fitted(old=watched((0.8, 9.0), 2000, 24, 0, seed=1), new=watched((0.8, 9.0), 40, 6, 0, seed=2))
    groups = fit.groups.set_index("cohort")
    assert groups.loc["old", "own"]
    assert not groups.loc["new", "own"]
    assert math.isnan(groups.loc["new", "alpha"])
    assert fit.of("new") is fit.posterior
    assert fit.of("old") is not fit.posterior
    assert fit.of() is fit.posterior


def on_a_grid(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the coordinates by a plain sum over a fine grid of them."""
    prior = prior_of(MODEL)
    sides = [centre + sd * np.linspace(-5, 5, 601) for centre, sd in zip(prior.centre, prior.sd, strict=True)]
    points = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    density = MODEL.likelihood(frame)(MODEL.theta(points)) + prior.log_density(points)
    weight = np.exp(density - density.max())
    mean = weight @ points / weight.sum()
    return mean, np.sqrt(weight @ (points - mean) ** 2 / weight.sum())


@pytest.mark.parametrize("entry", [0, 30])
def test_posterior_is_that_of_a_fine_grid(entry: int) -> None:
    # watched only from the 31st month on, the parameters leave a curved ridge
    frame = watched((1.1, 20.0), 250, 30, entry, seed=3)
    posterior = retention_posterior(MODEL, MODEL.likelihood(frame), frame, size=4000)
    mean, sd = on_a_grid(frame)
    drawn = MODEL.unbounded(posterior.theta)
    assert posterior.k_hat < 0.5
    assert (np.abs(drawn.mean(axis=0) - mean) < 0.1 * sd).all()
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=0.1)


def calibrated(replications: int) -> np.ndarray:
    """Return the rank of the true share renewing for 12 and 36 months among 99 draws, for truths from the prior."""
    prior, ranks = prior_of(MODEL), []
    truths = MODEL.theta(prior.drawn(replications, seed=7))
    for number, truth in enumerate(truths):
        entry = (0, 0, 24)[number % 3]
        frame = watched((truth[0], truth[1]), 150, 18, entry, seed=1000 + number)
        posterior = retention_posterior(MODEL, MODEL.likelihood(frame), frame, size=99, seed=number)
        drawn = MODEL.survival(posterior.theta, [12, 36])
        ranks.append((drawn < MODEL.survival(truth[None], [12, 36])).sum(axis=0))
    return np.array(ranks)


def even(ranks: np.ndarray, bins: int) -> float:
    """Return the p of the test that ranks from 0 to 99 are uniform."""
    seen = np.bincount(ranks * bins // 100, minlength=bins)
    expected = len(ranks) / bins
    return float(chi2.sf(((seen - expected) ** 2 / expected).sum(), bins - 1))


def test_ranks_of_the_truth_are_uniform() -> None:
    # simulation-based calibration: Talts et al. (2018)
    ranks = calibrated(150)
    assert even(ranks[:, 0], 5) > 0.005
    assert even(ranks[:, 1], 5) > 0.005


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform_over_many_replications() -> None:
    ranks = calibrated(1500)
    assert even(ranks[:, 0], 20) > 0.005
    assert even(ranks[:, 1], 20) > 0.005


def test_parameters_are_recovered_over_200_replications() -> None:
    truth = np.array([0.9, 14.0])
    inside, found = [], []
    for number in range(200):
        frame = watched((truth[0], truth[1]), 1500, 30, 0, seed=number)
        draws = retention_posterior(MODEL, MODEL.likelihood(frame), frame, size=400, seed=number).theta
        low, high = np.quantile(draws, (0.025, 0.975), axis=0)
        inside.append((low <= truth) & (truth <= high))
        found.append(np.median(draws, axis=0))
    # 95 % of 200 with a binomial error of 1.5 points: three of them either way
    assert (np.abs(np.mean(inside, axis=0) - 0.95) < 0.047).all()
    np.testing.assert_allclose(np.median(found, axis=0), truth, rtol=0.08)


def test_left_truncation_leaves_no_bias() -> None:
    truth = np.array([[1.2, 25.0]])
    early, late = watched((1.2, 25.0), 6000, 24, 0, seed=11), watched((1.2, 25.0), 6000, 24, 36, seed=12)
    fit = fitted(a=early, b=late)
    line = fit.projected(60).set_index("months")
    for month in (12, 36, 60):
        assert line.at[month, "low"] < MODEL.survival(truth, [month])[0, 0] < line.at[month, "high"]
    told = seen_and_fitted(fit, "b")
    assert (told["since"] == 36).all()
    assert told["months"].iloc[0] == 37
    expected = MODEL.survival(truth, told["months"].to_numpy(), 36)[0]
    np.testing.assert_allclose(told["seen"], expected, atol=0.02)
    assert largest_gap(fit) < 0.02


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate.write(folder, customers=4000, months=36, seed=5)
    return folder


def test_a_year_of_renewals_of_todays_contracts_is_the_simulated_truth(company: Path) -> None:
    snapshot = open_study(company).snapshot("2026-09")
    fit = fit_retention(retention_counts(snapshot))
    running = customer_base(snapshot).cells.dropna(subset="contract_months")
    truth = json.loads((company / "truth.json").read_text(encoding="utf-8"))["next_months"]["all"]["churn"]
    # hazards of the truth fall in steps and differ by plan and mood, so that the model is near and not exact
    for months, near in ((3, 0.012), (6, 0.016), (12, 0.02)):
        told = fit.renewing(running["contract_months"], running["n"], months)
        assert told.unit == "share"
        assert told.n == running["n"].sum()
        assert 1 - told.value == pytest.approx(truth[str(months)], abs=near)
    assert largest_gap(fit) < 0.04


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((-1, 3, 1, 5), "whole numbers, 0 or more, are needed; row 1 has entry -1, exit 3"),
        ((0, 2.5, 0, 5), "whole numbers, 0 or more, are needed; row 1 has entry 0, exit 2.5"),
        ((0, math.nan, 0, 5), "whole numbers, 0 or more, are needed"),
        ((4, 3, 0, 5), "an exit before the entry; row 1 has entry 4, exit 3"),
        ((0, 3, 2, 5), "ended must be 0 or 1; row 1"),
        ((3, 3, 1, 5), "an end outside of the months watched; row 1"),
    ],
)
def test_counts_that_no_contract_can_have_are_named(row: tuple[float, ...], said: str) -> None:
    frame = pd.DataFrame([(0, 3, 1, 5), row], columns=["entry", "exit", "ended", "n"]).assign(cohort="2024")
    with pytest.raises(InvalidCounts, match=said):
        fit_retention(RetentionCounts(frame))


def test_a_missing_column_and_an_unwatched_company_are_named() -> None:
    frame = counted(REGULAR).assign(cohort="2024")
    with pytest.raises(UnknownColumn, match="'region' is needed, found entry, exit, ended, n, cohort"):
        fit_retention(RetentionCounts(frame), by="region")
    with pytest.raises(InvalidValue, match="no contract was watched for a whole month"):
        fit_retention(RetentionCounts(frame.assign(entry=frame["exit"], ended=0)))


@pytest.mark.parametrize("ended", [0, 1])
def test_one_contract_is_enough_for_an_answer_and_too_few_to_be_seen(ended: int) -> None:
    frame = pd.DataFrame({"cohort": ["2026"], "entry": [0], "exit": [1], "ended": [ended], "n": [1]})
    fit = fit_retention(RetentionCounts(frame))
    line = fit.projected(120)
    assert np.isfinite(line[["value", "low", "high"]]).all(axis=None)
    assert line["high"].iloc[12] - line["low"].iloc[12] > 0.5
    assert seen_and_fitted(fit).empty
    assert math.isnan(largest_gap(fit))
    assert retention_by_cohort(fit).alt.endswith("(too few seen to be drawn).")


def test_the_figure_says_how_many_still_pay(published: RetentionFit) -> None:
    fit = fitted(
        **{"2023": watched((0.9, 14.0), 3000, 36, 0, seed=1), "2024": watched((0.5, 14.0), 3000, 24, 0, seed=2)},
        **{"2025": watched((0.9, 14.0), 300, 6, 0, seed=3)},
    )
    figure = retention_by_cohort(fit)
    year, third = (fit.projected(36, "2023").set_index("months").at[month, "value"] for month in (12, 36))
    better = fit.projected(12, "2024")["value"].iloc[12]
    assert figure.title == (
        f"Of contracts begun in 2023, {numbers.share(year, 0)} still pay after a year and {numbers.share(third, 0)} "
        f"after three; of those begun in 2024, {numbers.share(better, 0)} after a year"
    )
    assert "(seen for 36 months); 2024:" in figure.alt
    assert "1 more cohort is not drawn" in figure.note
    # years stand for months here: too few of them to be drawn by cohort
    assert retention_by_cohort(published).title.startswith("Of contracts, ")


def stopping_late(share: float) -> pd.DataFrame:
    """Return contracts that all go on for a year and a half, and of which a share stops in the month after."""
    left = round(1000 * share)
    return pd.DataFrame([(0, 19, 1, left), (0, 19, 0, 1000 - left)], columns=["entry", "exit", "ended", "n"])


@pytest.mark.parametrize(("share", "status"), [(0.08, "green"), (0.25, "amber"), (0.8, "red")])
def test_a_cohort_that_the_model_does_not_tell_is_no_finding_but_a_fault(share: float, status: str) -> None:
    # together with many others its fault hardly shows
    regular = watched((1.0, 30.0), 60_000, 36, 0, seed=8)
    fit = fitted(early=regular, late=stopping_late(share))
    assert largest_gap(fit) < 0.03
    check = next(each for each in judge(retention=fit).checks if each.name == "Retention in contracts")
    assert check.status == status
    title = retention_by_cohort(fit).title
    missed = status != "green"
    assert ("late" in check.meaning) is missed
    assert title.startswith("Contracts were not renewed as the model says: of those begun in late, ") is missed
    if missed:
        seen = seen_and_fitted(fit, "late").iloc[-2]
        assert (seen["seen"], largest_gap(fit, "late") > 0.15) == (1.0, True)
