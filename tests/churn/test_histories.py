from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_company import AS_OF, contracts, study_of
from surveyed_company import contacts, followed_bands, surveys

from cxmodels.churn.counts.covariates import as_counted, with_covariates
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.errors import UnknownCovariate
from cxmodels.churn.models.cox import fit_cox

SATISFACTION, INCIDENTS = ("satisfaction",), ("incidents",)
HAND_MADE = {
    "two answers": ("2025-07-20", [("2025-02-10", "recommend", 9.0), ("2025-04-11", "content", 3.0)]),
    "one answer": ("2026-07-20", [("2025-02-10", "recommend", 2.0)]),
    "too late": ("2025-07-20", [("2025-07-20", "recommend", 0.0), ("2025-08-20", "recommend", 0.0)]),
    "twice a day": ("2025-03-02", [("2025-02-10 17:00", "recommend", 9.0), ("2025-02-10 09:00", "recommend", 0.0)]),
    "both at once": ("2025-03-02", [("2025-02-10", "content", 3.0)]),
    "recommend low": ("2025-03-02", [("2025-02-10", "recommend", 0.0), ("2025-02-11", "recommend", 6.0)]),
    "recommend middle": ("2025-03-02", [("2025-02-10", "recommend", 7.0), ("2025-02-11", "recommend", 8.0)]),
    "recommend high": ("2025-03-02", [("2025-02-10", "recommend", 9.0), ("2025-02-11", "recommend", 10.0)]),
    "content low": ("2025-03-02", [("2025-02-10", "content", 1.0), ("2025-02-11", "content", 2.0)]),
    "content middle": ("2025-03-02", [("2025-02-10", "content", 3.0)]),
    "content high": ("2025-03-02", [("2025-02-10", "content", 4.0), ("2025-02-11", "content", 5.0)]),
    "effort not asked": ("2025-03-02", [("2025-02-10", "effort", 1.0), ("2025-02-11", "effort", 7.0)]),
}
CALLED = {
    "two incidents": [("2025-02-10", "service", "resolved"), ("2025-03-12", "choice", "unresolved")],
    "purchase": [("2025-02-10", "purchase", "conversion"), ("2025-02-12", "choice", None)],
}
Parts = Callable[[str, str], list[list[Any]]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """``[entry, exit, outcome, value]`` of a customer by name and history; all came on 2025-01-01."""
    made = surveys(*((who, *answer) for who, (_, answers) in HAND_MADE.items() for answer in answers))
    leavers = surveys(("asked on leaving", "2025-07-10", "recommend", 0.0), survey="Exit survey")
    for name in ("responses", "answers"):
        leavers[name]["response_id"] = "exit"
        made[name] = pd.concat([made[name], leavers[name]], ignore_index=True)
    # a second answer in the same response: its csat counts, not its nps
    both = made["responses"].set_index("customer_id").loc["both at once", "response_id"]
    more = pd.DataFrame({"response_id": [both], "item": ["recommend"], "score": [10.0]})
    made["answers"] = pd.concat([made["answers"], more], ignore_index=True)
    called = contacts(*((who, *contact) for who, rows in CALLED.items() for contact in rows))["interactions"]
    cancelled = contacts(("called to cancel", "2025-07-10", "service", "resolved"), touchpoint="cancellation line")
    cancelled["interactions"]["interaction_id"] = "cancelled"
    made["interactions"] = pd.concat([called, cancelled["interactions"]], ignore_index=True)
    until = {who: end for who, (end, _) in HAND_MADE.items()}
    until |= dict.fromkeys(["asked on leaving", "called to cancel", *CALLED], "2025-07-20")
    made["contracts"] = contracts(*((who, "2025-01-01", end) for who, end in until.items())).assign(plan=list(until))
    snapshot = study_of(tmp_path_factory.mktemp("histories"), made).snapshot("2026-09")
    frames = {name: with_covariates(snapshot, ("plan",), (name,)).execute() for name in ("satisfaction", "incidents")}

    def of(who: str, name: str) -> list[list[Any]]:
        frame = frames[name][frames[name]["plan"] == who]
        frame = frame.assign(entry=frame["started"] - frame["joined"], exit=frame["until"] - frame["joined"])
        return sorted(frame[["entry", "exit", "outcome", name]].to_numpy().tolist())

    return of


def test_a_stay_is_split_after_the_day_of_each_answer(parts: Parts) -> None:
    assert parts("two answers", "satisfaction") == [
        [0, 40, "switched", "not asked"],
        [40, 100, "switched", "high"],
        [100, 200, "left", "middle"],
    ]


def test_a_score_counts_for_a_year(parts: Parts) -> None:
    assert parts("one answer", "satisfaction") == [
        [0, 40, "switched", "not asked"],
        [40, 405, "switched", "low"],
        [405, 565, "left", "not asked"],
    ]


@pytest.mark.parametrize("who", ["too late", "asked on leaving"])
def test_an_answer_on_the_day_of_leaving_and_an_exit_survey_explain_nothing(parts: Parts, who: str) -> None:
    assert parts(who, "satisfaction") == [[0, 200, "left", "not asked"]]


@pytest.mark.parametrize("who", [name for name in HAND_MADE if name.startswith(("recommend", "content", "effort"))])
def test_scores_are_banded_by_their_scale(parts: Parts, who: str) -> None:
    bands = {row[3] for row in parts(who, "satisfaction") if row[0] >= 40 or row[1] == 60}
    assert bands == {who.split(" ", 1)[1]}


def test_of_several_answers_on_one_day_the_last_counts(parts: Parts) -> None:
    assert parts("twice a day", "satisfaction")[-1] == [40, 60, "left", "high"]


def test_of_a_response_with_both_questions_contentment_counts(parts: Parts) -> None:
    assert parts("both at once", "satisfaction")[-1] == [40, 60, "left", "middle"]


def test_an_incident_counts_for_ninety_days_after_the_last(parts: Parts) -> None:
    assert parts("two incidents", "incidents") == [
        [0, 40, "switched", "none"],
        [40, 70, "switched", "open or recent"],
        [70, 160, "switched", "open or recent"],
        [160, 200, "left", "none"],
    ]


@pytest.mark.parametrize("who", ["purchase", "called to cancel"])
def test_a_purchase_or_a_call_to_cancel_is_no_incident(parts: Parts, who: str) -> None:
    assert parts(who, "incidents") == [[0, 200, "left", "none"]]


def test_todays_customers_have_what_is_known_at_the_end_of_the_day(tmp_path: Path) -> None:
    made = {"contracts": contracts(("a", "2025-01-01", None), ("b", "2026-09-30", None))}
    made |= surveys(("a", "2025-02-10", "recommend", 9.0), ("a", f"{AS_OF} 18:00", "recommend", 1.0))
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), time_varying=SATISFACTION)
    assert found.active == 2
    assert found.cells()[["tenure", "satisfaction"]].to_numpy().tolist() == [[0, "not asked"], [637, "low"]]


def test_an_earlier_snapshot_does_not_know_later_answers(tmp_path: Path) -> None:
    made = {"contracts": contracts(("a", "2025-01-01", None))} | surveys(("a", "2026-09-10", "recommend", 9.0))
    study = study_of(tmp_path, made)
    known = [episodes(study.snapshot(day), time_varying=SATISFACTION).cells() for day in ("2026-08", "2026-09")]
    assert [cells["satisfaction"].tolist() for cells in known] == [["not asked"], ["high"]]


def test_the_window_holds_the_state_it_began_with_and_counts_who_left_before_once(tmp_path: Path) -> None:
    made = {"contracts": contracts(("a", "2025-01-01", None), ("gone", "2025-01-01", "2025-06-30"))}
    made |= surveys(
        ("a", "2026-02-10", "recommend", 9.0),
        ("a", "2026-05-10", "recommend", 9.0),
        ("gone", "2025-02-01", "content", 1),
    )
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), window_months=6, time_varying=SATISFACTION)
    assert found.frame[["entry", "exit", "satisfaction"]].to_numpy().tolist() == [
        [454, 494, "high"],
        [494, 637, "high"],
    ]
    assert found.before_window == 1


def test_in_months_a_month_has_the_state_it_began_with(tmp_path: Path) -> None:
    # a and b answer on day 40, in the second month, which keeps what was known at its beginning; b leaves in it
    made = {"contracts": contracts(("a", "2025-01-01", "2025-07-20"), ("b", "2025-01-01", "2025-02-20"))}
    made |= surveys(("a", "2025-02-10", "recommend", 9.0), ("b", "2025-02-10", "recommend", 9.0))
    found = episodes(study_of(tmp_path, made).snapshot("2026-09"), time_varying=SATISFACTION, unit="months")
    assert found.frame[["entry", "exit", "event", "satisfaction"]].to_numpy().tolist() == [
        [0, 2, 0, "not asked"],
        [0, 2, 1, "not asked"],
        [2, 7, 1, "high"],
    ]


def test_both_histories_split_a_stay_together_and_a_customer_of_a_day_is_one_row(tmp_path: Path) -> None:
    made = {"contracts": contracts(("a", "2025-01-01", None))}
    made |= surveys(("a", "2025-02-10", "recommend", 9.0)) | contacts(("a", "2025-02-20", "service", "resolved"))
    snapshot = study_of(tmp_path, made).snapshot("2026-09")
    found = episodes(snapshot, time_varying=(*SATISFACTION, *INCIDENTS))
    assert found.frame[["entry", "exit", "satisfaction", "incidents"]].to_numpy().tolist() == [
        [0, 40, "not asked", "none"],
        [40, 50, "high", "none"],
        [50, 140, "high", "open or recent"],
        [140, 405, "high", "none"],
        [405, 637, "not asked", "none"],
    ]
    table = as_counted(snapshot, found)
    day = (date(2025, 3, 1) - AS_OF).days
    there = table.filter((table.started <= day) & ((table.until > day) | (table.outcome == "active"))).execute()
    assert there[["satisfaction", "incidents", "final"]].to_numpy().tolist() == [["high", "open or recent", False]]


@pytest.mark.parametrize(
    ("asked", "said"), [("mood", "allowed are satisfaction, incidents"), ("incidents", "lacks interactions")]
)
def test_a_history_that_cannot_be_told_is_named(tmp_path: Path, asked: str, said: str) -> None:
    snapshot = study_of(tmp_path, {"contracts": contracts(("a", "2025-01-01", None))}).snapshot("2026-09")
    with pytest.raises(UnknownCovariate, match=said):
        episodes(snapshot, time_varying=(asked,))


@pytest.mark.parametrize(
    ("n", "told"),
    [(16_000, ["low"]), pytest.param(70_000, ["low", "middle", "not asked"], marks=pytest.mark.slow)],
)
def test_the_hazard_ratio_of_a_band_that_changes_is_recovered_within_five_percent(
    tmp_path: Path, n: int, told: list[str]
) -> None:
    truth = {"not asked": 1.4, "low": 2.0, "middle": 1.3, "high": 1.0}
    found = episodes(
        study_of(tmp_path, followed_bands(n, truth, seed=8)).snapshot("2026-09"), time_varying=SATISFACTION
    )
    assert found.events > n / 2
    fit = fit_cox(found)
    ratios = {fit.levels["satisfaction"][0]: 1.0} | dict(fit.coefficients.set_index("level")["hazard_ratio"])
    for band in told:
        assert ratios[band] / ratios["high"] == pytest.approx(truth[band], rel=0.05)
