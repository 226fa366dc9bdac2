from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from small_company import AS_OF, WriteStudy, company, contracts, counted

from cxmodels import churn
from cxmodels.study.study import open_study


@pytest.fixture(scope="module")
def telco(root: Path) -> churn.Episodes:
    return churn.episodes(open_study(root / "data" / "telco").snapshot("2019-09"))


def test_telco_survival_is_that_of_r(telco: churn.Episodes) -> None:
    # R survival 3.5-3, survfit on the tenure in months of all 7 043 customers
    survival = churn.fit_survival(telco)
    found = [round(survival.at(months).value, 4) for months in (12, 24, 48, 72)]  # type: ignore[union-attr]
    assert found == [0.8432, 0.7887, 0.7088, 0.5928]


def test_telco_month_to_month_customers_with_internet_stay_34_months_at_the_median(telco: churn.Episodes) -> None:
    # R survival 3.5-3
    frame = telco.frame
    frame = frame[(frame["plan"] == "Month-to-month") & (frame["internet_service"] != "No")]
    part = churn.Episodes(frame, (), {}, {}, telco.as_of, 0, 0, 10)
    assert round(churn.fit_survival(part).median()) == 34


def test_late_entries_count_only_from_their_entry(write_study: WriteStudy) -> None:
    # at risk on day 10: two; on day 40 the late one has entered at 30: S = (1 - 1/2) (1 - 1/2)
    table = contracts(("a", "2026-08-01", "2026-08-11"), ("b", "2026-08-01", "2026-09-10"), ("c", "2026-07-01", None))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"), window_months=2)
    curve = churn.fit_survival(episodes).curves.set_index("time")
    assert curve.loc[10, "survival"] == pytest.approx(0.5)
    assert curve.loc[40, "survival"] == pytest.approx(0.25)
    assert curve.loc[[10, 40], "at_risk"].tolist() == [2, 2]


def test_who_enters_on_a_day_is_not_at_risk_on_that_day(write_study: WriteStudy) -> None:
    table = contracts(("a", "2026-08-01", "2026-08-31"), ("b", "2026-08-01", None), ("c", "2026-07-01", None))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"), window_months=2)
    assert episodes.frame["entry"].max() == 30
    assert churn.fit_survival(episodes).curves.set_index("time").loc[30, "survival"] == pytest.approx(0.5)


def test_left_truncation_does_not_flatter_survival(write_study: WriteStudy) -> None:
    made = company(6000, seed=1, monthly_hazard=0.05, log_ratio=0.0)
    episodes = churn.episodes(write_study(made["contracts"]).snapshot("2026-09"), window_months=12)
    survival = churn.fit_survival(episodes).at(12)
    assert survival is not None
    assert survival.low < np.exp(-0.05 * 12) < survival.high


def test_a_curve_by_covariate_is_the_curve_of_that_part(telco: churn.Episodes) -> None:
    by_plan = churn.fit_survival(telco, by="plan")
    part = telco.frame[telco.frame["plan"] == "One year"]
    alone = churn.fit_survival(churn.Episodes(part, (), {}, {}, telco.as_of, 0, 0, 10))
    assert by_plan.at(60, "One year") == alone.at(60)


def test_beyond_what_is_watched_there_is_no_survival(telco: churn.Episodes) -> None:
    assert churn.fit_survival(telco).at(73) is None


def test_a_curve_with_late_entries_and_its_interval_are_those_of_lifelines() -> None:
    frame = counted(company(1500, seed=3)).frame
    curve = churn.fit_survival(churn.Episodes(frame, (), {}, {}, AS_OF, 24, 0, 1)).curves
    rows = frame[frame["exit"] > frame["entry"]]
    entry = rows["entry"].where(rows["entry"] == 0, rows["entry"] + 0.5)
    other = KaplanMeierFitter().fit(rows["exit"], rows["event"], entry=entry, weights=rows["n"])
    inside = curve[curve["survival"].between(0, 1, inclusive="neither")]
    wanted = other.survival_function_.join(other.confidence_interval_).loc[inside["time"]]
    assert inside[["survival", "low", "high"]].to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-9)


def test_where_nobody_was_watched_in_the_first_months_no_survival_is_told() -> None:
    frame = pd.DataFrame({"entry": [0, 800], "exit": [5, 1000], "event": [1, 0], "cause": "unknown", "n": [3, 200]})
    frame.loc[2] = {"entry": 800, "exit": 900, "event": 1, "cause": "unknown", "n": 20}
    survival = churn.fit_survival(churn.Episodes(frame, (), {}, {}, AS_OF, 24, 0, 10))
    assert survival.at_risk(900) == 220
    assert [survival.at(months) for months in (1, 24, 28)] == [None, None, None]
    assert churn.figures.survival_curves(survival).title.startswith("Too few customers")


def test_a_level_that_is_none_is_told_with_those_there_are(telco: churn.Episodes) -> None:
    with pytest.raises(ValueError, match="allowed: plan, internet_service"):
        churn.fit_survival(telco, by="region")
