"""Loyalty classes as probabilities of each customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from classed_customers import ASSOCIATION, ERROR, customers, expected_shares
from scipy.special import expit
from scipy.stats import multivariate_normal

from cxmodels.loyalty.customers.classes import PROBABILITIES, LoyaltyClasses, classes_of
from cxmodels.loyalty.customers.joint import measured, population, posterior
from cxmodels.loyalty.customers.quadrants import quadrants
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents


def test_quadrants_are_those_of_the_normal_pair() -> None:
    random = np.random.default_rng(1)
    for _ in range(25):
        mean, cut = random.normal(size=(2, 2))
        root = random.normal(size=(2, 2))
        covariance = root @ root.T
        found = quadrants(mean[None], covariance[None], cut)[0]
        neither = multivariate_normal.cdf(cut, mean, covariance)
        assert found[3] == pytest.approx(neither, abs=1e-7)
        assert found[2] + found[3] == pytest.approx(multivariate_normal.cdf(cut[:1], mean[:1], covariance[:1, :1]))
        assert found.sum() == pytest.approx(1)
    at_the_cut = quadrants(np.zeros((1, 2)), np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.zeros(2))[0]
    assert at_the_cut == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3])


def test_a_prediction_says_what_the_measurement_behind_it_said() -> None:
    random = np.random.default_rng(2)
    truth = random.normal(3.0, 2.0, 60_000)
    error = random.choice([0.5, 3.0], len(truth))
    seen = truth + random.normal(size=len(truth)) * np.sqrt(error)
    told = 4 / (4 + error)
    guess, left = 3 + told * (seen - 3), 4 * (1 - told)
    again, its_error = measured(guess, left, np.ones(len(truth)))
    assert np.abs(again - seen).max() < 0.3
    assert its_error == pytest.approx(error, rel=0.05)


def test_the_population_is_that_without_the_errors_and_the_posterior_has_its_moments() -> None:
    random = np.random.default_rng(3)
    covariance = np.array([[1.0, 0.3, 0.5], [0.3, 2.0, -0.4], [0.5, -0.4, 1.5]])
    truth = random.multivariate_normal([1, 2, 3], covariance, 60_000)
    errors = random.uniform(0.1, 1.0, truth.shape)
    values = truth + random.normal(size=truth.shape) * np.sqrt(errors)
    of = population(values, errors, np.ones(len(truth)))
    assert np.abs(of.covariance - covariance).max() < 0.05
    mean, left = posterior(values, errors, of)
    assert np.abs(np.cov(mean.T) + left.mean(axis=0) - covariance).max() < 0.05
    off = truth - mean
    assert np.abs(np.cov(off.T) - left.mean(axis=0)).max() < 0.03


@pytest.mark.parametrize("kind", ["predicted", "measured"])
def test_shares_are_within_a_point_and_probabilities_hold_what_they_say(kind: str) -> None:
    cells, truth = customers(20_000, 1, kind=kind)
    found = classes_of(cells, kind=kind, draws=30)
    actual = np.bincount(truth, minlength=4) / len(truth)
    assert np.abs(found.shares["share"] - actual).max() < 0.01
    assert found.association.low < ASSOCIATION < found.association.high
    assert found.seen_association < 0.43
    for place, name in enumerate(PROBABILITIES):
        assert calibration_error(found.cells[name], truth == place) < 0.03


def calibration_error(chance: pd.Series, happened: np.ndarray) -> float:
    """Return the mean distance of what happened from what was told, over tenths of customers."""
    tenth = pd.qcut(chance, 10, labels=False, duplicates="drop")
    table = pd.DataFrame({"tenth": tenth, "chance": chance, "happened": happened}).groupby("tenth").mean()
    size = pd.Series(tenth).value_counts(normalize=True).sort_index()
    return float((size * (table["chance"] - table["happened"]).abs()).sum())


def test_plugging_scores_in_would_move_customers_out_of_true_loyalty() -> None:
    cells, _ = customers(20_000, 1, kind="measured")
    plugged = (cells["attitude"] > 0) & (cells["behaviour"] > cells["behaviour"].median())
    assert plugged.mean() < expected_shares()[0] - 0.015


@pytest.mark.parametrize("reps", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_limits_of_shares_hold_the_truth(reps: int) -> None:
    held = []
    for seed in range(reps):
        cells, _ = customers(400, seed)
        shares = classes_of(cells, draws=100, seed=seed).shares
        margin = 1.645 / 1.96 * (shares["high"] - shares["low"]) / 2
        held.append((shares["share"] - expected_shares()).abs() < margin)
    covered = np.mean(held, axis=0)
    least, most = (0.86, 0.94) if reps == 200 else (0.6, 1.0)
    assert ((least <= covered) & (covered <= most)).all()


def test_a_customer_who_counts_twice_is_two() -> None:
    cells, _ = customers(200, 4)
    twice = classes_of(pd.concat([cells, cells], ignore_index=True), draws=20)
    counted = classes_of(cells.assign(n=2), draws=20)
    assert counted.shares["share"].tolist() == pytest.approx(twice.shares["share"].tolist())
    assert counted.customers == twice.customers == 400


def test_weights_count_in_shares_and_not_in_customers() -> None:
    cells, _ = customers(200, 4)
    weight = np.where(np.arange(200) < 50, 3.0, 1.0)
    weighted = classes_of(cells.assign(weight=weight), draws=20)
    repeated = classes_of(cells.loc[np.repeat(cells.index, weight.astype(int))].reset_index(drop=True), draws=20)
    assert weighted.shares["share"].tolist() == pytest.approx(repeated.shares["share"].tolist())
    assert weighted.association.value == pytest.approx(repeated.association.value)
    assert weighted.customers == 200
    assert weighted.shares["customers"].sum() == pytest.approx(200)
    # three who count for one another are no more customers to be sure by
    assert weighted.association.standard_error > repeated.association.standard_error
    with pytest.raises(InvalidAnswers, match="weights must be finite and above 0"):
        classes_of(cells.assign(weight=0.0))


def test_value_is_told_by_class() -> None:
    cells, truth = customers(3_000, 5)
    worth = np.array([100.0, 60.0, 40.0, 10.0])[truth]
    found = classes_of(cells.assign(value=worth), draws=50).shares.set_index("quadrant")
    assert found["value_share"].sum() == pytest.approx(1)
    assert found["value"].is_monotonic_decreasing
    assert ((found["value_low"] < found["value"]) & (found["value"] < found["value_high"])).all()
    total = (found["value"] * found["customers"]).sum()
    assert total == pytest.approx(worth.sum())


def test_an_absolute_cut_leaves_everybody_free_to_be_loyal() -> None:
    cells, _ = customers(3_000, 6)
    found = classes_of(cells, attitude_cut=-2.0, behaviour_cut=0.2, draws=20)
    assert found.shares.loc[0, "share"] > 0.9
    assert found.told == "An attitude is high above -2 standard deviations, behaviour is high above 0.2."
    assert found.behaviour_cut == pytest.approx(0.2)


def test_sure_measurements_leave_no_doubt_about_a_customer() -> None:
    random = np.random.default_rng(7)
    points = random.normal(size=(500, 2))
    cells = pd.DataFrame({"attitude": points[:, 0], "attitude_sd": 0.0, "behaviour": points[:, 1]})
    found = classes_of(cells, attitude_cut=0.0, behaviour_cut=0.0, scale="identity", draws=20)
    actual = np.bincount(2 * (points[:, 0] <= 0) + (points[:, 1] <= 0), minlength=4) / 500
    # of what is seen, at least a fiftieth is taken for error of the model
    assert found.shares["share"].tolist() == pytest.approx(actual.tolist(), abs=0.003)


def small() -> LoyaltyClasses:
    cells, _ = customers(60, 8)
    return classes_of(cells, draws=20, min_cell=12)


def test_small_classes_are_not_shown_nor_given_away() -> None:
    found = small()
    few = found.shares["customers"] < 12
    shown = found.shown()
    assert few.any()
    assert shown.loc[few, "share"].isna().all()
    assert shown["share"].isna().sum() >= 2
    assert found.shares["share"].notna().all()


@pytest.mark.parametrize(
    ("changed", "options", "error", "said"),
    [
        ({"behaviour": 1.2}, {}, InvalidValue, "on the scale 'logit' values are finite from 0 to 1; 60 are not"),
        ({"attitude": np.nan}, {}, InvalidAnswers, "must be finite"),
        ({"low": 0.9, "high": 0.1}, {}, InvalidValue, "low limits must not exceed high ones, found 60"),
        ({}, {"scale": "probit"}, InvalidValue, "scale must be one of logit, log, identity, found 'probit'"),
        ({}, {"kind": "guessed"}, InvalidValue, "kind must be 'predicted' or 'measured'"),
        ({}, {"attitude_cut": "mean"}, InvalidValue, "a cut is a number or 'median', found 'mean'"),
        ({}, {"level": 95}, InvalidValue, "level must lie between 0 and 1"),
    ],
)
def test_bad_input_is_named(changed: dict, options: dict, error: type[Exception], said: str) -> None:
    cells, _ = customers(60, 9)
    with pytest.raises(error, match=said):
        classes_of(cells.assign(**changed), **options)


def test_too_few_customers_and_a_missing_column_are_named() -> None:
    cells, _ = customers(20, 9)
    with pytest.raises(TooFewRespondents, match="30 customers with attitude and behaviour are needed, found 20"):
        classes_of(cells)
    with pytest.raises(InvalidAnswers, match="lack 'attitude_sd'"):
        classes_of(cells.drop(columns="attitude_sd"))


def test_all_alike_in_behaviour_are_classed_by_attitude_alone() -> None:
    cells, _ = customers(200, 10)
    same = cells.assign(behaviour=expit(1.0)).drop(columns=["low", "high"])
    found = classes_of(same, behaviour_cut=0.5, draws=20)
    assert found.shares["share"].notna().all()
    assert found.shares.loc[[1, 3], "share"].sum() == pytest.approx(0, abs=1e-6)
    assert np.isnan(found.seen_association)
    assert found.shares.loc[0, "share"] == pytest.approx(0.5, abs=0.08)
    assert cells["attitude_sd"].iloc[0] == pytest.approx(np.sqrt(ERROR))
