from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, company, contracts, study_of

from cxmodels import churn


def only_row(episodes: churn.Episodes) -> dict[str, object]:
    assert len(episodes.frame) == 1
    return episodes.frame.iloc[0].to_dict()


def test_a_customer_who_left_is_at_risk_from_joining_to_leaving(write_study: WriteStudy) -> None:
    study = write_study(contracts(("c1", "2026-01-01", "2026-03-02")))
    row = only_row(churn.episodes(study.snapshot("2026-09")))
    assert row == {"entry": 0, "exit": 60, "event": 1, "cause": "unknown", "n": 1}


def test_a_customer_of_today_is_watched_until_the_day_of_the_snapshot(write_study: WriteStudy) -> None:
    episodes = churn.episodes(write_study(contracts(("c1", "2026-09-20", None))).snapshot("2026-09"))
    assert only_row(episodes) == {"entry": 0, "exit": 10, "event": 0, "cause": "active", "n": 1}
    assert episodes.active == 1


def test_an_end_after_the_day_of_the_snapshot_is_not_known(write_study: WriteStudy) -> None:
    study = write_study(contracts(("c1", "2026-01-01", "2026-09-15")))
    assert churn.episodes(study.snapshot("2026-08")).events == 0
    assert churn.episodes(study.snapshot("2026-09")).events == 1


def test_a_renewal_the_next_day_is_no_departure_and_tenure_goes_on(write_study: WriteStudy) -> None:
    table = contracts(("c1", "2026-01-01", "2026-01-31"), ("c1", "2026-02-01", "2026-03-02"))
    frame = churn.episodes(write_study(table).snapshot("2026-09")).frame
    assert frame[["entry", "exit", "event", "cause"]].to_numpy().tolist() == [
        [0, 31, 0, "switched"],
        [31, 60, 1, "unknown"],
    ]


def test_a_change_of_plan_counts_the_time_on_each_plan(write_study: WriteStudy) -> None:
    table = contracts(
        ("c1", "2026-01-01", "2026-01-31", "A"),
        ("c1", "2026-02-01", "2026-03-02", "B"),
        ("c2", "2026-01-01", "2026-01-02", "A"),
    )
    frame = churn.episodes(write_study(table, covariates=("plan",)).snapshot("2026-09")).frame
    days = (frame["exit"] - frame["entry"]).groupby(frame["plan"]).sum()
    assert days.to_dict() == {"A": 31 + 1, "B": 29}


def test_a_return_after_a_longer_gap_is_a_new_stay(write_study: WriteStudy) -> None:
    table = contracts(("c1", "2026-01-01", "2026-01-31"), ("c1", "2026-02-02", "2026-03-04"))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"))
    assert only_row(episodes) == {"entry": 0, "exit": 30, "event": 1, "cause": "unknown", "n": 2}


def test_a_contract_within_another_ends_no_stay(write_study: WriteStudy) -> None:
    table = contracts(("c1", "2026-01-01", None), ("c1", "2026-02-01", "2026-03-01"))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"))
    assert (episodes.events, episodes.active) == (0, 1)
    assert (episodes.frame["exit"] - episodes.frame["entry"]).sum() == (AS_OF - date(2026, 1, 1)).days


def test_who_joins_and_leaves_on_one_day_leaves_after_one_day(write_study: WriteStudy) -> None:
    study = write_study(contracts(("c1", "2026-05-05", "2026-05-05")))
    assert only_row(churn.episodes(study.snapshot("2026-09"))) == {
        "entry": 0, "exit": 1, "event": 1, "cause": "unknown", "n": 1,
    }  # fmt: skip


def test_who_came_before_the_window_enters_at_the_tenure_reached_and_who_left_before_is_out(
    write_study: WriteStudy,
) -> None:
    table = contracts(("old", "2025-01-01", None), ("gone", "2025-01-01", "2025-09-30"), ("new", "2026-09-01", None))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"), window_months=12)
    late = episodes.frame[episodes.frame["entry"] > 0]
    assert late["entry"].tolist() == [(date(2025, 9, 30) - date(2025, 1, 1)).days]
    assert (episodes.n, episodes.late_entries, episodes.before_window) == (2, 1, 1)


def test_counts_collapse_the_rows_a_loop_over_customers_would_make(write_study: WriteStudy) -> None:
    table = company(400, seed=3)["contracts"]
    window_start = date(2024, 9, 30)
    rows = []
    for row in table.itertuples():
        end = row.ended_on or AS_OF
        if end <= window_start:
            continue
        entry = max((window_start - row.started_on).days, 0)
        rows.append((entry, (end - row.started_on).days, int(row.ended_on is not None), row.plan))
    wanted = pd.DataFrame(rows, columns=["entry", "exit", "event", "plan"]).value_counts().sort_index()
    study = write_study(table, covariates=("plan",))
    frame = churn.episodes(study.snapshot("2026-09"), window_months=24).frame
    found = frame.set_index(["entry", "exit", "event", "plan"])["n"].sort_index()
    assert found.to_dict() == wanted.to_dict()


def test_the_order_of_rows_does_not_change_a_count(write_study: WriteStudy) -> None:
    table = company(200, seed=4)["contracts"]
    study = write_study(table, covariates=("plan",))
    first = churn.episodes(study.snapshot("2026-09")).frame
    again = churn.episodes(write_study(table.sample(frac=1, random_state=1), covariates=("plan",)).snapshot("2026-09"))
    pd.testing.assert_frame_equal(first, again.frame)


def test_a_departure_is_voluntary_unless_the_study_names_its_reason_or_none_is_on_record(tmp_path: Path) -> None:
    table = contracts(*((f"c{i}", "2026-01-01", "2026-02-01") for i in range(6)), ("here", "2026-01-01", None))
    table["end_reason"] = ["price", " Unpaid", "deceased", None, "", "Unknown", None]
    churn_settings = 'window_months = 0\ninvoluntary = ["unpaid", "Deceased "]'
    found = churn.episodes(study_of(tmp_path, {"contracts": table}, churn_settings).snapshot("2026-09"))
    counts = found.frame.groupby("cause")["n"].sum()
    assert counts.to_dict() == {"voluntary": 1, "involuntary": 2, "unknown": 3, "active": 1}


def test_without_reasons_every_cause_is_unknown(write_study: WriteStudy) -> None:
    found = churn.episodes(write_study(contracts(("a", "2026-01-01", "2026-02-01"))).snapshot("2026-09"))
    assert found.frame["cause"].tolist() == ["unknown"]


def test_a_missing_covariate_is_a_level_of_its_own(write_study: WriteStudy) -> None:
    table = contracts(("c1", "2026-01-01", "2026-01-05"), ("c2", "2026-01-01", "2026-02-01"))
    customers = pd.DataFrame(
        {"customer_id": ["c1", "c2"], "joined_on": [date(2026, 1, 1)] * 2, "region": [None, "Nord"]}
    )
    frame = churn.episodes(write_study(table, customers, ("region",)).snapshot("2026-09")).frame
    assert set(frame["region"]) == {"unknown", "Nord"}


def test_levels_too_rare_to_stand_alone_are_pooled_and_listed(write_study: WriteStudy) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for i in range(120):
        start = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 300)))
        end = start + timedelta(days=int(rng.integers(5, 250))) if i % 2 else None
        plan = "A" if i < 60 else "B" if i < 110 else "C" if i < 115 else "D"
        rows.append((f"c{i}", str(start), str(end) if end else None, plan))
    study = write_study(contracts(*rows), covariates=("plan",), min_cell=10)
    episodes = churn.episodes(study.snapshot("2026-09"))
    assert episodes.pooled == {"plan": ("C", "D")}
    assert episodes.levels == {"plan": ("A", "B", "other")}
    assert episodes.frame.loc[episodes.frame["plan"] == "other", "n"].sum() == 10


@pytest.mark.parametrize("name", ["ended_on", "left_on", "end_reason", "total_charges", "TotalCharges", "tenure"])
def test_what_is_known_through_the_outcome_is_refused(write_study: WriteStudy, name: str) -> None:
    snapshot = write_study(contracts(("c1", "2026-01-01", None))).snapshot("2026-09")
    with pytest.raises(churn.LeakingCovariate, match=name):
        churn.episodes(snapshot, covariates=[name])


def test_a_covariate_that_parts_leavers_from_stayers_without_exception_is_refused(write_study: WriteStudy) -> None:
    rows = [(f"c{i}", "2026-01-01", "2026-03-01" if i % 2 else None, "low" if i % 2 else "high") for i in range(60)]
    with pytest.raises(churn.LeakingCovariate, match="without a single exception"):
        churn.episodes(write_study(contracts(*rows), covariates=("plan",)).snapshot("2026-09"))


def test_an_unknown_covariate_is_told_with_the_nearest_name(write_study: WriteStudy) -> None:
    snapshot = write_study(contracts(("c1", "2026-01-01", None))).snapshot("2026-09")
    with pytest.raises(churn.UnknownCovariate, match="did you mean 'plan'"):
        churn.episodes(snapshot, covariates=["plann"])


def test_a_covariate_with_a_level_a_customer_is_refused(write_study: WriteStudy) -> None:
    rows = [(f"c{i}", "2026-01-01", None, f"plan {i}") for i in range(60)]
    with pytest.raises(churn.TooManyLevels, match="60 levels"):
        churn.episodes(write_study(contracts(*rows), covariates=("plan",)).snapshot("2026-09"))


def test_cells_are_the_customers_of_the_day(write_study: WriteStudy) -> None:
    table = contracts(("c1", "2026-09-20", None), ("c2", "2026-09-20", None), ("c3", "2026-01-01", "2026-02-01"))
    cells = churn.episodes(write_study(table, covariates=("plan",)).snapshot("2026-09")).cells()
    assert cells.to_dict("records") == [{"tenure": 10, "plan": "A", "n": 2}]
