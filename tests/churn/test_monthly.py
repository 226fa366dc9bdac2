from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, company, contracts

from cxmodels import churn
from cxmodels.churn.counts.stays import month_ends
from cxmodels.churn.grading.grade import grades
from cxmodels.study.months import months_before
from cxmodels.study.study import open_study


def test_monthly_churn_counts_those_there_at_the_start_who_left_in_the_month(write_study: WriteStudy) -> None:
    table = contracts(
        ("early", "2026-01-01", "2026-05-10"),
        ("a", "2026-01-01", "2026-08-31"),
        ("b", "2026-01-01", "2026-09-01"),
        ("c", "2026-01-01", None),
        ("within", "2026-09-05", "2026-09-06"),
    )
    found = churn.monthly_churn(write_study(table).snapshot("2026-09"), months=3).set_index("month")
    assert found["active"].to_dict() == {"2026-07": 3, "2026-08": 3, "2026-09": 2}
    assert found["left"].to_dict() == {"2026-07": 0, "2026-08": 1, "2026-09": 1}
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()


def test_a_change_of_contract_is_no_departure_of_the_month(write_study: WriteStudy) -> None:
    table = contracts(
        ("gone", "2026-01-01", "2026-02-01"), ("a", "2026-01-01", "2026-09-10"), ("a", "2026-09-11", None)
    )
    assert churn.monthly_churn(write_study(table).snapshot("2026-09"), months=1)["left"].tolist() == [0]


def test_departures_all_dated_in_one_month_tell_no_monthly_churn(root: Path) -> None:
    study = open_study(root / "data" / "telco")
    snapshot = study.snapshot("2019-09")
    assert len(churn.monthly_churn(snapshot)) == 0
    assert len(churn.replay(study, snapshot)) == 0
    assert churn.grade(study, snapshot) is None


def test_earlier_months_are_forecast_from_what_was_known_then(write_study: WriteStudy) -> None:
    table = company(600, seed=21)["contracts"]
    study = write_study(table, covariates=("plan",), window_months=24)
    past = churn.replay(study, study.snapshot("2026-09"), months=2)
    assert past["month"].tolist() == ["2026-07", "2026-08"]
    episodes = churn.episodes(study.snapshot("2026-08"))
    then = churn.fit_cox(episodes).churn_probability(episodes.cells()).rates[12]
    assert past.iloc[-1][["value", "low", "high"]].tolist() == pytest.approx([then.value, then.low, then.high])


def test_last_years_forecast_is_graded_on_those_who_were_there(write_study: WriteStudy) -> None:
    table = company(1500, seed=22)["contracts"]
    study = write_study(table, covariates=("plan",), window_months=12)
    grade = churn.grade(study, study.snapshot("2026-09"))
    assert grade is not None
    made_on = date(2025, 9, 30)
    stayed = np.array([end is None or end > made_on for end in table["ended_on"]])
    there = table[(table["started_on"] <= made_on) & stayed]
    left = there["ended_on"].notna().sum()
    assert (grade.made_on, grade.observed.n) == (made_on, len(there))
    assert grade.observed.value == pytest.approx(left / len(there))
    assert grade.p > 0.003
    assert grade.groups["n"].sum() == len(there)


def test_a_forecast_that_went_wrong_is_told(write_study: WriteStudy) -> None:
    table = company(1500, seed=23)["contracts"]
    last_year = np.array([end is not None and end > date(2025, 9, 30) for end in table["ended_on"]])
    kept = last_year & (np.arange(len(table)) % 4 > 0)
    table["ended_on"] = [None if keep else end for keep, end in zip(kept, table["ended_on"], strict=True)]
    study = write_study(table, covariates=("plan",), window_months=24)
    snapshot = study.snapshot("2026-09")
    episodes = churn.episodes(snapshot)
    verdict = churn.judge(
        churn.fit_cox(episodes), None, churn.monthly_churn(snapshot), grades(study, snapshot, months=(12,))
    )
    assert {check.name: check.status for check in verdict.checks}["Earlier forecasts"] == "red"


def test_months_are_counted_back_from_the_end_of_a_month() -> None:
    assert month_ends(AS_OF, 2) == [date(2026, 8, 31), date(2026, 7, 31)]
    assert months_before(AS_OF, 7) == date(2026, 2, 28)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2026, 3, 15), 24) == date(2024, 3, 15)


def test_wilsons_interval_holds_the_share_at_its_ends() -> None:
    # Wilson (1927): for 0 of n the upper end is z² / (n + z²)
    from cxmodels.churn.accuracy.intervals import wilson

    low, high = wilson(0, 50)
    assert (float(low), round(float(high), 6)) == (0.0, round(1.959964**2 / (50 + 1.959964**2), 6))
    assert wilson(50, 50)[1] == 1.0


def test_a_month_without_customers_has_no_row(write_study: WriteStudy) -> None:
    table = contracts(("a", "2026-07-10", "2026-07-20"), ("b", "2026-08-10", None))
    found = churn.monthly_churn(write_study(table).snapshot("2026-09"), months=4)
    assert isinstance(found, pd.DataFrame)
    assert found["month"].tolist() == ["2026-09"]
