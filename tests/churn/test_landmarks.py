from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, contracts, study_of
from surveyed_company import contacts, followed_bands, surveys

from cxmodels.churn.accuracy.calibration import Calibration
from cxmodels.churn.counts.covariates import attributed, typed
from cxmodels.churn.counts.episodes import Unit
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.counts.histories import landmark_days, split
from cxmodels.churn.grading.candidates import CANDIDATES
from cxmodels.churn.grading.grade import grade
from cxmodels.churn.grading.past import Past
from cxmodels.churn.models.cox import fit_cox
from cxmodels.simulate import write
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study, open_study

BOTH = ("satisfaction", "incidents")
# the landmarks are 2026-09-30, 2025-09-30 and 2024-09-30: -365 and -730 days
STAYS = {
    "heard twice": ("2024-01-01", None),
    "heard the same": ("2024-01-01", None),
    "newcomer": ("2025-10-15", None),
    "left later": ("2024-01-01", "2026-03-01"),
    "left that day": ("2024-01-01", "2025-09-30"),
    "left before": ("2023-01-01", "2024-06-30"),
}
SAID = (
    ("heard twice", "2024-09-30 18:00", "recommend", 9.0),
    ("heard twice", "2024-12-01", "recommend", 2.0),
    ("heard twice", "2025-08-01", "recommend", 0.0),
    ("heard twice", f"{AS_OF} 18:00", "recommend", 8.0),
    *(("heard the same", f"{year}-09-01", "recommend", 10.0) for year in (2024, 2025, 2026)),
    ("newcomer", "2025-11-01", "recommend", 10.0),
    ("left later", "2025-09-15", "content", 1.0),
    ("left later", "2026-01-15", "content", 5.0),
    ("left that day", "2025-09-01", "content", 1.0),
    ("left before", "2023-06-01", "content", 1.0),
)
HELD = {
    "heard twice": [
        (-1003, -730, "switched", "not asked"),
        (-730, -365, "switched", "high"),
        (-365, 0, "switched", "low"),
        (0, 0, "active", "middle"),
    ],
    "heard the same": [(-1003, -730, "switched", "not asked"), (-730, 0, "active", "high")],
    "newcomer": [(-350, 0, "switched", "not asked"), (0, 0, "active", "high")],
    "left later": [(-1003, -365, "switched", "not asked"), (-365, -213, "left", "low")],
    "left that day": [(-1003, -365, "left", "not asked")],
    "left before": [(-1368, -822, "left", "not asked")],
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return open_study(write(tmp_path_factory.mktemp("landmarks"), customers=900, seed=5))


@pytest.fixture(scope="module")
def now(simulated: Study) -> Snapshot:
    return simulated.snapshot("2026-09")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The stays by hand in parts; who is who is told by the plan."""
    made = {"contracts": contracts(*((who, *stay, who) for who, stay in STAYS.items()))} | surveys(*SAID)
    snapshot = study_of(tmp_path_factory.mktemp("by hand"), made).snapshot("2026-09")
    stays = typed(attributed(snapshot, ("plan",)))
    return split(snapshot, stays, ("satisfaction",), [0, -365, -730]).execute()


@pytest.mark.parametrize("who", STAYS)
def test_what_is_known_on_a_landmark_is_held_until_the_next(parts: pd.DataFrame, who: str) -> None:
    rows = parts[parts["plan"] == who].sort_values(["started", "until"])
    told = rows[["started", "until", "outcome", "satisfaction"]].to_numpy().tolist()
    assert [tuple(row) for row in told] == HELD[who]
    assert rows["final"].tolist() == [False] * (len(rows) - 1) + [True]


def test_who_left_before_the_window_is_counted_once(tmp_path: Path) -> None:
    made = {"contracts": contracts(*((who, *stay) for who, stay in STAYS.items()))} | surveys(*SAID)
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), 24, time_varying=("satisfaction",), held_months=12)
    assert found.before_window == 1
    # the parts in the window, in the order above: 3, 1, 2, 2 and 1
    assert (found.active, found.events, found.n, found.held_months) == (3, 2, 9, 12)


def test_an_incident_between_two_landmarks_is_not_seen_and_one_before_a_landmark_is_held(tmp_path: Path) -> None:
    called = contacts(("a", "2025-01-10", "service", "resolved"), ("b", "2025-09-20", "service", "resolved"))
    made = {"contracts": contracts(("a", "2024-01-01", None), ("b", "2025-09-01", None))} | called
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), 24, time_varying=("incidents",), held_months=12)
    assert found.frame[["entry", "exit", "cause", "incidents"]].to_numpy().tolist() == [
        [0, 29, "switched", "none"],
        [29, 394, "switched", "open or recent"],
        [273, 1003, "active", "none"],
        [394, 394, "active", "none"],
    ]


def test_in_months_a_state_is_held_from_the_month_after_the_landmark(tmp_path: Path) -> None:
    # the landmark of 2025-09-30 lies in the ninth month of the stay, today in the twenty-first, not over
    made = {"contracts": contracts(("a", "2025-01-01", None))} | surveys(("a", "2025-02-10", "recommend", 9.0))
    found = episodes(
        study_of(tmp_path, made).snapshot("2026-09"), 24, unit="months", time_varying=("satisfaction",), held_months=12
    )
    assert found.frame[["entry", "exit", "cause", "satisfaction"]].to_numpy().tolist() == [
        [0, 9, "switched", "not asked"],
        [9, 20, "switched", "high"],
        [20, 20, "active", "not asked"],
    ]


def test_all_history_has_landmarks_back_to_the_first_start(tmp_path: Path) -> None:
    made = {"contracts": contracts(("a", "2012-01-01", None))} | surveys(("a", "2013-02-10", "recommend", 9.0))
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), 0, time_varying=("satisfaction",), held_months=12)
    begin, end = ((date(year, 9, 30) - date(2012, 1, 1)).days for year in (2013, 2014))
    assert found.frame[["entry", "exit", "satisfaction"]].to_numpy().tolist()[:2] == [
        [0, begin, "not asked"],
        [begin, end, "high"],
    ]


@pytest.mark.parametrize(
    ("as_of", "months", "since", "days"),
    [
        (date(2026, 9, 30), 12, -730, [0, -365, -730]),
        (date(2026, 9, 30), 12, -731, [0, -365, -730, -1096]),
        (date(2026, 9, 30), 24, -30, [0, -730]),
        (date(2026, 2, 28), 3, -200, [0, -90, -181, -273]),
        (date(2024, 2, 29), 12, -366, [0, -366]),
        (date(2026, 9, 30), 12, 0, [0]),
    ],
)
def test_landmarks_reach_back_as_far_as_they_are_needed(as_of: date, months: int, since: int, days: list[int]) -> None:
    assert landmark_days(as_of, months, since) == days


def test_landmarks_do_not_follow_a_start_of_the_year_zero() -> None:
    assert len(landmark_days(AS_OF, 12, -700_000)) == 41


@pytest.mark.parametrize("held", [0, -12])
def test_a_length_that_holds_nothing_is_refused(now: Snapshot, held: int) -> None:
    with pytest.raises(ValueError, match=f"held_months must be 1 or more or None, found {held}"):
        episodes(now, held_months=held)


def test_nothing_changes_where_no_covariate_changes_with_time(now: Snapshot) -> None:
    exact, held = (episodes(now, time_varying=(), held_months=months) for months in (None, 12))
    pd.testing.assert_frame_equal(exact.frame, held.frame)


@pytest.mark.parametrize("unit", ["days", "months"])
def test_todays_customers_are_those_of_the_exact_counts(now: Snapshot, unit: Unit) -> None:
    exact, held = (episodes(now, unit=unit, time_varying=BOTH, held_months=months) for months in (None, 12))
    assert set(held.cells()["satisfaction"]) == {"not asked", "low", "middle", "high"}
    pd.testing.assert_frame_equal(exact.cells(), held.cells())
    assert exact.events == held.events
    spent = [float(((each.frame["exit"] - each.frame["entry"]) * each.frame["n"]).sum()) for each in (exact, held)]
    assert spent[0] == spent[1]


def test_forecasts_are_graded_with_landmarks_and_refitted_as_they_were_counted(simulated: Study, now: Snapshot) -> None:
    # the study's setting has both histories
    day = date(2025, 9, 30)
    then = simulated.snapshot(day)
    frames = {months: episodes(then, held_months=months).frame for months in (None, 12)}
    assert not frames[None].equals(frames[12])
    for past, months in ((Past(simulated, now), 12), (Past(simulated, now, held_months=None), None)):
        known = past.episodes(day)
        assert known is not None
        pd.testing.assert_frame_equal(known.frame, frames[months])
    refitted = (
        next(each for each in CANDIDATES if each.kind == "grouped").refit(episodes(then, held_months=12), then).episodes
    )
    assert (refitted.unit, refitted.held_months) == ("months", 12)
    assert refitted.time_varying == BOTH


def calibrated(study: Study, held_months: int | None) -> Calibration:
    """How well the twelve-month forecast of a year ago told who would leave."""
    snapshot = study.snapshot("2026-09")
    found = grade(study, snapshot, model=fit_cox, past=Past(study, snapshot, held_months=held_months))
    assert found is not None
    return found.calibration


def test_a_forecast_does_not_hold_the_ratio_of_a_state_that_will_change(tmp_path: Path) -> None:
    # a band lasts about four months, so a year ahead the lowest leave 1.4 and not 4 times as often as the highest
    truth = {"not asked": 1.6, "low": 4.0, "middle": 1.6, "high": 1.0}
    made = followed_bands(10_000, truth, seed=1, monthly_hazard=0.025)
    study = study_of(tmp_path, made, 'window_months = 24\ntime_varying = ["satisfaction"]')
    exact, held = calibrated(study, None), calibrated(study, 12)
    assert held.slope.low < 1 < held.slope.high
    assert exact.slope.high < 0.5
    assert held.mean_absolute_error < 1.5 * held.error_by_chance
    assert exact.mean_absolute_error > 4 * exact.error_by_chance


@pytest.mark.slow
def test_forecasts_of_companies_like_the_demo_are_neither_too_wide_nor_too_narrow(tmp_path: Path) -> None:
    # satisfaction drifts with a correlation of .85 from month to month; large, so that over-fitting does not count
    slopes = []
    for seed in range(101, 104):
        study = open_study(write(tmp_path / str(seed), customers=60_000, seed=seed))
        slopes.append([calibrated(study, held_months).slope for held_months in (None, 12)])
    value = np.array([[each.value for each in pair] for pair in slopes])
    reach = np.array([[(each.high - each.low) / 2 for each in pair] for pair in slopes])
    exact, held = value.mean(axis=0)
    reach_exact, reach_held = np.sqrt((reach**2).sum(axis=0)) / len(slopes)
    assert (np.abs(value[:, 1] - 1) < np.abs(value[:, 0] - 1)).all()
    assert abs(held - 1) < reach_held
    assert exact + reach_exact < 1
