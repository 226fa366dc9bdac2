"""What cannot be fitted is named, or has a stated fallback: from a table, through the counts, to Cox's model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import (
    AliasedColumns,
    ChurnError,
    InvalidTimes,
    InvalidValue,
    LeakingCovariate,
    NoEpisodes,
    TooFewEvents,
    TooManyLevels,
    UnknownColumn,
    UnknownCovariate,
)
from cxmodels.churn.forecasts.forecast import churn_probability
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.grouped import fit_grouped
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.tenure_only import fit_tenure

ASKED = ("plan", "spend")


def table(n: int = 200, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    made = {
        "exit": rng.integers(1, 40, n),
        "event": (rng.random(n) < 0.5).astype(int),
        "plan": rng.choice(["A", "B"], n),
        "spend": rng.normal(50, 10, n),
    }
    return pd.DataFrame(made | columns)


def with_value(column: str, value: object) -> pd.DataFrame:
    rows = table()
    rows[column] = rows[column].astype(object if isinstance(value, str) else float)
    rows.loc[7, column] = value
    return rows


def test_good_input_is_fitted() -> None:
    fit = fit_cox(counted(table(), ASKED), ASKED)
    assert fit.coefficients["term"].tolist() == ["plan", "spend"]
    assert np.isfinite(fit.coef).all()


@pytest.mark.parametrize("events", [np.zeros(200, int), np.eye(1, 200, dtype=int)[0]])
def test_no_event_and_one_event_are_too_few_for_a_ratio(events: np.ndarray) -> None:
    found = counted(table(event=events), ASKED)
    with pytest.raises(TooFewEvents, match=f"found {events.sum()}"):
        fit_cox(found, ASKED)


@pytest.mark.parametrize("events", [0, 1])
def test_without_ratios_asked_for_a_thin_month_has_a_baseline_and_says_what_was_left_out(events: int) -> None:
    # all censored, or all but the first
    rows = table(event=(np.arange(200) < events).astype(int))
    fit = fit_cox(counted(rows, ASKED))
    assert set(fit.left_out) == set(ASKED)
    assert fit.covariates == ()
    at_risk = int((rows["exit"] >= rows["exit"][0]).sum())
    assert fit.baseline["hazard"].tolist() == [1 / at_risk] * events


@pytest.mark.parametrize("fitter", [fit_cox, fit_grouped, fit_tenure])
@pytest.mark.parametrize(
    "rows",
    [table(event=0), table(event=np.eye(1, 200, dtype=int)[0]), table(1, event=0), table(1, event=1)],
    ids=["nobody left", "one left", "one customer, there", "one customer, gone"],
)
def test_a_thin_month_is_forecast_with_all_its_doubt(fitter: Callable[[Episodes], Model], rows: pd.DataFrame) -> None:
    model = fitter(counted(rows, ASKED, unit="months"))
    cells = pd.DataFrame({"tenure": [1, 500], "plan": rows["plan"].iloc[0], "spend": 50.0, "n": 1})
    forecast = churn_probability(model, cells, horizons=(1, 12))
    for rate in forecast.rates.values():
        assert 0 <= rate.low <= rate.value <= rate.high <= 1
        assert rate.high > rate.low
    assert (forecast.cells["churn_12m"] > 0).all() == rows["event"].any()


@pytest.mark.parametrize("constant", [3.5, "same"])
def test_a_constant_column_is_named(constant: object) -> None:
    found = counted(table(spend=constant), ASKED)
    with pytest.raises(AliasedColumns, match="spend"):
        fit_cox(found, ASKED)
    fit = fit_cox(found)
    assert (fit.covariates, list(fit.left_out)) == (("plan",), ["spend"])


def test_collinear_columns_are_named() -> None:
    rows = table()
    rows["spend_in_cents"] = rows["spend"] * 100
    with pytest.raises(AliasedColumns, match="spend_in_cents"):
        fit_cox(counted(rows, ["spend", "spend_in_cents"]), ["spend", "spend_in_cents"])
    rows["tariff"] = rows["plan"].map({"A": "old", "B": "new"})
    with pytest.raises(AliasedColumns, match="tariff"):
        fit_cox(counted(rows, ["plan", "tariff"]), ["plan", "tariff"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", ["spend", "exit"])
def test_a_missing_or_infinite_number_is_named_with_its_row(column: str, value: float) -> None:
    with pytest.raises(InvalidValue, match=f"'{column}' must be a finite number in every row; 1 of 200 rows.*row 7"):
        counted(with_value(column, value), ASKED)


@pytest.mark.parametrize(("value", "found"), [(2.0, "2"), (np.nan, "nan"), (-1.0, "-1")])
def test_a_mark_of_departure_is_zero_or_one(value: float, found: str) -> None:
    with pytest.raises(InvalidValue, match=rf"'event' must be 0 or 1; 1 of 200 rows.*\(row 7\) is {found}"):
        counted(with_value("event", value), ASKED)


def test_a_mark_of_departure_in_words_is_refused() -> None:
    with pytest.raises(InvalidValue, match="'event' must be 0 or 1, found object"):
        counted(table(event="Yes"), ASKED)


def test_a_negative_duration_is_named_with_its_row() -> None:
    with pytest.raises(InvalidTimes, match=r"duration 'exit' must be zero or more; 1 of 200 .*\(row 7\) is -3"):
        counted(with_value("exit", -3.0), ASKED)


@pytest.mark.parametrize("late", [0, 5])
def test_an_entry_at_or_after_the_exit_is_named_with_its_row(late: int) -> None:
    rows = table()
    entry = np.zeros(200, int)
    entry[7] = rows["exit"][7] + late
    with pytest.raises(InvalidTimes, match=r"entry 'since' must be before 'exit'; in 1 of 200 .*\(row 7\) enters"):
        counted(rows.assign(since=entry), ASKED, entry="since")
    with pytest.raises(InvalidTimes, match="entry 'since' must be zero or more"):
        counted(rows.assign(since=-1), ASKED, entry="since")


def test_leaving_at_zero_is_told_how_to_count() -> None:
    rows = with_value("exit", 0)
    rows.loc[7, "event"] = 1
    with pytest.raises(InvalidTimes, match="count the first day or month as 1"):
        counted(rows, ASKED)
    rows.loc[7, "event"] = 0
    assert counted(rows, ASKED).n == 200


def test_a_category_of_five_thousand_levels_is_refused_with_the_remedy() -> None:
    rows = table(6000)
    rows["city"] = [f"city {i % 5000}" for i in range(6000)]
    with pytest.raises(TooManyLevels, match=r"'city' has 5,000 levels .* at most 50 are allowed; group them first"):
        counted(rows, ["city"])


def test_a_single_customer_is_counted_and_cannot_be_compared() -> None:
    found = counted(pd.DataFrame({"exit": [5], "event": [1], "plan": ["A"]}), ["plan"])
    with pytest.raises(ChurnError, match="plan"):
        fit_cox(found, ["plan"])
    fit = fit_cox(found)
    assert list(fit.left_out) == ["plan"]
    assert fit.baseline["hazard"].tolist() == [1.0]


def test_a_table_without_rows_is_told() -> None:
    with pytest.raises(NoEpisodes, match="at least one row is required"):
        counted(table().iloc[:0], ASKED)


def test_columns_that_are_not_there_are_told_with_the_nearest() -> None:
    with pytest.raises(UnknownCovariate, match="covariate 'spent' is no column of the table; did you mean 'spend'"):
        counted(table(), ["spent"])
    with pytest.raises(UnknownColumn, match="'exits' is no column of the table; did you mean 'exit'"):
        counted(table(), ASKED, duration="exits")
    with pytest.raises(UnknownColumn, match="'cause' is a column of the episodes themselves"):
        counted(table(cause="x"), ["cause"])


def test_a_count_is_a_whole_number_of_at_least_one() -> None:
    with pytest.raises(InvalidValue, match=r"count 'size' must be a whole number of at least 1.* is 0\.5; weights"):
        counted(table(size=0.5), ASKED, n="size")


def test_a_unit_that_is_none_and_an_outcome_as_covariate_are_refused() -> None:
    with pytest.raises(ValueError, match="unit must be one of days, months, found 'week'"):
        counted(table(), ASKED, unit="week")  # type: ignore[arg-type]
    with pytest.raises(LeakingCovariate, match="'tenure' is part of the outcome"):
        counted(table().assign(tenure=table()["exit"]), (*ASKED, "tenure"), duration="tenure")
