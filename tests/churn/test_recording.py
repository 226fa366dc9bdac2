from __future__ import annotations

from datetime import date

import pandas as pd
from small_company import WriteStudy, company, contracts

from cxmodels import churn


def check_of(study, window_months):
    snapshot = study.snapshot("2026-09")
    episodes = churn.episodes(snapshot, window_months=window_months)
    recorded = churn.recording(snapshot, episodes)
    verdict = churn.judge(churn.fit_cox(episodes), monthly=churn.monthly_churn(snapshot), recorded=recorded)
    return recorded, next(check for check in verdict.checks if check.name.startswith("Departures on record"))


def test_a_record_of_departures_that_begins_late_is_told_with_the_window_that_helps(write_study: WriteStudy) -> None:
    # departures are on record for the last three years only; customers joined over six
    study = write_study(company(2500, seed=41)["contracts"], covariates=("plan",))
    recorded, check = check_of(study, window_months=0)
    assert recorded.first is not None
    assert abs((recorded.first - date(2023, 10, 1)).days) < 20
    assert recorded.expected > 5
    assert check.status == "red"
    assert "watch 36 months" in check.meaning or "watch 35 months" in check.meaning
    assert check_of(study, window_months=24)[1].status == "green"


def test_the_share_before_the_first_departure_is_of_the_time_at_risk(write_study: WriteStudy) -> None:
    day = {"contract_id": ["a", "b"], "customer_id": ["a", "b"], "started_on": [date(2026, 9, 10)] * 2}
    table = pd.DataFrame(day | {"ended_on": [date(2026, 9, 20), None], "plan": "A"})
    snapshot = write_study(table).snapshot("2026-09")
    recorded = churn.recording(snapshot, churn.episodes(snapshot))
    # 10 days each before, 10 more of the one who stayed
    assert (recorded.first, recorded.before) == (date(2026, 9, 20), 20 / 30)


def test_where_nobody_left_there_is_no_first_departure(write_study: WriteStudy) -> None:
    table = contracts(("gone", "2020-01-01", "2021-01-01"), ("a", "2026-01-01", None))
    snapshot = write_study(table).snapshot("2026-09")
    assert churn.recording(snapshot, churn.episodes(snapshot, window_months=24)) == churn.Recording(None, 0.0, 0.0)
