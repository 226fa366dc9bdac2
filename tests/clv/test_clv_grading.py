from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import END, FITTED, followed
from scipy import integrate, stats
from simulated_shop import BG_NBD, customers_with_future

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.grading.classes import frequency_classes
from cxmodels.clv.grading.grade import Grade, grade
from cxmodels.clv.grading.prediction import predict
from cxmodels.clv.grading.replay import Replay, compare, hold_out_day
from cxmodels.clv.grading.scoring import crps, nearest_of, point_errors

PAST = ["frequency", "recency", "T"]


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby([*PAST, "purchases"], as_index=False)["n"].sum()


def fitted(frame: pd.DataFrame, model: str = "bg_nbd") -> PurchaseFit:
    return fit_purchases(counted(frame.groupby(PAST, as_index=False)["n"].sum(), n="n"), model)


@pytest.fixture(scope="module")
def sample() -> Replay:
    found = compare(followed(), FITTED, END)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def followed_by_simulation() -> Grade:
    frame = customers_with_future(1500, seed=7, ahead=365.0).rename(columns={"came": "purchases"})
    return grade(fitted(frame), frame, date(2025, 9, 30), date(2026, 9, 30), draws=200)


# The published hold-out of CDNOW: parameters at the maximum of the likelihood, 39 weeks after 39 weeks.
# The error of BG/NBD is .78545, which some round to .786; that of Pareto/NBD is .755, of MBG/NBD .765.
@pytest.mark.parametrize(
    ("model", "total", "mae", "rmse", "correlation"),
    [
        ("bg_nbd", -0.121, 0.785, 1.608, 0.626),
        ("mbg_nbd", -0.162, 0.765, 1.607, 0.627),
        ("pareto_nbd", -0.115, 0.755, 1.603, 0.630),
    ],
)
def test_errors_on_the_cdnow_sample_are_the_published_ones(
    sample: Replay, model: str, total: float, mae: float, rmse: float, correlation: float
) -> None:
    frame, fit = cells(followed()), sample.grades[model].fit
    best = fit.maximum_likelihood.to_numpy()[None]
    expected = fit.model.expected_purchases(best, *(frame[key].to_numpy(float) for key in PAST), 273.0)[0]
    found = point_errors(expected, frame["purchases"].to_numpy(float), frame["n"].to_numpy(float))
    told = [round(found[name], 3) for name in ("total_error", "mae", "rmse", "correlation")]
    assert told == [total, mae, rmse, correlation]


def test_the_naive_line_on_the_cdnow_sample_is_the_published_one(sample: Replay) -> None:
    row = sample.table.set_index("kind").loc["naive"]
    assert row[["total_error", "mae", "rmse", "correlation"]].astype(float).round(3).tolist() == [
        0.557, 1.024, 2.212, 0.584,
    ]  # fmt: skip
    assert sample.came == 1882
    assert sample.customers == 2357


def test_what_the_posterior_expects_is_as_near_as_what_the_maximum_does(sample: Replay) -> None:
    # the posterior of Pareto/NBD is skewed: its mean expectation is not that of its mode
    mae = sample.table.set_index("kind")["mae"]
    assert mae[["bg_nbd", "mbg_nbd", "pareto_nbd"]].tolist() == pytest.approx([0.785, 0.765, 0.755], abs=0.005)


def test_intervals_of_single_customers_hold_what_they_did_at_cdnow(sample: Replay) -> None:
    for each in sample.grades.values():
        assert 0.88 <= each.covered(0.9).value <= 0.96
    assert sample.spent is not None
    held = sample.spent.coverage.set_index("level")["held"]
    assert 0.88 <= held[0.9] <= 0.97
    # most who buy nothing lie within any interval that begins at 0
    assert held[0.5] < held[0.9]


def test_the_model_used_is_the_nearest_in_total_within_noise_and_the_reason_names_it(sample: Replay) -> None:
    table = sample.table.set_index("kind").loc[[*sample.grades]]
    within = table[table["difference"] <= 1.959964 * table["se"]]
    assert sample.chosen == within["total_error"].abs().idxmin()
    assert set(sample.as_good) == {*within.index} - {sample.chosen}
    assert not sample.asked_for
    assert table["used"].sum() == 1
    assert sample.why.startswith(f"{table.loc[sample.chosen, 'model']} is used")
    assert sample.beside_naive < 0.8


@pytest.mark.parametrize(
    ("first", "as_of", "made_on"),
    [
        (date(1997, 1, 1), date(1998, 6, 30), date(1997, 9, 30)),
        (date(2023, 10, 1), date(2026, 9, 30), date(2025, 9, 30)),
        (date(2024, 3, 1), date(2026, 2, 28), date(2025, 2, 28)),
    ],
)
def test_half_of_the_history_and_at_most_a_year_is_held_out(first: date, as_of: date, made_on: date) -> None:
    assert hold_out_day(first, as_of) == made_on


def test_a_simulated_company_is_covered_and_told(followed_by_simulation: Grade) -> None:
    told = followed_by_simulation
    assert 0.88 <= told.covered(0.9).value <= 0.97
    row = told.coverage.set_index("level")
    # what the model itself expects its intervals to hold is what they hold
    assert row["held"].to_numpy() == pytest.approx(row["content"].to_numpy(), abs=0.02)
    assert told.held
    assert abs(told.errors["total_error"]) < 0.12


def test_every_class_and_tenth_of_a_simulated_company_lies_near_its_forecast(followed_by_simulation: Grade) -> None:
    for table in (followed_by_simulation.classes, followed_by_simulation.tenths):
        assert table["n"].sum() == 1500
        inside = (table["low"] <= table["came"]) & (table["came"] <= table["high"])
        assert inside.mean() >= 0.7
        assert (table["low"] <= table["expected"]).all()
        assert (table["expected"] <= table["high"]).all()


def test_totals_of_alike_customers_vary_as_those_of_independent_ones() -> None:
    one = pd.DataFrame({"frequency": [2], "recency": [100.0], "T": [200.0], "n": [1]})
    fit = fitted(customers_with_future(500, seed=3, ahead=1.0).round(3))
    known = replace(fit.posterior, draws=pd.DataFrame([[*BG_NBD.values()]] * 400, columns=list(BG_NBD)))
    prediction = predict(replace(fit, posterior=known), one, 365.0, draws=400, seed=1)
    single = prediction.totals(np.ones(1))
    many = prediction.totals(np.full(1, 100.0))
    assert many.mean() == pytest.approx(100 * prediction.mean[0], rel=0.05)
    assert many.std() == pytest.approx(10 * single.std(), rel=1e-9)


def test_rows_that_are_split_or_shuffled_change_no_error() -> None:
    random = np.random.default_rng(4)
    expected, came, n = (
        random.gamma(1, 1, 50),
        random.poisson(1, 50).astype(float),
        random.integers(1, 9, 50).astype(float),
    )
    whole = point_errors(expected, came, n)
    order = random.permutation(50)
    apart = np.repeat(order, n[order].astype(int))
    each = point_errors(expected[apart], came[apart], np.ones(len(apart)))
    assert each == pytest.approx(whole)
    assert whole["correlation"] == pytest.approx(np.corrcoef(expected[apart], came[apart])[0, 1])
    assert whole["mae"] == pytest.approx(np.abs(expected[apart] - came[apart]).mean())


def test_a_forecast_of_one_number_has_no_correlation_and_nothing_came_no_relative_error() -> None:
    nothing = point_errors(np.full(5, 0.1), np.zeros(5), np.ones(5))
    assert np.isnan(nothing["correlation"])
    assert np.isnan(nothing["total_error"])
    assert nothing["mae"] == pytest.approx(0.1)


def test_the_ranked_probability_score_is_the_integral_it_is_defined_by() -> None:
    drawn = np.random.default_rng(5).normal(2.0, 1.5, (200_000, 1))
    for came in (0.0, 2.0, 5.0):
        exact, _ = integrate.quad(
            lambda at, came=came: (stats.norm.cdf(at, 2.0, 1.5) - (at >= came)) ** 2, -8, 14, points=[came]
        )
        assert crps(drawn, np.array([came]))[0] == pytest.approx(exact, abs=0.01)


def test_few_draws_do_not_raise_the_score_on_average() -> None:
    random = np.random.default_rng(6)
    many = crps(random.poisson(2.0, (5000, 1)).astype(float), np.array([3.0]))[0]
    few = np.mean([crps(random.poisson(2.0, (5, 1)).astype(float), np.array([3.0]))[0] for _ in range(4000)])
    assert few == pytest.approx(many, abs=0.03)


def test_of_forecasts_that_differ_by_noise_the_one_with_the_nearer_total_is_used() -> None:
    random = np.random.default_rng(8)
    base, n = random.gamma(1, 1, 500), np.ones(500)
    noise = random.normal(0, 0.2, 500)
    off = {"first": -0.02, "second": 0.2}
    alike = nearest_of(pd.DataFrame({"first": base, "second": base - 0.005 + noise - noise.mean()}), n, off)
    assert alike["as_good"].all()
    assert alike.loc["first", "used"]
    apart = nearest_of(pd.DataFrame({"first": base, "second": base - 0.1 + noise}), n, off)
    assert apart.loc["second", "used"]
    assert apart.loc["first", "difference"] == pytest.approx(0.1, abs=0.03)
    assert apart["used"].sum() == 1
    # where nothing came, no total is nearer: the better score is used
    untold = nearest_of(pd.DataFrame({"first": base, "second": base - 0.005}), n, {"first": np.nan, "second": np.nan})
    assert untold.loc["second", "used"]


def test_the_standard_error_of_a_difference_counts_customers_and_not_rows() -> None:
    random = np.random.default_rng(9)
    rows = pd.DataFrame({"a": random.gamma(1, 1, 40), "b": random.gamma(1, 1, 40)})
    n = random.integers(1, 6, 40).astype(float)
    each = rows.loc[rows.index.repeat(n.astype(int))].reset_index(drop=True)
    off = {"a": 0.0, "b": 0.0}
    found, spread = nearest_of(rows, n, off), nearest_of(each, np.ones(len(each)), off)
    assert found[["score", "difference", "se"]].to_numpy() == pytest.approx(
        spread[["score", "difference", "se"]].to_numpy()
    )


def test_a_model_that_is_asked_for_is_used_and_graded_beside_the_others() -> None:
    found = compare(followed(), FITTED, END, models=("bg_nbd", "mbg_nbd"), use="mbg_nbd", draws=50)
    assert found is not None
    assert (found.chosen, found.asked_for) == ("mbg_nbd", True)
    assert {*found.grades} == {"bg_nbd", "mbg_nbd"}
    assert found.why.startswith("MBG/NBD is used because it was asked for")
    with pytest.raises(InvalidValue, match="paretonbd"):
        compare(followed(), FITTED, END, models=("bg_nbd",), use="paretonbd")


def test_of_very_many_customers_some_are_drawn_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxmodels.clv.grading.replay.MOST_CUSTOMERS", 1000)
    found = compare(followed(), FITTED, END, models=("bg_nbd",))
    assert found is not None
    assert (found.customers, found.all_customers) == (1000, 2357)
    assert found.table.set_index("kind")["mae"]["bg_nbd"] == pytest.approx(0.785, abs=0.15)


def test_a_history_without_repeat_purchases_cannot_be_replayed() -> None:
    once = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": [50.0, 80.0], "purchases": [0, 1], "n": [30, 10]})
    assert compare(once, date(2026, 1, 31), date(2026, 3, 31)) is None


def test_classes_part_frequent_buyers_only_where_they_are_many() -> None:
    assert frequency_classes([0, 3, 8], [90, 8, 2]).names == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    many = frequency_classes([0, 10, 20, 40], [10, 10, 10, 10])
    assert many.names == ["0", "1", "2", "3", "4", "5", "6", "7–14", "15–30", "31+"]
    assert many.of([0, 6, 7, 14, 15, 30, 31, 500]).tolist() == [0, 6, 7, 7, 8, 8, 9, 9]
