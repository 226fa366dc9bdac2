from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, contracts, study_of

from cxmodels.churn.counts.from_study import episodes

MONTH = 30.4375


def renewed(n: int, seed: int, daily_hazard: float) -> pd.DataFrame:
    """Customers with a constant hazard, each on contracts of a year that are renewed as long as they stay."""
    rng = np.random.default_rng(seed)
    joined = -rng.integers(1, 1500, n)
    left = np.maximum(np.ceil(rng.exponential(1 / daily_hazard, n)), 1).astype(int)
    rows = []
    for who, (day, stay) in enumerate(zip(joined, left, strict=True)):
        for start in range(0, min(stay, -day + 1), 365):
            end = min(start + 365, stay)
            known = day + end <= 0
            plan = "AB"[start // 365 % 2]
            rows.append((f"c{who}", AS_OF + timedelta(days=int(day + start)), end + day if known else None, plan))
    table = pd.DataFrame(rows, columns=["customer_id", "started_on", "end", "plan"])
    ended = [None if pd.isna(end) else AS_OF + timedelta(days=int(end)) for end in table["end"]]
    table["ended_on"] = pd.Series(ended, dtype=object)
    return table.drop(columns="end").assign(contract_id=[f"k{i}" for i in range(len(table))])


@pytest.mark.parametrize("window_months", [0, 17])
def test_the_hazard_of_a_month_is_unbiased_where_months_are_watched_in_part_and_contracts_renewed(
    tmp_path: Path, window_months: int
) -> None:
    daily = 0.0015
    study = study_of(tmp_path, {"contracts": renewed(9000, seed=21, daily_hazard=daily)})
    found = episodes(study.snapshot("2026-09"), window_months, ["plan"], unit="months").frame
    month = np.arange(1, 49)
    at_risk = np.array([found.loc[(found["entry"] < m) & (found["exit"] >= m), "n"].sum() for m in month])
    left = np.array([found.loc[(found["exit"] == m) & (found["event"] == 1), "n"].sum() for m in month])
    truth = -np.expm1(-daily * MONTH)
    pull = (left - at_risk * truth) / np.sqrt(at_risk * truth * (1 - truth))
    # the total, the months in which contracts are renewed, and every single month
    assert left.sum() / at_risk.sum() == pytest.approx(truth, rel=0.03)
    renewal = np.isin(month, [12, 24, 36])
    assert left[renewal].sum() / at_risk[renewal].sum() == pytest.approx(truth, abs=3 * 0.006)
    assert abs(pull).max() < 3.5
    # the covariate of a month is that of its beginning: both plans have the same hazard
    for _, part in found.groupby("plan"):
        time = ((part["exit"] - part["entry"]) * part["n"]).sum()
        events = part.loc[part["event"] == 1, "n"].sum()
        assert events / time == pytest.approx(truth, rel=3 / np.sqrt(events))


def test_whole_months_are_counted_and_parts_of_them_left_out(write_study: WriteStudy) -> None:
    table = contracts(
        ("left in the third month", "2026-01-01", "2026-03-20"),
        ("left in a month not over", "2026-08-05", "2026-09-20"),
        ("came this month", "2026-09-10", None),
        ("two months and a bit", "2026-07-20", None),
    )
    found = episodes(write_study(table).snapshot("2026-09"), unit="months")
    assert found.frame[["entry", "exit", "event", "cause", "n"]].to_numpy().tolist() == [
        [0, 0, 0, "active", 1],
        [0, 1, 0, "switched", 1],
        [0, 2, 0, "active", 1],
        [0, 3, 1, "unknown", 1],
    ]
    assert (found.unit, found.month, found.active) == ("months", 1.0, 2)


def test_who_enters_within_a_month_is_watched_from_the_next(write_study: WriteStudy) -> None:
    # 46 days of tenure when the watch begins: from the end of the second month; b leaves in that month and is out
    table = contracts(("a", "2026-05-15", None), ("b", "2026-05-15", "2026-07-10"))
    found = episodes(write_study(table).snapshot("2026-09"), window_months=3, unit="months")
    assert found.frame[["entry", "exit", "event"]].to_numpy().tolist() == [[2, 4, 0]]


def test_months_collapse_further_than_days(write_study: WriteStudy) -> None:
    snapshot = write_study(renewed(500, seed=22, daily_hazard=0.001)).snapshot("2026-09")
    days, months = episodes(snapshot), episodes(snapshot, unit="months")
    assert len(months.frame) < len(days.frame) / 3
    assert months.active == days.active


def test_a_unit_that_is_none_is_told(write_study: WriteStudy) -> None:
    snapshot = write_study(contracts(("a", "2026-01-01", None))).snapshot("2026-09")
    with pytest.raises(ValueError, match="unit must be one of days, months, found 'weeks'"):
        episodes(snapshot, unit="weeks")  # type: ignore[arg-type]
